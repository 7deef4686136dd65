//! Shared by these tests: a client of a simulator, with a clock that tests set.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use ringside_domain::{Account, Agent, Extension, QueueName, Timestamp};
use ringside_platform::{Client, ClientOptions, SignedIn};
use ringside_simulator::{Options, Simulator};
use ringside_tests::OWN;

pub const KEY: &str = "demo-key";
pub const LIST: &str = "GetQueueList";

pub struct TestClient {
    pub simulator: Simulator,
    pub client: Client,
    pub account: Account,
    turned: Arc<AtomicI64>,
}

/// Options with very short pauses.
pub fn quick() -> ClientOptions {
    ClientOptions { pause: Duration::from_millis(1), ..ClientOptions::default() }
}

impl TestClient {
    /// A client that is not signed in.
    pub async fn strange(options: Options, client: ClientOptions) -> Self {
        let simulator = Simulator::local(options).await.unwrap();
        let turned = Arc::new(AtomicI64::new(0));
        let clock = Arc::clone(&turned);
        let client = Client::new(client, Arc::new(move || Timestamp(wall() + clock.load(Ordering::Relaxed))));
        let account = Account { url: simulator.url().into(), appid: "demo".into() };
        Self { simulator, client, account, turned }
    }

    pub async fn with(options: Options, client: ClientOptions) -> Self {
        let test = Self::strange(options, client).await;
        test.sign_in().await;
        test
    }

    pub async fn new() -> Self {
        Self::with(Options::test(), quick()).await
    }

    pub async fn sign_in(&self) -> SignedIn {
        self.client.sign_in(&self.account, KEY.to_owned().into()).await.unwrap()
    }

    /// Sets the client's clock forwards or back.
    pub fn turn(&self, seconds: i64) {
        self.turned.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    /// The time of the client's clock.
    pub fn client_now(&self) -> Timestamp {
        Timestamp(wall() + self.turned.load(Ordering::Relaxed))
    }

    /// How many requests for a service the simulator received.
    pub fn asked(&self, service: &str) -> usize {
        self.simulator.ledger().requests(service).len()
    }
}

#[allow(clippy::disallowed_methods, reason = "the clock of these tests")]
fn wall() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

pub fn agent() -> Agent {
    Agent { extension: Extension(OWN.into()), agent_id: "10".into(), queues: Vec::new() }
}

pub fn queue() -> QueueName {
    QueueName("queue-1".into())
}
