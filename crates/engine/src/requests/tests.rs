//! Requests alone: the order of sign-ins and sign-outs, the vault after each request, and an answer in every case.

use std::sync::atomic::AtomicBool;

use ringside_domain::Timestamp;
use ringside_platform::{ClientOptions, Token};

use super::*;
use crate::secrets;

/// An address at which nothing listens.
const NOWHERE: &str = "http://127.0.0.1:9/";

struct Fixture {
    requests: Requests,
    inbox: mpsc::UnboundedReceiver<Mail>,
    /// Whether the client's clock panics when it is read.
    is_broken: Arc<AtomicBool>,
}

fn account(appid: &str) -> Account {
    Account { url: NOWHERE.into(), appid: appid.into() }
}

impl Fixture {
    fn new() -> Self {
        let is_broken = Arc::new(AtomicBool::new(false));
        let broken = Arc::clone(&is_broken);
        let clock = Arc::new(move || {
            assert!(!broken.load(Ordering::Relaxed), "the clock is broken");
            Timestamp(1_700_000_000_000)
        });
        let client = Client::new(ClientOptions::default(), clock).unwrap();
        let (mail, inbox) = mpsc::unbounded_channel();
        Self { requests: Requests::new(client, Vault::memory(), mail), inbox, is_broken }
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
        self.requests.sign_in.vault.set(&secrets::accesskey(account), "k".into()).await.unwrap();
        self.requests
            .sign_in
            .vault
            .set(&secrets::token(account), secrets::seal_token(&token, &ringside_platform::SignedIn::default()))
            .await
            .unwrap();
    }

    async fn has(&self, key: &str) -> bool {
        self.requests.sign_in.vault.get(key).await.unwrap().is_some()
    }
}

#[tokio::test]
async fn fs9_a_request_that_panics_is_answered_with_an_error_and_the_next_one_runs() {
    let mut fixture = Fixture::new();
    fixture.is_broken.store(true, Ordering::Relaxed);
    fixture.requests.send(RequestId(1), Request::SignIn { account: account("a"), accesskey: Some("k".into()) });
    let (id, outcome) = fixture.answer().await;
    let problem = outcome.unwrap_err();
    assert_eq!((id, problem.code, problem.retryable), (RequestId(1), ProblemCode::PartFailed, true));
    fixture.is_broken.store(false, Ordering::Relaxed);
    fixture.requests.send(RequestId(2), Request::SignIn { account: account("a"), accesskey: Some("k".into()) });
    let (id, outcome) = fixture.answer().await;
    assert_eq!((id, outcome.unwrap_err().code), (RequestId(2), ProblemCode::Unreachable), "the door is open");
    assert_eq!(fixture.requests.next_id(), 3);
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
