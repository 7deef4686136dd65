//! One connection, which carries one request.

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
    Outcome,
    exchange::answer,
    head::{self, HeadError, Rewound},
    serve::Desk,
};

/// From the first byte to the last. `displaced` ends when the place of this connection, which said nothing yet, is needed.
pub(crate) async fn carry(desk: Arc<Desk>, mut stream: TcpStream, place: u64, displaced: oneshot::Receiver<()>) {
    let deadline = Instant::now() + desk.limits.request;
    let head = tokio::select! {
        biased;
        head = timeout_at(deadline, head::read(&mut stream, desk.limits.head_bytes)) => head,
        _ = displaced => return,
    };
    if !desk.places.leave(place) {
        return;
    }
    let refused = match head {
        Ok(Ok(head)) => {
            if let Some(stream) = exchange(&desk, Rewound { head, stream }, deadline).await {
                linger(&desk, stream, place).await;
            }
            return;
        }
        Ok(Err(HeadError::Gone)) => return,
        Ok(Err(HeadError::Bad)) => Outcome::BadRequest,
        Err(_) => Outcome::TooSlow,
    };
    desk.counters.count(refused);
    let answer = format!("HTTP/1.1 {}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n", refused.status());
    if timeout(desk.limits.linger, stream.write_all(answer.as_bytes())).await.is_ok_and(|written| written.is_ok()) {
        linger(&desk, stream, place).await;
    }
}

/// The stream comes back with the answer on its way.
async fn exchange(desk: &Arc<Desk>, stream: Rewound<TcpStream>, deadline: Instant) -> Option<TcpStream> {
    let service = service_fn(|request| Box::pin(answer(desk, deadline, request)));
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(desk.limits.request)
        .keep_alive(false)
        .half_close(true)
        .max_buf_size(desk.limits.head_bytes.max(8192) * 2)
        .serve_connection(TokioIo::new(stream), service);
    // The service keeps its own limits; this one is for a peer that takes no byte of its answer.
    let end = deadline + desk.limits.receipt + desk.limits.linger;
    match timeout_at(end, poll_fn(|cx| connection.poll_without_shutdown(cx))).await {
        Err(_) => return None,
        Ok(Err(error)) if error.is_parse() => desk.counters.count(Outcome::BadRequest),
        Ok(_) => {}
    }
    Some(connection.into_parts().io.into_inner().stream)
}

/// Closing with bytes unread would reset the connection, and with it the answer on its way: so reads on, for a while and
/// while nobody needs the place.
async fn linger(desk: &Desk, mut stream: TcpStream, place: u64) {
    let displaced = desk.places.take(place);
    let rest = async {
        stream.shutdown().await?;
        let mut rest = [0; 4096];
        while stream.read(&mut rest).await? > 0 {}
        std::io::Result::Ok(())
    };
    tokio::select! {
        _ = timeout(desk.limits.linger, rest) => {}
        _ = displaced => {}
    }
    desk.places.leave(place);
}
