//! Sound that a file holds in blocks of one size: PCM and similar codings in WAV, AU and headerless files.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
};

use symphonia::core::{
    packet::{Packet, PacketBuilder},
    units::{Duration, Timestamp},
};

/// Frames to read at once, if blocks are that small.
const PACKET: u64 = 1152;
/// Most bytes to read at once, unless one block has more: a damaged header can claim thousands of channels.
const MOST: u64 = 64 << 10;

#[derive(Debug)]
pub struct Blocks {
    file: File,
    begin: u64,
    /// Bytes of a block, how many of them are used, and frames in it.
    block: u64,
    used: u64,
    frames: u64,
    /// Number of whole blocks, and frames of them that are to be heard.
    count: u64,
    total: u64,
    /// Index of the next block.
    at: u64,
}

impl Blocks {
    /// `bytes` of the file from `begin` on. `total` is the number of frames in the header; it is used only if it says that the last block
    /// is padded, and ignored otherwise. None if no such block can exist.
    pub fn new(file: File, begin: u64, bytes: u64, block: u64, frames: u64, total: Option<u32>) -> Option<Self> {
        let count = bytes.checked_div(block)?;
        let all = count.checked_mul(frames).filter(|_| frames > 0)?;
        let filled_up = |total: &u64| *total <= all && *total + frames > all;
        let total = total.map(u64::from).filter(filled_up).unwrap_or(all);
        Some(Self { file, begin, block, used: block, frames, count, total, at: 0 })
    }

    /// Only the first `used` bytes of each block contain sound; the rest is padding.
    pub fn using(self, used: u64) -> Self {
        Self { used: used.min(self.block), ..self }
    }

    pub fn frames_per_block(&self) -> u64 {
        self.frames
    }

    /// Most frames of a packet.
    pub fn frames_per_packet(&self) -> u64 {
        self.blocks_per_packet() * self.frames
    }

    fn blocks_per_packet(&self) -> u64 {
        (PACKET / self.frames).min(MOST / self.block).max(1)
    }

    pub fn next(&mut self) -> io::Result<Option<Packet>> {
        let blocks = self.blocks_per_packet().min(self.count - self.at);
        if blocks == 0 {
            return Ok(None);
        }
        self.file.seek(SeekFrom::Start(self.begin + self.at * self.block))?;
        let mut bytes = Vec::new();
        (&self.file).take(blocks * self.block).read_to_end(&mut bytes)?;
        // The file may have become shorter.
        let blocks = bytes.len() as u64 / self.block;
        bytes.truncate((blocks * self.block) as usize);
        if self.used < self.block {
            bytes = bytes.chunks_exact(self.block as usize).flat_map(|block| &block[..self.used as usize]).copied().collect();
        }
        let (first, frames) = (self.at * self.frames, blocks * self.frames);
        self.at += blocks.max(1);
        let beyond = (first + frames).saturating_sub(self.total).min(frames);
        let packet = PacketBuilder::new()
            .track_id(0)
            .pts(Timestamp::new(i64::try_from(first).unwrap_or(i64::MAX)))
            .dur(Duration::new(frames - beyond))
            .trim_end(Duration::new(beyond))
            .data(bytes)
            .build();
        Ok((blocks > 0).then_some(packet))
    }

    /// Makes the packet that contains this frame the next one.
    pub fn seek(&mut self, frame: u64) {
        self.at = (frame / self.frames).min(self.count);
    }
}
