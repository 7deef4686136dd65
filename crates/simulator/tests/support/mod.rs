//! Shared by the tests: a client of the platform's HTTP interface, and a company that receives callbacks.

#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use jiff::Timestamp;
use reqwest::multipart::Form;
use ringside_simulator::{Clock, Options, Simulator};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::Url;

/// How long a test waits for an event, longer than any takes.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A Tuesday, 10:00 at the platform (UTC+8).
pub fn morning() -> Timestamp {
    "2026-03-03T02:00:00Z".parse().unwrap()
}

/// [`Options::test`] with a clock that only a test moves.
pub fn still() -> Options {
    Options { clock: Clock::manual(morning()), ..Options::test() }
}

pub struct Client {
    http: reqwest::Client,
    pub url: Url,
    pub token: String,
}

impl Client {
    /// A client with a token.
    pub async fn new(simulator: &Simulator) -> Self {
        let mut client = Self { http: reqwest::Client::new(), url: simulator.url(), token: String::new() };
        let answer = client.login("demo", "demo-key").await;
        client.token = answer["data"]["result"]["token"].as_str().unwrap().to_owned();
        client
    }

    pub async fn login(&self, appid: &str, accesskey: &str) -> Value {
        let fields = [("service", "App.Sip_Auth.Login"), ("appid", appid), ("accesskey", accesskey)];
        self.post(&fields).await
    }

    /// Posts exactly these fields as multipart/form-data.
    pub async fn post(&self, fields: &[(&str, &str)]) -> Value {
        self.try_post(fields).await.unwrap()
    }

    pub async fn try_post(&self, fields: &[(&str, &str)]) -> reqwest::Result<Value> {
        let response = self.send(fields).await?;
        assert_eq!(response.status(), 200);
        let bytes = response.bytes().await?;
        Ok(serde_json::from_slice(&bytes).unwrap_or_else(|_| json!("not JSON")))
    }

    pub async fn send(&self, fields: &[(&str, &str)]) -> reqwest::Result<reqwest::Response> {
        let form = fields.iter().fold(Form::new(), |form, (name, text)| form.text((*name).to_owned(), (*text).to_owned()));
        self.http.post(self.url.clone()).multipart(form).send().await
    }

    /// Calls a service with the token.
    pub async fn call(&self, service: &str, fields: &[(&str, &str)]) -> Value {
        let mut all = vec![("service", service), ("token", self.token.as_str())];
        all.extend(fields);
        self.post(&all).await
    }

    /// The `result` of a request that must succeed.
    pub async fn result(&self, service: &str, fields: &[(&str, &str)]) -> Value {
        let answer = self.call(service, fields).await;
        assert_eq!(answer["ret"], 200, "{answer}");
        assert_eq!(answer["data"]["status"], 0, "{answer}");
        answer["data"]["result"].clone()
    }

    /// The code of a request that must fail with `data.status` 1.
    pub async fn code(&self, service: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.call(service, fields).await;
        assert_eq!(answer["data"]["status"], 1, "{answer}");
        answer["data"]["errors"]["code"].as_str().unwrap().to_owned()
    }

    /// The one row of GetQueueSipStatus for a seat.
    pub async fn seat(&self, queue: &str, extension: &str) -> Value {
        let fields = [("queuename", queue), ("extnumber", extension)];
        let rows = self.result("App.Sip_Queue.GetQueueSipStatus", &fields).await;
        assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
        rows[0].clone()
    }

    /// The code of GetSipCallStatus.
    pub async fn phone(&self, extension: &str) -> i64 {
        let rows = self.result("App.Sip_Status.GetSipCallStatus", &[("extnumber", extension)]).await;
        rows[0]["status"].as_i64().unwrap()
    }

    pub async fn sign_in(&self, queue: &str, extension: &str, agent: &str) {
        let fields = [("queuename", queue), ("extnumber", extension), ("crmid", agent)];
        self.result("App.Sip_Queue.SipSignIn", &fields).await;
    }

    pub async fn get(&self, url: &str, headers: &[(&str, &str)]) -> reqwest::Response {
        let request = self.http.get(url);
        let request = headers.iter().fold(request, |r, (name, text)| r.header(*name, *text));
        request.send().await.unwrap()
    }
}

/// A company's callback address: keeps what arrives and answers 200.
pub struct Company {
    pub url: Url,
    count: watch::Receiver<usize>,
    arrived: Arrived,
}

/// Content types and bodies.
type Arrived = Arc<Mutex<Vec<(String, Vec<u8>)>>>;
type Inbox = (watch::Sender<usize>, Arrived);

impl Company {
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/callbacks/s3cret", listener.local_addr().unwrap());
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let (sender, count) = watch::channel(0);
        let router = Router::new().route("/callbacks/s3cret", post(take)).with_state(Arc::new((sender, arrived.clone())));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url: url.parse().unwrap(), count, arrived }
    }

    /// Content types and bodies of all callbacks, once `many` have arrived.
    pub async fn take(&mut self, many: usize) -> Vec<(String, Vec<u8>)> {
        let waiting = self.count.wait_for(|count| *count >= many);
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        waited.expect("the expected callbacks arrive").unwrap();
        self.arrived.lock().unwrap().clone()
    }

    /// The bodies as JSON, once `many` have arrived.
    pub async fn json(&mut self, many: usize) -> Vec<Value> {
        let taken = self.take(many).await;
        let json = taken.iter().map(|(_, body)| serde_json::from_slice(body).unwrap());
        json.collect()
    }
}

async fn take(State(inbox): State<Arc<Inbox>>, headers: HeaderMap, body: bytes::Bytes) {
    let kind = headers.get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
    let mut arrived = inbox.1.lock().unwrap();
    arrived.push((kind.unwrap_or_default(), body.to_vec()));
    inbox.0.send_replace(arrived.len());
}
