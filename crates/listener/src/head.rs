//! Reads the head of a request before the HTTP library does. This tells idle connections from requests in progress, and it finds requests
//! framed in two ways (L18), which the library does not report.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

/// The HTTP library reads at most this number of header fields, and itself refuses a head with more.
const MOST_FIELDS: usize = 100;

/// Why there is no request head.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum HeadError {
    /// The client closed the connection before the head was complete.
    Gone,
    /// The head is too long, not HTTP, or frames the body in two ways.
    Bad,
}

/// Reads the head up to the blank line, and any bytes that arrived with it.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin), limit: usize) -> Result<Bytes, HeadError> {
    let mut bytes = BytesMut::with_capacity(1024);
    let (mut start, mut searched) = (0, 0);
    loop {
        match stream.read_buf(&mut bytes).await {
            Ok(0) | Err(_) => return Err(HeadError::Gone),
            Ok(_) => {}
        }
        // Blank lines may precede the request.
        start += bytes[start..].iter().take_while(|byte| b"\r\n".contains(byte)).count();
        // A request begins with a method, so TLS and other protocols are recognised by their first byte (L40).
        if bytes.get(start).is_some_and(|byte| !byte.is_ascii_alphabetic()) {
            return Err(HeadError::Bad);
        }
        // Searches only new bytes; from the beginning each time, a head that comes byte by byte would cost quadratic time.
        let from = searched.max(start);
        if has_end(&bytes[from..]) {
            return if is_wrong(&bytes[start..]) { Err(HeadError::Bad) } else { Ok(bytes.freeze()) };
        }
        if bytes.len() > limit {
            return Err(HeadError::Bad);
        }
        searched = bytes.len().saturating_sub(2);
    }
}

/// Whether the bytes contain a blank line.
fn has_end(head: &[u8]) -> bool {
    head.windows(2).any(|two| two == b"\n\n") || head.windows(3).any(|three| three == b"\n\r\n")
}

/// Whether the head is not HTTP, or frames its body in two ways.
fn is_wrong(request: &[u8]) -> bool {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut head = httparse::Request::new(&mut fields);
    match head.parse(request) {
        Ok(status) => {
            let has = |name: &str| head.headers.iter().any(|field| field.name.eq_ignore_ascii_case(name));
            status.is_partial() || has("content-length") && has("transfer-encoding")
        }
        Err(error) => error != httparse::Error::TooManyHeaders,
    }
}

/// A stream whose first bytes were already read.
#[derive(Debug)]
pub(crate) struct Rewound<S> {
    pub head: Bytes,
    pub stream: S,
}

impl<S: AsyncRead + Unpin> AsyncRead for Rewound<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.head.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        }
        let length = self.head.len().min(buf.remaining());
        buf.put_slice(&self.head[..length]);
        self.head.advance(length);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Rewound<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_head_that_arrives_in_pieces_is_read_whole() {
        let request = b"\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";
        for cut in 0..request.len() - 3 {
            let (first, second) = request.split_at(cut);
            let head = read(&mut AsyncReadExt::chain(first, second), 1000).await.unwrap();
            assert!(request.starts_with(&head) && head.len() >= request.len() - 2, "cut at {cut}");
        }
    }

    #[tokio::test]
    async fn l18_two_framings_are_found_in_any_order_and_spelling() {
        for fields in [
            "Content-Length: 2\r\nTransfer-Encoding: chunked",
            "transfer-encoding:chunked\r\nA: b\r\ncONTENT-lENGTH:2",
            "Content-Length : 2\nTransfer-Encoding : chunked",
        ] {
            let request = format!("POST / HTTP/1.1\r\n{fields}\r\n\r\n");
            assert_eq!(read(&mut request.as_bytes(), 1000).await, Err(HeadError::Bad), "{fields}");
        }
        for fields in [
            "Content-Length: 2",
            "Transfer-Encoding: chunked\r\nX-Content-Length: 2",
            "Content-Length: 2\r\nTE: transfer-encoding",
            "Content-Length: 2\nA: b",
        ] {
            let request = format!("POST /transfer-encoding: HTTP/1.1\r\n{fields}\r\n\r\n");
            assert!(read(&mut request.as_bytes(), 1000).await.is_ok(), "{fields}");
        }
    }

    #[tokio::test]
    async fn bytes_that_are_not_a_head_are_refused() {
        assert_eq!(read(&mut &b""[..], 1000).await, Err(HeadError::Gone));
        assert_eq!(read(&mut &b"POST / HTTP/1.1\r\nHost: a\r\n"[..], 1000).await, Err(HeadError::Gone));
        assert_eq!(read(&mut &b"\x16\x03\x01\x02\x00\x01"[..], 1000).await, Err(HeadError::Bad));
        assert_eq!(read(&mut [b'A'; 2000].as_slice(), 1000).await, Err(HeadError::Bad));
        assert_eq!(read(&mut [b'\n'; 2000].as_slice(), 1000).await, Err(HeadError::Bad));
    }
}
