//! A machine becomes a desk.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::StreamExt;
use ringside_fleet::{
    desk::{DeskKey, EnrolError, enrol},
    hub::{Bucket, Enrolment, Hub, HubOptions, Keys, NewDesk},
    words::{ErrorCode, Refusal, Role},
};

use super::{
    forbidden::Raw,
    world::{COMPANY, Gateway, World, agent, wait},
};

async fn refused(world: &World, key: &DeskKey, code: Option<&str>) -> ErrorCode {
    refusal(world, key, code).await.code
}

async fn refusal(world: &World, key: &DeskKey, code: Option<&str>) -> Refusal {
    match enrol(&world.address(), key, code, "PC-17", "0.1.0").await {
        Err(EnrolError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

async fn invite(gateway: &Gateway, new: &NewDesk) -> String {
    gateway.hub.invite(new, Duration::from_secs(60)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_makes_one_machine_a_desk_once() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let new = NewDesk { extension: "100001".to_owned(), hot: true, role: Role::Supervisor, ..NewDesk::default() };
    let code = invite(&gateway, &new).await;
    assert_eq!((code.len(), code.matches('-').count()), (19, 3));

    let key = DeskKey::generate();
    let typed = code.to_ascii_lowercase().replace('-', " ");
    let enrolled = enrol(&world.address(), &key, Some(&typed), "PC-17", "0.1.0").await.unwrap();
    assert_eq!((enrolled.extension.as_str(), enrolled.hot, enrolled.role), ("100001", true, Role::Supervisor));
    let record = gateway.hub.desk(&enrolled.desk).await.unwrap().unwrap();
    assert_eq!((record.of, record.key.as_str(), record.host.as_str()), (new.clone(), key.public().as_str(), "PC-17"));

    // The answer was lost: the same machine asks again.
    let again = enrol(&world.address(), &key, Some(&code), "PC-17", "0.1.0").await.unwrap();
    assert_eq!(again.desk, enrolled.desk);
    assert_eq!(refused(&world, &DeskKey::generate(), Some(&code)).await, ErrorCode::CodeUnknown, "another machine");
    assert_eq!(refused(&world, &DeskKey::generate(), Some("AAAA-BBBB-CCCC-DDDD")).await, ErrorCode::CodeUnknown);
    assert_eq!(refused(&world, &DeskKey::generate(), None).await, ErrorCode::KeyUnknown, "a key that nobody knows");
    let second = invite(&gateway, &new).await;
    assert_eq!(refused(&world, &key, Some(&second)).await, ErrorCode::NotAllowed, "a new code needs a new key");
    enrol(&world.address(), &DeskKey::generate(), Some(&second), "", "").await.unwrap();
    assert_eq!(gateway.hub.desks().await.unwrap().len(), 2);
}

/// NATS may have lost its stores: a refusal would cost a desk its key, and a person the code.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g21_as_long_as_the_registry_may_be_incomplete_who_is_not_found_asks_again() {
    let mut world = World::new();
    let gateway = world.gateway("a").await;
    let (key, enrolled) = world.enrol(&gateway, agent("100001")).await;
    let records = async || -> Vec<(String, String)> {
        let mut records = Vec::new();
        for key in [format!("desk.{}", enrolled.desk), format!("key.{}", key.public())] {
            let entry = gateway.hub.raw_entry(Bucket::Fleet, &key).await.unwrap().unwrap();
            records.push((key, String::from_utf8(entry.value.to_vec()).unwrap()));
        }
        records
    };
    let copy = records().await;
    let (stranger, no_code) = (DeskKey::generate(), Some("AAAA-BBBB-CCCC-DDDD"));

    world.kill();
    fs::remove_dir_all(world.server_folder().join("streams")).unwrap();
    world.start();
    wait(gateway.hub.link(), |link| link.up && link.connections == 2).await;
    gateway.hub.make_stores().await.unwrap();
    for (key, code) in [(&key, None), (&stranger, None), (&key, no_code), (&stranger, no_code)] {
        let refusal = refusal(&world, key, code).await;
        assert_eq!((refusal.code, refusal.retryable), (ErrorCode::GatewayFailed, true));
    }
    // Interrupted after the first record, and begun again.
    gateway.hub.create_entry(Bucket::Fleet, &copy[0].0, copy[0].1.clone().into()).await.unwrap();
    assert_eq!(gateway.hub.refill(copy.clone()).await.unwrap(), 1);
    assert_eq!(records().await, copy);
    assert_eq!(enrol(&world.address(), &key, None, "", "").await.unwrap().desk, enrolled.desk);
    assert_eq!(refused(&world, &stranger, None).await, ErrorCode::KeyUnknown);
    assert_eq!(refused(&world, &stranger, no_code).await, ErrorCode::CodeUnknown);

    gateway.hub.registry_may_be_incomplete();
    assert_eq!(refused(&world, &stranger, None).await, ErrorCode::GatewayFailed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_was_removed_is_not_written_again() {
    let world = World::new();
    let hub = world.hub("a").await;
    let record = ("task.1".to_owned(), "{}".to_owned());
    assert_eq!(hub.refill([record.clone()]).await.unwrap(), 1);
    let entry = hub.raw_entry(Bucket::Fleet, &record.0).await.unwrap().unwrap();
    hub.delete_entry(Bucket::Fleet, &record.0, entry.revision).await.unwrap();
    assert_eq!(hub.refill([record.clone()]).await.unwrap(), 0);
    assert_eq!(hub.raw_entry(Bucket::Fleet, &record.0).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_expires() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let code = invite(&gateway, &agent("100001")).await;
    world.clock.fetch_add(61_000, Ordering::Relaxed);
    assert_eq!(refused(&world, &DeskKey::generate(), Some(&code)).await, ErrorCode::CodeExpired);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_machines_at_two_gateways_one_gets_the_code() {
    let world = World::new();
    let (a, _b) = (world.gateway("a").await, world.gateway("b").await);
    for _ in 0..5 {
        let code = invite(&a, &agent("100001")).await;
        let machine = async |_| {
            let key = DeskKey::generate();
            loop {
                match enrol(&world.address(), &key, Some(&code), "", "").await {
                    Err(EnrolError::Refused(refusal)) if refusal.code == ErrorCode::Again => {}
                    other => {
                        return other
                            .map_err(|error| matches!(error, EnrolError::Refused(refusal) if refusal.code == ErrorCode::CodeUnknown));
                    }
                }
            }
        };
        let (one, two) = tokio::join!(machine(1), machine(2));
        assert!(matches!((&one, &two), (Ok(_), Err(true)) | (Err(true), Ok(_))), "{one:?} {two:?}");
    }
    assert_eq!(a.hub.desks().await.unwrap().len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_gateway_or_a_server_enrolment_fails_with_a_reason() {
    let mut world = World::new();
    let key = DeskKey::generate();
    assert_eq!(enrol(&world.address(), &key, Some("A"), "", "").await, Err(EnrolError::NoGateway));
    world.kill();
    assert!(matches!(enrol(&world.address(), &key, Some("A"), "", "").await, Err(EnrolError::Unreachable(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_company_has_its_own_codes_and_desks() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let other = HubOptions { company: "other".to_owned(), ..world.hub_options("a") };
    let other = Hub::connect(world.keys.clone(), other).await.unwrap();
    other.make_stores().await.unwrap();
    let code = other.invite(&agent("100001"), Duration::from_secs(60)).await.unwrap();
    assert_eq!(refused(&world, &DeskKey::generate(), Some(&code)).await, ErrorCode::CodeUnknown, "this gateway serves one company");
    assert_eq!(gateway.hub.desks().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_company_needs_no_change_of_the_running_server() {
    let world = World::new();
    // Written after the server's configuration.
    let keys = std::sync::Arc::new(Keys::open(&world.folder.path().join("keys"), &[COMPANY, "new"]).unwrap());
    let options = HubOptions { company: "new".to_owned(), ..world.hub_options("a") };
    let hub = Hub::connect(keys.clone(), options.clone()).await.unwrap();
    hub.make_stores().await.unwrap();
    hub.refill([]).await.unwrap();
    let _serving = Enrolment::serve(keys, options, vec![hub.clone()]).await.unwrap();
    let code = hub.invite(&agent("100001"), Duration::from_secs(60)).await.unwrap();
    let key = DeskKey::generate();
    let enrolled = enrol(&world.address(), &key, Some(&code), "", "").await.unwrap();
    assert_eq!(enrolled.company, "new");
    // Only the leader pushes the desks' account, with the revocations.
    assert!(Raw::connect(&world, &key, &enrolled).await.is_err());
    assert_eq!(hub.push_accounts().await.unwrap(), 1);
    assert!(Raw::connect(&world, &key, &enrolled).await.is_ok());
}

/// As if a follower answered that has no record yet: the bucket's leader leaves the quick answers to another, empty bucket.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_and_a_code_are_known_although_the_replica_that_answers_is_behind() {
    let world = World::new();
    let gateway = world.gateway("a").await;
    let desk = world.desk(&gateway, "100001").await;
    let client = world.company_client().await;
    let streams = async_nats::jetstream::new(client.clone());
    let mut config = streams.get_stream("KV_fleet").await.unwrap().cached_info().config.clone();
    config.allow_direct = false;
    let mut questions = client.subscribe("$JS.API.DIRECT.GET.KV_fleet.>").await.unwrap();
    streams.update_stream(config).await.unwrap();
    let answered = Arc::new(AtomicUsize::new(0));
    let count = answered.clone();
    tokio::spawn(async move {
        while let Some(question) = questions.next().await {
            let nothing = "$JS.API.DIRECT.GET.KV_lease.$KV.lease.nothing";
            client.publish_with_reply(nothing, question.reply.unwrap(), "".into()).await.unwrap();
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    assert!(gateway.hub.desk(&desk.enrolled.desk).await.unwrap().is_some());
    world.enrol(&gateway, agent("100002")).await;
    assert!(answered.load(Ordering::Relaxed) > 0);
}
