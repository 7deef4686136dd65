//! The parts of a run, in their order.

use std::{
    path::Path,
    process::ExitCode,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use ringside_tests::{
    machine::{MIB, memory},
    report::Report,
};
use tokio::time::Instant;

use crate::{callbacks, company::Company, crowd::Crowd, kills, mosquitto, outages, program, settings::Settings, tls};

const PARTS: [&str; 6] = ["callbacks", "storm", "take-over", "tls", "mosquitto", "kills"];
/// The memory of the server, all of it, and what each desk adds.
const MEMORY: f64 = 1024.0;
const MEMORY_OF_DESK: f64 = 100.0;
/// With fewer desks, what the server needs for any number of them would be counted as theirs.
const MANY: usize = 5000;
const CONNECTED: Duration = Duration::from_secs(120);
/// Until the memory is that of desks that are at work: each was told its state once.
const SETTLED: Duration = Duration::from_secs(15);

pub async fn run() -> ExitCode {
    if let Some(folder) = std::env::var_os(program::FOLDER) {
        program::run(Path::new(&folder)).await;
        return ExitCode::SUCCESS;
    }
    let only: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if let Some(unknown) = only.iter().find(|one| !PARTS.contains(&one.as_str())) {
        println!("fleet: no part {unknown}. There are: {}", PARTS.join(", "));
        return ExitCode::from(64);
    }
    let wanted = |part: &str| only.is_empty() || only.iter().any(|one| one == part);
    let (settings, mut report) = (Settings::read(), Report::default());
    let mut durable = None;
    if wanted("callbacks") || wanted("storm") || wanted("take-over") {
        let mut company = Company::start().await;
        let mut crowd = None;
        if wanted("callbacks") || wanted("storm") {
            let crowd = &*crowd.insert(gather(&mut report, "desks", &settings, &company).await);
            if wanted("callbacks") {
                durable = Some(callbacks::measure(&mut report, &settings, &company, crowd).await);
            }
            if wanted("storm") {
                outages::storm(&mut report, "storm", &company, crowd).await;
            }
        }
        if wanted("take-over") {
            company.add_second().await;
            outages::take_over(&mut report, &mut company).await;
        }
        if let Some(crowd) = crowd {
            dismiss(&mut report, "desks", &crowd).await;
        }
    }
    if wanted("tls") {
        let company = Company::start_with_tls().await;
        let crowd = gather(&mut report, "tls", &settings, &company).await;
        tls::measure(&mut report, &settings, &company, &crowd).await;
        dismiss(&mut report, "tls", &crowd).await;
    }
    if wanted("mosquitto") {
        mosquitto::measure(&mut report, &settings, durable).await;
    }
    if wanted("kills") {
        kills::measure(&mut report, &settings).await;
    }
    report.note(
        "all on this machine, by loopback, with TLS in its own groups only; the source of callbacks and the desks share its processors",
    );
    report.print("fleet.json");
    if report.is_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Enrols and connects the desks.
async fn gather(report: &mut Report, group: &'static str, settings: &Settings, company: &Company) -> Arc<Crowd> {
    let server = company.server().expect("the server runs");
    let alone = memory(server) / MIB;
    let begun = Instant::now();
    let members = company.enrol(100_001, settings.desks).await;
    report.figure(group, format!("{} desks enrolled, each with a code of its own", settings.desks), begun.elapsed().as_secs_f64(), "s");
    company.until_known(settings.desks).await;
    let begun = Instant::now();
    let crowd = Crowd::connect(company, members, settings.real);
    let up = crowd.all_since(&crowd.up_at, 0, CONNECTED).await;
    assert!(up.is_some(), "not all desks are connected within {CONNECTED:?}");
    report.figure(group, format!("all connected, {} by the desk's own code", settings.real), begun.elapsed().as_secs_f64(), "s");
    assert!(crowd.all_since(&crowd.caught_at, 0, CONNECTED).await.is_some(), "not all desks were answered within {CONNECTED:?}");
    tokio::time::sleep(SETTLED).await;
    let connected = memory(server) / MIB;
    report.figure(group, "memory of all desks and this program", memory(std::process::id()) / MIB, "MiB");
    report.limit(group, "memory of the server, all connected", connected, "MiB", MEMORY);
    let each = (connected - alone) * 1024.0 / settings.desks as f64;
    if settings.desks >= MANY {
        report.limit(group, "memory of the server for each desk", each, "KiB", MEMORY_OF_DESK);
    } else {
        report.figure(group, "memory of the server for each desk", each, "KiB");
    }
    crowd
}

async fn dismiss(report: &mut Report, group: &'static str, crowd: &Crowd) {
    report.limit(group, "callbacks of other desks", crowd.ledger.foreign.load(Relaxed) as f64, "", 0.0);
    crowd.end().await;
}
