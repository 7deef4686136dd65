//! One connection with one request.

use std::{future::poll_fn, sync::Arc};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    time::{Instant, timeout, timeout_at},
};

use crate::{
    ConnectionEnd,
    exchange::answer,
    head::{self, HeadError, Rewound},
    serve::Context,
};

/// Handles the connection from the first byte to the last. `displaced` resolves when another connection needs the place of this one; it
/// applies only while no request is in progress.
pub(crate) async fn carry(context: Arc<Context>, mut stream: TcpStream, place: u64, displaced: oneshot::Receiver<()>) {
    let deadline = Instant::now() + context.limits.request;
    let head = tokio::select! {
        biased;
        head = timeout_at(deadline, head::read(&mut stream, context.limits.head_bytes)) => head,
        _ = displaced => return,
    };
    if !context.displaceable.leave(place) {
        return;
    }
    let refused = match head {
        Ok(Ok(head)) => {
            if let Some(stream) = exchange(&context, Rewound { head, stream }, deadline).await {
                linger(&context, stream, place).await;
            }
            return;
        }
        Ok(Err(HeadError::Gone)) => return,
        Ok(Err(HeadError::Bad)) => ConnectionEnd::BadRequest,
        Err(_) => ConnectionEnd::TooSlow,
    };
    context.counters.count(refused);
    let answer = format!("HTTP/1.1 {}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n", refused.status());
    if timeout(context.limits.linger, stream.write_all(answer.as_bytes())).await.is_ok_and(|written| written.is_ok()) {
        linger(&context, stream, place).await;
    }
}

/// Serves the request. Returns the stream, to which the answer was written.
async fn exchange(context: &Arc<Context>, stream: Rewound<TcpStream>, deadline: Instant) -> Option<TcpStream> {
    let service = service_fn(|request| Box::pin(answer(context, deadline, request)));
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(context.limits.request)
        .keep_alive(false)
        .half_close(true)
        .max_buf_size(context.limits.head_bytes.max(8192) * 2)
        .serve_connection(TokioIo::new(stream), service);
    // The service has limits of its own; this limit is for a client that does not read its answer.
    let end = deadline + context.limits.receipt + context.limits.linger;
    match timeout_at(end, poll_fn(|cx| connection.poll_without_shutdown(cx))).await {
        Err(_) => return None,
        Ok(Err(error)) if error.is_parse() => context.counters.count(ConnectionEnd::BadRequest),
        Ok(_) => {}
    }
    Some(connection.into_parts().io.into_inner().stream)
}

/// Closing a connection with unread bytes would reset it, and the client could lose the answer. So this reads on until the client closes,
/// the limit passes, or another connection needs the place.
async fn linger(context: &Context, mut stream: TcpStream, place: u64) {
    let displaced = context.displaceable.take(place);
    let rest = async {
        stream.shutdown().await?;
        let mut rest = [0; 4096];
        while stream.read(&mut rest).await? > 0 {}
        std::io::Result::Ok(())
    };
    tokio::select! {
        _ = timeout(context.limits.linger, rest) => {}
        _ = displaced => {}
    }
    context.displaceable.leave(place);
}
