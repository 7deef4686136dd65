//! HTTP: the one endpoint (N1), the recordings and the status page, with faults on demand.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, header};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::disfigure;
use crate::envelope::{Answer, Refusal, drift};
use crate::faults::Fault;
use crate::form::Form;
use crate::ledger::{self, Download, ReplyKind, Seen};
use crate::page;
use crate::replies;
use crate::services::{self, Service};
use crate::shared::Shared;
use crate::wire::connection;

/// Bytes of a request, at most; 10,000 numbers with their custom data are far smaller (N16).
const LARGEST_REQUEST: usize = 16 * 1024 * 1024;

/// Serves until the task is aborted; open connections end with it.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let router = Router::new()
        .route("/", get(status_page).post(service))
        .route("/recordings/{key}/{filename}", get(recording))
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .with_state(shared);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(connection(stream, router.clone()))),
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::task::yield_now().await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn service(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let base = base(request.headers(), &shared);
    let (form, readable) = match read_form(request).await {
        Ok(form) => (form, Ok(())),
        Err(refusal) => (Form::default(), Err(refusal)),
    };
    let fault = shared.meet_fault(form.service());
    let service = services::find(form.service());
    let work = || match readable {
        Ok(()) => shared.serve(service, &form, &base),
        Err(refusal) => Err(refusal),
    };
    let (outcome, response) = answer(&shared, service, fault.as_ref(), work);
    let request = ledger::Request::new(&form, outcome);
    shared.record(Seen::Request(request));
    match fault {
        Some(Fault::Slow(by)) => tokio::time::sleep(by).await,
        Some(Fault::Timeout) => std::future::pending().await,
        Some(Fault::Trickle(pause)) => return replies::trickled(response, pause).await,
        _ => {}
    }
    response
}

/// The response, replaced or distorted by the fault. `work` carries out the request, if the fault lets it.
fn answer(
    shared: &Shared,
    service: Option<&Service>,
    fault: Option<&Fault>,
    work: impl FnOnce() -> Result<Answer, Refusal>,
) -> (ReplyKind, Response<Body>) {
    let envelope = |answer| shared.envelope(service, answer);
    let Some(fault) = fault else {
        let answer = work();
        return (outcome(&answer), replies::json_response(&envelope(answer)));
    };
    let response = match fault {
        Fault::Slow(_) | Fault::Trickle(_) | Fault::Changed => replies::json_response(&envelope(work())),
        Fault::Timeout | Fault::Reset => replies::cut(),
        Fault::Lost => {
            drop(work());
            replies::cut()
        }
        Fault::HttpStatus(status) => replies::status_response(*status, None),
        Fault::RetryAfter(status, seconds) => replies::status_response(*status, Some((header::RETRY_AFTER, seconds.to_string()))),
        Fault::Redirect(to) => replies::status_response(302, Some((header::LOCATION, to.clone()))),
        Fault::Html => replies::sign_in_page(),
        Fault::NotJson => replies::json_body("{\"ret\":200,\"data\":{\"status\":0,},\"msg\":\"\"".into()),
        Fault::Truncated => replies::truncated(envelope(work()).to_string()),
        Fault::Huge(bytes) => replies::huge(*bytes, envelope(work()).to_string()),
        Fault::DoneButRet(ret) => {
            drop(work());
            replies::json_response(&envelope(Err(Refusal::new(*ret))))
        }
        Fault::DoneButHttp(status) => {
            drop(work());
            replies::status_response(*status, None)
        }
        Fault::Nulls => replies::json_response(&spoil(envelope(work()), |envelope| {
            if let Some(result) = envelope.pointer_mut("/data/result") {
                disfigure::nulls(result);
            }
        })),
        Fault::ByteOrderMark => replies::json_body(format!("\u{feff}{}", envelope(work()))),
        Fault::PhpNotice => {
            let notice = "<br />\n<b>Notice</b>:  Undefined index: round in <b>/www/api/Cdr.php</b> on line <b>214</b><br />\n";
            replies::json_body(format!("{notice}{}", envelope(work())))
        }
        Fault::Gbk => replies::json_bytes(disfigure::gbk(envelope(work()))),
        Fault::ListsAsObjects => replies::json_response(&spoil(envelope(work()), disfigure::lists_as_objects)),
        Fault::ListsWithNull => replies::json_response(&spoil(envelope(work()), disfigure::lists_with_null)),
        Fault::RetWithObject(ret) => replies::json_response(&spoil(envelope(Err(Refusal::new(*ret))), |envelope| {
            envelope["data"] = json!({});
        })),
        Fault::Ret(ret) => replies::json_response(&envelope(Err(Refusal::new(*ret)))),
        Fault::Failed(code) => replies::json_response(&envelope(Ok(Answer::Failed(*code)))),
        Fault::RetAsText => replies::json_response(&spoil(envelope(work()), |envelope| {
            envelope["ret"] = json!(envelope["ret"].to_string());
        })),
        Fault::EmptyData => replies::json_response(&spoil(envelope(work()), |envelope| {
            envelope["data"] = json!([]);
        })),
        Fault::WrongTypes => replies::json_response(&spoil(envelope(work()), |envelope| {
            if let Some(result) = envelope.pointer_mut("/data/result") {
                shared.with_looks(|looks| drift(result, looks));
            }
        })),
    };
    (ReplyKind::Fault(fault.name()), response)
}

fn spoil(mut envelope: Value, how: impl FnOnce(&mut Value)) -> Value {
    how(&mut envelope);
    envelope
}

fn outcome(answer: &Result<Answer, Refusal>) -> ReplyKind {
    match answer {
        Ok(Answer::Failed(code)) => ReplyKind::Failed(*code),
        Ok(_) => ReplyKind::Done,
        Err(refusal) => ReplyKind::Refused(refusal.ret),
    }
}

async fn read_form(request: Request) -> Result<Form, Refusal> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let unreadable = |error: String| Refusal::parameter(format!("the form cannot be read: {error}"));
    if kind.starts_with("application/x-www-form-urlencoded") {
        let body = Bytes::from_request(request, &()).await;
        let body = body.map_err(|error| unreadable(error.to_string()))?;
        return Ok(url::form_urlencoded::parse(&body).into_owned().collect());
    }
    if !kind.starts_with("multipart/form-data") {
        return Err(Refusal::parameter("send a form (multipart/form-data)"));
    }
    let multipart = Multipart::from_request(request, &()).await;
    let mut multipart = multipart.map_err(|error| unreadable(error.to_string()))?;
    let mut fields = Vec::new();
    loop {
        match multipart.next_field().await {
            Ok(None) => return Ok(fields.into_iter().collect()),
            Ok(Some(field)) => {
                let name = field.name().unwrap_or_default().to_owned();
                let bytes = field.bytes().await;
                let bytes = bytes.map_err(|error| unreadable(error.to_string()))?;
                fields.push((name, String::from_utf8_lossy(&bytes).into_owned()));
            }
            Err(error) => return Err(unreadable(error.to_string())),
        }
    }
}

/// The address by which the client reached the server: its download links begin with it.
fn base(headers: &HeaderMap, shared: &Shared) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.map_or_else(|| shared.url.to_string(), |host| format!("http://{host}/"))
}

async fn recording(State(shared): State<Arc<Shared>>, Path((key, filename)): Path<(String, String)>, headers: HeaderMap) -> Response<Body> {
    let fault = shared.meet_fault("download");
    let now = shared.clock.now();
    let link = shared.link(&key).filter(|link| link.filename == filename);
    let mut response = match (&fault, link) {
        (Some(Fault::HttpStatus(status)), _) => replies::status_response(*status, None),
        (Some(Fault::Html), _) => replies::sign_in_page(),
        (_, None) => replies::status_response(404, None),
        (_, Some(link)) if link.dies <= now => replies::status_response(403, None),
        (_, Some(link)) if link.ready > now => replies::status_response(404, None),
        (fault, Some(link)) => link.download(&headers, *fault == Some(Fault::Changed)),
    };
    let status = response.status().as_u16();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    shared.record(Seen::Download(Download { filename, status, headers }));
    match fault {
        Some(Fault::Slow(by)) => tokio::time::sleep(by).await,
        Some(Fault::Timeout) => std::future::pending().await,
        Some(Fault::Reset | Fault::Lost) => response = replies::cut(),
        Some(Fault::Truncated) => response = replies::halved(response).await,
        Some(Fault::Huge(bytes)) => response = replies::without_end(response, bytes),
        Some(Fault::Trickle(pause)) => response = replies::trickled(response, pause).await,
        Some(Fault::Redirect(to)) => response = replies::status_response(302, Some((header::LOCATION, to))),
        _ => {}
    }
    response
}

async fn status_page(State(shared): State<Arc<Shared>>) -> Response<Body> {
    let page = shared.look(page::page);
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()
}
