//! The zip file of a workbook, with limits to what comes out of it.

use std::io::{self, BufReader, Read, Seek};

use ringside_domain::SheetError;
use zip::{ZipArchive, result::ZipError};

use crate::SheetFailure;

/// The largest unpacked part of a workbook.
const MOST_BYTES: u64 = 4 << 30;
/// Beyond this size a part is a zip bomb if it is so many times as large as its packed form: sheets reach 50.
const SUSPICIOUS_BYTES: u64 = 64 << 20;
const SUSPICIOUS_RATIO: u64 = 200;
/// The largest unpacked part that describes the workbook: its sheets, its styles.
pub(crate) const SMALL: u64 = 16 << 20;
/// The longest text without a tag: a cell holds at most 32,767 characters.
const LONGEST_TEXT: usize = 4 << 20;
/// The most parts of a workbook.
const MOST_PARTS: usize = 50_000;

pub(crate) struct Archive<R> {
    zip: ZipArchive<R>,
}

impl<R: Read + Seek> Archive<R> {
    pub fn open(file: R) -> Result<Self, SheetFailure> {
        let zip = ZipArchive::new(file).map_err(failure)?;
        if zip.len() > MOST_PARTS {
            return Err(SheetFailure::new(SheetError::TooLarge, format!("{} parts", zip.len())));
        }
        Ok(Self { zip })
    }

    pub fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// A part as a stream, of this size at most; None: there is no such part.
    pub fn part(&mut self, name: &str, most: u64) -> Result<Option<BufReader<impl Read>>, SheetFailure> {
        let file = match self.zip.by_name(name) {
            Err(ZipError::FileNotFound) => return Ok(None),
            file => file.map_err(failure)?,
        };
        let (packed, size) = (file.compressed_size(), file.size());
        let most = most.min(MOST_BYTES).min((packed.saturating_mul(SUSPICIOUS_RATIO)).max(SUSPICIOUS_BYTES));
        // The size is what the file says of itself; what comes out is counted too.
        if size > most {
            return Err(too_large(name));
        }
        Ok(Some(BufReader::with_capacity(64 * 1024, Bounded { file, name: name.to_owned(), left: most, without_tag: 0 })))
    }
}

fn failure(error: ZipError) -> SheetFailure {
    match error {
        ZipError::Io(error) => error.into(),
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => SheetFailure::new(SheetError::Encrypted, error),
        error => SheetFailure::damaged(error),
    }
}

fn too_large(name: &str) -> SheetFailure {
    SheetFailure::new(SheetError::TooLarge, format!("{name} unpacks to more than a workbook of its size holds"))
}

/// A part of which no more than a limit comes out.
struct Bounded<R> {
    file: R,
    name: String,
    left: u64,
    without_tag: usize,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        let read = &buffer[..length];
        self.left = self.left.checked_sub(length as u64).ok_or_else(|| too_large(&self.name))?;
        self.without_tag = match read.iter().rposition(|byte| *byte == b'<') {
            Some(at) => length - at,
            None => self.without_tag + length,
        };
        if self.without_tag > LONGEST_TEXT {
            return Err(too_large(&self.name).into());
        }
        Ok(length)
    }
}
