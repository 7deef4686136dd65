//! A part of a file that looks like a whole file.

use std::{
    fs::File,
    io::{self, ErrorKind, Read, Seek, SeekFrom},
};

use symphonia::core::io::{MediaSource, MediaSourceStream};

pub struct Window {
    file: File,
    begin: u64,
    length: u64,
    at: u64,
}

impl Window {
    pub fn new(file: File, begin: u64, length: u64) -> Self {
        Self { file, begin, length, at: 0 }
    }

    pub fn stream(self) -> MediaSourceStream<'static> {
        MediaSourceStream::new(Box::new(self), Default::default())
    }
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.length.saturating_sub(self.at)).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        self.file.seek(SeekFrom::Start(self.begin + self.at))?;
        let read = self.file.read(&mut buffer[..most])?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = to.ok_or_else(|| io::Error::from(ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

impl MediaSource for Window {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length)
    }
}
