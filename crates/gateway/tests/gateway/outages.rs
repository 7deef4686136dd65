//! Killed servers and gateways: no acknowledged callback is lost.

use std::{collections::BTreeSet, time::Duration};

use ringside_fleet::{
    desk::{DeskKey, EnrolError, enrol},
    hub::{Bucket, DeskRecord, Event, NewDesk},
    words::{Operation, Position, subject::Addressee},
};
use ringside_gateway::{commands::copy_folder, nats, nats::running};
use ringside_store::{OutboxStore, OutboxWrite};
use tokio::time::{Instant, sleep};

use super::{
    server::free_address,
    world::{Running, SOON, World, callback, enrol_soon, wait},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g1_callbacks_are_acknowledged_while_nats_is_dead_and_reach_the_desk_when_it_is_back() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let desk = world.desk(&gateway, "100001", "10").await;
    let first = callback("100001", 0);
    assert_eq!(gateway.post(&first).await, 200);
    desk.next_is(&first).await;
    world.kill_nats();
    for number in 1..=50 {
        assert_eq!(gateway.post(&callback("100001", number)).await, 200);
    }
    // The gateway starts another server by itself.
    let expected: BTreeSet<_> = (1..=50).map(|number| callback("100001", number)).collect();
    let mut came = BTreeSet::new();
    while !came.is_superset(&expected) {
        came.extend(desk.bodies(1).await);
    }
    wait("all is marked as sent", || gateway.company().outbox.counts().unwrap().unsent == 0).await;
    assert_eq!(gateway.hub().await.last_stream_seq().await.unwrap(), 51, "each is in the stream once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callbacks_are_taken_although_nats_was_never_there() {
    let world = World::new().await;
    let settings = world.settings("a", "[nats]\nmode = \"external\"\nurls = [\"nats://127.0.0.1:1\"]", "");
    let gateway = world.start(settings, "a").await;
    assert_eq!(gateway.post(&callback("100001", 1)).await, 200);
    assert_eq!(gateway.company().outbox.counts().unwrap().unsent, 1);
    gateway.gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_starts_again_takes_over_its_server_and_publishes_what_was_left() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let desk = world.desk(&gateway, "100001", "10").await;
    let server = running(&world.folder("a").nats()).unwrap();
    gateway.gateway.stop().await;
    assert_eq!(running(&world.folder("a").nats()), Some(server), "the desks' server goes on");
    // A callback that was stored and not published, as a crash between the two leaves it.
    let (left, _) = ringside_store::OutboxStore::open(&world.folder("a").company("lantern"), ringside_domain::Timestamp(1)).unwrap();
    let payload = callback("100001", 7);
    let write = ringside_store::OutboxWrite::Callback {
        key: sha2::Digest::finalize(sha2::Digest::chain_update(<sha2::Sha256 as sha2::Digest>::new(), payload.as_bytes())).into(),
        desk: desk.enrolled.desk.to_string(),
        unmapped: None,
        payload: payload.clone(),
        received_at: ringside_domain::Timestamp(1),
    };
    left.write(vec![write]).await.unwrap();
    drop(left);
    let gateway = world.gateway().await;
    desk.next_is(&payload).await;
    assert_eq!(running(&world.folder("a").nats()), Some(server));
    gateway.gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_runs_with_earlier_settings_is_started_again() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    gateway.hub().await;
    let server = running(&world.folder("a").nats()).unwrap();
    gateway.gateway.stop().await;
    let nats = format!("{}\nstream_gib = 1\nwebsocket = \"{}\"", world.own_nats(), free_address());
    let gateway = world.start(world.settings("a", &nats, ""), "a").await;
    gateway.hub().await;
    assert_ne!(running(&world.folder("a").nats()).unwrap(), server);
    gateway.gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_callback_at_two_gateways_reaches_the_desk_once_and_the_second_leads_after_the_first() {
    let world = World::new().await;
    let first = world.gateway().await;
    first.leads().await;
    let desk = world.desk(&first, "100001", "10").await;
    let second = world.second_gateway().await;
    second.hub().await;
    let id = desk.enrolled.desk.clone();
    wait("the second gateway knows the desk", || second.company().shared.registry.read().unwrap().get(&id).is_some()).await;
    let (one, two) = (callback("100001", 1), callback("100001", 2));
    assert_eq!((first.post(&one).await, second.post(&one).await), (200, 200));
    assert_eq!(second.post(&two).await, 200);
    assert_eq!(desk.bodies(2).await, [one, two]);
    assert!(!second.company().leads());
    desk.ask("one", Operation::SetSeat { queue: "queue-1".to_owned(), busy: true }).await.unwrap_err();
    let mark = world.simulator.ledger().requests("Login").len();
    first.gateway.stop().await;
    second.leads().await;
    let joined = desk.ask("two", Operation::JoinQueue { queue: "queue-1".to_owned() }).await;
    assert!(joined.is_ok(), "{joined:?}");
    assert_eq!(world.simulator.ledger().requests("Login").len(), mark, "the new leader goes on with the token (N8)");
    let three = callback("100001", 3);
    assert_eq!(second.post(&three).await, 200);
    desk.next_is(&three).await;
    second.gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g3_an_empty_new_server_gets_all_callbacks_again_in_a_new_epoch() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let desk = world.desk(&gateway, "100001", "10").await;
    for number in 1..=5 {
        gateway.post(&callback("100001", number)).await;
    }
    desk.bodies(5).await;
    wait("all is marked as sent", || gateway.company().outbox.counts().unwrap().unsent == 0).await;
    gateway.gateway.stop().await;
    nats::end(running(&world.folder("a").nats()).unwrap());
    wait("the server has ended", || running(&world.folder("a").nats()).is_none()).await;
    std::fs::remove_dir_all(world.folder("a").nats().join("streams")).unwrap();
    let gateway = world.gateway().await;
    gateway.hub().await;
    wait("the gateway has noticed", || gateway.company().counters.epochs_begun.get() == 1).await;
    wait("all is published again", || gateway.company().outbox.counts().unwrap().unsent == 0).await;
    // The registry was lost as well, and was filled from the copy: the desk is known, and gets what comes next.
    let next = callback("100001", 6);
    assert_eq!(gateway.post(&next).await, 200);
    let mut came = Vec::new();
    while !came.contains(&next) {
        came.extend(desk.bodies(1).await);
    }
    gateway.gateway.stop().await;
}

/// The desk was away, and is far beyond the new stream's numbers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g3_a_desk_of_an_epoch_that_was_lost_with_the_registry_gets_the_callbacks_of_the_new_server() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let desk = world.desk(&gateway, "100001", "10").await;
    let hub = gateway.hub().await;
    let epoch = hub.begin_epoch(1, 0).await.unwrap();
    assert_eq!(gateway.post(&callback("100001", 1)).await, 200);
    desk.bodies(1).await;
    let company = gateway.company();
    let noted = || company.outbox.setting("stream.epoch").unwrap() == Some(epoch.to_string());
    wait("all is marked as sent, in this epoch", || company.outbox.counts().unwrap().unsent == 0 && noted()).await;
    let (key, enrolled) = (desk.key.clone(), desk.enrolled.clone());
    drop((hub, desk));
    gateway.gateway.stop().await;
    nats::end(running(&world.folder("a").nats()).unwrap());
    wait("the server has ended", || running(&world.folder("a").nats()).is_none()).await;
    std::fs::remove_dir_all(world.folder("a").nats().join("streams")).unwrap();
    let gateway = world.gateway().await;
    let missed = callback("100001", 2);
    assert_eq!(gateway.post(&missed).await, 200);
    gateway.hub().await;
    wait("all is published again", || gateway.company().outbox.counts().unwrap().unsent == 0).await;
    let desk = world.start_desk(key, enrolled, Position { epoch, seq: 9000 }).await;
    assert_eq!(desk.bodies(2).await, [callback("100001", 1), missed]);
    let hub = gateway.hub().await;
    assert!(hub.epoch().await.unwrap() > epoch);
    let copy = gateway.company().shared.records().unwrap()["epochs"].clone();
    assert!(copy.contains(&epoch.to_string()), "the copy keeps the epochs before: {copy}");
    drop(hub);
    gateway.gateway.stop().await;
}

/// The callback was another gateway's, which is still away; and no gateway had written its number down.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g3_a_number_that_a_power_cut_took_is_given_again_in_a_new_epoch_though_no_gateway_had_noted_it() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let desk = world.desk(&gateway, "100001", "10").await;
    let first = callback("100001", 1);
    assert_eq!(gateway.post(&first).await, 200);
    desk.next_is(&first).await;
    wait("it is marked as sent", || gateway.company().outbox.counts().unwrap().unsent == 0).await;
    let (streams, on_disk) = (world.folder("a").nats().join("streams"), world.data.path().join("on-disk"));
    world.signal_nats("STOP");
    copy_folder(&streams, &on_disk).unwrap();
    world.signal_nats("CONT");
    let hub = gateway.hub().await;
    let lost = Event { to: Addressee::Desk(desk.enrolled.desk.clone()), body: callback("100001", 2), received: 0 };
    let seq = hub.publish(&lost).await.unwrap().seq;
    desk.next_is(&lost.body).await;
    let position = Position { epoch: hub.epoch().await.unwrap(), seq };
    let (key, enrolled) = (desk.key.clone(), desk.enrolled.clone());
    drop((hub, desk));
    gateway.gateway.stop().await;
    world.kill_nats();
    wait("the server has ended", || running(&world.folder("a").nats()).is_none()).await;
    std::fs::remove_dir_all(&streams).unwrap();
    std::fs::rename(&on_disk, &streams).unwrap();
    let gateway = world.gateway().await;
    let next = callback("100001", 3);
    assert_eq!(gateway.post(&next).await, 200);
    let hub = gateway.hub().await;
    wait("it is published", || gateway.company().outbox.counts().unwrap().unsent == 0).await;
    assert_eq!(hub.last_stream_seq().await.unwrap(), seq, "the number was given again");
    world.start_desk(key, enrolled, position).await.next_is(&next).await;
    drop(hub);
    gateway.gateway.stop().await;
}

/// The other one was connected to the server that lost its events, this one was not, and what it has published since hides the loss.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g3_a_gateway_sends_again_what_came_after_the_beginning_of_an_epoch_that_another_gateway_began() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let hub = gateway.hub().await;
    for number in 1..=3 {
        assert_eq!(gateway.post(&callback("100001", number)).await, 200);
    }
    let company = gateway.company();
    wait("all is marked as sent", || company.outbox.counts().unwrap().unsent == 0).await;
    let published = company.counters.published.get();
    let epoch = hub.begin_epoch(hub.epoch().await.unwrap(), 1).await.unwrap();
    wait("the two are published again", || company.counters.published.get() == published + 2).await;
    let noted = || company.outbox.setting("stream.epoch").unwrap() == Some(epoch.to_string());
    wait("and marked as sent, in this epoch", || company.outbox.counts().unwrap().unsent == 0 && noted()).await;
    assert_eq!(hub.last_stream_seq().await.unwrap(), 3, "the stream had them");
    drop(hub);
    gateway.gateway.stop().await;
}

async fn two_desks_are_copied(gateway: &Running) {
    let keys = || gateway.company().shared.records().unwrap().keys().filter(|key| key.starts_with("key.")).count();
    wait("the registry is copied", || keys() == 2).await;
}

/// A desk deletes its key only if the gateway has its record and that says «revoked».
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g21_while_a_server_that_lost_its_stores_is_filled_again_no_desk_is_told_that_its_key_is_of_no_use() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let desk = world.desk(&gateway, "100001", "10").await;
    let code = gateway.hub().await.invite(&NewDesk { extension: "100002".to_owned(), ..NewDesk::default() }, SOON).await.unwrap();
    let key = DeskKey::generate();
    let enrolled = enrol_soon(&world.address(), &key, &code).await;
    two_desks_are_copied(&gateway).await;
    // The gateway goes on running.
    world.kill_nats();
    std::fs::remove_dir_all(world.folder("a").nats().join("streams")).unwrap();
    let begun = Instant::now();
    let again = loop {
        match enrol(&world.address(), &key, None, "PC", "1.0").await {
            Ok(again) => break again,
            Err(EnrolError::Refused(refusal)) => assert!(refusal.retryable, "{refusal:?}"),
            Err(_) => {}
        }
        assert!(begun.elapsed() < SOON, "the desk is not known again");
    };
    assert_eq!(again.desk, enrolled.desk);
    let next = callback("100001", 1);
    assert_eq!(gateway.post(&next).await, 200);
    desk.next_is(&next).await;
    gateway.gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g21_a_registry_of_which_only_a_part_was_written_again_is_completed_at_the_next_start() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let (first, second) = (world.desk(&gateway, "100001", "10").await, world.desk(&gateway, "100002", "11").await);
    two_desks_are_copied(&gateway).await;
    gateway.gateway.stop().await;
    nats::end(running(&world.folder("a").nats()).unwrap());
    wait("the server has ended", || running(&world.folder("a").nats()).is_none()).await;
    std::fs::remove_dir_all(world.folder("a").nats().join("streams")).unwrap();
    // As if the gateway had been killed before it came to the second desk.
    let outbox = async || OutboxStore::open(&world.folder("a").company("lantern"), ringside_domain::Timestamp(1)).unwrap().0;
    let copy = outbox().await;
    let id = second.enrolled.desk.to_string();
    let of_second: Vec<_> =
        copy.desks().unwrap().into_iter().filter(|record| record.key.ends_with(&id) || record.json.contains(&id)).collect();
    assert_eq!(of_second.len(), 3, "the desk, its key and its code");
    let gone = of_second.iter().map(|record| OutboxWrite::DeskGone { key: record.key.clone() });
    copy.write(gone.collect()).await.unwrap();
    drop(copy);
    let gateway = world.gateway().await;
    let hub = gateway.hub().await;
    let begun = Instant::now();
    while hub.desk(&first.enrolled.desk).await.unwrap().is_none() {
        assert!(begun.elapsed() < SOON);
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(hub.desk(&second.enrolled.desk).await.unwrap(), None);
    drop(hub);
    gateway.gateway.stop().await;
    let copy = outbox().await;
    copy.write(of_second.into_iter().map(OutboxWrite::Desk).collect()).await.unwrap();
    drop(copy);

    let gateway = world.gateway().await;
    let hub = gateway.hub().await;
    let begun = Instant::now();
    while hub.desk(&second.enrolled.desk).await.unwrap().is_none() {
        assert!(begun.elapsed() < SOON, "the second desk is not known again");
        sleep(Duration::from_millis(20)).await;
    }
    gateway.gateway.stop().await;
}

/// The gateway that revoked the desk ended between its two writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_that_was_interrupted_after_the_desks_record_is_completed() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let desk = world.desk(&gateway, "100001", "10").await;
    let (hub, id) = (gateway.hub().await, desk.enrolled.desk.clone());
    // The desk's own question for a token would complete it, too.
    drop(desk);
    let key = format!("desk.{id}");
    let mut record = hub.record::<DeskRecord>(Bucket::Fleet, &key).await.unwrap().unwrap();
    record.value.revoked_at = Some(1);
    hub.write_record(Bucket::Fleet, &key, &record.value, Some(record.revision)).await.unwrap();
    let shared = &gateway.company().shared;
    wait("the record is copied", || shared.registry.read().unwrap().get(&id).unwrap().revoked_at.is_some()).await;
    let revoked = async || hub.raw_entry(Bucket::Fleet, "revocations").await.unwrap();
    assert_eq!(revoked().await, None);
    shared.complete_revocations(&hub).await.unwrap();
    let once = revoked().await.unwrap();
    assert!(String::from_utf8_lossy(&once.value).contains(&record.value.key));
    shared.complete_revocations(&hub).await.unwrap();
    assert_eq!(revoked().await, Some(once), "nothing is written again");
    drop(hub);
    gateway.gateway.stop().await;
}

/// As a gateway writes it whose copy is older, while this one runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g21_a_record_from_before_a_revocation_is_neither_taken_over_nor_left_in_the_registry() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let desk = world.desk(&gateway, "100001", "10").await;
    let (hub, id) = (gateway.hub().await, desk.enrolled.desk.clone());
    let key = format!("desk.{id}");
    let old = hub.raw_entry(Bucket::Fleet, &key).await.unwrap().unwrap().value;
    let revoked_at = hub.revoke(&id).await.unwrap().revoked_at;
    let copied = || gateway.company().shared.registry.read().unwrap().get(&id).unwrap().revoked_at;
    wait("the revocation is copied", || copied() == revoked_at).await;
    let revision = hub.raw_entry(Bucket::Fleet, &key).await.unwrap().unwrap().revision;
    hub.update_entry(Bucket::Fleet, &key, old, revision).await.unwrap();
    // The desk's own question for a token may have it revoked once more.
    let begun = Instant::now();
    while hub.desk(&id).await.unwrap().unwrap().revoked_at.is_none() {
        assert!(begun.elapsed() < SOON, "the desk has come back");
        assert!(copied().is_some());
        sleep(Duration::from_millis(20)).await;
    }
    assert!(copied().is_some());
    drop(hub);
    gateway.gateway.stop().await;
}
