//! The requests of desks.

use std::time::Duration;

use futures_util::StreamExt;
use ringside_domain::FloorRequest;
use ringside_fleet::{
    desk::{AskError, Fed, Way},
    hub::{Asked, Bucket, Serving},
    words::{Do, Done, ErrorCode, LARGEST, Operation, Outcome, Position, Refusal, Role, Welcome},
};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

use super::{
    forbidden::Raw,
    proxy::Proxy,
    world::{Gateway, SOON, TestDesk, World, agent, wait},
};

const TTL: Duration = Duration::from_secs(5);

async fn lead(gateway: &Gateway) -> (Serving, mpsc::Receiver<Asked<Do>>) {
    let (tell, asked) = mpsc::channel(16);
    (gateway.hub.serve_do(tell).await.unwrap(), asked)
}

fn busy() -> Operation {
    Operation::SetSeat { queue: "A".to_owned(), busy: true }
}

async fn refused(desk: &TestDesk, what: Operation) -> Refusal {
    match desk.desk.ask("1", what, None, TTL).await {
        Err(AskError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_reaches_the_leader_with_the_desks_record_and_its_answer_comes_back() {
    let world = World::new();
    let mut gateway = world.gateway("a").await;
    let (_serving, mut asked) = lead(&gateway).await;
    let desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    let answering = async {
        let asked = asked.recv().await.unwrap();
        assert_eq!((asked.what.id.as_str(), &asked.what.what, asked.what.agent.as_deref()), ("7", &busy(), Some("10")));
        assert_eq!((asked.record.of.extension.as_str(), &asked.desk), ("100001", &desk.enrolled.desk));
        let until = asked.what.until.clone().unwrap();
        let left = until.at - (world.hub_options("a").clock)();
        assert!(until.gateway == "a" && left <= 5_000, "{left}");
        asked.reply.answer(Ok(Done::Done)).await;
    };
    let (done, ()) = tokio::join!(desk.desk.ask("7", busy(), Some("10".to_owned()), TTL), answering);
    assert_eq!(done, Ok(Done::Done));

    let answering = async {
        let asked = gateway.hellos.recv().await.unwrap();
        assert_eq!((asked.what.agent.as_deref(), asked.what.host.as_str()), (Some("11"), "PC-17"));
        asked.reply.answer(Ok(Welcome { company: "Lantern".to_owned(), ..Welcome::default() })).await;
    };
    let (welcome, ()) = tokio::join!(desk.desk.hello(Some("11".to_owned())), answering);
    assert_eq!(welcome.unwrap().company, "Lantern");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_leader_or_a_connection_a_request_fails_at_once() {
    let mut world = World::new();
    let gateway = world.gateway("a").await;
    let desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    let begun = Instant::now();
    assert_eq!(desk.desk.ask("1", busy(), None, TTL).await, Err(AskError::Unreachable { not_sent: true }));
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    world.kill();
    super::world::wait(desk.desk.way(), |way| matches!(way, ringside_fleet::desk::Way::Away { .. })).await;
    let begun = Instant::now();
    assert_eq!(desk.desk.ask("1", busy(), None, TTL).await, Err(AskError::Unreachable { not_sent: true }));
    assert!(begun.elapsed() < Duration::from_millis(100), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_without_an_answer_is_sent_again_with_the_same_id_until_its_time_is_over() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let (_serving, mut asked) = lead(&gateway).await;
    let desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    let answering = async {
        // The gateway dies twice in the middle of it.
        for _ in 0..2 {
            assert_eq!(asked.recv().await.unwrap().what.id, "7");
        }
        let third = asked.recv().await.unwrap();
        assert_eq!(third.what.id, "7");
        third.reply.answer(Ok(Done::Joined { already: true })).await;
    };
    let (done, ()) = tokio::join!(desk.desk.ask("7", busy(), None, TTL), answering);
    assert_eq!(done, Ok(Done::Joined { already: true }));

    let begun = Instant::now();
    let never = desk.desk.ask("8", busy(), None, Duration::from_millis(1200)).await;
    assert_eq!(never, Err(AskError::Unreachable { not_sent: false }));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_that_was_given_another_role_asks_for_its_token_until_it_gets_it() {
    let world = World::new();
    let mut gateway = world.gateway("a").await;
    let mut desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    let client = world.company_client().await;
    let mut renewals = client.subscribe("rs.req.*.renew").await.unwrap();
    client.flush().await.unwrap();
    let key = format!("desk.{}", desk.enrolled.desk);
    gateway.hub.bind(&desk.enrolled.desk, |of| of.role = Role::Supervisor).await.unwrap();
    let good = gateway.hub.raw_entry(Bucket::Fleet, &key).await.unwrap().unwrap();
    let hub = gateway.hub.clone();
    let answering = async {
        let asked = gateway.hellos.recv().await.unwrap();
        // From now on each renewal fails.
        let revision = hub.update_entry(Bucket::Fleet, &key, "unreadable".into(), good.revision).await.unwrap();
        asked.reply.answer(Ok(Welcome { role: asked.record.of.role, ..Welcome::default() })).await;
        revision
    };
    let (welcome, revision) = tokio::join!(desk.desk.hello(None), answering);
    assert_eq!(welcome.unwrap().role, Role::Supervisor);
    for time in ["first", "second"] {
        assert!(timeout(SOON, renewals.next()).await.is_ok_and(|asked| asked.is_some()), "the {time} renewal");
    }
    gateway.hub.update_entry(Bucket::Fleet, &key, good.value, revision).await.unwrap();
    loop {
        if let Fed::Enrolled(enrolled) = desk.next().await {
            assert_eq!(enrolled.role, Role::Supervisor);
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_that_was_given_another_role_has_its_limits_after_the_next_hello() {
    let world = World::new();
    let mut gateway = world.gateway("a").await;
    let (_serving, mut asked) = lead(&gateway).await;
    let mut desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    let long = Operation::SetSeat { queue: (0..100_000).map(|_| fastrand::alphanumeric()).collect(), busy: true };
    assert!(matches!(desk.desk.ask("1", long.clone(), None, TTL).await, Err(AskError::TooLarge { .. })));

    let before = Instant::now();
    gateway.hub.bind(&desk.enrolled.desk, |of| of.role = Role::Supervisor).await.unwrap();
    let answering = async {
        let asked = gateway.hellos.recv().await.unwrap();
        asked.reply.answer(Ok(Welcome { role: asked.record.of.role, ..Welcome::default() })).await;
    };
    let (welcome, ()) = tokio::join!(desk.desk.hello(None), answering);
    assert_eq!(welcome.unwrap().role, Role::Supervisor);
    let enrolled = loop {
        if let Fed::Enrolled(enrolled) = desk.next().await {
            break enrolled;
        }
    };
    assert_eq!((enrolled.role, &enrolled.desk), (Role::Supervisor, &desk.enrolled.desk));
    let answering = async {
        let asked = asked.recv().await.unwrap();
        assert_eq!(asked.what.what, long);
        asked.reply.answer(Ok(Done::Done)).await;
    };
    wait(desk.desk.way(), |way| matches!(way, Way::Up { since, .. } if *since > before)).await;
    let (done, ()) = tokio::join!(desk.desk.ask("2", long.clone(), None, TTL), answering);
    assert_eq!(done, Ok(Done::Done));
}

/// The person was told that it failed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_whose_connection_breaks_is_not_sent_later() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let (_serving, mut asked) = lead(&gateway).await;
    let proxy = Proxy::start(world.server_address()).await;
    let (key, enrolled) = world.enrol(&gateway, agent("100001")).await;
    let desk = world.start_desk_by(proxy.address(), key, enrolled, Position::default()).await;
    desk.up().await;
    let answering = async {
        assert_eq!(asked.recv().await.unwrap().what.id, "7");
        proxy.close();
        wait(desk.desk.way(), |way| matches!(way, Way::Away { .. })).await;
    };
    let (failed, ()) = tokio::join!(desk.desk.ask("7", busy(), None, Duration::from_secs(3)), answering);
    assert_eq!(failed, Err(AskError::Unreachable { not_sent: false }));
    while asked.try_recv().is_ok() {}
    // By the gateway's clock the request may still be carried out.
    world.clock.fetch_sub(60_000, std::sync::atomic::Ordering::Relaxed);
    proxy.open();
    desk.up().await;
    let answering = async {
        let next = asked.recv().await.unwrap();
        assert_eq!(next.what.id, "8");
        next.reply.answer(Ok(Done::Done)).await;
    };
    let (done, ()) = tokio::join!(desk.desk.ask("8", busy(), None, TTL), answering);
    assert_eq!(done, Ok(Done::Done));
}

/// The leader carries out the first try slowly, and refuses the later ones of the same request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a6_a_refusal_of_a_later_try_does_not_say_that_the_first_was_not_carried_out() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let (_serving, mut asked) = lead(&gateway).await;
    let desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    for (code, says_not_done) in [(ErrorCode::GatewayFailed, false), (ErrorCode::NotAllowed, false), (ErrorCode::Busy, true)] {
        let answering = async {
            let _first = asked.recv().await.unwrap();
            let too_often = Refusal { retry_after_ms: Some(10), ..Refusal::not_done(ErrorCode::TooOften, "", true) };
            asked.recv().await.unwrap().reply.answer::<Done>(Err(too_often)).await;
            asked.recv().await.unwrap().reply.answer::<Done>(Err(Refusal::not_done(code, "", false))).await;
        };
        let (refusal, ()) = tokio::join!(refused(&desk, busy()), answering);
        assert_eq!((refusal.code, refusal.not_done), (code, says_not_done));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_desk_may_not_ask_does_not_reach_the_leader() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let (_serving, mut asked) = lead(&gateway).await;
    let desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    let floor = Operation::Floor { request: FloorRequest::ReadQueues, prefixes: Vec::new() };
    let refusal = refused(&desk, floor.clone()).await;
    assert_eq!((refusal.code, refusal.not_done), (ErrorCode::NotAllowed, true));
    assert_eq!(refused(&desk, Operation::Unknown).await.code, ErrorCode::NotUnderstood);
    // Letters that cannot be packed.
    let file: String = (0..LARGEST * 2).map(|_| fastrand::alphanumeric()).collect();
    let too_large = desk.desk.ask("1", Operation::FetchLink { file }, None, TTL).await;
    assert!(matches!(too_large, Err(AskError::TooLarge { most: LARGEST, .. })), "{too_large:?}");
    // It can be packed into what the desk may send, but the gateway unpacks no more than that.
    let refusal = refused(&desk, Operation::FetchLink { file: "x".repeat(LARGEST) }).await;
    assert_eq!((refusal.code, refusal.not_done), (ErrorCode::NotUnderstood, true));

    // The registry's role counts at once, whatever the desk's token says.
    gateway.hub.bind(&desk.enrolled.desk, |desk| desk.role = Role::Supervisor).await.unwrap();
    let answering = async { asked.recv().await.unwrap().reply.answer(Ok(Done::Done)).await };
    let (done, ()) = tokio::join!(desk.desk.ask("2", floor, None, TTL), answering);
    assert_eq!(done, Ok(Done::Done));
    assert!(asked.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_that_asks_too_often_is_told_when_to_ask_again() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let (_serving, mut asked) = lead(&gateway).await;
    let desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    tokio::spawn(async move {
        while let Some(asked) = asked.recv().await {
            asked.reply.answer(Ok(Done::Done)).await;
        }
    });
    let mut answers = Vec::new();
    for id in 0..8 {
        answers.push(desk.desk.ask(&id.to_string(), busy(), None, TTL).await);
    }
    assert!(answers[..5].iter().all(Result::is_ok));
    let refusal = answers.into_iter().find_map(Result::err).expect("eight in a row are too many");
    assert!(matches!(
        refusal,
        AskError::Refused(Refusal { code: ErrorCode::TooOften, retry_after_ms: Some(1..=1000), not_done: true, .. })
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_lay_too_long_or_is_not_understood_is_refused() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let (_serving, mut asked) = lead(&gateway).await;
    let (key, enrolled) = world.enrol(&gateway, agent("100001")).await;
    let raw = Raw::connect(&world, &key, &enrolled).await.unwrap();
    for (body, code) in [
        (r#"{"id":"1","until":{"gateway":"a","at":1},"what":{"op":"list-queues"}}"#, ErrorCode::TooLate),
        (r#"{"id":"1","what":{"op":"dance"}}"#, ErrorCode::NotUnderstood),
        (r#"{"id":"a.b >","what":{"op":"list-queues"}}"#, ErrorCode::NotUnderstood),
        (r#"{"id":"1"}"#, ErrorCode::NotUnderstood),
        ("", ErrorCode::NotUnderstood),
        ("\u{0}", ErrorCode::NotUnderstood),
    ] {
        let answer = raw.client.request(format!("rs.req.{}.do", enrolled.desk), body.into()).await.unwrap();
        let answer = ringside_fleet::words::Answer::<Done>::read(&answer.payload);
        assert!(matches!(answer.outcome, Outcome::Refused(refusal) if refusal.code == code), "{body}");
    }
    // Another gateway's clock is not comparable.
    let body = r#"{"id":"1","until":{"gateway":"b","at":1},"what":{"op":"list-queues"}}"#;
    raw.client.publish_with_reply(format!("rs.req.{}.do", enrolled.desk), raw.client.new_inbox(), body.into()).await.unwrap();
    assert_eq!(asked.recv().await.unwrap().what.what, Operation::ListQueues);
}
