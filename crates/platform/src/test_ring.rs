//! The test button's ring: posts a callback, as the platform would, to our own public address.

use std::time::Duration;

use reqwest::{Url, multipart::Form};
use ringside_domain::{Problem, ProblemCode, TestRing};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::{PlatformError, transport::is_loopback};

/// Posts a ring as «Extension call state callback» documents it, in a form's `detail`. A status other than 2xx is also a problem: the
/// address leads to another server.
pub async fn post(ring: &TestRing) -> Result<(), Problem> {
    let detail = json!({
        "type": "call",
        "status": "ring",
        "uuid": ring.uuid,
        "extnumber": ring.extension.0,
        "caller": ring.extension.0,
        "callee": "",
        "direction": "callout",
        "disnumber": "",
        "isbleg": "false",
        "method": "5",
    });
    post_detail(&ring.url, detail.to_string()).await
}

/// Posts an event that belongs to no call: our listener accepts it, stores it once, and shows nothing.
pub async fn knock(url: &SecretString) -> Result<(), Problem> {
    post_detail(url, json!({ "type": "knock" }).to_string()).await
}

async fn post_detail(url: &SecretString, detail: String) -> Result<(), Problem> {
    let failed = |error: reqwest::Error| Problem::from(&PlatformError::from(error));
    let builder = reqwest::Client::builder().timeout(Duration::from_secs(8));
    let is_direct = Url::parse(url.expose_secret()).is_ok_and(|url| is_loopback(&url));
    // A proxy would see the secret address, and connect to itself (A14).
    let http = if is_direct { builder.no_proxy() } else { builder }.build().map_err(failed)?;
    let form = Form::new().text("detail", detail);
    let response = http.post(url.expose_secret()).multipart(form).send().await.map_err(failed)?;
    let status = response.status();
    match status.as_u16() {
        200..300 => Ok(()),
        407 => Err(Problem::from(&PlatformError::ProxyRefused)),
        other => Err(Problem::new(ProblemCode::CallbackNotArrived, format!("HTTP {other}"), true)),
    }
}
