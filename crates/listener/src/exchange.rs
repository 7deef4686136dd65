//! One request: guard, body, decode, offer, receipt.

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

use crate::{Outcome, guard::guard, serve::Desk};

/// Answers one request, whatever happens (L41).
pub(crate) async fn answer(desk: &Desk, deadline: Instant, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let outcome = AssertUnwindSafe(judge(desk, deadline, request)).catch_unwind().await.unwrap_or(Outcome::Panicked);
    desk.counters.count(outcome);
    if outcome != Outcome::Kept {
        tracing::debug!(?outcome, "a callback was not taken");
    }
    Ok(response(outcome))
}

async fn judge(desk: &Desk, deadline: Instant, request: Request<Incoming>) -> Outcome {
    let (parts, body) = request.into_parts();
    let path = match guard(&desk.rules, &parts, desk.limits.body_bytes) {
        Ok(path) => path,
        Err(refused) => return refused,
    };
    let body = match timeout_at(deadline, read(body, desk.limits.body_bytes)).await {
        Ok(Ok(body)) => body,
        Ok(Err(refused)) => return refused,
        Err(_) => return Outcome::TooSlow,
    };
    match (desk.decode)(&body) {
        Ok(Delivery::Events { events, flaw, .. }) => offer(desk, Delivery::Events { events, flaw, path }).await,
        Ok(delivery @ Delivery::Malformed(_)) => offer(desk, delivery).await,
        Err(reason) => {
            let (unread, _) = oneshot::channel();
            // Kept for somebody to look at, where there is room; the answer is the same.
            let _ = desk.sink.try_send((Delivery::Malformed(Flaw { body: body.into(), reason }), unread));
            Outcome::Malformed
        }
    }
}

async fn offer(desk: &Desk, delivery: Delivery) -> Outcome {
    let (receipt, kept) = oneshot::channel();
    match desk.sink.try_send((delivery, receipt)) {
        Ok(()) => {}
        Err(TrySendError::Full(_)) => return Outcome::Busy,
        Err(TrySendError::Closed(_)) => return Outcome::NotKept,
    }
    match timeout(desk.limits.receipt, kept).await {
        Ok(Ok(Receipt::Kept)) => Outcome::Kept,
        Ok(Ok(Receipt::NotKept) | Err(_)) | Err(_) => Outcome::NotKept,
    }
}

/// The whole body, at most `limit` bytes of it, said beforehand or not (L15, L17).
async fn read<B>(mut body: B, limit: usize) -> Result<Bytes, Outcome>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // Cut off, or chunks that are none (L16).
        let Ok(data) = frame.map_err(|_| Outcome::BadRequest)?.into_data() else { continue };
        if whole.len() + data.len() > limit {
            return Err(Outcome::TooLarge);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

fn response(outcome: Outcome) -> Response<Full<Bytes>> {
    let body = if outcome == Outcome::Kept { Bytes::from_static(b"ok") } else { Bytes::new() };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = outcome.status();
    match outcome {
        Outcome::Kept => drop(response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"))),
        Outcome::Busy | Outcome::NotKept => drop(response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"))),
        Outcome::WrongMethod => drop(response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"))),
        _ => {}
    }
    response
}
