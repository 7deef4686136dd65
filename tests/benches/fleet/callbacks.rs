//! Measures callbacks at two rates, then at the highest rate, and compares that with the stream without the gateway.

use std::{sync::Arc, time::Duration};

use ringside_fleet::{
    hub::{Event, Hub},
    words::subject::Addressee,
};
use ringside_tests::{
    machine::{disk, processor},
    report::{Report, percentile},
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{company::Company, crowd::Crowd, ledger::body, settings::Settings, source};

/// Limits of the median and the 99th percentile of the times from the sending of a callback until its desk has it, in milliseconds.
const MEDIAN: f64 = 1.0;
const P99: f64 = 5.0;
/// Limits of the times until a callback is acknowledged: of the 99th percentile, and of what the median has beyond one write to the disk. That is a
/// quarter of a write to a disk which needs 2.5 ms; on one that is as quick as the change from one thread to another, a multiple says nothing.
const KEPT_P99: f64 = 20.0;
const KEPT_MEDIAN_BEYOND_DISK: f64 = 0.63;
/// The rate for that: at a lower one the processors sleep between two callbacks, and what is measured is how they wake up.
const AT_WORK: u32 = 500;
const CONNECTIONS: u32 = 64;
const DURABLE: f64 = 6000.0;
/// Of what the stream alone acknowledges.
const SHARE: f64 = 0.5;
const FULL: Duration = Duration::from_secs(10);
/// Until the last desk has its last callback.
const CATCHES_UP: Duration = Duration::from_secs(60);

/// The answer: how many callbacks were kept a second.
pub async fn measure(report: &mut Report, settings: &Settings, company: &Company, crowd: &Arc<Crowd>) -> f64 {
    let to = company.gateways[0].callbacks;
    let before = disk(company.data.path());
    for (group, rate) in [("100/s", 100), ("500/s", AT_WORK)] {
        // Work left over from the rate before must not count.
        sleep(Duration::from_secs(2)).await;
        let first = crowd.ledger.next();
        let failed = source::at_rate(crowd, to, rate, settings.held).await;
        let numbers = first..crowd.ledger.next();
        let missing = crowd.ledger.all_taken(numbers.clone(), CATCHES_UP).await;
        let (kept, taken) = crowd.ledger.times(numbers);
        report.limit(group, "callbacks without a 200, or not at their desk", (failed + missing) as f64, "", 0.0);
        report.limit(group, "callback → desk, p50", percentile(&taken, 50.0), "ms", MEDIAN);
        report.limit(group, "callback → desk, p99", percentile(&taken, 99.0), "ms", P99);
        report.figure(group, "callback → desk, p99.9", percentile(&taken, 99.9), "ms");
        report.figure(group, "callback → 200, p50", percentile(&kept, 50.0), "ms");
        report.limit(group, "callback → 200, p99", percentile(&kept, 99.0), "ms", KEPT_P99);
        let disk = f64::midpoint(before, disk(company.data.path()));
        report.figure(group, "one write to the disk, p50 (before and after)", disk, "ms");
        report.figure(group, "callback → 200, p50: times one write to the disk", percentile(&kept, 50.0) / disk, "×");
        let beyond = percentile(&kept, 50.0) - disk;
        const BEYOND: &str = "callback → 200, p50, without one write to the disk";
        if rate == AT_WORK {
            report.limit(group, BEYOND, beyond, "ms", KEPT_MEDIAN_BEYOND_DISK);
        } else {
            report.figure(group, BEYOND, beyond, "ms");
        }
    }
    durable(report, company, crowd).await
}

async fn durable(report: &mut Report, company: &Company, crowd: &Arc<Crowd>) -> f64 {
    const GROUP: &str = "durable";
    let alone = stream_alone(&company.hub().await, crowd).await;
    let processes =
        [("the gateway", company.gateways[0].process()), ("the server", company.server()), ("source and desks", Some(std::process::id()))];
    let used = || processes.map(|(name, process)| (name, process.map_or(f64::NAN, processor)));
    let to = company.gateways[0].callbacks;
    let (first, before) = (crowd.ledger.next(), used());
    let begun = Instant::now();
    let failed = source::as_many(crowd, to, CONNECTIONS, true, FULL).await;
    let time = begun.elapsed();
    let numbers = first..crowd.ledger.next();
    let missing = crowd.ledger.all_taken(numbers.clone(), CATCHES_UP).await;
    let (caught_up, after) = (begun.elapsed() - time, used());
    let (kept, taken) = crowd.ledger.times(numbers);
    let rate = kept.len() as f64 / time.as_secs_f64();
    report.at_least(GROUP, "callbacks kept a second, 64 connections that stay open", rate, "/s", DURABLE);
    report.figure(GROUP, "the stream alone (the gateway's client, the same desks), 64 under way", alone, "/s");
    let share = if alone > 0.0 { rate / alone } else { f64::NAN };
    report.at_least(GROUP, "ratio to the stream alone", share, "×", SHARE);
    report.figure(GROUP, "callback → 200, p50", percentile(&kept, 50.0), "ms");
    report.figure(GROUP, "callback → 200, p99", percentile(&kept, 99.0), "ms");
    report.figure(GROUP, "callback → desk, p99", percentile(&taken, 99.0), "ms");
    report.figure(GROUP, "until the last desk has its last callback", caught_up.as_secs_f64(), "s");
    for ((name, before), (_, after)) in before.into_iter().zip(after) {
        let micros = (after - before) * 1e6 / kept.len() as f64;
        report.figure(GROUP, format!("processor of {name} for one callback"), micros, "µs");
    }
    let first = crowd.ledger.next();
    let begun = Instant::now();
    let failed_apart = source::as_many(crowd, to, CONNECTIONS, false, FULL / 2).await;
    let time = begun.elapsed();
    let numbers = first..crowd.ledger.next();
    let missing_apart = crowd.ledger.all_taken(numbers.clone(), CATCHES_UP).await;
    let (kept, _) = crowd.ledger.counts(numbers);
    report.figure(GROUP, "callbacks kept a second, 64 at a time, each on a connection of its own", kept as f64 / time.as_secs_f64(), "/s");
    let failed = failed + missing + failed_apart + missing_apart;
    report.limit(GROUP, "callbacks without a 200, or not at their desk", failed as f64, "", 0.0);
    rate
}

/// Events that the stream acknowledges in a second, published to the same desks by the gateway's own client.
async fn stream_alone(hub: &Hub, crowd: &Arc<Crowd>) -> f64 {
    let begun = Instant::now();
    let end = begun + FULL / 2;
    let mut publishers = JoinSet::new();
    for publisher in 0..CONNECTIONS {
        let (hub, crowd) = (hub.clone(), Arc::clone(crowd));
        publishers.spawn(async move {
            let mut stored = 0_u32;
            while Instant::now() < end {
                // The ledger does not have this number.
                let number = u32::MAX - publisher - stored * CONNECTIONS;
                let member = &crowd.members[crowd.any(number)];
                let body = body(number, &member.extension);
                let to = Addressee::Desk(member.enrolled.desk.clone());
                stored += u32::from(hub.publish(&Event { to, body, received: 0 }).await.is_ok());
            }
            stored
        });
    }
    let stored: u32 = publishers.join_all().await.into_iter().sum();
    f64::from(stored) / begun.elapsed().as_secs_f64()
}
