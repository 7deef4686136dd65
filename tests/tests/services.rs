//! Every service and every callback of the manifest, round: the client's method, real HTTP, the simulator's handler, and back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{collections::BTreeSet, fs, future::pending, path::Path, sync::Arc};

use futures_util::TryStreamExt;
use ringside_domain::{
    Account, Agent, Delivery, Direction, Extension, HungUpBy, LegStatus, Method, Phone, PhoneState, QueueName, Receipt, SeatState, Signal,
    Timestamp,
};
use ringside_listener::{Counters, Limits, Parts, Rules, bind, callback_url, secret, serve};
use ringside_platform::{
    BillQuery, Captured, Client, ClientOptions, Code, CustomerNumber, Dialling, ExtensionFilter, GroupFilter, MemberState, NewTask,
    PlatformError, QueueEdit, Registration, Repeat, RingStrategy, SeatFilter, Service, TaskState, TaskTarget,
};
use ringside_simulator::{Encoding, Options, Party, RingSpec, Simulator, service_names};
use ringside_tests::{OWN, PATIENCE};
use secrecy::ExposeSecret;
use serde::Deserialize;
use tokio::sync::mpsc;

const CUSTOMER: &str = "013387525701";

#[derive(Deserialize)]
struct Manifest {
    service: Vec<ServiceRow>,
    callback: Vec<CallbackRow>,
}

#[derive(Deserialize)]
struct ServiceRow {
    name: String,
    group: String,
    method: String,
    repeat: String,
    required: BTreeSet<String>,
    optional: BTreeSet<String>,
    answers: BTreeSet<String>,
}

#[derive(Deserialize)]
struct CallbackRow {
    kind: String,
    signal: String,
    fields: BTreeSet<String>,
}

fn client_folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/platform"))
}

fn manifest() -> Manifest {
    toml::from_str(&fs::read_to_string(client_folder().join("services.toml")).unwrap()).unwrap()
}

#[test]
fn the_manifest_names_what_the_client_and_the_simulator_have() {
    let manifest = manifest();
    let named: BTreeSet<&str> = manifest.service.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(named.len(), 26);
    assert_eq!(named, Service::ALL.iter().map(|service| service.name()).collect());
    assert_eq!(named, service_names().collect());
    for row in &manifest.service {
        let service = Service::ALL.iter().find(|service| service.name() == row.name).unwrap();
        let repeat = if service.repeat() == Repeat::Freely { "freely" } else { "unless-sent" };
        assert_eq!(row.repeat, repeat, "{}", row.name);
        let files = match row.group.as_str() {
            "cdr" => vec!["cdr.rs", "bills.rs"],
            "auth" => vec!["auth.rs"],
            "task" => vec!["task.rs"],
            "status" => vec!["status.rs"],
            "queue" => vec!["queue.rs"],
            "group" => vec!["group.rs"],
            "extension" => vec!["extension.rs"],
            other => panic!("no group {other}"),
        };
        let code: String = files.iter().map(|file| fs::read_to_string(client_folder().join("src/services").join(file)).unwrap()).collect();
        let signature = code.contains(&format!("fn {}(", row.method));
        assert!(signature, "{} has no method {}", row.name, row.method);
    }
}

/// A client signed in at a simulator of its own, with a capture of what passes.
struct Desk {
    simulator: Simulator,
    client: Client,
    account: Account,
    agent: Agent,
    queue: QueueName,
    own: Extension,
}

impl Desk {
    async fn new(options: Options) -> Self {
        let simulator = Simulator::local(options).await.unwrap();
        let client = Client::new(ClientOptions::default(), Arc::new(clock)).unwrap();
        let account = Account { url: simulator.url().into(), appid: "demo".into() };
        client.sign_in(&account, "demo-key".into()).await.unwrap();
        client.capture().switch(true);
        let own = Extension(OWN.into());
        let agent = Agent { extension: own.clone(), agent_id: "10".into(), queues: Vec::new() };
        Self { simulator, client, account, agent, queue: QueueName("queue-1".into()), own }
    }

    /// A call of the own extension, over and billed.
    fn talk(&self) {
        let spec = RingSpec { custom: custom(), ..RingSpec::predictive(OWN, CUSTOMER, "queue-1") };
        let call = self.simulator.ring(spec);
        self.simulator.answer(call).unwrap();
        self.simulator.hang_up(call, Party::Customer).unwrap();
    }

    fn all_bills(&self) -> BillQuery {
        let now = clock().0;
        BillQuery { from: Timestamp(now - 3_600_000), to: Timestamp(now + 3_600_000), ..BillQuery::default() }
    }

    async fn new_task(&self) -> String {
        let task = NewTask {
            target: TaskTarget::Queue(self.queue.clone()),
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
fn clock() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_millisecond())
}

fn custom() -> ringside_simulator::Custom {
    ringside_simulator::Custom { member_id: "m1".into(), customer_id: "c1".into(), maturity: "3".into(), user_key: "#".into() }
}

fn number(phone: &str) -> CustomerNumber {
    CustomerNumber {
        phone: phone.into(),
        at: Timestamp(clock().0 + 86_400_000),
        agent_id: String::new(),
        member_id: "m1".into(),
        maturity: "3".into(),
        customer_id: "c1".into(),
    }
}

#[tokio::test]
async fn every_service_makes_its_round() {
    for (chinese, drift) in [(false, false), (true, true)] {
        for row in manifest().service {
            let desk = Desk::new(Options { chinese, drift, ..Options::test() }).await;
            let group = row.group.as_str();
            let made = match group {
                "auth" => auth(&row.name, &desk).await,
                "cdr" => cdr(&row.name, &desk).await,
                "task" => task(&row.name, &desk).await,
                "status" => status(&row.name, &desk).await,
                "queue" => queue(&row.name, &desk).await,
                "group" => self::group(&row.name, &desk).await,
                "extension" => extension(&row.name, &desk).await,
                other => panic!("no group {other}"),
            };
            assert!(made, "{} makes no round here", row.name);
            sent_as_documented(&row, &desk);
            if !drift {
                answered_as_documented(&row, &desk);
            }
        }
    }
}

fn sent_as_documented(row: &ServiceRow, desk: &Desk) {
    let seen = desk.simulator.ledger().requests(&row.name);
    let request = seen.last().unwrap_or_else(|| panic!("the simulator has not seen {}", row.name));
    let sent: BTreeSet<String> = request.parameters.keys().cloned().collect();
    assert!(row.required.is_subset(&sent), "{}: {sent:?}", row.name);
    let known = row.required.union(&row.optional).cloned().collect();
    assert!(sent.is_subset(&known), "{}: {sent:?}", row.name);
}

fn answered_as_documented(row: &ServiceRow, desk: &Desk) {
    let exchanges = desk.client.capture().exchanges();
    let answer = exchanges.iter().rev().find(|exchange| exchange.service.name() == row.name).unwrap();
    let Captured::Answer { body, .. } = &answer.outcome else { panic!("{answer}") };
    for field in &row.answers {
        assert!(body.contains(&format!("\"{field}\":")), "{} answers without {field}: {body}", row.name);
    }
    assert!(!body.contains("sip-100001"), "A16, N21: {body}");
}

async fn auth(name: &str, desk: &Desk) -> bool {
    match name {
        "App.Sip_Auth.Login" => {
            let signed_in = desk.client.sign_in(&desk.account, "demo-key".into()).await.unwrap();
            assert_eq!((signed_in.company_name.as_str(), signed_in.company_code.as_str()), ("Lantern Services 灯塔服务", "9027"));
        }
        "App.Sip_Auth.Logout" => {
            desk.client.sign_out().await.unwrap();
            assert_eq!(desk.client.queue_list().await, Err(PlatformError::NotSignedIn));
        }
        _ => return false,
    }
    true
}

async fn cdr(name: &str, desk: &Desk) -> bool {
    desk.simulator.sign_in("queue-1", OWN, "10");
    desk.talk();
    let bills: Vec<_> = desk.client.bill_stream(desk.all_bills()).try_collect().await.unwrap();
    let [bill] = bills.as_slice() else { panic!("{bills:?}") };
    match name {
        "App.Sip_Cdr.GetBill" => {
            let record = &bill.record;
            assert_eq!((record.extension.0.as_str(), record.customer_number.as_str()), (OWN, CUSTOMER));
            assert_eq!((record.direction, record.method, record.hung_up_by), (Direction::Outgoing, Method::Predictive, HungUpBy::Called));
            assert_eq!((record.member_id.as_deref(), record.customer_id.as_deref()), (Some("m1"), Some("c1")));
            assert_eq!(bill.key_pressed, None);
            let one = BillQuery {
                extensions: vec![desk.own.clone(), Extension("100002".into())],
                direction: Some(Direction::Outgoing),
                method: Some(Method::Predictive),
                customer_number: CUSTOMER.into(),
                agent_id: "10".into(),
                member_id: "m1".into(),
                maturity: "3".into(),
                customer_id: "c1".into(),
                ..desk.all_bills()
            };
            assert_eq!(desk.client.bill_page(&one, 1, 10).await.unwrap().bills, bills);
            for other in [
                BillQuery { direction: Some(Direction::Incoming), ..one.clone() },
                BillQuery { method: Some(Method::Api), ..one.clone() },
                BillQuery { customer_number: "1".into(), ..one.clone() },
                BillQuery { to: one.from, ..one.clone() },
            ] {
                assert_eq!(desk.client.bill_page(&other, 1, 10).await.unwrap().total, 0, "{other:?}");
            }
            assert_eq!(desk.client.bill_page(&one, 1, 10).await.unwrap().rows, 1, "nothing was marked as given (N10)");
        }
        "App.Sip_Cdr.GetRecodeFile" => {
            let link = desk.client.recording_link(bill.record.recording.as_deref().unwrap()).await.unwrap();
            assert!(link.url.expose_secret().contains("/recordings/"));
            let life = link.expires_at.since(clock()).as_secs();
            assert!((290..=300).contains(&life), "{life}");
            let missing = desk.client.recording_link("none.wav").await;
            assert!(matches!(missing, Err(PlatformError::Failed { code: Code::Failed, .. })), "{missing:?}");
            desk.client.recording_link(bill.record.recording.as_deref().unwrap()).await.unwrap();
        }
        _ => return false,
    }
    true
}

async fn task(name: &str, desk: &Desk) -> bool {
    let id = desk.new_task().await;
    match name {
        "App.Sip_Yccall.TaskCreat" => assert!(id.len() == 20 && id.bytes().all(|byte| byte.is_ascii_digit()), "{id}"),
        "App.Sip_Yccall.TaskAdd" => {
            let report = desk.client.add_numbers(&id, &[number("0155"), number("?"), number("0166")]).await.unwrap();
            assert_eq!((report.accepted, report.refused), (2, vec!["?".to_owned()]));
        }
        "App.Sip_Yccall.taskDelPhone" => {
            desk.client.add_numbers(&id, &[number("0155"), number("0166")]).await.unwrap();
            let unknown = desk.client.remove_numbers(&id, &["0199".into()]).await.unwrap_err();
            assert!(matches!(unknown.error, PlatformError::Failed { code: Code::NumberUnknown, .. }), "{unknown:?}");
            desk.client.remove_numbers(&id, &["0155".into(), "0166".into()]).await.unwrap();
        }
        "App.Sip_Yccall.TaskSet" => {
            for state in [TaskState::Paused, TaskState::Open, TaskState::Over] {
                desk.client.set_task(&id, state).await.unwrap();
            }
            let over = desk.client.set_task(&id, TaskState::Open).await;
            assert!(matches!(over, Err(PlatformError::Failed { code: Code::TaskOver, .. })), "{over:?}");
        }
        _ => return false,
    }
    true
}

async fn status(name: &str, desk: &Desk) -> bool {
    let both = [desk.own.clone(), Extension("100002".into())];
    desk.simulator.set_phone("100002", ringside_simulator::Phone::Disabled);
    match name {
        "App.Sip_Status.GetSipCallStatus" => {
            desk.simulator.ring(RingSpec::predictive(OWN, CUSTOMER, "queue-1"));
            let statuses = desk.client.call_statuses(&both).await.unwrap();
            let reading = &statuses[0].reading;
            assert_eq!((statuses[0].code, reading.state, reading.callee.as_deref()), (Code::Ringing, PhoneState::Ringing, Some(CUSTOMER)));
            assert_eq!((statuses[1].code, statuses[1].reading.phone), (Code::ExtensionDisabled, Phone::Disabled));
            assert_eq!(desk.client.extension_call_status(&desk.own).await.unwrap(), *reading);
        }
        "App.Sip_Status.GetSipValidStatus" => {
            let states = desk.client.enabled_states(&both).await.unwrap();
            assert_eq!(states, [(both[0].clone(), Code::ExtensionEnabled), (both[1].clone(), Code::ExtensionDisabled)]);
        }
        "App.Sip_Status.GetSipRegisterStatus" => {
            let registrations = desk.client.registrations(&both).await.unwrap();
            assert_eq!((registrations[0].code, registrations[0].phone_address.is_some()), (Code::Registered, true));
            assert_eq!((registrations[1].code, registrations[1].server_address.as_deref()), (Code::ExtensionDisabled, None));
        }
        _ => return false,
    }
    true
}

async fn queue(name: &str, desk: &Desk) -> bool {
    let (client, queue, agent) = (&desk.client, &desk.queue, &desk.agent);
    let new = QueueName("queue-9".into());
    client.add_queue(&new, "Later", false, Some(RingStrategy::Random)).await.unwrap();
    assert!(!client.queue_join(queue, agent).await.unwrap());
    let own = async || client.queue_members(Some(queue), Some(&desk.own), SeatFilter::All).await.unwrap();
    match name {
        "App.Sip_Queue.GetQueueSipStatus" => {
            let members = own().await;
            assert_eq!((members.len(), &members[0].queue, members[0].seat.state), (1, queue, SeatState::Waiting));
            assert_eq!(client.queue_members(None, None, SeatFilter::Talking).await.unwrap(), []);
            assert_eq!(client.queue_seats(queue).await.unwrap().seats, [members[0].seat.clone()]);
        }
        "App.Sip_Queue.GetQueueList" => {
            assert_eq!(client.queue_list().await.unwrap().len(), 3);
            let one = client.queues(Some(queue)).await.unwrap();
            assert_eq!((one.len(), one[0].settings.remark.as_str(), &one[0].dialling), (1, "Renewals", &Dialling::Idle));
        }
        "App.Sip_Queue.AddQueue" => {
            let made = client.queues(Some(&new)).await.unwrap();
            assert_eq!((made[0].settings.strategy, &made[0].dialling), (RingStrategy::Random, &Dialling::Unavailable));
            let again = client.add_queue(&new, "Later", true, None).await;
            assert!(matches!(again, Err(PlatformError::Failed { code: Code::Abnormal, .. })), "{again:?}");
        }
        "App.Sip_Queue.EditQueue" => {
            let edit = QueueEdit { remark: "Now".into(), strategy: RingStrategy::LeastAnswered, ring_seconds: 12, ..QueueEdit::default() };
            client.edit_queue(&new, &edit).await.unwrap();
            assert_eq!(client.queues(Some(&new)).await.unwrap()[0].settings, edit);
        }
        "App.Sip_Queue.DelQueue" => {
            client.delete_queue(&new).await.unwrap();
            let gone = client.queues(Some(&new)).await;
            assert!(matches!(gone, Err(PlatformError::Failed { code: Code::QueueUnknown, .. })), "{gone:?}");
        }
        "App.Sip_Queue.SetSeatsStatus" => {
            client.set_seat(queue, agent, true).await.unwrap();
            assert_eq!(own().await[0].seat.state, SeatState::Paused);
            client.set_seat(queue, agent, false).await.unwrap();
            assert_eq!(own().await[0].seat.state, SeatState::Waiting);
        }
        "App.Sip_Queue.SipSignIn" => assert!(client.queue_join(queue, agent).await.unwrap(), "1218 is fine"),
        "App.Sip_Queue.SipSignOut" => {
            client.queue_leave(queue, agent).await.unwrap();
            assert_eq!(own().await, []);
        }
        _ => return false,
    }
    true
}

async fn group(name: &str, desk: &Desk) -> bool {
    const GROUP: &str = "evening";
    let (client, own) = (&desk.client, &desk.own);
    client.add_group(GROUP, Some(true)).await.unwrap();
    client.add_group_member(GROUP, own).await.unwrap();
    let members = async || client.group_members(GROUP, Some(own)).await.unwrap();
    match name {
        "App.Sip_Extgroup.AddExtgroup" => {
            client.add_group("night", None).await.unwrap();
            let again = client.add_group(GROUP, Some(false)).await;
            assert!(matches!(again, Err(PlatformError::Failed { code: Code::Abnormal, .. })), "{again:?}");
        }
        "App.Sip_Extgroup.GetExtgroupInfo" => {
            let groups = client.groups(GROUP, GroupFilter::All).await.unwrap();
            assert_eq!((groups[0].id.as_str(), groups[0].name.as_str(), groups[0].code), ("1", GROUP, Code::Other(1042)));
            assert_eq!(client.groups(GROUP, GroupFilter::Disabled).await.unwrap(), []);
            client.groups(GROUP, GroupFilter::Enabled).await.unwrap();
        }
        "App.Sip_Extgroup.AddExtnumber" => {
            let foreign = client.add_group_member(GROUP, &Extension("999999".into())).await;
            assert!(matches!(foreign, Err(PlatformError::Failed { code: Code::ExtensionForeign, .. })), "{foreign:?}");
        }
        "App.Sip_Extgroup.EditExtnumber" => {
            client.set_group_member(GROUP, own, true).await.unwrap();
            assert_eq!(members().await[0].state, MemberState::Busy);
        }
        "App.Sip_Extgroup.GetGroupExt" => {
            let found = members().await;
            assert_eq!((found.len(), &found[0].extension, found[0].call.as_str()), (1, own, "hangup"));
            assert_eq!((found[0].group.as_str(), &found[0].state), (GROUP, &MemberState::Idle));
        }
        "App.Sip_Extgroup.DelExtnumber" => {
            client.remove_group_member(GROUP, own).await.unwrap();
            assert_eq!(members().await, []);
        }
        _ => return false,
    }
    true
}

async fn extension(name: &str, desk: &Desk) -> bool {
    if name != "App.Sip_Sipnum.GetSipnumberInfo" {
        return false;
    }
    desk.simulator.set_phone("100002", ringside_simulator::Phone::Disabled);
    let client = &desk.client;
    let count = async |filter| client.extensions(filter, None).await.unwrap().len();
    assert_eq!((count(ExtensionFilter::Enabled).await, count(ExtensionFilter::Disabled).await), (2, 1));
    assert_eq!(count(ExtensionFilter::All).await, 3);
    let own = client.extensions(ExtensionFilter::All, Some(&desk.own)).await.unwrap();
    assert_eq!((&own[0].extension, own[0].code, &own[0].registration), (&desk.own, Code::ExtensionEnabled, &Registration::Registered));
    assert_eq!(own[0].password.expose_secret(), "sip-100001");
    assert!(!format!("{own:?}").contains("sip-100001"), "N21");
    true
}

#[tokio::test]
async fn every_callback_makes_its_round_in_every_encoding() {
    for encoding in [Encoding::Json, Encoding::UrlEncoded, Encoding::Multipart] {
        let desk = Desk::new(Options { encoding, ..Options::test() }).await;
        let mut heard = listen(&desk.simulator).await;
        desk.simulator.sign_in("queue-1", OWN, "10");
        desk.talk();
        let id = desk.new_task().await;
        desk.client.set_task(&id, TaskState::Over).await.unwrap();
        let mut signals = Vec::new();
        while signals.len() < 5 {
            signals.push(tokio::time::timeout(PATIENCE, heard.recv()).await.unwrap().unwrap());
        }
        for row in manifest().callback {
            let of_kind: Vec<_> = signals.iter().filter(|(signal, _)| name(signal) == row.signal).collect();
            assert!(!of_kind.is_empty(), "{} is not told", row.kind);
            for (signal, payload) in of_kind {
                let sent: serde_json::Map<String, serde_json::Value> = serde_json::from_str(payload).unwrap();
                assert_eq!(sent.keys().cloned().collect::<BTreeSet<_>>(), row.fields, "{}", row.kind);
                says_what_happened(signal, &id);
            }
        }
        let legs: Vec<LegStatus> =
            signals.iter().filter_map(|(signal, _)| if let Signal::Leg(leg) = signal { Some(leg.status) } else { None }).collect();
        assert_eq!(legs, [LegStatus::Ring, LegStatus::Answer, LegStatus::Hangup]);
    }
}

fn name(signal: &Signal) -> &'static str {
    match signal {
        Signal::Leg(_) => "Leg",
        Signal::Record(_) => "Record",
        Signal::TaskFinished { .. } => "TaskFinished",
        Signal::Unknown => "Unknown",
    }
}

fn says_what_happened(signal: &Signal, task: &str) {
    match signal {
        Signal::Leg(leg) => {
            assert_eq!((leg.extension.0.as_str(), leg.callee.as_str(), leg.method), (OWN, CUSTOMER, Method::Predictive));
            let minted = ringside_domain::minted_at(leg.uuid.as_deref().unwrap()).unwrap();
            assert!(clock().since(minted) < PATIENCE, "N6: {minted:?}");
            assert_eq!(leg.customer_id.as_deref(), Some("c1"));
        }
        Signal::Record(record) => {
            assert_eq!((record.extension.0.as_str(), record.agent_id.as_deref()), (OWN, Some("10")));
            assert_eq!((record.member_id.as_deref(), record.maturity.as_deref()), (Some("m1"), Some("3")));
            assert!(record.uuid.is_some() && record.record_id.is_some() && record.recording.is_some(), "{record:?}");
        }
        Signal::TaskFinished { task_id } => assert_eq!(task_id, task),
        Signal::Unknown => panic!("not known"),
    }
}

/// The real listener, which keeps nothing: what it decoded is told here.
async fn listen(simulator: &Simulator) -> mpsc::UnboundedReceiver<(Signal, String)> {
    let socket = bind("127.0.0.1:0".parse().unwrap(), false).await.unwrap();
    let address = socket.local_addr().unwrap();
    let key = secret([7; 32]);
    let url = callback_url(None, address, &key);
    let rules = Rules::new(key, address, None, Vec::new()).unwrap();
    let (sink, mut offered) = mpsc::channel::<(Delivery, tokio::sync::oneshot::Sender<Receipt>)>(16);
    let parts = Parts { rules, limits: Limits::default(), utc_offset: 8 * 3600, counters: Arc::new(Counters::default()), sink };
    tokio::spawn(serve(socket, parts, pending()));
    let (tell, heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some((delivery, receipt)) = offered.recv().await {
            receipt.send(Receipt::Kept).unwrap();
            let Delivery::Event { signal, payload } = delivery else { panic!("{delivery:?}") };
            tell.send((*signal, payload)).unwrap();
        }
    });
    simulator.set_callback_url(Some(url.expose_secret().parse().unwrap()));
    heard
}
