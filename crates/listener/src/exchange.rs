//! One request: guard, body, decoding, offer to the sink, receipt, answer.

use std::panic::AssertUnwindSafe;

use bytes::BytesMut;
use futures_util::FutureExt;
use ringside_domain::{Delivery, Flaw, Receipt};
use tokio::{
    net::TcpStream,
    sync::{mpsc::error::TrySendError, oneshot},
    time::{Instant, timeout, timeout_at},
};

use crate::{ConnectionEnd, body, guard::guard, head::Head, serve::Context};

/// What the request comes to, in every case, also after a panic (L41).
pub(crate) async fn judge(
    context: &Context,
    deadline: Instant,
    head: &Head,
    stream: &mut TcpStream,
    buffer: &mut BytesMut,
) -> ConnectionEnd {
    let judged = AssertUnwindSafe(take(context, deadline, head, stream, buffer)).catch_unwind().await;
    let outcome = judged.unwrap_or(ConnectionEnd::Panicked);
    if outcome != ConnectionEnd::Kept {
        tracing::debug!(?outcome, "a callback was not accepted");
    }
    outcome
}

async fn take(context: &Context, deadline: Instant, head: &Head, stream: &mut TcpStream, buffer: &mut BytesMut) -> ConnectionEnd {
    let path = match guard(&context.rules, &head.parts) {
        Ok(path) => path,
        Err(refused) => return refused,
    };
    let body = match timeout_at(deadline, body::read(stream, buffer, head, context.limits.body_bytes)).await {
        Ok(Ok(body)) => body,
        Ok(Err(refused)) => return refused,
        Err(_) => return ConnectionEnd::TooSlow,
    };
    match (context.decode)(&body) {
        Ok(Delivery::Events { events, flaw, passed, .. }) => offer(context, Delivery::Events { events, flaw, path, passed }).await,
        Ok(delivery @ Delivery::Malformed(_)) => offer(context, delivery).await,
        Err(reason) => {
            let (unread, _) = oneshot::channel();
            // Stored for a person to look at, if the queue has room; the answer does not depend on it.
            let _ = context.sink.try_send((Delivery::Malformed(Flaw { body: body.into(), reason }), unread));
            ConnectionEnd::Malformed
        }
    }
}

async fn offer(context: &Context, delivery: Delivery) -> ConnectionEnd {
    let (receipt, kept) = oneshot::channel();
    match context.sink.try_send((delivery, receipt)) {
        Ok(()) => {}
        Err(TrySendError::Full(_)) => return ConnectionEnd::Busy,
        Err(TrySendError::Closed(_)) => return ConnectionEnd::NotKept,
    }
    match timeout(context.limits.receipt, kept).await {
        Ok(Ok(Receipt::Kept)) => ConnectionEnd::Kept,
        Ok(Ok(Receipt::NotKept) | Err(_)) | Err(_) => ConnectionEnd::NotKept,
    }
}

/// `closes`: the connection ends with this answer.
pub(crate) fn answer(outcome: ConnectionEnd, closes: bool) -> String {
    let connection = if closes { "connection: close\r\n" } else { "" };
    let (fields, body) = match outcome {
        ConnectionEnd::Kept => ("content-type: text/plain\r\n", "ok"),
        ConnectionEnd::Busy | ConnectionEnd::NotKept => ("retry-after: 1\r\n", ""),
        ConnectionEnd::WrongMethod => ("allow: POST\r\n", ""),
        _ => ("", ""),
    };
    let (status, length) = (outcome.status(), body.len());
    format!("HTTP/1.1 {status}\r\n{connection}{fields}content-length: {length}\r\n\r\n{body}")
}
