//! Reads the head of a request: what it asks for, how its body is framed, and whether another request may follow it.

use bytes::BytesMut;
use http::{HeaderMap, HeaderName, HeaderValue, Request, header, request::Parts};
use tokio::io::{AsyncRead, AsyncReadExt};

/// A head with more header fields is refused.
pub(crate) const MOST_FIELDS: usize = 100;
/// Room for the next read: most requests are read at once.
const READ: usize = 4096;

/// Why there is no request head.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum HeadError {
    /// The client closed the connection before the head was complete.
    Gone,
    /// The head is too long, not HTTP, or does not say in one way where the body ends.
    Bad,
}

#[derive(Debug)]
pub(crate) struct Head {
    pub parts: Parts,
    pub framing: Framing,
    /// The client sends the body when it has got 100 Continue.
    pub expects_continue: bool,
    /// The client may send another request on this connection.
    pub is_persistent: bool,
}

/// Where the body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// After this number of bytes.
    Length(u64),
    /// After its last chunk.
    Chunked,
}

/// Takes the head up to the blank line out of `buffer`, into which it reads as much as is missing. What follows the head stays there.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin), buffer: &mut BytesMut, limit: usize) -> Result<Head, HeadError> {
    let (mut start, mut searched) = (0, 0);
    loop {
        // Blank lines may precede the request.
        start += buffer[start..].iter().take_while(|byte| b"\r\n".contains(byte)).count();
        // A request begins with a method, so TLS and other protocols are recognised by their first byte (L40).
        if buffer.get(start).is_some_and(|byte| !byte.is_ascii_alphabetic()) {
            return Err(HeadError::Bad);
        }
        // Searches only new bytes; from the beginning each time, a head that comes byte by byte would cost quadratic time.
        let from = searched.max(start);
        if let Some(end) = end_of(&buffer[from..]) {
            let head = buffer.split_to(from + end);
            return parse(&head[start..]).ok_or(HeadError::Bad);
        }
        if buffer.len() > limit {
            return Err(HeadError::Bad);
        }
        searched = buffer.len().saturating_sub(2);
        if more(stream, buffer).await == 0 {
            return Err(HeadError::Gone);
        }
    }
}

/// Whether there are only blank lines, if anything.
pub(crate) fn is_blank(buffer: &[u8]) -> bool {
    buffer.iter().all(|byte| b"\r\n".contains(byte))
}

/// Reads what has arrived. 0: no more will.
pub(crate) async fn more(stream: &mut (impl AsyncRead + Unpin), buffer: &mut BytesMut) -> usize {
    buffer.reserve(READ);
    stream.read_buf(buffer).await.unwrap_or(0)
}

/// Where the blank line ends.
fn end_of(head: &[u8]) -> Option<usize> {
    let line_ends = head.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    line_ends.into_iter().find_map(|next| match head[next..] {
        [b'\n', ..] => Some(next + 1),
        [b'\r', b'\n', ..] => Some(next + 2),
        _ => None,
    })
}

fn parse(bytes: &[u8]) -> Option<Head> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut head = httparse::Request::new(&mut fields);
    if head.parse(bytes).ok()?.is_partial() {
        return None;
    }
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.method = head.method?.parse().ok()?;
    parts.uri = head.path?.parse().ok()?;
    for field in &*head.headers {
        parts.headers.append(HeaderName::from_bytes(field.name.as_bytes()).ok()?, HeaderValue::from_bytes(field.value).ok()?);
    }
    let is_new = head.version == Some(1);
    let framing = framing(&parts.headers, is_new)?;
    let expects_continue = is_new && says(&parts.headers, &header::EXPECT, "100-continue");
    let is_persistent = is_new && !says(&parts.headers, &header::CONNECTION, "close");
    Some(Head { parts, framing, expects_continue, is_persistent })
}

/// None: the body's end is not clear, so that another program could see it elsewhere (L16, L18).
fn framing(headers: &HeaderMap, is_new: bool) -> Option<Framing> {
    let mut lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    match (lengths.next(), codings.next()) {
        (None, None) => Some(Framing::Length(0)),
        (Some(length), None) => {
            let is_number = !length.is_empty() && length.as_bytes().iter().all(u8::is_ascii_digit);
            (is_number && lengths.all(|other| other == length)).then_some(())?;
            Some(Framing::Length(length.to_str().ok()?.parse().ok()?))
        }
        // HTTP/1.0 has no chunks.
        (None, Some(coding)) => {
            let is_chunked = is_new && coding.as_bytes().eq_ignore_ascii_case(b"chunked") && codings.next().is_none();
            is_chunked.then_some(Framing::Chunked)
        }
        (Some(_), Some(_)) => None,
    }
}

/// Whether the word is in a header field that is a list.
fn says(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let mut words = headers.get_all(name).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    words.any(|given| given.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read_all(mut bytes: &[u8]) -> Result<Head, HeadError> {
        read(&mut bytes, &mut BytesMut::new(), 1000).await
    }

    #[tokio::test]
    async fn a_head_that_arrives_in_pieces_is_read_whole_and_what_follows_it_is_left() {
        let request = b"\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}POST";
        for cut in 0..request.len() {
            let (first, second) = request.split_at(cut);
            let (mut stream, mut buffer) = (AsyncReadExt::chain(first, second), BytesMut::new());
            let head = read(&mut stream, &mut buffer, 1000).await.unwrap();
            assert_eq!((head.framing, head.parts.headers["host"].as_bytes()), (Framing::Length(2), &b"a"[..]), "cut at {cut}");
            while more(&mut stream, &mut buffer).await > 0 {}
            assert_eq!(&buffer[..], b"{}POST", "cut at {cut}");
        }
    }

    #[tokio::test]
    async fn l18_two_framings_are_found_in_any_order_and_spelling() {
        for fields in [
            "Content-Length: 2\r\nTransfer-Encoding: chunked",
            "transfer-encoding:chunked\r\nA: b\r\ncONTENT-lENGTH:2",
            "Content-Length : 2\nTransfer-Encoding : chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: gzip, chunked",
            "Transfer-Encoding: identity",
            "Content-Length: 2\r\nContent-Length: 02",
        ] {
            let request = format!("POST / HTTP/1.1\r\n{fields}\r\n\r\n");
            assert_eq!(read_all(request.as_bytes()).await.err(), Some(HeadError::Bad), "{fields}");
        }
        for (fields, framing) in [
            ("Content-Length: 2", Framing::Length(2)),
            ("Content-Length: 2\r\nContent-Length: 2", Framing::Length(2)),
            ("Transfer-Encoding: Chunked\r\nX-Content-Length: 2", Framing::Chunked),
            ("Content-Length: 2\r\nTE: transfer-encoding", Framing::Length(2)),
            ("Content-Length: 2\nA: b", Framing::Length(2)),
            ("A: b", Framing::Length(0)),
        ] {
            let request = format!("POST /transfer-encoding: HTTP/1.1\r\n{fields}\r\n\r\n");
            assert_eq!(read_all(request.as_bytes()).await.unwrap().framing, framing, "{fields}");
        }
        let old = b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(read_all(old).await.err(), Some(HeadError::Bad));
    }

    #[tokio::test]
    async fn l40_another_request_may_follow_unless_the_client_says_that_it_closes() {
        for (version, fields, is_persistent) in [
            ("1.1", "A: b", true),
            ("1.1", "Connection: keep-alive", true),
            ("1.1", "Connection: Close", false),
            ("1.1", "Connection: te , close\r\nConnection: keep-alive", false),
            ("1.1", "Connection: keep-alive\r\nConnection: close", false),
            ("1.1", "Connection: closed", true),
            ("1.0", "Connection: keep-alive", false),
        ] {
            let request = format!("POST / HTTP/{version}\r\n{fields}\r\n\r\n");
            assert_eq!(read_all(request.as_bytes()).await.unwrap().is_persistent, is_persistent, "{version} {fields}");
        }
    }

    #[tokio::test]
    async fn bytes_that_are_not_a_head_are_refused() {
        assert_eq!(read_all(b"").await.err(), Some(HeadError::Gone));
        assert_eq!(read_all(b"POST / HTTP/1.1\r\nHost: a\r\n").await.err(), Some(HeadError::Gone));
        assert_eq!(read_all(b"\x16\x03\x01\x02\x00\x01").await.err(), Some(HeadError::Bad));
        assert_eq!(read_all(&[b'A'; 2000]).await.err(), Some(HeadError::Bad));
        assert_eq!(read_all(&[b'\n'; 2000]).await.err(), Some(HeadError::Bad));
    }
}
