//! What a desk must not be able to do: a raw client with a desk's key and token tries it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_nats::{Client, ConnectOptions, Event as NatsEvent, ServerError};
use ringside_fleet::{
    desk::DeskKey,
    hub::Bucket,
    words::{Enrolled, Position},
};
use secrecy::ExposeSecret;
use tokio::time::{sleep, timeout};

use super::world::{World, agent, until};

/// A client that does what it is told, and the errors that the server sends it.
pub struct Raw {
    pub client: Client,
    pub errors: Arc<Mutex<Vec<String>>>,
}

impl Raw {
    pub async fn connect(world: &World, key: &DeskKey, enrolled: &Enrolled) -> Result<Self, String> {
        let key = Arc::new(nkeys::KeyPair::from_seed(key.seed().expose_secret()).unwrap());
        let options = ConnectOptions::with_jwt(enrolled.jwt.clone(), move |nonce| {
            let key = key.clone();
            async move { key.sign(&nonce).map_err(async_nats::AuthError::new) }
        });
        Self::with(world, options.custom_inbox_prefix(format!("_I.{}", enrolled.desk))).await
    }

    async fn sentinel(world: &World) -> Self {
        Self::with(world, ConnectOptions::new().custom_inbox_prefix("_E")).await.unwrap()
    }

    async fn with(world: &World, options: ConnectOptions) -> Result<Self, String> {
        let errors = Arc::new(Mutex::new(Vec::new()));
        let heard = errors.clone();
        let options = options.event_callback(move |event| {
            match event {
                NatsEvent::ServerError(ServerError::Other(error)) => heard.lock().unwrap().push(error),
                NatsEvent::Disconnected => heard.lock().unwrap().push("disconnected".to_owned()),
                _ => {}
            }
            std::future::ready(())
        });
        let client = options.connect(world.url()).await.map_err(|error| error.to_string())?;
        Ok(Self { client, errors })
    }

    /// The server's complaints so far, once it has dealt with all that was sent.
    async fn complaints(&self) -> Vec<String> {
        self.client.flush().await.unwrap();
        // The connection carries in order: after this request's answer, or its refusal, all before it was dealt with.
        let _ = timeout(Duration::from_secs(1), self.client.request("rs.req.marker", "".into())).await;
        std::mem::take(&mut self.errors.lock().unwrap())
    }

    async fn may_publish(&self, subject: &str) -> bool {
        self.client.publish_with_reply(subject.to_owned(), self.client.new_inbox(), "{}".into()).await.unwrap();
        !self.is_denied("publish", subject).await
    }

    /// Returns whether the server refused this.
    async fn is_denied(&self, what: &str, subject: &str) -> bool {
        self.client.flush().await.unwrap();
        let wanted = format!("permissions violation for {what} to \"{subject}\"").to_lowercase();
        let told = |error: &String| error.to_lowercase().contains(&wanted);
        for _ in 0..50 {
            if self.errors.lock().unwrap().iter().any(told) {
                return true;
            }
            sleep(Duration::from_millis(10)).await;
        }
        false
    }

    async fn may_subscribe(&self, subject: &str, group: Option<&str>) -> bool {
        let subscribed = match group {
            Some(group) => self.client.queue_subscribe(subject.to_owned(), group.to_owned()).await,
            None => self.client.subscribe(subject.to_owned()).await,
        };
        let _subscriber = subscribed.unwrap();
        !self.is_denied("subscription", subject).await
    }
}

/// Subjects of JetStream's interface.
const INTERFACE: [&str; 27] = [
    "CONSUMER.MSG.NEXT.EV.c",
    "CONSUMER.CREATE.EV",
    "CONSUMER.CREATE.EV.x",
    "CONSUMER.CREATE.EV.x.rs.ev.OTHER",
    "CONSUMER.DURABLE.CREATE.EV.x",
    "CONSUMER.DELETE.EV.c",
    "CONSUMER.INFO.EV.c",
    "CONSUMER.LIST.EV",
    "CONSUMER.NAMES.EV",
    "CONSUMER.RESET.EV.c",
    "CONSUMER.PAUSE.EV.c",
    "CONSUMER.UNPIN.EV.c",
    "STREAM.CREATE.X",
    "STREAM.UPDATE.EV",
    "STREAM.DELETE.EV",
    "STREAM.PURGE.EV",
    "STREAM.INFO.EV",
    "STREAM.LIST",
    "STREAM.NAMES",
    "STREAM.MSG.GET.EV",
    "STREAM.MSG.DELETE.EV",
    "STREAM.SNAPSHOT.EV",
    "STREAM.RESTORE.EV",
    "DIRECT.GET.EV",
    "DIRECT.GET.EV.rs.ev.OTHER",
    "DIRECT.GET.KV_fleet",
    "INFO",
];

const PUBLISH: [&str; 21] = [
    "$JS.ACK.EV.c.1.1.1.1.0",
    "rs.ev.OWN",
    "rs.ev.OTHER",
    "rs.dl.OWN",
    "rs.dl.OTHER",
    "rs.st.OWN",
    "rs.st.OTHER",
    "rs.req.OTHER.do",
    "rs.req.*.do",
    "rs.enrol",
    "_I.OWN.x",
    "_I.OTHER.x",
    "_I.gw.x",
    "_INBOX.x",
    "_E.x",
    "_R_.x",
    "$KV.fleet.desk.OTHER",
    "$SRV.PING",
    "$SYS.REQ.CLAIMS.UPDATE",
    "$SYS.REQ.SERVER.PING",
    "$SYS.REQ.ACCOUNT.PING.CONNZ",
];

const SUBSCRIBE: [&str; 28] = [
    ">",
    "*",
    "*.>",
    "_I.>",
    "_I.*.>",
    "_I.OTHER.>",
    "_INBOX.>",
    "_E.>",
    "_R_.>",
    "rs.>",
    "rs.*",
    "rs.ev.>",
    "rs.ev.OWN",
    "rs.dl.>",
    "rs.dl.*",
    "rs.dl.OTHER",
    "rs.st.>",
    "rs.st.*",
    "rs.st.OTHER",
    "rs.req.>",
    "rs.req.OWN.>",
    "rs.req.*.>",
    "$JS.>",
    "$JS.API.>",
    "$JS.EVENT.>",
    "$SYS.>",
    "$KV.>",
    "$SRV.>",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g12_a_desk_is_denied_all_that_is_not_its_own() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let (key, enrolled) = world.enrol(&gateway, agent("100001")).await;
    let (_, other) = world.enrol(&gateway, agent("100002")).await;
    let fill = |subject: &str| subject.replace("OWN", enrolled.desk.as_str()).replace("OTHER", other.desk.as_str());
    let raw = Raw::connect(&world, &key, &enrolled).await.unwrap();
    // Otherwise nothing below would mean anything.
    assert!(raw.may_publish(&fill("rs.req.OWN.since")).await && raw.may_subscribe(&fill("rs.dl.OWN"), None).await);

    let interface = INTERFACE.iter().map(|subject| format!("$JS.API.{subject}"));
    let mut open = Vec::new();
    for subject in interface.chain(PUBLISH.map(str::to_owned)).map(|subject| fill(&subject)) {
        if raw.may_publish(&subject).await {
            open.push(format!("publish {subject}"));
        }
    }
    for subject in SUBSCRIBE.map(fill) {
        if raw.may_subscribe(&subject, None).await {
            open.push(format!("subscribe {subject}"));
        }
    }
    if raw.may_subscribe("rs.req.*.do", Some("gw")).await {
        open.push("subscribe in the gateways' group".to_owned());
    }
    assert_eq!(open, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_without_credentials_may_only_ask_to_be_enrolled() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let (_, other) = world.enrol(&gateway, agent("100002")).await;
    let raw = Raw::sentinel(&world).await;
    assert!(raw.may_publish("rs.enrol").await && raw.may_subscribe("_E.x", None).await);
    let fill = |subject: &str| subject.replace("OWN", other.desk.as_str()).replace("OTHER", other.desk.as_str());
    let mut open = Vec::new();
    for subject in PUBLISH
        .iter()
        .filter(|subject| **subject != "rs.enrol")
        .map(|subject| fill(subject))
        .chain([fill("rs.req.OWN.since"), "$JS.API.INFO".to_owned()])
    {
        if raw.may_publish(&subject).await {
            open.push(format!("publish {subject}"));
        }
    }
    // The server takes `_E.>` for `_E.*`; answers are sealed, so that hearing them tells nothing.
    for subject in SUBSCRIBE.iter().filter(|subject| **subject != "_E.>").map(|subject| fill(subject)) {
        if raw.may_subscribe(&subject, None).await {
            open.push(format!("subscribe {subject}"));
        }
    }
    assert_eq!(open, Vec::<String>::new());
}

/// The server checks the subject of a message, but not the subject that it names for its answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_reply_subject_changes_nothing_and_reaches_no_other_desk() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let mut other = world.desk(&gateway, "100002").await;
    other.up().await;
    let (key, enrolled) = world.enrol(&gateway, agent("100001")).await;
    let raw = Raw::connect(&world, &key, &enrolled).await.unwrap();
    let id = other.enrolled.desk.clone();
    let before = gateway.publish(&other, "before").await;
    other.reach(before).await;
    let record = gateway.hub.desk(&id).await.unwrap();
    let state = other.desk.state();
    for reply in [
        format!("rs.ev.{id}"),
        format!("rs.dl.{id}"),
        format!("rs.st.{id}"),
        format!("_I.{id}.x"),
        format!("rs.req.{id}.do"),
        "$JS.API.STREAM.DELETE.EV".to_owned(),
        "$JS.API.STREAM.PURGE.EV".to_owned(),
        "$JS.API.STREAM.DELETE.KV_fleet".to_owned(),
        format!("$KV.fleet.desk.{id}"),
        "$SYS.REQ.SERVER.PING".to_owned(),
        "rs.enrol".to_owned(),
        "_R_.x".to_owned(),
    ] {
        for name in ["since", "hello", "renew", "do", "x"] {
            let subject = format!("rs.req.{}.{name}", enrolled.desk);
            raw.client.publish_with_reply(subject, reply.clone(), r#"{"epoch":1,"seq":0}"#.into()).await.unwrap();
        }
    }
    raw.complaints().await;
    // Whatever was answered has arrived when a later event has.
    let after = gateway.publish(&other, "after").await;
    assert_eq!(other.bodies(1).await, ["after"]);
    other.reach(after).await;
    assert_eq!(after, before + 1, "nothing was stored between the two");
    assert_eq!(gateway.hub.desk(&id).await.unwrap(), record);
    assert!(state.borrow().is_none(), "no state was taken from an answer");
    assert!(gateway.hub.raw_entry(Bucket::Fleet, "epochs").await.unwrap().is_none());
    let batch = gateway.hub.since(&id, Position { epoch: 1, seq: 0 }).await.unwrap();
    assert_eq!(batch.events.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_token_is_worth_nothing_without_its_key_and_no_other_key_can_sign_one() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let (key, enrolled) = world.enrol(&gateway, agent("100001")).await;
    let stranger = DeskKey::generate();
    assert!(Raw::connect(&world, &stranger, &enrolled).await.is_err());
    // A token of the same words, signed by another key. With the role's own it is accepted, so the words are not the reason.
    let claims = data_encoding::BASE64URL_NOPAD.decode(enrolled.jwt.split('.').nth(1).unwrap().as_bytes()).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    let account = claims["nats"]["issuer_account"].as_str().unwrap();
    let now = world.now() / 1000;
    let signed_by = |signer: nkeys::KeyPair| {
        let roles = ringside_fleet::jwt::RoleKeys { desk: signer.clone(), supervisor: signer };
        let role = ringside_fleet::words::Role::Desk;
        let jwt = ringside_fleet::jwt::desk_token(&roles, role, account, &key.public(), &enrolled.desk, now).unwrap();
        Enrolled { jwt, ..enrolled.clone() }
    };
    assert!(Raw::connect(&world, &key, &signed_by(world.company_key("desk-1"))).await.is_ok());
    assert!(Raw::connect(&world, &key, &signed_by(nkeys::KeyPair::new_account())).await.is_err());
    assert!(Raw::connect(&world, &key, &enrolled).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_above_the_desks_size_closes_its_connection_and_no_other() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let other = world.desk(&gateway, "100002").await;
    other.up().await;
    let (key, enrolled) = world.enrol(&gateway, agent("100001")).await;
    let raw = Raw::connect(&world, &key, &enrolled).await.unwrap();
    raw.client.publish(format!("rs.req.{}.do", enrolled.desk), "x".repeat(70_000).into()).await.unwrap();
    until("it is closed", || async { raw.errors.lock().unwrap().iter().any(|error| error == "disconnected") }).await;
    assert!(matches!(*other.desk.way().borrow(), ringside_fleet::desk::Way::Up { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supervisors_desk_may_send_long_lists_and_nothing_else_that_a_desk_may_not() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let new = ringside_fleet::hub::NewDesk { role: ringside_fleet::words::Role::Supervisor, ..agent("100001") };
    let (key, enrolled) = world.enrol(&gateway, new).await;
    let (_, other) = world.enrol(&gateway, agent("100002")).await;
    let raw = Raw::connect(&world, &key, &enrolled).await.unwrap();
    let fill = |subject: &str| subject.replace("OWN", enrolled.desk.as_str()).replace("OTHER", other.desk.as_str());
    for subject in SUBSCRIBE.map(fill) {
        assert!(!raw.may_subscribe(&subject, None).await, "{subject}");
    }
    for subject in PUBLISH.map(fill) {
        assert!(!raw.may_publish(&subject).await, "{subject}");
    }
    raw.client.publish(fill("rs.req.OWN.do"), "x".repeat(1_000_000).into()).await.unwrap();
    assert_eq!(raw.complaints().await.iter().filter(|error| *error == "disconnected").count(), 0);
}
