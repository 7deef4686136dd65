//! A desk is put out, and stays out.

use std::{fs, sync::atomic::Ordering, time::Duration};

use ringside_fleet::{
    desk::{AskError, EnrolError, Way, enrol},
    hub::{Bucket, Change, DESKS, DeskConnection, DeskRecord, HubError, Told},
    jwt::Token,
    words::{Answer, ErrorCode, Outcome, Position},
};
use tokio::time::{Instant, timeout};

use super::{
    forbidden::Raw,
    world::{SOON, World, agent, until, wait},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g13_a_revoked_desk_is_out_within_two_seconds_and_the_others_stay() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let _leading = gateway.hub.keep_revocations();
    let (desk, other) = (world.desk(&gateway, "100001").await, world.desk(&gateway, "100002").await);
    desk.up().await;
    other.up().await;
    let other_way = *other.desk.way().borrow();

    let begun = Instant::now();
    let record = gateway.hub.revoke(&desk.enrolled.desk).await.unwrap();
    assert!(record.revoked_at.is_some());
    wait(desk.desk.way(), |way| !matches!(way, Way::Up { .. })).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    wait(desk.desk.way(), |way| *way == Way::Revoked).await;
    assert!(Raw::connect(&world, &desk.key, &desk.enrolled).await.is_err());
    assert_eq!(*other.desk.way().borrow(), other_way);

    let again = enrol(&world.address(), &desk.key, None, "", "").await;
    assert!(matches!(again, Err(EnrolError::Refused(refusal)) if refusal.code == ErrorCode::Revoked));
    assert_eq!(gateway.hub.revoke(&desk.enrolled.desk).await.unwrap(), record, "a second revocation changes nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_desk_stays_out_after_the_server_lost_its_accounts() {
    let mut world = World::new();
    let gateway = world.gateway("a").await;
    let leading = gateway.hub.keep_revocations();
    let (desk, other) = (world.desk(&gateway, "100001").await, world.desk(&gateway, "100002").await);
    desk.up().await;
    gateway.hub.revoke(&desk.enrolled.desk).await.unwrap();
    wait(desk.desk.way(), |way| *way == Way::Revoked).await;
    drop(leading);

    // The accounts are as in the configuration, which was written before the revocation.
    world.kill();
    fs::remove_dir_all(world.server_folder().join("accounts")).unwrap();
    world.start();
    gateway.connected(2).await;
    assert!(Raw::connect(&world, &desk.key, &desk.enrolled).await.is_ok(), "the server has forgotten it");

    let _leading = gateway.hub.keep_revocations();
    let end = Instant::now() + SOON;
    while Raw::connect(&world, &desk.key, &desk.enrolled).await.is_ok() {
        assert!(Instant::now() < end, "it stays let in");
    }
    other.up().await;
    assert_eq!(gateway.hub.push_accounts().await.unwrap(), 0, "nothing differs any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_is_revoked_after_a_restart_of_the_server_too_and_the_registrys_watch_goes_on_or_ends() {
    let mut world = World::new();
    let gateway = world.gateway("a").await;
    let _leading = gateway.hub.keep_revocations();
    let desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    let mut watched = gateway.hub.watch(Bucket::Fleet, DESKS).await.unwrap();
    let mut next = async || -> DeskRecord {
        let change = loop {
            match timeout(2 * SOON, watched.recv()).await.expect("the watch goes on, or ends") {
                Some(change) => break change,
                None => watched = gateway.hub.watch(Bucket::Fleet, DESKS).await.unwrap(),
            }
        };
        assert_eq!(change.key, format!("desk.{}", desk.enrolled.desk));
        serde_json::from_slice(&change.value.unwrap()).unwrap()
    };
    assert_eq!(next().await.revoked_at, None);
    world.kill();
    world.start();
    gateway.connected(2).await;
    desk.up().await;
    let begun = Instant::now();
    let record = gateway.hub.revoke(&desk.enrolled.desk).await.unwrap();
    wait(desk.desk.way(), |way| *way == Way::Revoked).await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    while next().await != record {}
}

/// The registry is asked for each request, so that a desk is refused before its revocation has reached the server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_whose_revocation_is_not_pushed_yet_is_refused_by_the_gateway() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    let raw = Raw::connect(&world, &desk.key, &desk.enrolled).await.unwrap();
    gateway.hub.revoke(&desk.enrolled.desk).await.unwrap();
    for name in ["since", "renew", "hello"] {
        let subject = format!("rs.req.{}.{name}", desk.enrolled.desk);
        let answer = raw.client.request(subject, r#"{"epoch":1,"seq":0}"#.into()).await.unwrap();
        let answer = Answer::<serde_json::Value>::read(&answer.payload);
        assert!(matches!(answer.outcome, Outcome::Refused(refusal) if refusal.code == ErrorCode::Revoked), "{name}");
    }
}

/// NATS has lost its stores, and the gateways fill them again: the desk's end would be for good.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g21_a_desk_that_the_registry_does_not_have_is_not_taken_for_a_revoked_one() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    let (key, enrolled) = (desk.key.clone(), desk.enrolled.clone());
    drop(desk);
    let record = format!("desk.{}", enrolled.desk);
    let entry = gateway.hub.raw_entry(Bucket::Fleet, &record).await.unwrap().unwrap();
    gateway.hub.registry_may_be_incomplete();
    gateway.hub.delete_entry(Bucket::Fleet, &record, entry.revision).await.unwrap();
    let raw = Raw::connect(&world, &key, &enrolled).await.unwrap();
    for name in ["since", "renew", "hello"] {
        let answer = raw.client.request(format!("rs.req.{}.{name}", enrolled.desk), r#"{"epoch":1,"seq":0}"#.into()).await.unwrap();
        let Outcome::Refused(refusal) = Answer::<serde_json::Value>::read(&answer.payload).outcome else { panic!("{name}") };
        assert_eq!((refusal.code, refusal.not_done), (ErrorCode::GatewayFailed, true), "{name}");
    }
    let again = enrol(&world.address(), &key, None, "", "").await;
    assert!(matches!(again, Err(EnrolError::Refused(refusal)) if refusal.code == ErrorCode::GatewayFailed));

    let mut desk = world.start_desk(key, enrolled, Position::default()).await;
    assert!(matches!(desk.desk.hello(None).await, Err(AskError::Unreachable { .. } | AskError::Refused(_))));
    gateway.hub.create_entry(Bucket::Fleet, &record, entry.value).await.unwrap();
    let seq = gateway.publish(&desk, "{}").await;
    desk.reach(seq).await;
    assert!(matches!(*desk.desk.way().borrow(), Way::Up { .. }));
}

/// Such as after the restore of a backup that is older than the desk: its token is good, and only a code helps.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g22_a_connected_desk_that_a_complete_registry_does_not_have_is_told_that_it_is_not_known() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    let (key, enrolled) = (desk.key.clone(), desk.enrolled.clone());
    drop(desk);
    for record in [format!("desk.{}", enrolled.desk), format!("key.{}", key.public())] {
        let entry = gateway.hub.raw_entry(Bucket::Fleet, &record).await.unwrap().unwrap();
        gateway.hub.delete_entry(Bucket::Fleet, &record, entry.revision).await.unwrap();
    }
    let desk = world.start_desk(key, enrolled, Position::default()).await;
    wait(desk.desk.way(), |way| *way == Way::NotKnown).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g21_revoked_desks_stay_out_while_a_registry_that_lost_its_revocations_is_filled_again() {
    let mut world = World::new();
    let gateway = world.gateway("a").await;
    let _leading = gateway.hub.keep_revocations();
    let desk = world.desk(&gateway, "100001").await;
    gateway.hub.revoke(&desk.enrolled.desk).await.unwrap();
    wait(desk.desk.way(), |way| *way == Way::Revoked).await;
    let revocations = gateway.hub.raw_entry(Bucket::Fleet, "revocations").await.unwrap().unwrap();
    world.kill();
    fs::remove_dir_all(world.server_folder().join("streams")).unwrap();
    world.start();
    wait(gateway.hub.link(), |link| link.up && link.connections == 2).await;
    gateway.hub.make_stores().await.unwrap();
    assert_eq!(gateway.hub.push_accounts().await, Err(HubError::Incomplete));
    let copy = [("revocations".to_owned(), String::from_utf8(revocations.value.to_vec()).unwrap())];
    gateway.hub.refill(copy).await.unwrap();
    gateway.hub.push_accounts().await.unwrap();
    assert!(Raw::connect(&world, &desk.key, &desk.enrolled).await.is_err());
}

/// A gateway that was away while the desk was revoked is the first to fill the registry.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g21_an_old_copy_that_fills_an_empty_registry_first_undoes_no_revocation() {
    let mut world = World::new();
    let gateway = world.gateway("a").await;
    let _leading = gateway.hub.keep_revocations();
    let (desk, other) = (world.desk(&gateway, "100001").await, world.desk(&gateway, "100002").await);
    let names = [format!("desk.{}", desk.enrolled.desk), format!("key.{}", desk.key.public()), "revocations".to_owned()];
    let copy = async || {
        let mut copy = Vec::new();
        for name in &names {
            let entry = gateway.hub.raw_entry(Bucket::Fleet, name).await.unwrap();
            copy.extend(entry.map(|entry| (name.clone(), String::from_utf8(entry.value.to_vec()).unwrap())));
        }
        copy
    };
    gateway.hub.revoke(&other.enrolled.desk).await.unwrap();
    let old = copy().await;
    gateway.hub.revoke(&desk.enrolled.desk).await.unwrap();
    wait(desk.desk.way(), |way| *way == Way::Revoked).await;
    let new = copy().await;
    world.kill();
    fs::remove_dir_all(world.server_folder().join("streams")).unwrap();
    world.start();
    wait(gateway.hub.link(), |link| link.up && link.connections == 2).await;
    gateway.hub.make_stores().await.unwrap();
    assert_eq!(gateway.hub.refill(old.clone()).await.unwrap(), 3);
    assert_eq!(copy().await, old);
    assert_eq!(gateway.hub.refill(new.clone()).await.unwrap(), 2, "the desk and the revocations");
    assert_eq!(copy().await, new);
    assert_eq!(gateway.hub.refill(old).await.unwrap(), 0);
    gateway.hub.push_accounts().await.unwrap();
    assert!(Raw::connect(&world, &desk.key, &desk.enrolled).await.is_err());
    let again = enrol(&world.address(), &desk.key, None, "", "").await;
    assert!(matches!(again, Err(EnrolError::Refused(refusal)) if refusal.code == ErrorCode::Revoked));
}

/// The gateway that knows the revocation does not come back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g21_the_revocations_that_the_server_still_has_hold_though_the_registry_is_filled_from_an_old_copy() {
    let mut world = World::new();
    let gateway = world.gateway("a").await;
    let desk = world.desk(&gateway, "100001").await;
    let mut old = Vec::new();
    for name in [format!("desk.{}", desk.enrolled.desk), format!("key.{}", desk.key.public())] {
        let entry = gateway.hub.raw_entry(Bucket::Fleet, &name).await.unwrap().unwrap();
        old.push((name, String::from_utf8(entry.value.to_vec()).unwrap()));
    }
    gateway.hub.revoke(&desk.enrolled.desk).await.unwrap();
    gateway.hub.push_accounts().await.unwrap();
    world.kill();
    fs::remove_dir_all(world.server_folder().join("streams")).unwrap();
    world.start();
    wait(gateway.hub.link(), |link| link.up && link.connections == 2).await;
    gateway.hub.make_stores().await.unwrap();
    gateway.hub.refill(old).await.unwrap();
    assert_eq!(gateway.hub.desk(&desk.enrolled.desk).await.unwrap().unwrap().revoked_at, None);
    gateway.hub.push_accounts().await.unwrap();
    assert!(Raw::connect(&world, &desk.key, &desk.enrolled).await.is_err());
    let again = enrol(&world.address(), &desk.key, None, "", "").await;
    assert!(matches!(again, Err(EnrolError::Refused(refusal)) if refusal.code == ErrorCode::Revoked));
    assert!(gateway.hub.desk(&desk.enrolled.desk).await.unwrap().unwrap().revoked_at.is_some());
}

/// The configuration knows of no revocation, and each start of a gateway writes it anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g13_a_revoked_desk_stays_out_when_the_server_starts_with_a_new_configuration_before_a_gateway_comes() {
    let mut world = World::new();
    let gateway = world.gateway("a").await;
    let desk = world.desk(&gateway, "100001").await;
    gateway.hub.revoke(&desk.enrolled.desk).await.unwrap();
    gateway.hub.push_accounts().await.unwrap();
    world.kill();
    world.clock.fetch_add(3_600_000, Ordering::Relaxed);
    world.configure();
    world.start();
    assert!(Raw::connect(&world, &desk.key, &desk.enrolled).await.is_err());
}

/// Its revocation was lost, and it got another token; the revocation that comes back is that of the token before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g21_a_revoked_desk_that_a_gateway_with_an_old_copy_has_let_in_again_stays_out_as_long_as_its_last_token() {
    const DAY: i64 = 24 * 3_600_000;
    for days in [20, 40] {
        let mut world = World::new();
        world.clock.fetch_sub(days * DAY, Ordering::Relaxed);
        let gateway = world.gateway("a").await;
        let (key, enrolled) = world.enrol(&gateway, agent("100001")).await;
        let names = [format!("desk.{}", enrolled.desk), format!("key.{}", key.public()), "revocations".to_owned()];
        let copy = async || {
            let mut copy = Vec::new();
            for name in &names {
                let entry = gateway.hub.raw_entry(Bucket::Fleet, name).await.unwrap();
                copy.extend(entry.map(|entry| (name.clone(), String::from_utf8(entry.value.to_vec()).unwrap())));
            }
            copy
        };
        let old = copy().await;
        gateway.hub.revoke(&enrolled.desk).await.unwrap();
        let new = copy().await;
        world.kill();
        fs::remove_dir_all(world.server_folder().join("streams")).unwrap();
        world.start();
        world.clock.fetch_add(days * DAY, Ordering::Relaxed);
        wait(gateway.hub.link(), |link| link.up && link.connections == 2).await;
        gateway.hub.make_stores().await.unwrap();
        gateway.hub.refill(old).await.unwrap();
        let again = enrol(&world.address(), &key, None, "", "").await.unwrap();
        gateway.hub.push_accounts().await.unwrap();
        assert!(Raw::connect(&world, &key, &again).await.is_ok());

        gateway.hub.refill(new.clone()).await.unwrap();
        gateway.hub.push_accounts().await.unwrap();
        assert!(Raw::connect(&world, &key, &again).await.is_err(), "after {days} days");
        let expires = Token::read(&again.jwt).unwrap().expires_at.unwrap();
        let revocations: serde_json::Value = serde_json::from_str(&copy().await[2].1).unwrap();
        assert!(revocations[key.public()]["until"].as_i64().unwrap() > expires, "{revocations}, {expires}");
        assert_eq!(gateway.hub.refill(new).await.unwrap(), 0);
    }
}

/// Such as a computer that begins with a wrong time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_desk_is_out_again_after_the_clock_was_ahead() {
    const YEAR: i64 = 365 * 24 * 3_600_000;
    let world = World::new();
    let gateway = world.gateway("a").await;
    let (key, enrolled) = world.enrol(&gateway, agent("100001")).await;
    gateway.hub.revoke(&enrolled.desk).await.unwrap();
    let is_in = async || Raw::connect(&world, &key, &enrolled).await.is_ok();
    let _leading = gateway.hub.keep_revocations();
    until("it is put out", async || !is_in().await).await;
    world.clock.fetch_add(YEAR, Ordering::Relaxed);
    until("by the gateway's clock its token has expired", &is_in).await;
    world.clock.fetch_sub(YEAR, Ordering::Relaxed);
    until("it is put out again", async || !is_in().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g9_the_gateway_hears_of_each_connection_of_a_desk_and_can_end_it() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let mut told = gateway.hub.desk_connections().await.unwrap();
    let desk = world.desk(&gateway, "100001").await;
    desk.up().await;
    let mut next = async || -> DeskConnection { timeout(SOON, told.recv()).await.unwrap().unwrap() };
    let first = next().await;
    assert_eq!((first.key.clone(), first.connected, first.host.as_str()), (desk.key.public(), true, "127.0.0.1"));
    // The same key on a second computer.
    let second = Raw::connect(&world, &desk.key, &desk.enrolled).await.unwrap();
    let newer = next().await;
    assert_eq!((newer.key == first.key, newer.client != first.client), (true, true));
    gateway.hub.kick(&first).await.unwrap();
    wait(desk.desk.way(), |way| matches!(way, Way::Away { .. })).await;
    let ended = next().await;
    assert_eq!((ended.connected, ended.client), (false, first.client));
    assert_eq!(second.client.connection_state(), async_nats::connection::State::Connected);
}

/// By this a gateway sees that its watch goes on, and need not read all records again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_of_all_keys_is_behind_after_a_change_a_purge_of_the_stream_and_a_new_bucket() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let desk = world.desk(&gateway, "100001").await;
    let hub = &gateway.hub;
    let behind = async |told: &Told| !hub.has_told_all(Bucket::Fleet, told).await.unwrap();
    let mut told = hub.nothing_told(Bucket::Fleet).await.unwrap();
    let mut watched = hub.watch(Bucket::Fleet, ">").await.unwrap();
    for is_revoked in [false, true] {
        if is_revoked {
            hub.revoke(&desk.enrolled.desk).await.unwrap();
            assert!(behind(&told).await, "a change that is not told yet is seen");
        }
        while behind(&told).await {
            told.add(&timeout(SOON, watched.recv()).await.expect("all changes are told").unwrap());
        }
    }
    let streams = async_nats::jetstream::new(world.company_client().await);
    let mut stream = streams.get_stream("KV_fleet").await.unwrap();
    let before = stream.info().await.unwrap().clone();
    stream.purge().sequence(before.state.first_sequence + 1).await.unwrap();
    assert_eq!(stream.info().await.unwrap().state.last_sequence, before.state.last_sequence);
    assert!(behind(&told).await, "no watch tells of a purge");

    // A new bucket that has as many records and the same last revision.
    let mut told = hub.nothing_told(Bucket::Fleet).await.unwrap();
    streams.delete_stream("KV_fleet").await.unwrap();
    hub.make_stores().await.unwrap();
    let mut told_of_new = hub.nothing_told(Bucket::Fleet).await.unwrap();
    for number in 1..=2 {
        let key = format!("task.{number}");
        let revision = hub.create_entry(Bucket::Fleet, &key, "{}".into()).await.unwrap();
        for told in [&mut told, &mut told_of_new] {
            told.add(&Change { key: key.clone(), value: None, revision });
        }
    }
    assert!(behind(&told).await);
    assert!(!behind(&told_of_new).await);
}
