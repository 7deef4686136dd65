//! Servers that die, and tokens that end.

use std::{sync::atomic::Ordering, time::Duration};

use ringside_fleet::{
    desk::{Desk, DeskKey, DeskOptions, Fed, Way},
    hub::{Hub, HubError, HubOptions},
    jwt::Token,
    words::{Enrolled, Position},
};
use tokio::time::{Instant, sleep};

use super::{
    forbidden::Raw,
    proxy::Proxy,
    world::{TestDesk, World, wait},
};

const DAY: i64 = 24 * 3_600_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g1_after_a_killed_server_all_come_back_and_no_event_is_lost() {
    let mut world = World::new();
    let gateway = world.gateway("a").await;
    let mut desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    let mut expected = Vec::new();
    for round in 0..3 {
        for number in 0..20 {
            let body = format!("{round}.{number}");
            if number == 10 {
                world.kill();
                let event = gateway.event(&desk, &body);
                assert!(matches!(gateway.hub.publish(&event).await, Err(HubError::Unreachable(_))));
                world.start();
            }
            // As the gateway's outbox does.
            let event = gateway.event(&desk, &body);
            let end = Instant::now() + Duration::from_secs(20);
            while let Err(error) = gateway.hub.publish(&event).await {
                assert!(Instant::now() < end, "{error}");
                sleep(Duration::from_millis(50)).await;
            }
            expected.push(body);
        }
    }
    let mut got: Vec<String> = Vec::new();
    while got.len() < expected.len() {
        let body = desk.bodies(1).await.remove(0);
        // The same event may come twice: live, and asked for.
        if !got.contains(&body) {
            got.push(body);
        }
    }
    got.sort_unstable();
    expected.sort_unstable();
    assert_eq!(got, expected);
    let link = *gateway.hub.link().borrow();
    assert!(link.up && link.connections == 4, "{link:?}");
}

/// What the client had not sent when the server died, it sends as soon as it is connected again: before a gateway has begun the epoch.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g3_an_epoch_begins_after_the_last_event_from_before_the_servers_start() {
    let mut world = World::new();
    let gateway = world.gateway("a").await;
    let desk = world.desk(&gateway, "100001").await;
    assert!(gateway.hub.begin_epoch_if_server_is_new().await.unwrap());
    assert!(!gateway.hub.begin_epoch_if_server_is_new().await.unwrap(), "once for each start");
    let epoch = gateway.hub.epoch().await.unwrap();
    let mut before = 0;
    for number in 0..5 {
        before = gateway.publish(&desk, &format!("before {number}")).await;
    }
    world.kill();
    world.start();
    gateway.connected(2).await;
    for number in 0..3 {
        gateway.publish(&desk, &format!("after {number}")).await;
    }
    assert!(gateway.hub.begin_epoch_if_server_is_new().await.unwrap());
    let (next, kept) = gateway.hub.epoch_and_kept(epoch).await.unwrap();
    assert!(next > epoch);
    assert_eq!(kept, before, "of eight events five are from before");
    assert!(!gateway.hub.begin_epoch_if_server_is_new().await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_starts_without_a_server_and_connects_when_there_is_one() {
    let mut world = World::new();
    let gateway = world.gateway("a").await;
    let (key, enrolled) = world.enrol(&gateway, super::world::agent("100001")).await;
    world.kill();
    let mut desk = world.start_desk(key, enrolled, Position::default()).await;
    assert!(matches!(*desk.desk.way().borrow(), Way::Away { refused: false, .. }));
    world.start();
    desk.up().await;
    wait(gateway.hub.link(), |link| link.up).await;
    let seq = gateway.publish(&desk, "{}").await;
    desk.reach(seq).await;
}

/// Whether the desk was dropped or its task has failed: nothing is heard any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_whose_task_has_ended_is_away() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    let way = desk.desk.way();
    drop(desk);
    wait(way, |way| matches!(way, Way::Away { refused: false, .. })).await;
}

/// All desks would connect again and again, and make the gateway slower.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_does_not_answer_is_no_reason_to_connect_again() {
    let world = World::new();
    let proxy = Proxy::start(world.server_address()).await;
    let through = HubOptions { urls: vec![format!("nats://{}", proxy.socket())], ..world.hub_options("a") };
    let gateway = world.gateway_by(through).await;
    let (key, enrolled) = world.enrol(&gateway, super::world::agent("100001")).await;
    // The server does not know yet that the gateway is cut off.
    proxy.swallow();
    let desk = world.start_desk(key, enrolled, Position::default()).await;
    desk.up().await;
    let way = *desk.desk.way().borrow();
    sleep(Duration::from_secs(6)).await;
    assert_eq!(*desk.desk.way().borrow(), way);
}

async fn renewed(desk: &mut TestDesk) -> Enrolled {
    loop {
        if let Fed::Enrolled(enrolled) = desk.next().await {
            return enrolled;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_renewed_when_a_third_of_its_life_is_over_by_the_gateways_clock() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let (key, enrolled) = world.enrol(&gateway, super::world::agent("100001")).await;
    world.clock.fetch_add(11 * DAY, Ordering::Relaxed);
    let mut desk = world.start_desk(key.clone(), enrolled.clone(), Position::default()).await;
    let renewed = renewed(&mut desk).await;
    assert_eq!(renewed, Enrolled { jwt: renewed.jwt.clone(), ..enrolled.clone() });
    let [old, new] = [&enrolled.jwt, &renewed.jwt].map(|jwt| Token::read(jwt).unwrap());
    let later = new.expires_at.unwrap() - old.expires_at.unwrap();
    assert!((later - 11 * 24 * 3600).abs() < 60, "{later}");
    assert_eq!(desk.desk.enrolled(), renewed);
    assert!(Raw::connect(&world, &key, &renewed).await.is_ok());
    let until = gateway.hub.desk(&enrolled.desk).await.unwrap().unwrap().token_until;
    assert!(until / 1000 >= new.expires_at.unwrap(), "a revocation lasts as long as the last token");
}

/// After a long absence no person is needed: the key is enough as long as the registry knows it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_whose_token_has_expired_gets_a_new_one_by_its_key() {
    let world = World::new();
    world.clock.fetch_sub(31 * DAY, Ordering::Relaxed);
    let gateway = world.gateway("a").await;
    let (key, enrolled) = world.enrol(&gateway, super::world::agent("100001")).await;
    assert!(Raw::connect(&world, &key, &enrolled).await.is_err(), "expired a day ago");
    world.clock.fetch_add(31 * DAY, Ordering::Relaxed);
    let mut desk = world.start_desk(key, enrolled.clone(), Position::default()).await;
    wait(desk.desk.way(), |way| matches!(way, Way::Away { refused: true, .. })).await;
    let renewed = renewed(&mut desk).await;
    assert_eq!((renewed.desk, renewed.extension), (enrolled.desk, enrolled.extension));
    desk.up().await;
    let seq = gateway.publish(&desk, "{}").await;
    desk.reach(seq).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g22_a_desk_whose_key_the_gateway_does_not_know_is_not_told_that_it_was_revoked() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let (_, enrolled) = world.enrol(&gateway, super::world::agent("100001")).await;
    let options = DeskOptions {
        address: world.address(),
        key: DeskKey::generate(),
        enrolled,
        position: Position::default(),
        host: String::new(),
        version: String::new(),
    };
    let (desk, mut fed) = Desk::start(options).await;
    wait(desk.way(), |way| *way == Way::NotKnown).await;
    assert_eq!(fed.recv().await, None);
}

/// It would be heard as the one desk, and hear the callbacks of the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_with_the_key_of_another_ends() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let (_, enrolled) = world.enrol(&gateway, super::world::agent("100001")).await;
    let (key, _) = world.enrol(&gateway, super::world::agent("100002")).await;
    let desk = world.start_desk(key, enrolled, Position::default()).await;
    wait(desk.desk.way(), |way| *way == Way::NotKnown).await;
}

/// The server does not even know the account of the desk's token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g22_a_desk_at_a_gateway_that_was_installed_anew_learns_that_it_is_not_known() {
    let before = World::new();
    let (key, enrolled) = before.enrol(&before.gateway("a").await, super::world::agent("100001")).await;
    let world = World::new();
    let _gateway = world.gateway("a").await;
    let desk = world.start_desk(key, enrolled, Position::default()).await;
    wait(desk.desk.way(), |way| *way == Way::NotKnown).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_without_the_operators_keys_is_refused() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let strange = std::sync::Arc::new(ringside_fleet::hub::Keys::open(folder.path(), &[super::world::COMPANY]).unwrap());
    let refused = Hub::connect(strange, world.hub_options("a")).await;
    assert!(matches!(refused, Err(HubError::Refused(_))), "{refused:?}");
    let nobody = HubOptions { company: "nobody".to_owned(), ..world.hub_options("a") };
    assert!(matches!(Hub::connect(world.keys.clone(), nobody).await, Err(HubError::NoCompany(_))));
}
