//! The company with TLS between server and desks, where the authority that the gateway made is the only one that a desk trusts.

use std::{sync::Arc, time::Duration};

use ringside_tests::report::{Report, percentile};
use tokio::time::sleep;

use crate::{company::Company, crowd::Crowd, outages, settings::Settings, source};

const GROUP: &str = "tls 500/s";
const RATE: u32 = 500;
/// As without TLS.
const MEDIAN: f64 = 1.0;
const P99: f64 = 5.0;
/// Until the last desk has its last callback.
const CATCHES_UP: Duration = Duration::from_secs(60);

pub async fn measure(report: &mut Report, settings: &Settings, company: &Company, crowd: &Arc<Crowd>) {
    let to = company.gateways[0].callbacks;
    sleep(Duration::from_secs(2)).await;
    let first = crowd.ledger.next();
    let failed = source::at_rate(crowd, to, RATE, settings.held).await;
    let numbers = first..crowd.ledger.next();
    let missing = crowd.ledger.all_taken(numbers.clone(), CATCHES_UP).await;
    let (_, taken) = crowd.ledger.times(numbers);
    report.limit(GROUP, "callbacks without a 200, or not at their desk", (failed + missing) as f64, "", 0.0);
    report.limit(GROUP, "callback → desk, p50", percentile(&taken, 50.0), "ms", MEDIAN);
    report.limit(GROUP, "callback → desk, p99", percentile(&taken, 99.0), "ms", P99);
    report.figure(GROUP, "callback → desk, p99.9", percentile(&taken, 99.9), "ms");
    outages::storm(report, "tls storm", company, crowd).await;
}
