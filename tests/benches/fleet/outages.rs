//! The server is killed while all desks are connected; the leading gateway is killed while another one stands by.

use std::{sync::Arc, time::Duration};

use ringside_tests::report::Report;
use rustix::process::Signal;
use tokio::time::{Instant, sleep};

use crate::{
    company::{Company, PATIENCE, signal},
    crowd::Crowd,
    source,
};

/// All desks are back, and have all that came meanwhile.
const BACK: f64 = 30.0;
const CAUGHT_UP: f64 = 45.0;
/// Callbacks a second that go on meanwhile.
const RATE: u32 = 100;
const STORM: Duration = Duration::from_secs(120);
const TAKE_OVER: f64 = 5.0;
const TAKE_OVERS: usize = 5;

pub async fn storm(report: &mut Report, group: &'static str, company: &Company, crowd: &Arc<Crowd>) {
    let first = crowd.ledger.next();
    let server = company.server().expect("the server runs");
    let (own, to) = (Arc::clone(crowd), company.gateways[0].callbacks);
    let posting = tokio::spawn(async move { source::at_rate(&own, to, RATE, Duration::from_secs(40)).await });
    sleep(Duration::from_secs(2)).await;
    let killed = crowd.ledger.now();
    signal(server, Signal::KILL);
    let seconds = |time: Option<Duration>| time.map_or(f64::INFINITY, |time| time.as_secs_f64());
    let back = crowd.all_since(&crowd.up_at, killed, STORM).await;
    report.limit(group, "kill -9 of the server → all desks are back", seconds(back), "s", BACK);
    let caught_up = crowd.all_since(&crowd.caught_at, killed, STORM).await;
    // What was sent until then must be there, too.
    let sent = first..crowd.ledger.next();
    let begun = Instant::now();
    let missing = crowd.ledger.all_taken(sent, STORM).await;
    report.limit(group, "→ all have all that came meanwhile", seconds(caught_up) + begun.elapsed().as_secs_f64(), "s", CAUGHT_UP);
    let failed = posting.await.unwrap();
    let late = crowd.ledger.all_taken(first..crowd.ledger.next(), STORM).await;
    report.limit(group, "callbacks without a 200, or not at their desk", (failed + missing.max(late)) as f64, "", 0.0);
    if back.is_none() {
        let up = crowd.up_at.iter().filter(|at| at.load(std::sync::atomic::Ordering::Relaxed) > killed).count();
        report.note(format!("{group}: after kill -9 of the server {up} of {} desks came back within {STORM:?}", crowd.members.len()));
    }
}

/// The longest and the usual time from the death of the leading gateway until the other one leads.
pub async fn take_over(report: &mut Report, company: &mut Company) {
    let mut times = Vec::new();
    for _ in 0..TAKE_OVERS {
        company.until_whole().await;
        let leader = leader(company).await;
        let other = 1 - leader;
        let begun = Instant::now();
        company.gateways[leader].kill();
        while !company.gateways[other].leads().await && begun.elapsed() < PATIENCE {
            sleep(Duration::from_millis(10)).await;
        }
        times.push(begun.elapsed().as_secs_f64());
        company.gateways[leader].start();
    }
    company.until_whole().await;
    times.sort_by(f64::total_cmp);
    report.figure("take-over", "kill -9 of the leading gateway → the other leads, p50", times[times.len() / 2], "s");
    report.limit("take-over", format!("the longest of {TAKE_OVERS}"), times[times.len() - 1], "s", TAKE_OVER);
}

async fn leader(company: &Company) -> usize {
    let begun = Instant::now();
    loop {
        for (place, gateway) in company.gateways.iter().enumerate() {
            if gateway.leads().await {
                return place;
            }
        }
        assert!(begun.elapsed() < PATIENCE, "no gateway leads");
        sleep(Duration::from_millis(20)).await;
    }
}
