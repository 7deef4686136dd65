//! Shared by the round trips: a client of a simulator, and calls and tasks there.

use std::sync::Arc;

use ringside_domain::{Account, Agent, Customer, Extension, QueueName, Target, Timestamp};
use ringside_platform::{BillQuery, Client, ClientOptions, NewTask};
use ringside_simulator::{Options, Party, RingSpec, Simulator};
use ringside_tests::OWN;

pub const CUSTOMER: &str = "013387525701";

/// A client that is signed in to a simulator of its own and captures all exchanges.
pub struct TestClient {
    pub simulator: Simulator,
    pub client: Client,
    pub account: Account,
    pub agent: Agent,
    pub queue: QueueName,
    pub own: Extension,
}

impl TestClient {
    pub async fn new(options: Options) -> Self {
        let simulator = Simulator::local(options).await.unwrap();
        let client = Client::new(ClientOptions::default(), Arc::new(clock));
        let account = Account { url: simulator.url().into(), appid: "demo".into() };
        client.sign_in(&account, "demo-key".into()).await.unwrap();
        client.capture().switch(true);
        let own = Extension(OWN.into());
        let agent = Agent { extension: own.clone(), agent_id: "10".into(), queues: Vec::new() };
        Self { simulator, client, account, agent, queue: QueueName("queue-1".into()), own }
    }

    /// An answered call of the own extension, with its bill.
    pub fn talk(&self) {
        let spec = RingSpec { custom: custom(), ..RingSpec::predictive(OWN, CUSTOMER, "queue-1") };
        let call = self.simulator.ring(spec);
        self.simulator.answer(call).unwrap();
        self.simulator.hang_up(call, Party::Customer).unwrap();
    }

    pub fn all_bills(&self) -> BillQuery {
        let now = clock().0;
        BillQuery { from: Timestamp(now - 3_600_000), to: Timestamp(now + 3_600_000), ..BillQuery::default() }
    }

    pub async fn new_task(&self) -> String {
        let task = NewTask {
            target: Target::Queue(self.queue.clone()),
            numbers: vec![number(CUSTOMER), number("no number")],
            agents: 1,
            calls: 2,
            display_numbers: vec!["2190170001".into(), "2190170002".into()],
            name: Some("spring".into()),
        };
        let report = self.client.create_task(&task).await.unwrap();
        assert_eq!((report.accepted, report.refused), (1, vec!["no number".to_owned()]));
        report.task_id.unwrap()
    }
}

#[allow(clippy::disallowed_methods, reason = "the clock of these tests")]
pub fn clock() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_millisecond())
}

fn custom() -> ringside_simulator::Custom {
    ringside_simulator::Custom { member_id: "m1".into(), customer_id: "c1".into(), maturity: "3".into(), user_key: "#".into() }
}

pub fn number(phone: &str) -> Customer {
    Customer {
        phone: phone.into(),
        at: Some(Timestamp(clock().0 + 86_400_000)),
        agent_id: String::new(),
        member_id: "m1".into(),
        maturity: "3".into(),
        customer_id: "c1".into(),
    }
}
