//! One connection: one request after the other.

use std::sync::Arc;

use bytes::BytesMut;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};

use crate::{
    ConnectionEnd,
    exchange::{answer, judge},
    head::{self, Head, HeadError},
    serve::{Context, Place},
};

/// Handles the connection from the first byte to the last. Another connection can get its place while no request is in progress.
pub(crate) async fn carry(context: Arc<Context>, mut stream: TcpStream, mut place: Place) {
    // An answer must not wait until the client has acknowledged the packet of the one before.
    let _ = stream.set_nodelay(true);
    let mut buffer = BytesMut::new();
    let mut is_first = true;
    loop {
        let next = tokio::select! {
            biased;
            next = next(&context, &mut stream, &mut buffer, is_first) => next,
            _ = &mut place.displaced => None,
        };
        if !context.displaceable.leave(&place) {
            if matches!(next, Some(Ok(_))) || !buffer.is_empty() {
                // Without waiting for the client: another connection waits for the place.
                let _ = stream.try_write(answer(ConnectionEnd::Displaced, true).as_bytes());
                if !is_first {
                    context.counters.count(ConnectionEnd::Displaced);
                }
            }
            return;
        }
        let (outcome, is_persistent) = match next {
            Some(Ok((head, deadline))) => (judge(&context, deadline, &head, &mut stream, &mut buffer).await, head.is_persistent),
            Some(Err(refused)) => (refused, false),
            None => return,
        };
        context.counters.count(outcome);
        let closes = !is_persistent || !outcome.is_after_body() || context.displaceable.is_closed();
        let written = timeout(context.limits.linger, stream.write_all(answer(outcome, closes).as_bytes())).await;
        if !written.is_ok_and(|written| written.is_ok()) {
            return;
        }
        place = context.displaceable.take(true);
        // The listener may have stopped since the answer was made: then nobody would displace this connection.
        if closes || context.displaceable.is_closed() {
            linger(&context, stream, place).await;
            return;
        }
        is_first = false;
    }
}

/// The head of the next request, with the time by which its body must be there, or why there is none. None: the client has closed the connection,
/// or sent nothing for too long after an answer.
async fn next(
    context: &Context,
    stream: &mut TcpStream,
    buffer: &mut BytesMut,
    is_first: bool,
) -> Option<Result<(Head, Instant), ConnectionEnd>> {
    let idle = Instant::now() + context.limits.idle;
    // Blank lines after a request begin no other one.
    while !is_first && head::is_blank(buffer) {
        // Without the memory of a large request.
        *buffer = BytesMut::new();
        if timeout_at(idle, head::more(stream, buffer)).await.unwrap_or(0) == 0 {
            return None;
        }
    }
    let deadline = Instant::now() + context.limits.request;
    match timeout_at(deadline, head::read(stream, buffer, context.limits.head_bytes)).await {
        Ok(Ok(head)) => Some(Ok((head, deadline))),
        Ok(Err(HeadError::Gone)) => None,
        Ok(Err(HeadError::Bad)) => Some(Err(ConnectionEnd::BadRequest)),
        Err(_) => Some(Err(ConnectionEnd::TooSlow)),
    }
}

/// Closing a connection with unread bytes would reset it, and the client could lose the answer. So this reads on until the client closes,
/// the limit passes, or another connection needs the place.
async fn linger(context: &Context, mut stream: TcpStream, mut place: Place) {
    let rest = async {
        stream.shutdown().await?;
        let mut rest = [0; 4096];
        while stream.read(&mut rest).await? > 0 {}
        std::io::Result::Ok(())
    };
    tokio::select! {
        _ = timeout(context.limits.linger, rest) => {}
        _ = &mut place.displaced => {}
    }
    context.displaceable.leave(&place);
}
