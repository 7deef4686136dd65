//! The head of a request, read before the HTTP library sees it: so that connections which say nothing can be told from those
//! under way, and since the library does not report a request framed in two ways (L18).

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

/// Why there is no head.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum HeadError {
    /// Closed before the head was complete.
    Gone,
    /// Too long, not HTTP, or framed in two ways.
    Bad,
}

/// Everything up to the blank line, and what came with it.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin), limit: usize) -> Result<Bytes, HeadError> {
    let mut bytes = BytesMut::with_capacity(1024);
    let (mut start, mut searched) = (0, 0);
    loop {
        match stream.read_buf(&mut bytes).await {
            Ok(0) | Err(_) => return Err(HeadError::Gone),
            Ok(_) => {}
        }
        // Blank lines may come before the request.
        start += bytes[start..].iter().take_while(|byte| b"\r\n".contains(byte)).count();
        // A method begins it: neither TLS nor anything else that is not HTTP has to be waited for (L40).
        if bytes.get(start).is_some_and(|byte| !byte.is_ascii_alphabetic()) {
            return Err(HeadError::Bad);
        }
        // Not from the beginning each time, or a byte at a time would cost its square.
        let from = searched.max(start);
        match end(&bytes[from..]) {
            Some(end) if is_framed_twice(&bytes[start..from + end]) => return Err(HeadError::Bad),
            Some(_) => return Ok(bytes.freeze()),
            None if bytes.len() > limit => return Err(HeadError::Bad),
            None => searched = bytes.len().saturating_sub(2),
        }
    }
}

/// Where the blank line is.
fn end(head: &[u8]) -> Option<usize> {
    head.windows(2).position(|two| two == b"\n\n").into_iter().chain(head.windows(3).position(|three| three == b"\n\r\n")).min()
}

fn is_framed_twice(head: &[u8]) -> bool {
    let has = |name: &[u8]| {
        head.split(|byte| *byte == b'\n')
            .skip(1)
            .any(|line| line.split(|byte| *byte == b':').next().is_some_and(|given| given.trim_ascii().eq_ignore_ascii_case(name)))
    };
    has(b"content-length") && has(b"transfer-encoding")
}

/// A stream whose first bytes were read already.
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
    async fn a_head_is_whole_in_whatever_pieces_it_comes() {
        let request = b"\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";
        for cut in 0..request.len() - 3 {
            let (first, second) = request.split_at(cut);
            let head = read(&mut AsyncReadExt::chain(first, second), 1000).await.unwrap();
            assert!(request.starts_with(&head) && head.len() >= request.len() - 2, "cut at {cut}");
        }
    }

    #[tokio::test]
    async fn l18_both_framings_are_seen_in_any_order_and_spelling() {
        for fields in [
            "Content-Length: 2\r\nTransfer-Encoding: chunked",
            "transfer-encoding:chunked\r\nA: b\r\ncONTENT-lENGTH:2",
            "Content-Length : 2\nTransfer-Encoding : chunked",
        ] {
            let request = format!("POST / HTTP/1.1\r\n{fields}\r\n\r\n");
            assert_eq!(read(&mut request.as_bytes(), 1000).await, Err(HeadError::Bad), "{fields}");
        }
        for fields in
            ["Content-Length: 2", "Transfer-Encoding: chunked\r\nX-Content-Length: 2", "Content-Length: 2\r\nTE: transfer-encoding"]
        {
            let request = format!("POST /transfer-encoding: HTTP/1.1\r\n{fields}\r\n\r\n");
            assert!(read(&mut request.as_bytes(), 1000).await.is_ok(), "{fields}");
        }
    }

    #[tokio::test]
    async fn what_is_no_head_is_refused() {
        assert_eq!(read(&mut &b""[..], 1000).await, Err(HeadError::Gone));
        assert_eq!(read(&mut &b"POST / HTTP/1.1\r\nHost: a\r\n"[..], 1000).await, Err(HeadError::Gone));
        assert_eq!(read(&mut &b"\x16\x03\x01\x02\x00\x01"[..], 1000).await, Err(HeadError::Bad));
        assert_eq!(read(&mut [b'A'; 2000].as_slice(), 1000).await, Err(HeadError::Bad));
        assert_eq!(read(&mut [b'\n'; 2000].as_slice(), 1000).await, Err(HeadError::Bad));
    }
}
