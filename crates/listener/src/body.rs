//! Reads the body of a request, and nothing of the request after it.

use bytes::{Buf, Bytes, BytesMut};
use http::HeaderName;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use crate::{
    ConnectionEnd,
    head::{Framing, Head, MOST_FIELDS, more},
};

/// Bytes of a line between chunks.
const LONGEST_LINE: usize = 1024;
/// Bytes of all these lines together, beside one for each byte of the body.
const LINES: usize = 16 * 1024;

/// Takes the whole body, up to `limit` bytes, out of `buffer`, into which it reads as much as is missing (L15, L17).
pub(crate) async fn read<S>(stream: &mut S, buffer: &mut BytesMut, head: &Head, limit: usize) -> Result<Bytes, ConnectionEnd>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if let Framing::Length(length) = head.framing
        && length > limit as u64
    {
        return Err(ConnectionEnd::TooLarge);
    }
    if head.expects_continue && head.framing != Framing::Length(0) && buffer.is_empty() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.map_err(|_| ConnectionEnd::BadRequest)?;
    }
    match head.framing {
        Framing::Length(length) => {
            let length = length as usize;
            fill(stream, buffer, length).await?;
            Ok(buffer.split_to(length).freeze())
        }
        Framing::Chunked => chunks(stream, buffer, limit).await,
    }
}

async fn chunks(stream: &mut (impl AsyncRead + Unpin), buffer: &mut BytesMut, limit: usize) -> Result<Bytes, ConnectionEnd> {
    let (mut whole, mut lines) = (BytesMut::new(), 0);
    loop {
        let line = line(stream, buffer).await?;
        lines += line.len();
        let size = size(&line).filter(|_| lines <= whole.len() + LINES).ok_or(ConnectionEnd::BadRequest)?;
        if size > (limit - whole.len()) as u64 {
            return Err(ConnectionEnd::TooLarge);
        }
        if size == 0 {
            break;
        }
        let size = size as usize;
        fill(stream, buffer, size + 2).await?;
        whole.extend_from_slice(&buffer[..size]);
        buffer.advance(size);
        if !buffer.starts_with(b"\r\n") {
            return Err(ConnectionEnd::BadRequest);
        }
        buffer.advance(2);
    }
    // Header fields may follow the last chunk.
    for _ in 0..=MOST_FIELDS {
        let line = line(stream, buffer).await?;
        if line.is_empty() {
            return Ok(whole.freeze());
        }
        let name = line.iter().position(|byte| *byte == b':').map(|end| HeaderName::from_bytes(&line[..end]));
        if name.is_none_or(|name| name.is_err()) {
            return Err(ConnectionEnd::BadRequest);
        }
    }
    Err(ConnectionEnd::BadRequest)
}

/// The size of a chunk, without what may follow it in its line.
fn size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b';').next()?;
    let end = digits.iter().rposition(|byte| !b" \t".contains(byte))?;
    let digits = &digits[..=end];
    // Rust's own reading of a number would allow a sign.
    let digits = str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u64::from_str_radix(digits, 16).ok()
}

async fn line(stream: &mut (impl AsyncRead + Unpin), buffer: &mut BytesMut) -> Result<BytesMut, ConnectionEnd> {
    let mut searched = 0;
    loop {
        if let Some(end) = buffer[searched..].iter().position(|byte| *byte == b'\n') {
            let mut line = buffer.split_to(searched + end + 1);
            // A line that ends otherwise could end elsewhere for another program (L18).
            let end = line.len().checked_sub(2).filter(|end| line[*end] == b'\r').ok_or(ConnectionEnd::BadRequest)?;
            line.truncate(end);
            let is_plain = line.iter().all(|byte| !byte.is_ascii_control() || *byte == b'\t');
            return if is_plain && line.len() <= LONGEST_LINE { Ok(line) } else { Err(ConnectionEnd::BadRequest) };
        }
        if buffer.len() > LONGEST_LINE {
            return Err(ConnectionEnd::BadRequest);
        }
        searched = buffer.len();
        fill(stream, buffer, searched + 1).await?;
    }
}

/// Reads until `buffer` has this many bytes; the connection may have ended before (L16).
async fn fill(stream: &mut (impl AsyncRead + Unpin), buffer: &mut BytesMut, length: usize) -> Result<(), ConnectionEnd> {
    while buffer.len() < length {
        if more(stream, buffer).await == 0 {
            return Err(ConnectionEnd::BadRequest);
        }
    }
    Ok(())
}
