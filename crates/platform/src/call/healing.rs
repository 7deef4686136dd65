//! Tests which answers cause a login, with a platform that gives the answers of the test.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering},
};

use ringside_domain::{Account, Problem, ProblemCode, Timestamp};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use ringside_wire::Code;

use crate::{Client, ClientOptions, NewTask, PlatformError, SignedIn, Token};

const DONE: &str = r#"{"ret":200,"data":{"status":0,"result":[]}}"#;
const TOKEN: &str = r#"{"ret":200,"data":{"status":0,"result":{"token":"new"}}}"#;
const CHANGED: &str = r#"{"ret":200,"data":{"status":1,"errors":{"code":"1010"}}}"#;
const DEAD: &str = r#"{"ret":600,"data":[]}"#;

struct Desk {
    client: Client,
    now: Arc<AtomicI64>,
    /// The answers that are still to come, the next one last.
    answers: Arc<Mutex<Vec<&'static str>>>,
}

impl Desk {
    /// A client that is signed in with a new token.
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let account = Account { url: format!("http://{}/", listener.local_addr().unwrap()), appid: "acme".into() };
        let answers = Arc::new(Mutex::new(Vec::<&str>::new()));
        let now = Arc::new(AtomicI64::new(1_700_000_000_000));
        let told = Arc::clone(&answers);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (mut request, mut part) = (String::new(), [0; 4096]);
                // Reads to the end of the form.
                while !request.ends_with("--\r\n") {
                    let Ok(count @ 1..) = stream.read(&mut part).await else { break };
                    request.push_str(&String::from_utf8_lossy(&part[..count]));
                }
                let Some(body) = told.lock().unwrap().pop() else { continue };
                let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
                let _ = stream.write_all([head.as_bytes(), body.as_bytes()].concat().as_slice()).await;
            }
        });
        let clock = Arc::clone(&now);
        let client = Client::new(ClientOptions::default(), Arc::new(move || Timestamp(clock.load(Ordering::Relaxed))));
        let token = Token { secret: "old".into(), obtained_at: Timestamp(now.load(Ordering::Relaxed)) };
        client.resume(&account, "k".into(), Some((token, SignedIn::default()))).await;
        Self { client, now, answers }
    }

    /// Calls a service that is answered with `answers` in turn; fails unless exactly so many requests are sent.
    async fn call(&self, answers: &[&'static str]) -> Result<(), PlatformError> {
        *self.answers.lock().unwrap() = answers.iter().rev().copied().collect();
        let outcome = self.client.queue_list().await;
        assert_eq!(self.answers.lock().unwrap().len(), 0, "too few requests: {outcome:?}");
        outcome.map(drop)
    }

    fn pass_seconds(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1000, Ordering::Relaxed);
    }
}

fn is_changed(outcome: Result<(), PlatformError>) -> bool {
    matches!(outcome, Err(PlatformError::Failed { code: Code::ExtensionChanged, .. }))
}

#[tokio::test]
async fn fs7_a_login_that_ends_code_1010_resets_the_pauses() {
    let desk = Desk::new().await;
    for _ in 0..3 {
        // Code 1010 remains, so the next login waits.
        assert!(is_changed(desk.call(&[CHANGED, DONE, TOKEN, CHANGED]).await));
        assert!(is_changed(desk.call(&[CHANGED]).await));
        desk.pass_seconds(600);
    }
    desk.call(&[CHANGED, DONE, TOKEN, DONE]).await.unwrap();
    assert!(is_changed(desk.call(&[CHANGED, DONE, TOKEN, CHANGED]).await));
    desk.pass_seconds(5);
    desk.call(&[CHANGED, DONE, TOKEN, DONE]).await.unwrap();
}

#[tokio::test]
async fn fs7_a_renewed_token_does_not_end_the_pause_for_code_1010() {
    let desk = Desk::new().await;
    assert!(is_changed(desk.call(&[CHANGED, DONE, TOKEN, CHANGED]).await));
    desk.call(&[DEAD, TOKEN, DONE]).await.unwrap();
    assert!(is_changed(desk.call(&[CHANGED]).await), "no login yet, since it would not help");
}

/// Each request needs a login first, whose outcome is unknown; so it was certainly not sent.
#[tokio::test]
async fn a6_a_request_whose_token_could_not_be_got_was_not_sent() {
    let desk = Desk::new().await;
    let number = ringside_domain::Customer { phone: "13800138000".into(), at: Some(Timestamp(0)), ..Default::default() };
    let task = NewTask {
        target: ringside_domain::Target::Group("g".into()),
        numbers: vec![number.clone()],
        agents: 1,
        calls: 1,
        display_numbers: Vec::new(),
        name: None,
    };
    for (index, answers) in [vec![DEAD, "<html>"], vec!["<html>"], vec!["<html>"], vec!["<html>"], vec!["<html>"]].into_iter().enumerate() {
        *desk.answers.lock().unwrap() = answers.iter().rev().copied().collect();
        let error = match index {
            0 => desk.client.add_numbers("t1", std::slice::from_ref(&number)).await.unwrap_err().error,
            1 => desk.client.create_task(&task).await.unwrap_err().error,
            2 => desk.client.remove_numbers("t1", &["13800138000".into()]).await.unwrap_err().error,
            3 => desk.client.set_task("t1", ringside_domain::Running::Paused).await.unwrap_err(),
            _ => desk.client.queue_list().await.unwrap_err(),
        };
        assert_eq!(desk.answers.lock().unwrap().len(), 0, "{index}: {error:?}");
        let problem = Problem::from(&error);
        assert!(!error.fate_unknown() && problem.not_done && problem.retryable, "{index}: {error:?}");
        assert_eq!(problem.code, ProblemCode::NotThePlatform, "a person reads why");
    }
    // What is sent and has no readable answer may have been carried out.
    *desk.answers.lock().unwrap() = vec!["<html>", TOKEN];
    let error = desk.client.add_numbers("t1", &[number]).await.unwrap_err().error;
    assert!(error.fate_unknown(), "{error:?}");
}

#[tokio::test]
async fn n8_a_new_token_that_is_invalid_at_once_is_not_used_again() {
    let desk = Desk::new().await;
    assert!(desk.call(&[DEAD, TOKEN, DEAD]).await.is_err());
    assert!(matches!(desk.call(&[]).await, Err(PlatformError::TokenTaken { .. })), "another login ends each token");
    desk.pass_seconds(60);
    desk.call(&[TOKEN, DONE]).await.unwrap();
}
