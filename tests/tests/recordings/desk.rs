//! A desk with a log of recorded calls, and counts of the requests to the platform.

use std::{fs, path::Path, sync::Arc, time::Duration};

use ringside_domain::{
    ArchiveScope, ArchiveState, Begin, CallId, Cursor, Filter, Intent, LogRow, Problem, ProblemCode, RecordingSettings, SettingChange,
    Verification, VerificationState,
};
use ringside_engine::{Parts, TransferLimits, config::Given};
use ringside_platform::{Client, ClientOptions, DownloadOptions, Downloads};
use ringside_simulator::{Options, Seen, Simulator};
use ringside_tests::Desk;
use ringside_vault::Vault;

/// Longest time until a failed archive tries again.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(1000);
/// A short pause, since tests need none.
pub const PAUSE: Duration = Duration::from_millis(10);

pub fn given() -> Given {
    Given { requests_per_second: Some(50.0), ..Given::default() }
}

/// Short pauses, and stalled transfers are given up soon.
pub fn hasty(parts: &mut Parts) {
    parts.limits = TransferLimits { pause: PAUSE, ..TransferLimits::default() };
    parts.downloads = Downloads::new(hasty_options());
    let clock = Arc::clone(&parts.clock);
    let options = ClientOptions { pause: PAUSE, ..ClientOptions::default() };
    parts.client = Client::new(options, Arc::new(move || clock.now().wall));
}

pub fn hasty_options() -> DownloadOptions {
    DownloadOptions { stall: Duration::from_millis(400), ..DownloadOptions::default() }
}

/// A simulator with so many past calls, most of them recorded.
pub async fn platform(calls: usize) -> Simulator {
    Simulator::local(Options { past_bills: calls, ..Options::test() }).await.unwrap()
}

/// A desk with its data in this folder and a complete log.
pub async fn open(folder: &Path, simulator: &Simulator, change: impl FnOnce(&mut Parts)) -> Desk {
    let desk = Desk::open_as(folder, Vault::memory(), given(), |parts| {
        hasty(parts);
        change(parts);
    });
    desk.sign_in(simulator, "demo-key", &[]);
    all_fetched(&desk).await;
    desk
}

pub async fn all_fetched(desk: &Desk) {
    let since = desk.clock_now().minus(Duration::from_secs(89 * 24 * 3600));
    desk.until(|snapshot| snapshot.log.fetch.is_none() && snapshot.log.complete.is_some_and(|span| span.since < since)).await;
}

/// The calls that have a recording, the oldest first.
pub async fn recorded(desk: &Desk) -> Vec<CallId> {
    let mut rows: Vec<LogRow> = Vec::new();
    loop {
        let begin = rows.last().map_or(Begin::Oldest, |row| Begin::After(Cursor::after(&row.call)));
        let page = desk.handle.log_page(Filter::default(), begin, 0, 500).await.unwrap();
        if page.is_empty() {
            return rows.iter().filter(|row| row.call.recording.is_some()).map(|row| row.call.id).collect();
        }
        rows.extend(page);
    }
}

/// The downloads since a mark: status, and the requested range of a partial download.
pub fn downloads(simulator: &Simulator, mark: u64) -> Vec<(u16, Option<String>)> {
    let entries = simulator.ledger().entries_after(mark);
    let downloads = entries.iter().filter_map(|entry| match &entry.seen {
        Seen::Download(download) => Some((download.status, download.headers.get("range").cloned())),
        _ => None,
    });
    downloads.collect()
}

pub fn links(simulator: &Simulator, mark: u64) -> usize {
    simulator.ledger().entries_after(mark).iter().filter(|entry| entry.request("GetRecodeFile").is_some()).count()
}

pub fn has(problem: &Problem, code: ProblemCode, retryable: bool) {
    assert_eq!((problem.code, problem.retryable), (code, retryable), "{problem}");
}

/// The sorted names in a folder; empty if the folder does not exist.
pub fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Whether the file is a complete recording of the simulator, by its header.
pub fn is_whole(file: &Path) -> bool {
    let bytes = fs::read(file).unwrap();
    bytes.starts_with(b"RIFF") && bytes[4..8] == u32::try_from(bytes.len() - 8).unwrap().to_le_bytes()
}

/// Changes the settings of recordings.
pub fn set(desk: &Desk, change: impl FnOnce(&mut RecordingSettings)) {
    let mut settings = RecordingSettings { archive: Some(ArchiveScope::Mine), ..RecordingSettings::default() };
    change(&mut settings);
    let RecordingSettings { archive, order, folder, limit_gb, keep_days, keep_calls_days } = settings;
    let changes = [
        // The folder first, then what to store there.
        folder.map(SettingChange::ArchiveFolder),
        order.map(SettingChange::ArchiveOrder),
        limit_gb.map(SettingChange::ArchiveLimitGb),
        archive.map(SettingChange::Archive),
        keep_days.map(SettingChange::KeepRecordingsDays),
        keep_calls_days.map(SettingChange::KeepCallsDays),
    ];
    for change in changes.into_iter().flatten() {
        desk.handle.intent(Intent::ChangeSettings { change });
    }
}

/// Waits until the archive is complete, and advances the clock when it waits for another try.
pub async fn complete(desk: &Desk) {
    loop {
        let kept = desk.now().recordings.kept;
        let waits = |state: &ArchiveState| matches!(state, ArchiveState::Waiting { .. } | ArchiveState::Failing { .. });
        let is_done = |state: &ArchiveState| *state == ArchiveState::Complete || waits(state);
        let now = desk.until(|snapshot| is_done(&snapshot.recordings.state) || snapshot.recordings.kept >= kept + 20).await;
        let state = now.recordings.state.clone();
        if state == ArchiveState::Complete {
            return;
        }
        if waits(&state) {
            desk.clock.pass(LONGEST_PAUSE);
            desk.until(|snapshot| snapshot.recordings.state != state).await;
        }
    }
}

pub async fn checked(desk: &Desk) -> Verification {
    desk.handle.intent(Intent::VerifyRecordings { on: true });
    let is_done = |verification: &Verification| matches!(verification.state, VerificationState::Done { .. });
    let done = desk.until(|snapshot| snapshot.recordings.verification.as_ref().is_some_and(is_done)).await;
    desk.handle.intent(Intent::VerifyRecordings { on: false });
    desk.until(|snapshot| snapshot.recordings.verification.is_none()).await;
    done.recordings.verification.clone().unwrap()
}
