//! Whole shifts at one desk without a window: real HTTP in both directions, a real database, hours in seconds. Callbacks are lost and late,
//! the clocks differ, the network fails; at the end log, ledger and platform must agree call by call.
//!
//! `RINGSIDE_SHIFTS=20` runs that many seeds of each kind, the usual ones first.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "shift/agreement.rs"]
mod agreement;
#[path = "shift/desk.rs"]
mod desk;
#[path = "shift/script.rs"]
mod script;
#[path = "shift/time.rs"]
mod time;

use std::time::Duration;

use desk::{Kind, Shift};

const LENGTH: Duration = Duration::from_secs(45 * 60);
/// Number of seeds of each kind that always run.
const SEEDS: u64 = 2;

fn shifts(first_seed: u64, kind: Kind) {
    let many = std::env::var("RINGSIDE_SHIFTS").ok().and_then(|many| many.parse().ok()).unwrap_or(SEEDS);
    for seed in first_seed..first_seed + many {
        time::run(async {
            let (wrong, told) = Shift::open(seed, kind).await.work(LENGTH).await;
            assert!(wrong.is_empty(), "seed {seed}, {kind:?}: {} things disagree\n{}\n{told}", wrong.len(), wrong.join("\n"));
        });
    }
}

#[test]
fn log_ledger_and_platform_agree_with_a_fast_clock() {
    shifts(100, Kind { desk_ahead: 40, callbacks: true, ..Kind::default() });
}

#[test]
fn log_ledger_and_platform_agree_with_a_slow_clock_and_two_restarts() {
    shifts(200, Kind { desk_ahead: -40, callbacks: true, restarts: true, ..Kind::default() });
}

#[test]
fn log_ledger_and_platform_agree_without_callbacks_and_with_one_state_per_agent() {
    shifts(300, Kind { desk_ahead: 40, one_state_an_agent: true, ..Kind::default() });
}

#[test]
fn log_ledger_and_platform_agree_with_a_platform_that_often_fails() {
    shifts(400, Kind { desk_ahead: -40, callbacks: true, falters: true, ..Kind::default() });
}
