//! Gateways, the server and the desks' programs are killed again and again while the platform posts callbacks, one by one, or gateways and
//! server together by a power cut. Some callers of the desk's code do not read their events for many seconds meanwhile, as a computer that
//! is too busy.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use ringside_fleet::desk::DeskKey;
use ringside_tests::report::{Report, percentile, sorted};
use rustix::process::Signal;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{
    company::{Company, PATIENCE, seed, signal},
    power::OnDisk,
    program::{self, Program},
    settings::Settings,
    source::post,
    told::{Kept, Told},
    unread::Unread,
};

const GROUP: &str = "kills";
/// Desks of one program.
const TOGETHER: usize = 5;
/// Callers that do not read; half of all callbacks are theirs, so that many wait for them.
const UNREAD: usize = 2;
/// The extensions of the desks with stores, and of the callers that do not read.
const FIRST: usize = 300_001;
const FIRST_UNREAD: usize = 400_001;
const SENDERS: u32 = 8;
/// Between two callbacks of a sender: 100 callbacks a second in all.
const PAUSE: Duration = Duration::from_millis(80);
/// Between two kills; and so many callbacks are acknowledged.
const BETWEEN: Duration = Duration::from_millis(500);
const CARRIED: u64 = 10;
/// After so many kills all that was acknowledged must be at the desks, within this time.
const ROUND: u32 = 50;
const CATCHES_UP: Duration = Duration::from_secs(90);

/// What is killed, in turn.
enum Victim {
    Gateway(usize),
    Desks,
    Server,
    /// Both gateways and the server at once, by a power cut.
    Power,
}

const TURN: [Victim; 10] = [
    Victim::Gateway(1),
    Victim::Desks,
    Victim::Gateway(0),
    Victim::Desks,
    Victim::Server,
    Victim::Gateway(1),
    Victim::Desks,
    Victim::Gateway(0),
    Victim::Desks,
    Victim::Power,
];

struct Run {
    company: Company,
    programs: Vec<Program>,
    told: Arc<Told>,
    folders: Vec<PathBuf>,
    unread: Vec<Unread>,
}

pub async fn measure(report: &mut Report, settings: &Settings) {
    let mut run = begin(settings).await;
    let over = Arc::new(AtomicBool::new(false));
    let senders = send(&run, &over);
    let begun = Instant::now();
    let mut killed = 0;
    let mut trouble = None;
    while killed < settings.kills {
        if let Err(error) = run.kill(killed).await {
            trouble = Some(error);
            break;
        }
        killed += 1;
        if killed.is_multiple_of(ROUND) {
            let missing = run.missing_stored(CATCHES_UP).await;
            if missing > 0 {
                trouble = Some(format!("{missing} callbacks are not at their desks {CATCHES_UP:?} after kill {killed}"));
                break;
            }
        }
    }
    let time = begun.elapsed();
    over.store(true, Relaxed);
    let times = sorted(senders.join_all().await.into_iter().flatten().collect());
    run.unread.iter().for_each(Unread::read_on);
    let _ = run.missing_stored(CATCHES_UP).await;
    let unread = run.missing_unread(CATCHES_UP).await;
    let kept = run.kept();
    let (acknowledged, unanswered) = run.told.counts();

    report.at_least(GROUP, "kills by kill -9", f64::from(killed), "", f64::from(settings.kills));
    report.figure(GROUP, "of these kills power cuts of gateways and server", f64::from(killed / TURN.len() as u32), "");
    report.figure(GROUP, "callbacks acknowledged meanwhile", acknowledged as f64, "");
    report.figure(GROUP, "callbacks that nobody acknowledged within a minute", unanswered as f64, "");
    report.figure(GROUP, "callback → 200, also by the second try, p99", percentile(&times, 99.0), "ms");
    report.limit(GROUP, "callbacks lost at the desks with stores", kept.lost as f64, "", 0.0);
    report.limit(GROUP, "calls shown twice", kept.twice as f64, "", 0.0);
    report.limit(GROUP, "calls of other desks", (kept.foreign + run.unread.iter().map(Unread::foreign).sum::<usize>()) as f64, "", 0.0);
    report.limit(GROUP, "callbacks lost at the callers that do not read", unread.len() as f64, "", 0.0);
    report.note(format!(
        "kills: {killed} in {:.0} s, over {} desks with stores and {UNREAD} callers that do not read",
        time.as_secs_f64(),
        run.folders.len()
    ));
    for example in kept.examples.iter().chain(&unread).take(6) {
        report.note(format!("kills: {example}"));
    }
    if let Some(trouble) = trouble {
        report.note(format!("kills: it was ended early: {trouble}"));
    }
}

async fn begin(settings: &Settings) -> Run {
    let mut company = Company::start().await;
    company.add_second().await;
    let (mut programs, mut folders) = (Vec::new(), Vec::new());
    let codes = company.codes(FIRST, settings.killed_desks).await;
    let told = Arc::new(Told::new(codes.iter().map(|(extension, _)| extension.clone()).collect()));
    for (number, desks) in codes.chunks(TOGETHER).enumerate() {
        let folder = company.data.path().join(format!("program-{number}"));
        for (extension, code) in desks {
            let desk = folder.join(extension);
            program::prepare(&desk, &seed(&DeskKey::generate()), code, &company.url());
            folders.push(desk);
        }
        programs.push(Program::start(folder));
    }
    let mut unread = Vec::new();
    for member in company.enrol(FIRST_UNREAD, UNREAD).await {
        unread.push(Unread::start(member, company.address(), settings.unread).await);
    }
    company.until_known(settings.killed_desks + UNREAD).await;
    Run { company, programs, told, folders, unread }
}

/// Posts callbacks until `over`, each to the other gateway if the first does not acknowledge it. The answer: milliseconds of each.
fn send(run: &Run, over: &Arc<AtomicBool>) -> JoinSet<Vec<f64>> {
    let gateways = [run.company.gateways[0].callbacks, run.company.gateways[1].callbacks];
    let next = Arc::new(AtomicU32::new(0));
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        let (over, next, told) = (Arc::clone(over), Arc::clone(&next), Arc::clone(&run.told));
        let unread: Vec<_> = run.unread.iter().map(Unread::told).collect();
        senders.spawn(async move {
            let mut times = Vec::new();
            while !over.load(Relaxed) {
                let number = next.fetch_add(1, Relaxed);
                let (told, desk) =
                    if number % 2 == 0 { (&*told, number as usize / 2) } else { (&*unread[number as usize / 2 % UNREAD], 0) };
                for status in ["ring", "hangup"] {
                    let body = told.begin(desk, number, status);
                    let begun = Instant::now();
                    let mut to = number as usize;
                    let is_kept = loop {
                        if post(gateways[to % 2], &body).await == Some(200) {
                            break true;
                        }
                        if begun.elapsed() > PATIENCE {
                            break false;
                        }
                        to += 1;
                        sleep(Duration::from_millis(50)).await;
                    };
                    told.ended(desk, is_kept, body);
                    times.push(begun.elapsed().as_secs_f64() * 1000.0);
                    sleep(PAUSE).await;
                }
            }
            times
        });
    }
    senders
}

impl Run {
    /// Waits until so many more callbacks are acknowledged, and at least this time.
    async fn carry(&self, number: u32, count: u64, time: Duration) -> Result<(), String> {
        let begun = Instant::now();
        let acknowledged = || self.told.counts().0;
        let before = acknowledged();
        while acknowledged() < before + count || begun.elapsed() < time {
            if begun.elapsed() > PATIENCE {
                return Err(format!("no callbacks were acknowledged before kill {number}"));
            }
            sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    async fn kill(&mut self, number: u32) -> Result<(), String> {
        let begun = Instant::now();
        self.carry(number, CARRIED, BETWEEN).await?;
        match TURN[number as usize % TURN.len()] {
            Victim::Gateway(place) => {
                self.company.gateways[place].kill();
                self.company.gateways[place].start();
            }
            Victim::Desks => {
                let place = number as usize / 2 % self.programs.len();
                self.programs[place].restart();
            }
            Victim::Server => {
                let server = loop {
                    match self.company.server() {
                        Some(server) => break server,
                        None if begun.elapsed() > PATIENCE => return Err(format!("no server runs before kill {number}")),
                        None => sleep(Duration::from_millis(10)).await,
                    }
                };
                signal(server, Signal::KILL);
            }
            Victim::Power => {
                self.company.until_whole().await;
                let on_disk = OnDisk::copy(&self.company);
                // From one callback to as many as come in the time after which the server writes to the disk.
                let lost = 1 + u64::from(number / TURN.len() as u32) % CARRIED;
                self.carry(number, lost, Duration::ZERO).await?;
                on_disk.cut_power(&mut self.company).await;
            }
        }
        Ok(())
    }

    fn kept(&self) -> Kept {
        self.told.compare(&self.folders)
    }

    /// Waits until the desks have stored all that was acknowledged so far; how many callbacks they have not after this time.
    async fn missing_stored(&self, patience: Duration) -> u64 {
        let wanted = self.told.acknowledged();
        let begun = Instant::now();
        loop {
            let missing = self.told.missing(&self.folders, &wanted);
            if missing == 0 || begun.elapsed() > patience {
                return missing;
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    /// The same for the callers that did not read, and now do.
    async fn missing_unread(&self, patience: Duration) -> Vec<String> {
        let begun = Instant::now();
        loop {
            let missing: Vec<String> = self.unread.iter().flat_map(Unread::missing).collect();
            if missing.is_empty() || begun.elapsed() > patience {
                return missing;
            }
            sleep(Duration::from_millis(200)).await;
        }
    }
}
