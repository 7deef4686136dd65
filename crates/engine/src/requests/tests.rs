//! Requests alone: the order of sign-ins and sign-outs, the vault after each request, and an answer in every case.

use std::sync::atomic::AtomicBool;

use ringside_domain::{Account, Agent, CallBackOrder, ProblemCode, QueueName, Timestamp};
use ringside_platform::{ClientOptions, Token};
use ringside_vault::Vault;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::secrets;

/// An address at which nothing listens.
const NOWHERE: &str = "http://127.0.0.1:9/";

struct Fixture {
    requests: Requests,
    platform: Platform,
    inbox: mpsc::UnboundedReceiver<Mail>,
    /// Whether the client's clock panics when it is read.
    is_broken: Arc<AtomicBool>,
}

fn account(appid: &str) -> Account {
    Account { url: NOWHERE.into(), appid: appid.into() }
}

impl Fixture {
    fn new() -> Self {
        Self::waiting(None)
    }

    /// The first sign-in waits for `before`.
    fn waiting(before: Option<oneshot::Receiver<()>>) -> Self {
        let is_broken = Arc::new(AtomicBool::new(false));
        let broken = Arc::clone(&is_broken);
        let clock = Arc::new(move || {
            assert!(!broken.load(Ordering::Relaxed), "the clock is broken");
            Timestamp(1_700_000_000_000)
        });
        let client = Client::new(ClientOptions::default(), clock);
        let (mail, inbox) = mpsc::unbounded_channel();
        let platform = Platform::new(client, Vault::memory(), mail.clone());
        Self { platform: platform.clone(), requests: Requests::new(Counterpart::Platform(platform), mail, before), inbox, is_broken }
    }

    /// The next answer; reports before it are skipped.
    async fn answer(&mut self) -> (RequestId, Result<Outcome, Problem>) {
        loop {
            match self.inbox.recv().await.unwrap() {
                Mail::Input(Input::Answered { id, outcome }) => return (id, outcome),
                Mail::Input(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    async fn keep(&self, account: &Account) {
        let token = Token { secret: "t".into(), obtained_at: Timestamp(1_700_000_000_000) };
        self.platform.sign_in.vault.set(&secrets::accesskey(account), "k".into()).await.unwrap();
        self.platform
            .sign_in
            .vault
            .set(&secrets::token(account), secrets::seal_token(&token, &ringside_platform::SignedIn::default()))
            .await
            .unwrap();
    }

    async fn has(&self, key: &str) -> bool {
        self.platform.sign_in.vault.get(key).await.unwrap().is_some()
    }
}

#[tokio::test]
async fn fs9_a_request_that_panics_is_answered_with_an_error_and_the_next_one_runs() {
    let mut fixture = Fixture::new();
    fixture.is_broken.store(true, Ordering::Relaxed);
    fixture.requests.send(RequestId(1), Request::SignIn { account: account("a"), agent: Agent::default(), accesskey: Some("k".into()) });
    let (id, outcome) = fixture.answer().await;
    let problem = outcome.unwrap_err();
    assert_eq!((id, problem.code, problem.retryable), (RequestId(1), ProblemCode::PartFailed, true));
    fixture.is_broken.store(false, Ordering::Relaxed);
    fixture.requests.send(RequestId(2), Request::SignIn { account: account("a"), agent: Agent::default(), accesskey: Some("k".into()) });
    let (id, outcome) = fixture.answer().await;
    assert_eq!((id, outcome.unwrap_err().code), (RequestId(2), ProblemCode::Unreachable), "the door is open");
    assert_eq!(fixture.requests.next_id(), 3);
}

#[tokio::test]
async fn the_first_sign_in_waits_and_other_requests_do_not() {
    let (window_is_not_drawn, before) = oneshot::channel();
    let mut fixture = Fixture::waiting(Some(before));
    let (account, agent) = (account("a"), Agent::default());
    fixture.requests.send(RequestId(1), Request::SignIn { account: account.clone(), agent: agent.clone(), accesskey: Some("k".into()) });
    fixture.requests.send(RequestId(2), Request::LeaveQueue { account, queue: QueueName("queue-1".into()), agent });
    assert_eq!(fixture.answer().await.0, RequestId(2));
    drop(window_is_not_drawn);
    assert_eq!(fixture.answer().await.0, RequestId(1));
}

#[tokio::test]
async fn fs4_secrets_are_deleted_by_account_and_in_the_order_of_the_requests() {
    let mut fixture = Fixture::new();
    let (gone, stays) = (account("gone"), account("stays"));
    fixture.keep(&gone).await;
    fixture.keep(&stays).await;
    fixture.requests.send(RequestId(1), Request::ForgetSecrets { account: gone.clone() });
    fixture.requests.send(RequestId(2), Request::KeepAccesskey { account: gone.clone(), accesskey: "new".into() });
    let answers = [fixture.answer().await.0, fixture.answer().await.0];
    assert_eq!(answers, [RequestId(1), RequestId(2)]);
    assert!(fixture.has(&secrets::accesskey(&gone)).await && !fixture.has(&secrets::token(&gone)).await, "kept after it was forgotten");
    assert!(fixture.has(&secrets::accesskey(&stays)).await && fixture.has(&secrets::token(&stays)).await);
}

#[tokio::test]
async fn fs4_an_owed_leave_without_an_accesskey_fails_and_is_not_tried_again() {
    let mut fixture = Fixture::new();
    let agent = Agent::default();
    fixture.requests.send(RequestId(1), Request::LeaveQueue { account: account("a"), queue: QueueName("queue-1".into()), agent });
    let problem = fixture.answer().await.1.unwrap_err();
    assert_eq!((problem.code, problem.retryable), (ProblemCode::AccesskeyMissing, false));
    fixture.requests.send(RequestId(2), Request::EndToken { account: account("a") });
    assert!(fixture.answer().await.1.is_ok(), "nothing is known that could be ended");
}

#[tokio::test]
async fn fs4_a_token_that_could_not_be_ended_stays_in_the_vault() {
    let mut fixture = Fixture::new();
    fixture.keep(&account("a")).await;
    for id in [1, 2] {
        fixture.requests.send(RequestId(id), Request::EndToken { account: account("a") });
        assert_eq!(fixture.answer().await.1.unwrap_err().code, ProblemCode::Unreachable);
    }
    assert!(fixture.has(&secrets::token(&account("a"))).await);
}

#[tokio::test]
async fn a_token_can_be_used_only_with_the_accesskey_that_belongs_to_it() {
    let fixture = Fixture::new();
    let (whole, keyless, bare) = (account("whole"), account("keyless"), account("bare"));
    for account in [&whole, &keyless, &bare] {
        fixture.keep(account).await;
    }
    fixture.platform.sign_in.vault.delete(&secrets::accesskey(&keyless)).await.unwrap();
    fixture.platform.sign_in.vault.delete(&secrets::token(&bare)).await.unwrap();
    assert!(fixture.platform.sign_in.has_token(&whole).await);
    for account in [&keyless, &bare, &account("unknown")] {
        assert!(!fixture.platform.sign_in.has_token(account).await, "{account:?}");
    }
}

/// An account at a platform that answers the next requests with these, one after the other.
async fn answering(appid: &str, mut answers: Vec<String>) -> Account {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (mut request, mut part) = (String::new(), [0; 4096]);
            // To the end of the form.
            while !request.ends_with("--\r\n") {
                let Ok(count @ 1..) = stream.read(&mut part).await else { break };
                request.push_str(&String::from_utf8_lossy(&part[..count]));
            }
            if answers.is_empty() {
                return;
            }
            let body = answers.remove(0);
            let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = stream.write_all((head + &body).as_bytes()).await;
        }
    });
    Account { url, appid: appid.into() }
}

#[tokio::test]
async fn a_leave_that_is_refused_is_done_only_where_every_row_of_the_queue_is_certainly_anothers() {
    let row = |extension: &str| format!(r#"{{"extnumber":"{extension}"}}"#);
    for (rows, is_done) in [
        (vec![], true),
        (vec![row("100002"), row("100003")], true),
        (vec![row("100002"), row("100001")], false),
        (vec![row("100002"), row("")], false),
    ] {
        let mut fixture = Fixture::new();
        let refused = r#"{"ret":200,"data":{"status":1,"errors":{"code":"1003"}}}"#.to_owned();
        let reading = format!(r#"{{"ret":200,"data":{{"status":0,"result":[{}]}}}}"#, rows.join(","));
        let account = answering("a", vec![refused, reading]).await;
        fixture.keep(&account).await;
        let agent = Agent { extension: ringside_domain::Extension("100001".into()), ..Agent::default() };
        fixture.requests.send(RequestId(1), Request::LeaveQueue { account, queue: QueueName("queue-1".into()), agent });
        match fixture.answer().await.1 {
            Ok(_) => assert!(is_done, "{rows:?}"),
            Err(problem) => assert!(!is_done && problem.retryable && problem.code == ProblemCode::Refused, "{rows:?} {problem:?}"),
        }
    }
}

/// A queue that is found to be still owed after that, in the name of an account that is not signed in here.
#[tokio::test]
async fn an_account_whose_token_was_ended_can_be_asked_again_with_what_is_kept() {
    let mut fixture = Fixture::new();
    let done = r#"{"ret":200,"data":{"status":0,"result":[]}}"#.to_owned();
    let account = answering("a", vec![done.clone(), done]).await;
    fixture.keep(&account).await;
    fixture.requests.send(RequestId(1), Request::EndToken { account: account.clone() });
    fixture.answer().await.1.unwrap();
    let leave = Request::LeaveQueue { account, queue: QueueName("queue-1".into()), agent: Agent::default() };
    fixture.requests.send(RequestId(2), leave);
    fixture.answer().await.1.unwrap();
}

/// The sign-in waits for its answer; what does not go through the door does not wait for it.
#[tokio::test]
async fn what_goes_through_the_door_waits_for_what_was_asked_before() {
    let mut fixture = Fixture::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = Account { url: format!("http://{}/", listener.local_addr().unwrap()), appid: "a".into() };
    fixture.requests.send(RequestId(1), Request::SignIn { account: silent, agent: Agent::default(), accesskey: Some("k".into()) });
    fixture.requests.send(RequestId(2), Request::KeepAccesskey { account: account("other"), accesskey: "k".into() });
    let ring = ringside_domain::TestRing { url: NOWHERE.into(), uuid: "u".into(), extension: Default::default() };
    fixture.requests.send(RequestId(3), Request::PostTestRing(ring));
    assert_eq!(fixture.answer().await.0, RequestId(3));
    assert!(!fixture.has(&secrets::accesskey(&account("other"))).await, "its turn has not come");
    drop(listener);
    let mut answers = [fixture.answer().await.0, fixture.answer().await.0];
    answers.sort();
    assert_eq!(answers, [RequestId(1), RequestId(2)]);
    assert!(fixture.has(&secrets::accesskey(&account("other"))).await);
}

#[tokio::test]
async fn a_number_that_was_not_taken_makes_a_task_that_was_not_accepted() {
    let made = |invalid: &str| format!(r#"{{"ret":200,"data":{{"status":0,"result":{{"taskid":"t1","invaliddata":[{invalid}]}}}}}}"#);
    for (invalid, taken) in [("", true), (r#""013387525701""#, false)] {
        let mut fixture = Fixture::new();
        let account = answering("a", vec![made(invalid)]).await;
        let token = Token { secret: "t".into(), obtained_at: Timestamp(1_700_000_000_000) };
        fixture.platform.client.resume(&account, "k".into(), Some((token, ringside_platform::SignedIn::default()))).await;
        let order = CallBackOrder { number: "013387525701".into(), ..CallBackOrder::default() };
        fixture.requests.send(RequestId(1), Request::CallBack(order));
        let Ok(Outcome::TaskMade { task_id, accepted }) = fixture.answer().await.1 else { panic!("it was made") };
        assert_eq!((task_id.as_str(), accepted), ("t1", taken));
    }
}

/// Who is signed in, and who is asked for beside them, are other accounts.
#[tokio::test]
async fn forgetting_one_account_leaves_the_client_of_another() {
    let mut fixture = Fixture::new();
    let done = || r#"{"ret":200,"data":{"status":0,"result":[]}}"#.to_owned();
    let (signed_in, beside) = (answering("in", vec![]).await, answering("beside", vec![done(), done()]).await);
    let token = Token { secret: "t".into(), obtained_at: Timestamp(1_700_000_000_000) };
    fixture.platform.client.resume(&signed_in, "k".into(), Some((token, ringside_platform::SignedIn::default()))).await;
    fixture.keep(&beside).await;
    let leave = || Request::LeaveQueue { account: beside.clone(), queue: QueueName("queue-1".into()), agent: Agent::default() };
    fixture.requests.send(RequestId(1), leave());
    fixture.answer().await.1.unwrap();
    fixture.requests.send(RequestId(2), Request::ForgetSecrets { account: account("gone") });
    fixture.answer().await.1.unwrap();
    assert_eq!(fixture.platform.client.account().await, Some(signed_in.clone()));
    // With the client that is there: the accesskey is not looked for again.
    fixture.platform.sign_in.vault.delete(&secrets::accesskey(&beside)).await.unwrap();
    fixture.requests.send(RequestId(3), leave());
    fixture.answer().await.1.unwrap();
    for gone in [&beside, &signed_in] {
        fixture.requests.send(RequestId(4), Request::ForgetSecrets { account: gone.clone() });
        fixture.answer().await.1.unwrap();
    }
    assert_eq!(fixture.platform.client.account().await, None);
    fixture.requests.send(RequestId(5), leave());
    assert_eq!(fixture.answer().await.1.unwrap_err().code, ProblemCode::AccesskeyMissing);
}
