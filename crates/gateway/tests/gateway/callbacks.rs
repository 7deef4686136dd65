//! Callbacks on their way from the platform to a desk.

use std::time::Duration;

use ringside_fleet::words::Oversize;
use ringside_simulator::RingSpec;

use super::world::{SOON, World, callback, post, wait};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ring_reaches_the_desk_of_its_extension_alone() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let one = world.desk(&gateway, "100001", "10").await;
    let other = world.desk(&gateway, "100002", "11").await;
    world.simulator.ring(RingSpec::predictive("100001", "015029913692", "queue-1"));
    let bodies = one.bodies(1).await;
    assert!(bodies[0].contains("015029913692") && bodies[0].contains("100001"), "{bodies:?}");
    let acknowledged = |entry: &ringside_simulator::Entry| entry.callback().is_some_and(|callback| callback.delivery.is_accepted());
    world.simulator.ledger().wait_for(acknowledged, SOON).await.unwrap();
    // What the other desk gets next is its own.
    let own = callback("100002", 1);
    assert_eq!(gateway.post(&own).await, 200);
    other.next_is(&own).await;
    wait("all is marked as sent", || gateway.company().outbox.counts().unwrap().unsent == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l31_a_callback_that_is_sent_ten_times_reaches_the_desk_once() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let desk = world.desk(&gateway, "100001", "10").await;
    let (first, last) = (callback("100001", 1), callback("100001", 2));
    for _ in 0..10 {
        assert_eq!(gateway.post(&first).await, 200);
    }
    assert_eq!(gateway.post(&last).await, 200);
    assert_eq!(desk.bodies(2).await, [first, last]);
    assert_eq!(gateway.company().outbox.counts().unwrap().callbacks, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g11_without_the_companys_secret_and_of_another_company_nothing_is_taken() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let desk = world.desk(&gateway, "100001", "10").await;
    let address = gateway.company().address;
    assert_eq!(post(address, "/callbacks/00000000000000000000000000000000", &callback("100001", 1)).await, 404);
    // The leader's login has told the company's code.
    wait("the company's code is known", || gateway.company().shared.company_code.read().unwrap().is_some()).await;
    let forged = callback("100001", 2).replace("{\"type\"", "{\"companycode\":\"1234\",\"type\"");
    assert_eq!(gateway.post(&forged).await, 200);
    let own = callback("100001", 3).replace("{\"type\"", "{\"companycode\":\"9027\",\"type\"");
    assert_eq!(gateway.post(&own).await, 200);
    desk.next_is(&own).await;
    assert_eq!(gateway.company().counters.of_others.get(), 1);
    assert_eq!(gateway.company().outbox.counts().unwrap().dead_letters, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g18_a_callback_of_a_megabyte_is_kept_and_the_desk_gets_a_notice() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let desk = world.desk(&gateway, "100001", "10").await;
    let large = callback("100001", 1).replace("{\"type\"", &format!("{{\"note\":\"{}\",\"type\"", "x".repeat(1 << 20)));
    assert_eq!(gateway.post(&large).await, 200);
    let notice: Oversize = serde_json::from_str(&desk.bodies(1).await[0]).unwrap();
    assert_eq!(notice.bytes, large.len() as u64);
    let key: [u8; 32] = data_encoding::HEXLOWER.decode(notice.key.as_bytes()).unwrap().try_into().unwrap();
    assert_eq!(gateway.company().outbox.payload(&key).unwrap(), Some(large));
    assert_eq!(gateway.post(&"x".repeat(3 << 20)).await, 413);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g17_an_extension_without_a_desk_is_listed_and_nothing_is_lost() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    gateway.hub().await;
    assert_eq!(gateway.post(&callback("100003", 1)).await, 200);
    assert_eq!(gateway.post("{\"type\":\"knock\",\"status\":\"x\"}").await, 200);
    wait("both are published", || gateway.company().outbox.counts().unwrap().unsent == 0).await;
    let since = gateway.company().clock.wall().minus(Duration::from_secs(60));
    let listed = gateway.company().outbox.unmapped(since, 10).unwrap();
    assert_eq!((listed.len(), listed[0].extension.as_str(), listed[0].callbacks), (1, "100003", 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_no_callback_is_refused_and_kept_for_a_person() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    assert_eq!(gateway.post("hello").await, 400);
    wait("it is kept", || gateway.company().outbox.counts().unwrap().dead_letters == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_no_callback_brought_is_published() {
    let world = World::new().await;
    // The call is over before the gateway leads, and no address for callbacks is set.
    let call = world.simulator.ring(RingSpec::predictive("100001", "015029913692", "queue-1"));
    world.simulator.answer(call).unwrap();
    world.simulator.hang_up(call, ringside_simulator::Party::Customer).unwrap();
    wait("the record is there", || !world.simulator.records("100001").is_empty()).await;
    let gateway = world.gateway().await;
    gateway.leads().await;
    wait("the record was read", || gateway.company().counters.bills_found.get() >= 1).await;
    let desk = world.desk(&gateway, "100001", "10").await;
    // It came before the desk was enrolled: it waits in the list of extensions without a desk, and the desk's log reads it itself.
    let since = gateway.company().clock.wall().minus(Duration::from_secs(60));
    assert_eq!(gateway.company().outbox.unmapped(since, 10).unwrap().len(), 1);
    let own = callback("100001", 1);
    gateway.post(&own).await;
    desk.next_is(&own).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_companies_with_the_same_extension_are_kept_apart() {
    let world = World::new().await;
    let other = "[company.other.callbacks]\nbind = \"127.0.0.1:0\"";
    let settings = world.settings("a", &world.own_nats(), other);
    let gateway = world.start(settings, "a").await;
    let desk = world.desk(&gateway, "100001", "10").await;
    let company = &gateway.gateway.companies[1];
    assert_eq!(company.settings.name, "other");
    wait("the other company publishes", || company.stream.is_open()).await;
    let url = url::Url::parse(secrecy::ExposeSecret::expose_secret(&company.callback_url)).unwrap();
    assert_eq!(post(company.address, url.path(), &callback("100001", 1)).await, 200);
    assert_eq!(
        post(gateway.company().address, url.path(), &callback("100001", 2)).await,
        404,
        "a company's secret opens its own port only"
    );
    let since = company.clock.wall().minus(Duration::from_secs(60));
    wait("it is published", || company.outbox.counts().unwrap().unsent == 0).await;
    assert_eq!(company.outbox.unmapped(since, 10).unwrap().len(), 1, "the other company has no desk with this extension");
    let own = callback("100001", 3);
    assert_eq!(gateway.post(&own).await, 200);
    desk.next_is(&own).await;
    assert_eq!(gateway.company().outbox.counts().unwrap().callbacks, 1);
    gateway.gateway.stop().await;
}
