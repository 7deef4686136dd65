//! One request: guard, body, decoding, offer to the sink, receipt.

use std::{convert::Infallible, panic::AssertUnwindSafe};

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use ringside_domain::{Delivery, Flaw, Receipt};
use tokio::{
    sync::{mpsc::error::TrySendError, oneshot},
    time::{Instant, timeout, timeout_at},
};

use crate::{ConnectionEnd, guard::guard, serve::Context};

/// Answers one request in every case, also after a panic (L41).
pub(crate) async fn answer(context: &Context, deadline: Instant, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let outcome = AssertUnwindSafe(judge(context, deadline, request)).catch_unwind().await.unwrap_or(ConnectionEnd::Panicked);
    context.counters.count(outcome);
    if outcome != ConnectionEnd::Kept {
        tracing::debug!(?outcome, "a callback was not accepted");
    }
    Ok(response(outcome))
}

async fn judge(context: &Context, deadline: Instant, request: Request<Incoming>) -> ConnectionEnd {
    let (parts, body) = request.into_parts();
    let path = match guard(&context.rules, &parts, context.limits.body_bytes) {
        Ok(path) => path,
        Err(refused) => return refused,
    };
    let body = match timeout_at(deadline, read(body, context.limits.body_bytes)).await {
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

/// Reads the whole body, up to `limit` bytes, with or without a Content-Length (L15, L17).
async fn read<B>(mut body: B, limit: usize) -> Result<Bytes, ConnectionEnd>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // The body was cut off or badly chunked (L16).
        let Ok(data) = frame.map_err(|_| ConnectionEnd::BadRequest)?.into_data() else { continue };
        if whole.len() + data.len() > limit {
            return Err(ConnectionEnd::TooLarge);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

fn response(outcome: ConnectionEnd) -> Response<Full<Bytes>> {
    let body = if outcome == ConnectionEnd::Kept { Bytes::from_static(b"ok") } else { Bytes::new() };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = outcome.status();
    match outcome {
        ConnectionEnd::Kept => drop(response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"))),
        ConnectionEnd::Busy | ConnectionEnd::NotKept => {
            drop(response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1")))
        }
        ConnectionEnd::WrongMethod => drop(response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"))),
        _ => {}
    }
    response
}
