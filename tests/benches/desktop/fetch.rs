//! A first fetch of three months by the real app: records per second, and whether memory grows with their number.

use std::{fs, time::Duration};

use ringside_domain::{Filter, Timestamp};
use ringside_simulator::{Options, Simulator};
use ringside_store::Store;
use tokio::time::sleep;

use crate::{
    report::Report,
    running_app::{self, end},
    screen::now,
};

const RECORDS: usize = 100_000;
const DAYS: usize = 88;
/// The highest setting, so that the budget does not limit the fetch.
const REQUESTS_PER_SECOND: u32 = 50;
const PATIENCE: Duration = Duration::from_secs(600);

pub async fn measure(report: &mut Report) {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::local(Options { past_bills: RECORDS, past_days: DAYS, ..Options::test() }).await.unwrap();
    let config = folder.path().join("config.toml");
    fs::write(&config, format!("[polling]\nrequests_per_second = {REQUESTS_PER_SECOND}\n")).unwrap();
    let mut app = running_app::command(folder.path(), &simulator, "127.0.0.1:0").env("RINGSIDE_CONFIG", &config).spawn().unwrap();
    let (mut first, mut tenth) = (None, None);
    let all = loop {
        sleep(Duration::from_millis(20)).await;
        let count = calls(folder.path());
        if count > 0 && first.is_none() {
            first = Some((count, now()));
        }
        if count >= RECORDS / 10 && tenth.is_none() {
            tenth = Some(resident(app.id()));
        }
        if count >= RECORDS {
            assert_eq!(count, RECORDS, "each record is one call");
            break now();
        }
        assert!(first.is_none_or(|(_, began)| now() - began < PATIENCE), "{count} of {RECORDS} after {PATIENCE:?}");
    };
    let whole = resident(app.id());
    end(&mut app);
    let ((early, began), tenth) = (first.unwrap(), tenth.unwrap());
    let rate = (RECORDS - early) as f64 / (all - began).as_secs_f64();
    report.figure("fetch", format!("first fetch of {RECORDS} records over {DAYS} days"), rate, "/s");
    report.figure("fetch", "resident memory at 10 % of it", tenth, "MB");
    report.figure("fetch", "resident memory at 100 % of it", whole, "MB");
    report.limit("fetch", "memory at 100 % / at 10 %", whole / tenth, "x", 1.25);
    report.note(format!("the fetch at {REQUESTS_PER_SECOND} requests a second, which is the most that can be set; 1.5 is usual"));
}

/// The number of calls on disk, read while the app writes them.
fn calls(folder: &std::path::Path) -> usize {
    let all = [i64::MIN, i64::MAX].map(Timestamp);
    // The database may not exist yet, or may have an older schema for a moment.
    let Ok(Some(store)) = Store::open_to_read(folder) else { return 0 };
    store.log_counts(&Filter::default(), &all).map_or(0, |counts| usize::try_from(counts[0]).unwrap())
}

/// Resident memory of the app's own process, in megabytes.
fn resident(id: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1024.0 / 1e6
}
