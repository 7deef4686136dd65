//! HTTP responses, correct and broken ones.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Response, StatusCode, header};
use axum::response::{Html, IntoResponse};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde_json::Value;

use crate::wire::Cut;

/// The page of a captive portal, as in a hotel's network (A8).
const SIGN_IN_PAGE: &str = "<!doctype html><title>Sign in</title><h1>Welcome to our network</h1><p>Please sign in.</p>";

pub(crate) fn sign_in_page() -> Response<Body> {
    Html(SIGN_IN_PAGE).into_response()
}

pub(crate) fn json_response(envelope: &Value) -> Response<Body> {
    json_body(envelope.to_string())
}

pub(crate) fn json_body(json: String) -> Response<Body> {
    json_bytes(json.into_bytes())
}

pub(crate) fn json_bytes(json: Vec<u8>) -> Response<Body> {
    ([(header::CONTENT_TYPE, "application/json;charset=utf-8")], json).into_response()
}

pub(crate) fn cut() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Cut);
    response
}

pub(crate) fn status_response(status: u16, extra: Option<(header::HeaderName, String)>) -> Response<Body> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Html(format!("<h1>{status}</h1>"))).into_response();
    if let Some((name, value)) = extra
        && let Ok(value) = value.parse()
    {
        response.headers_mut().insert(name, value);
    }
    response
}

/// A response whose header gives the whole length, with half of the body.
pub(crate) fn truncated(text: String) -> Response<Body> {
    let whole = Bytes::from(text);
    let mut response = Response::new(first_half(&whole));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, whole.len().into());
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

/// Half of the bytes, then the end of the connection. The pause between them lets the half be sent.
fn first_half(whole: &Bytes) -> Body {
    let half = whole.slice(..whole.len() / 2);
    let end = async {
        tokio::task::yield_now().await;
        Err(io::Error::other("cut on demand"))
    };
    Body::from_stream(stream::once(async { Ok(half) }).chain(stream::once(end)))
}

pub(crate) fn huge(bytes: u64, end: String) -> Response<Body> {
    const CHUNK: usize = 64 * 1024;
    let spaces = Bytes::from(vec![b' '; CHUNK]);
    let chunks = (0..bytes.div_ceil(CHUNK as u64)).map(move |_| Ok::<_, io::Error>(spaces.clone()));
    let all = chunks.chain(std::iter::once(Ok(Bytes::from(end))));
    Response::new(Body::from_stream(stream::iter(all)))
}

/// The same response without its length, and so many bytes more.
pub(crate) fn without_end(response: Response<Body>, bytes: u64) -> Response<Body> {
    let (head, body) = response.into_parts();
    let more = huge(bytes, String::new()).into_body();
    Response::from_parts(head, Body::from_stream(body.into_data_stream().chain(more.into_data_stream())))
}

/// The same response, one byte after each pause.
pub(crate) async fn trickled(response: Response<Body>, pause: Duration) -> Response<Body> {
    let (mut head, whole) = response.into_parts();
    let whole = axum::body::to_bytes(whole, usize::MAX).await.unwrap_or_default();
    head.headers.insert(header::CONTENT_LENGTH, whole.len().into());
    let bytes = stream::iter(0..whole.len()).then(move |at| {
        let byte = whole.slice(at..=at);
        async move {
            tokio::time::sleep(pause).await;
            Ok::<_, io::Error>(byte)
        }
    });
    Response::from_parts(head, Body::from_stream(bytes))
}

/// The same headers with the whole length, and half of the body (R6).
pub(crate) async fn halved(response: Response<Body>) -> Response<Body> {
    let (mut head, whole) = response.into_parts();
    let whole = axum::body::to_bytes(whole, usize::MAX).await.unwrap_or_default();
    head.headers.insert(header::CONTENT_LENGTH, whole.len().into());
    Response::from_parts(head, first_half(&whole))
}
