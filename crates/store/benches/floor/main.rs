//! The supervisor's desk with a million numbers: an import from the first row to the campaign, pages of the campaign, a list of 200
//! campaigns with 300,000 calls. Fails if a limit is exceeded.
//!
//! `cargo bench -p ringside-store --bench floor [-- --numbers 1000000]` prints a table and one line of JSON.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)]

mod data;
mod report;
mod time;

use fastrand::Rng;
use ringside_domain::{Account, CampaignId, CampaignLimits, CheckRules, FloorChange, NumberFate, NumberFilter, PartState, Span, Timestamp};
use ringside_store::FloorStore;

use data::{BEGINNING, DAY, account};
use report::Report;
use time::{Time, time};

/// Rows that the engine stages in one call.
const STAGED: u32 = 4000;
const CAMPAIGNS: u32 = 200;
const CALLS: u32 = 300_000;
/// Calls of a day by campaigns made elsewhere.
const ELSEWHERE: u32 = 25_000;
/// Bills in one page of the platform's answer.
const BILLS: u32 = 1000;
const LARGE: CampaignId = CampaignId(1000);
const TODAY: Span = Span { since: Timestamp(BEGINNING + 30 * DAY), until: Timestamp(BEGINNING + 31 * DAY) };
const SINCE_30_DAYS: Timestamp = Timestamp(BEGINNING + DAY);

fn main() {
    let numbers = argument("--numbers").unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let mut report = Report::default();
    let (store, opened) = FloorStore::open(folder.path(), Timestamp(0)).unwrap();
    fill(&store, numbers, &mut report);
    import(&store, numbers, &mut report);
    pages(&store, numbers, &mut report);
    lists(&store, &mut report);
    elsewhere(&store, numbers, &mut report);
    drop(store);
    report.seconds("to open", time(|| FloorStore::open(folder.path(), Timestamp(0)).unwrap()).1, None);
    report.figure("MiB on disk", f64::from(u32::try_from(opened.file.metadata().unwrap().len() >> 10).unwrap()) / 1024.0, None);
    report.finish(numbers);
}

fn rules() -> CheckRules {
    let limits = CampaignLimits { attempts_per_day: Some(3), attempts_in_all: Some(10), ..CampaignLimits::default() };
    CheckRules { limits, campaign: None }
}

/// 200 campaigns that share the numbers, their calls, and a do-not-call list.
fn fill(store: &FloorStore, numbers: u32, report: &mut Report) {
    store.apply(&[FloorChange::AddDoNotCall(data::do_not_call(numbers / 100))]).unwrap();
    let share = numbers / CAMPAIGNS;
    for id in 0..CAMPAIGNS {
        let campaign = CampaignId(i64::from(id) + 1);
        let rows = data::rows(id * share, share);
        store.stage(u64::from(id), &rows).unwrap();
        store.check(u64::from(id), &account(), &rules(), TODAY).unwrap();
        let campaign = FloorChange::Campaign(Box::new(data::campaign(campaign)));
        let take = FloorChange::TakeImport { import: u64::from(id), campaign: CampaignId(i64::from(id) + 1) };
        for part in store.apply(&[campaign, take]).unwrap() {
            send(store, CampaignId(i64::from(id) + 1), part.number);
        }
    }
    let mut bills = data::Bills::new(numbers, CALLS);
    let pages =
        (0..CALLS).step_by(BILLS as usize).map(|first| [FloorChange::Dialled { account: account(), calls: bills.page(first, BILLS) }]);
    let times: Vec<_> = pages.map(|page| time(|| store.apply(&page).unwrap()).1).collect();
    report.times("1000 bills stored, 200 campaigns", &times, None);
}

fn send(store: &FloorStore, campaign: CampaignId, part: u32) {
    let change = |state| FloorChange::Part { campaign, part, state, refused: Vec::new() };
    store.apply(&[change(PartState::Sending { since: Timestamp(BEGINNING) })]).unwrap();
    store.apply(&[change(PartState::Taken { at: Timestamp(BEGINNING), accepted: 0 })]).unwrap();
}

/// An import of as many new numbers, one in ten of which is refused.
fn import(store: &FloorStore, numbers: u32, report: &mut Report) {
    let before = peak_kib(true);
    let mut stage = Vec::new();
    for first in (0..numbers).step_by(STAGED as usize) {
        let rows = data::import_rows(numbers, first, STAGED.min(numbers - first));
        stage.push(time(|| store.stage(7, &rows).unwrap()).1);
    }
    report.times("4000 rows staged", &stage, Some(100.0));
    let (check, checked) = time(|| store.check(7, &account(), &rules(), TODAY).unwrap());
    report.seconds("to check", checked, None);
    assert_eq!(check.rows, numbers);
    report.figure("rows refused", f64::from(check.refused.iter().map(|(_, rows)| rows).sum::<u32>()), None);
    let refused = |skip: u64| assert_eq!(store.refused(7, skip, 1000).unwrap().len(), 1000);
    report.times("1000 refused rows, anywhere", &timed(|round| refused(round * u64::from(numbers) / 1000)), Some(50.0));

    let campaign = FloorChange::Campaign(Box::new(data::campaign(LARGE)));
    let take = [campaign, FloorChange::TakeImport { import: 7, campaign: LARGE }];
    let (parts, taken) = time(|| store.apply(&take).unwrap());
    report.seconds("to take", taken, None);
    assert_eq!(parts.iter().map(|part| part.count).sum::<u32>(), check.good);
    let all = stage.into_iter().chain([checked, taken]).fold(Time { seconds: 0.0, on_processor: Some(0.0) }, |sum, time| Time {
        seconds: sum.seconds + time.seconds,
        on_processor: sum.on_processor.zip(time.on_processor).map(|(sum, time)| sum + time),
    });
    report.seconds("to stage, check and take", all, Some(6.0));
    if let (Some(before), Some(after)) = (before, peak_kib(false)) {
        report.figure("MiB of memory for the import, peak", (after - before) / 1024.0, Some(48.0));
    }
    let sent: Vec<_> = parts.iter().take(parts.len() / 2).map(|part| time(|| send(store, LARGE, part.number)).1).collect();
    report.times("a part sent and taken: two changes, synced", &sent, None);
}

fn pages(store: &FloorStore, numbers: u32, report: &mut Report) {
    let mut random = Rng::with_seed(3);
    let all = store.number_count(LARGE, &NumberFilter::default()).unwrap();
    let mut page = |report: &mut Report, name: &str, filter: NumberFilter| {
        let count = store.number_count(LARGE, &filter).unwrap();
        let times = timed(|_| {
            let skip = random.u64(..count.max(1));
            assert!(!store.numbers(LARGE, &filter, skip, 100).unwrap().is_empty() || count == 0);
        });
        report.times(&format!("page: {name} ({count})"), &times, Some(50.0));
    };
    page(report, "all", NumberFilter::default());
    page(report, "waiting", NumberFilter { fate: Some(NumberFate::Waiting), ..NumberFilter::default() });
    page(report, "taken, not called", NumberFilter { fate: Some(NumberFate::Taken), called: Some(false), ..NumberFilter::default() });
    page(report, "one part", NumberFilter { part: Some(50), ..NumberFilter::default() });
    for digits in ["1", "38", "138", "1380", "00138", "9999999999"] {
        page(report, &format!("with {digits}"), NumberFilter { text: digits.to_owned(), ..NumberFilter::default() });
    }
    page(report, "with 8, waiting", NumberFilter { text: "8".to_owned(), fate: Some(NumberFate::Waiting), ..NumberFilter::default() });
    report.times(
        "page: the last of all",
        &timed(|_| assert!(!store.numbers(LARGE, &NumberFilter::default(), all - 100, 100).unwrap().is_empty())),
        Some(50.0),
    );
    let digits = NumberFilter { text: "38".to_owned(), ..NumberFilter::default() };
    report.times("count: with 38", &timed(|_| store.number_count(LARGE, &digits).unwrap()), Some(50.0));
    report.times("numbers of a part", &timed(|round| store.part_numbers(LARGE, u32::try_from(60 + round % 20).unwrap()).ok()), Some(50.0));
    let phones = vec![data::phone(numbers + 5)];
    report.seconds("to remove a number", time(|| store.apply(&[FloorChange::RemoveNumbers { campaign: LARGE, phones }]).unwrap()).1, None);
}

fn lists(store: &FloorStore, report: &mut Report) {
    let campaigns: Vec<_> = (1..=i64::from(CAMPAIGNS)).map(CampaignId).collect();
    let counted = store.counts(&campaigns, TODAY, SINCE_30_DAYS).unwrap();
    assert!(counted.iter().map(|(_, counts)| counts.calls).sum::<u32>() > CALLS * 9 / 10);
    report.times("counts of 200 campaigns", &timed(|_| store.counts(&campaigns, TODAY, SINCE_30_DAYS).unwrap()), Some(50.0));
    report.times("all campaigns with parts and counts", &timed(|_| store.campaigns(TODAY, SINCE_30_DAYS).unwrap()), None);
    let count = |campaign: CampaignId| store.counts(&[campaign], TODAY, SINCE_30_DAYS).unwrap();
    report.times("counts of the large campaign", &timed(|_| count(LARGE)), Some(50.0));
    report.times("today's calls", &timed(|_| store.today(&account(), TODAY, 480).unwrap()), None);
    let abandoned = store.abandoned(&account(), Timestamp(TODAY.until.0 - 3 * DAY)).unwrap().len();
    let since = Timestamp(TODAY.until.0 - 3 * DAY);
    report.times(&format!("abandoned in 3 days ({abandoned})"), &timed(|_| store.abandoned(&account(), since).unwrap()), None);
    report.times("do-not-call list: last four digits", &timed(|_| store.do_not_call("1380", 0, 100).unwrap()), Some(50.0));
}

/// Another account, all of whose calls of 30 days were made elsewhere.
fn elsewhere(store: &FloorStore, numbers: u32, report: &mut Report) {
    let account = Account { appid: "elsewhere".to_owned(), ..account() };
    let count = 31 * ELSEWHERE;
    let mut bills = data::Bills::new(numbers, count);
    for first in (0..count).step_by(BILLS as usize) {
        store.apply(&[FloorChange::Dialled { account: account.clone(), calls: bills.page(first, BILLS) }]).unwrap();
    }
    let calls = store.elsewhere(&account, SINCE_30_DAYS).unwrap();
    assert!(calls.all.is_some_and(|all| all.calls >= 30 * ELSEWHERE - 1) && calls.shown.len() == usize::from(data::SHOWN));
    report.times("30 days of 25,000 calls made elsewhere", &timed(|_| store.elsewhere(&account, SINCE_30_DAYS).unwrap()), Some(250.0));
}

fn timed<T>(mut question: impl FnMut(u64) -> T) -> Vec<Time> {
    (0..50).map(|round| time(|| question(round)).1).collect()
}

fn argument(name: &str) -> Option<u32> {
    let mut arguments = std::env::args();
    arguments.find(|argument| argument == name)?;
    arguments.next()?.parse().ok()
}

/// The most memory that this process used, in KiB, since it was last reset. `None`: this system does not say it.
fn peak_kib(reset: bool) -> Option<f64> {
    if reset {
        std::fs::write("/proc/self/clear_refs", "5").ok()?;
    }
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.trim().parse().ok()
}
