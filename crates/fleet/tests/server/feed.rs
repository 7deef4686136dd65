//! Events on their way to a desk.

use std::{sync::atomic::Ordering, time::Duration};

use ringside_fleet::{
    desk::Fed,
    hub::{Event, Hub, HubOptions},
    words::{LARGEST, Oversize, Position, QueueRead, State, event_key, subject::Addressee},
};
use tokio::time::Instant;

use super::{
    proxy::Proxy,
    world::{World, agent, until, wait},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_reaches_its_desk_alone_and_once() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let (mut one, mut other) = (world.desk(&gateway, "100001").await, world.desk(&gateway, "100002").await);
    one.up().await;
    other.up().await;
    let event = gateway.event(&one, r#"{"uuid":"号","x":"\"}"#);
    let stored = gateway.hub.publish(&event).await.unwrap();
    // The platform sent it again, to another gateway.
    let again = world.hub("b").await.publish(&event).await.unwrap();
    assert_eq!((again.seq, again.duplicate), (stored.seq, true));
    gateway.publish(&other, "{}").await;
    let got = one.events(1).await.remove(0);
    assert_eq!((got.body, got.seq, got.received), (event.body.clone(), stored.seq, event.received));
    assert_eq!(gateway.hub.key_at(stored.seq).await.unwrap(), Some(event_key(event.body.as_bytes())));
    assert_eq!(gateway.hub.key_at(77).await.unwrap(), None);
    let last = gateway.publish(&one, "last").await;
    assert_eq!(one.bodies(1).await, ["last"]);
    one.reach(last).await;
    assert_eq!(other.bodies(1).await, ["{}"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_that_was_away_gets_what_it_missed_and_nothing_before_its_position() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    let (key, enrolled) = (desk.key.clone(), desk.enrolled.clone());
    let mut numbers = Vec::new();
    for body in 0..600 {
        numbers.push(gateway.publish(&desk, &body.to_string()).await);
    }
    drop(desk);
    let mut desk = world.start_desk(key, enrolled, Position { epoch: 1, seq: numbers[9] }).await;
    let events = desk.events(590).await;
    let bodies: Vec<&str> = events.iter().map(|event| event.body.as_str()).collect();
    let expected: Vec<String> = (10..600).map(|body| body.to_string()).collect();
    assert_eq!(bodies, expected);
    assert!(events.iter().all(|event| event.backlog));
    desk.reach(numbers[599]).await;
    assert_eq!(desk.position, Position { epoch: 1, seq: numbers[599] });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g3_a_desk_goes_back_to_where_a_new_epoch_begins() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let mut desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    let mut numbers = Vec::new();
    for body in ["1", "2", "3", "4"] {
        numbers.push(gateway.publish(&desk, body).await);
    }
    desk.reach(numbers[3]).await;
    assert_eq!(gateway.hub.epoch().await.unwrap(), 1);
    let epoch = gateway.hub.begin_epoch(1, numbers[2]).await.unwrap();
    assert!(epoch > 1);
    assert_eq!(gateway.hub.begin_epoch(1, numbers[1]).await.unwrap(), epoch, "another gateway finds the same loss, earlier");
    let last = Position { epoch, seq: numbers[3] };
    gateway.hub.tell(&desk.enrolled.desk, &State { gateway: "a".to_owned(), last, ..State::default() }).await.unwrap();
    assert_eq!(desk.bodies(2).await, ["3", "4"]);
    assert_eq!(desk.next().await, Fed::Position(last));
}

/// The server's messages go lost on the way, and nothing tells the desk that its connection is dead.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g6_events_that_went_lost_in_a_half_open_connection_are_asked_for() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let proxy = Proxy::start(world.server_address()).await;
    let (key, enrolled) = world.enrol(&gateway, agent("100001")).await;
    let mut desk = world.start_desk_by(proxy.address(), key, enrolled, Position::default()).await;
    let told = State { gateway: "a".to_owned(), every_ms: 1000, ..State::default() };
    desk.up().await;
    let first = gateway.publish(&desk, "first").await;
    desk.reach(first).await;
    gateway.hub.tell(&desk.enrolled.desk, &told).await.unwrap();
    wait(desk.desk.state(), Option::is_some).await;
    proxy.swallow();
    let lost = gateway.publish(&desk, "lost").await;
    assert_eq!(desk.bodies(1).await, ["lost"]);
    desk.reach(lost).await;
    assert_eq!(proxy.connections(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g18_a_body_above_64_kib_comes_as_a_notice_with_its_key_and_once() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let mut desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    for length in [LARGEST, LARGEST + 1, 1_000_000] {
        let body = "x".repeat(length);
        let event = gateway.event(&desk, &body);
        let seq = gateway.hub.publish(&event).await.unwrap().seq;
        assert!(gateway.hub.publish(&event).await.unwrap().duplicate);
        let got = desk.events(1).await.remove(0);
        assert_eq!(got.oversize, length > LARGEST);
        if got.oversize {
            let notice: Oversize = serde_json::from_str(&got.body).unwrap();
            assert_eq!((notice.key, notice.bytes), (event_key(body.as_bytes()), length as u64));
        } else {
            assert_eq!(got.body, body);
        }
        desk.reach(seq).await;
        let batch = gateway.hub.since(&desk.enrolled.desk, Position { epoch: 1, seq: seq - 1 }).await.unwrap();
        assert_eq!(batch.events[0].oversize, length > LARGEST);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g17_an_event_without_a_desk_is_stored_and_reaches_nobody() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let mut desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    let mut heard = gateway.hub.heard_events().await.unwrap();
    for to in [Addressee::Unmapped { extension: "* >".to_owned() }, Addressee::Company] {
        let stored = gateway.hub.publish(&Event { to: to.clone(), body: format!("{to:?}"), received: 5 }).await.unwrap();
        assert_eq!(gateway.hub.last_seq(&to).await.unwrap(), stored.seq);
        let told = heard.recv().await.unwrap();
        assert_eq!((told.desk, told.seq, told.received), (None, stored.seq, 5));
    }
    let seq = gateway.publish(&desk, "own").await;
    assert_eq!(heard.recv().await.unwrap().desk, Some(desk.enrolled.desk.clone()));
    assert_eq!(desk.bodies(1).await, ["own"]);
    assert_eq!(gateway.hub.last_seq(&Addressee::Desk(desk.enrolled.desk.clone())).await.unwrap(), seq);
}

/// The desk's wall clock is not read at all: the times are of the monotonic clock, by the gateway's difference to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g16_the_times_of_a_state_are_mapped_to_the_desks_own_clock() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let (tell, _asked) = tokio::sync::mpsc::channel(1);
    let _leading = gateway.hub.serve_do(tell).await.unwrap();
    let mut desk = world.desk(&gateway, "100001").await;
    // Years away from this computer's clock.
    let clock = world.hub_options("a").clock;
    desk.up().await;
    let now = clock();
    let before = Instant::now();
    let read = QueueRead { queue: "A".to_owned(), asked_at: now - 1500, ..QueueRead::default() };
    let state = State { gateway: "a".to_owned(), now, read: vec![read], company_callback_at: Some(now + 9_000_000), ..State::default() };
    // Again and again, as the leader does: the first may come before the desk has subscribed, and the leader's time may come too late.
    until("the times are mapped", async || {
        gateway.hub.tell(&desk.enrolled.desk, &state).await.unwrap();
        desk.desk.state().borrow().as_ref().is_some_and(|told| told.asked_at[0].is_some())
    })
    .await;
    let told = desk.desk.state().borrow().clone().unwrap();
    let asked_at = told.asked_at[0].unwrap();
    let age = before.saturating_duration_since(asked_at);
    assert!(age >= Duration::from_millis(1400) && age < Duration::from_secs(4), "{age:?}");
    assert!(told.company_callback_at.unwrap() <= Instant::now(), "not in the future");
    let received = clock() - 60_000;
    gateway.hub.publish(&Event { received, ..gateway.event(&desk, "a minute ago") }).await.unwrap();
    let age = desk.events(1).await[0].age.unwrap();
    assert!(age >= Duration::from_secs(60) && age < Duration::from_secs(70), "{age:?}");
}

/// A ring that came by the gateway whose clock is behind is no past one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g16_the_age_of_an_event_is_by_the_clock_of_the_gateway_that_received_it() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let clock = world.hub_options("a").clock;
    let behind: ringside_fleet::WallClock = std::sync::Arc::new(move || clock() - 40_000);
    let other = Hub::connect(world.keys.clone(), HubOptions { clock: behind.clone(), ..world.hub_options("b") }).await.unwrap();
    let mut desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    // The desk has asked the first gateway, and knows its clock.
    let first = gateway.publish(&desk, "first").await;
    desk.reach(first).await;
    let mut live = None;
    for number in 0..20 {
        let event = Event { received: behind() - 1000, ..gateway.event(&desk, &number.to_string()) };
        let seq = other.publish(&event).await.unwrap().seq;
        let heard = desk.events(1).await.remove(0);
        desk.reach(seq).await;
        if !heard.backlog {
            live = Some(heard.age.unwrap());
            break;
        }
    }
    let age = live.expect("one is heard live");
    assert!(age >= Duration::from_secs(1) && age < Duration::from_secs(20), "{age:?}");
}

/// The connection of the desk, or that of the gateway, stalls: what was sent before is no ring of now when it arrives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g16_an_event_that_was_held_up_on_its_way_is_as_old_as_it_is() {
    const STALL: Duration = Duration::from_secs(3);
    let world = World::new();
    let clock = world.hub_options("a").clock;
    let (before_desk, before_gateway) = (Proxy::start(world.server_address()).await, Proxy::start(world.server_address()).await);
    let through = HubOptions { urls: vec![format!("nats://{}", before_gateway.socket())], ..world.hub_options("a") };
    let gateway = world.gateway_by(through).await;
    let (key, enrolled) = world.enrol(&gateway, agent("100001")).await;
    let mut desk = world.start_desk_by(before_desk.address(), key, enrolled, Position::default()).await;
    desk.up().await;
    // The desk knows the gateway's clock by the answer to its question.
    let first = gateway.publish(&desk, "first").await;
    desk.reach(first).await;
    for (proxy, body) in [(&before_desk, "at the desk"), (&before_gateway, "at the gateway")] {
        let event = Event { received: clock(), ..gateway.event(&desk, body) };
        proxy.hold();
        // The gateway is told after a second that it failed, and would publish it again.
        let (published, ()) = tokio::join!(gateway.hub.publish(&event), tokio::time::sleep(STALL));
        proxy.let_go();
        let heard = desk.events(1).await.remove(0);
        assert_eq!((heard.body.as_str(), heard.backlog), (body, false), "{published:?}");
        assert!(heard.age.unwrap() >= STALL, "{body}: {:?}", heard.age);
    }
}

/// Until the next state the desk cannot know that the clock was set.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g16_a_ring_that_comes_just_after_its_gateways_clock_was_set_back_is_no_past_one() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let (tell, _asked) = tokio::sync::mpsc::channel(1);
    let _leading = gateway.hub.serve_do(tell).await.unwrap();
    let clock = world.hub_options("a").clock;
    let mut desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    // The desk knows the gateway's clock by the answer to its question.
    let first = gateway.publish(&desk, "first").await;
    desk.reach(first).await;
    world.clock.fetch_sub(3_600_000, Ordering::Relaxed);
    let mut ages: Vec<Duration> = Vec::new();
    while ages.last().is_none_or(|age| *age >= Duration::from_secs(20)) {
        assert!(ages.len() < 100, "the desk does not learn the new time");
        let event = Event { received: clock(), ..gateway.event(&desk, &ages.len().to_string()) };
        gateway.hub.publish(&event).await.unwrap();
        let heard = desk.events(1).await.remove(0);
        assert!(!heard.backlog);
        ages.push(heard.age.unwrap());
    }
    let seconds: Vec<u64> = ages.iter().map(Duration::as_secs).collect();
    assert_eq!(seconds[0], 25, "the clock and the connection disagree: {seconds:?}");
    assert!(seconds.iter().all(|age| *age <= 25), "{seconds:?}");
}

/// The gateway publishes it again itself, with the age that it has then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_failed_while_the_server_was_away_is_not_published_later_by_the_client() {
    let mut world = World::new();
    let gateway = world.gateway("a").await;
    let desk = world.desk(&gateway, "100001").await;
    world.kill();
    wait(gateway.hub.link(), |link| !link.up).await;
    gateway.hub.publish(&gateway.event(&desk, "failed")).await.unwrap_err();
    world.start();
    wait(gateway.hub.link(), |link| link.up && link.connections == 2).await;
    gateway.publish(&desk, "next").await;
    let batch = gateway.hub.since(&desk.enrolled.desk, Position { epoch: 1, seq: 0 }).await.unwrap();
    assert_eq!(batch.events.iter().map(|event| event.body.as_str()).collect::<Vec<_>>(), ["next"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g5_a_gap_is_told_once_to_a_desk_that_has_no_events() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let (desk, other) = (world.desk(&gateway, "100001").await, world.desk(&gateway, "100002").await);
    let position = Position { epoch: 1, seq: gateway.publish(&desk, "first").await };
    let mut last = 0;
    for number in 0..4 {
        last = gateway.publish(&other, &number.to_string()).await;
    }
    let streams = async_nats::jetstream::new(world.company_client().await);
    let stream = streams.get_stream("EV").await.unwrap();
    // As the stream drops what is old.
    stream.purge().sequence(last - 1).await.unwrap();
    let id = &desk.enrolled.desk;
    let told = gateway.hub.since(id, position).await.unwrap();
    assert_eq!((told.gap, told.events.len(), told.through), (true, 0, Position { epoch: 1, seq: last }));
    stream.purge().sequence(last).await.unwrap();
    let again = gateway.hub.since(id, told.through).await.unwrap();
    assert_eq!((again.gap, again.through), (false, told.through));
    // Of a desk with a later event only what is before the stream's first is gone.
    let seq = gateway.publish(&desk, "later").await;
    let told = gateway.hub.since(id, position).await.unwrap();
    assert_eq!((told.gap, told.events.len(), told.through.seq), (true, 1, seq));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g5_a_position_that_is_older_than_the_stream_is_a_gap() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let desk = world.desk(&gateway, "100001").await;
    let first = gateway.publish(&desk, "first").await;
    // One more than one desk may have in the stream, so that its oldest is gone.
    let position = Position { epoch: 1, seq: first };
    for number in 0..2000 {
        if number == 1999 {
            assert!(!gateway.hub.since(&desk.enrolled.desk, position).await.unwrap().gap, "nothing is gone yet");
        }
        gateway.publish(&desk, &number.to_string()).await;
    }
    let (key, enrolled) = (desk.key.clone(), desk.enrolled.clone());
    drop(desk);
    let mut desk = world.start_desk(key, enrolled, position).await;
    let mut fed = desk.next().await;
    assert_eq!(fed, Fed::Gap);
    while !matches!(&fed, Fed::Event(event) if event.body == "1999") {
        fed = desk.next().await;
    }
    let id = &desk.enrolled.desk;
    let batch = gateway.hub.since(id, Position { epoch: 1, seq: first + 2000 }).await.unwrap();
    assert_eq!((batch.events.len(), batch.gap, batch.more), (0, false, false), "nothing is missing at the end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g15_a_desk_that_does_not_take_its_events_delays_no_other_and_loses_none() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let (mut slow, mut other) = (world.desk(&gateway, "100001").await, world.desk(&gateway, "100002").await);
    slow.up().await;
    other.up().await;
    // More than wait at the desk, and in its client.
    let mut last = 0;
    for number in 0..1500 {
        last = gateway.publish(&slow, &number.to_string()).await;
    }
    let begun = Instant::now();
    gateway.publish(&other, "{}").await;
    assert_eq!(other.bodies(1).await, ["{}"]);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let mut got = std::collections::BTreeSet::new();
    while got.len() < 1500 {
        got.extend(slow.bodies(1).await);
    }
    slow.reach(last).await;
}

/// The caller's store is slow, say, while the server dies again and again and events come in bulk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g15_a_desk_whose_caller_takes_nothing_for_long_is_told_its_states_and_gets_every_event_afterwards() {
    let mut world = World::new();
    let gateway = world.gateway("a").await;
    let mut desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    let first = gateway.publish(&desk, "first").await;
    desk.reach(first).await;
    let mut expected = std::collections::BTreeSet::new();
    for round in 0..4 {
        world.kill();
        world.start();
        wait(gateway.hub.link(), |link| link.up).await;
        if round % 2 == 0 {
            desk.up().await;
        }
        let bodies: Vec<String> = (0..450).map(|number| format!("{round}.{number}")).collect();
        for some in bodies.chunks(50) {
            let events: Vec<Event> = some.iter().map(|body| gateway.event(&desk, body)).collect();
            let published = events.iter().map(|event| async {
                let end = Instant::now() + Duration::from_secs(20);
                while let Err(error) = gateway.hub.publish(event).await {
                    assert!(Instant::now() < end, "{error}");
                }
            });
            futures_util::future::join_all(published).await;
        }
        expected.extend(bodies);
        let state = State { gateway: "a".to_owned(), now: round, ..State::default() };
        until("it is told its state", async || {
            gateway.hub.tell(&desk.enrolled.desk, &state).await.unwrap();
            desk.desk.state().borrow().as_ref().is_some_and(|told| told.state.now == round)
        })
        .await;
    }
    while !expected.is_empty() {
        match desk.next().await {
            Fed::Event(event) => drop(expected.remove(&event.body)),
            Fed::Gap => panic!("the stream has them all"),
            _ => {}
        }
    }
}
