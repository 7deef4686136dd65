//! One gateway leads.

use std::time::Duration;

use ringside_fleet::hub::{Hub, HubOptions};
use tokio::time::{Instant, sleep};

use super::{
    proxy::Proxy,
    world::{World, wait},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_gateway_leads_and_another_takes_over_at_once_when_it_ends() {
    let world = World::new();
    let (a, b) = (world.hub("a").await, world.hub("b").await);
    let one = a.stand();
    wait(one.changes(), |leads| *leads).await;
    let other = b.stand();
    sleep(Duration::from_secs(4)).await;
    assert!(one.leads() && !other.leads(), "it keeps the lease for longer than an entry lives");
    let begun = Instant::now();
    drop(one);
    wait(other.changes(), |leads| *leads).await;
    assert!(other.leads() && begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

/// A gateway that is cut off does not know it; the lease ends by its own clock before another one can have it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_is_cut_off_stops_before_another_begins_and_does_not_come_back() {
    let world = World::new();
    let b = world.hub("b").await;
    let proxy = Proxy::start(world.server_address()).await;
    let through = HubOptions { urls: vec![format!("nats://{}", proxy.socket())], ..world.hub_options("a") };
    let a = Hub::connect(world.keys.clone(), through).await.unwrap();
    let one = a.stand();
    wait(one.changes(), |leads| *leads).await;
    let other = b.stand();
    proxy.swallow();
    let begun = Instant::now();
    let mut stopped = None;
    while !other.leads() {
        assert!(begun.elapsed() < Duration::from_secs(5), "no take-over");
        if stopped.is_none() && !one.leads() {
            stopped = Some(Instant::now());
        }
        sleep(Duration::from_millis(5)).await;
    }
    let gap = stopped.expect("it stops first").elapsed();
    assert!(!one.leads() && gap > Duration::from_millis(300), "{gap:?}");
    // It connects again, and finds the lease taken.
    wait(a.link(), |link| link.connections >= 2 && link.up).await;
    sleep(Duration::from_secs(3)).await;
    assert!(!one.leads() && other.leads());
}
