use ringside_domain::{CallId, Extension, Language, ProblemCode, QueueName, Sums};
use ringside_store::{ChainedCalls, LedgerRow};

use super::*;
use crate::texts::Texts;

fn receipt() -> ShiftReceipt {
    let from = Timestamp(1_772_928_000_000); // 2026-03-08T00:00:00Z
    let queue = || QueueName("sales".into());
    let leave = || Duty::Leave { queue: queue() };
    let extension = || Extension("100001".into());
    let entries = [
        (100, LedgerEntry::Confirmed { wish: 9 }),
        (28_800_000, LedgerEntry::Started { version: "0.1.0".into() }),
        (28_801_000, LedgerEntry::SignedIn { extension: Extension("100001".into()), agent_id: "10".into() }),
        (28_802_000, LedgerEntry::QueueJoined { queue: queue(), already: false }),
        (28_802_000, LedgerEntry::Wished { wish: 1, state: WishedState::Busy, by: SetBy::SignIn }),
        (28_803_200, LedgerEntry::Confirmed { wish: 1 }),
        (28_900_000, LedgerEntry::Wished { wish: 2, state: WishedState::Available, by: SetBy::Window }),
        (28_910_000, LedgerEntry::Unconfirmed { wish: 2 }),
        (28_912_000, LedgerEntry::RolledBack { wish: 2, code: ProblemCode::Refused, queues: vec![queue()] }),
        (29_000_000, LedgerEntry::Call { call: CallId(1), sign: CallSign::Ended }),
        (29_100_000, LedgerEntry::Call { call: CallId(1), sign: CallSign::Completed }),
        (30_000_000, LedgerEntry::QueueLost { queue: queue() }),
        (30_001_000, LedgerEntry::SigningOut { queues: vec![] }),
        (
            30_002_000,
            LedgerEntry::Unanswered { duty: leave(), extension: extension(), agent_id: "10".into(), code: ProblemCode::ServerError },
        ),
        (30_003_000, LedgerEntry::MadeUp { duty: leave(), extension: extension(), agent_id: "10".into() }),
        (
            30_004_000,
            LedgerEntry::GivenUp { duty: Duty::EndToken, extension: extension(), agent_id: "10".into(), code: ProblemCode::Refused },
        ),
        (30_005_000, LedgerEntry::SignedOut),
    ];
    let rows: Vec<LedgerRow> = (5..)
        .zip(entries)
        .map(|(id, (after, entry))| LedgerRow { id, at: Timestamp(from.0 + after), entry: Some(entry), hash: ChainHash::default() })
        .collect();
    let last = rows.last().map(|row| ChainLink { id: row.id, at: row.at, hash: row.hash });
    let chain = Chain { entries: 18, last, calls: ChainedCalls { same: 1, gone: 2, changed: vec![] }, ..Chain::default() };
    let sums = Sums { answered: 1, talk_seconds: 3725, ..Sums::default() };
    ShiftReceipt { from, to: Timestamp(from.0 + 86_400_000), rows, chain, sums }
}

fn page(texts: &ReceiptTexts) -> Page<'_> {
    Page { texts, zone: TimeZone::UTC, now: Timestamp(1_772_992_800_000) }
}

#[test]
fn a_page_shows_a_days_calls_its_states_and_its_hash() {
    let text = page(&Texts::of(Language::English).receipt).of(&receipt());
    for line in [
        "Ringside · shift receipt for 2026-03-08",
        "Made 2026-03-08 18:00:00 (+00:00). All times are of this computer's clock.",
        "  1 answered, 0 missed, 0 outgoing without an answer",
        "  Talk 1:02:05, ring 0:00:00, after-call work 0:00:00",
        "  1 ended at this desk, as the ledger has it",
        "  08:00:02  Busy, wished for by the sign-in's setting → confirmed by the platform after 1.2 s",
        "  08:01:40  Available, wished for by the agent → not seen at the platform after 10.0 s → not done in sales (Refused) after 12.0 s",
        "  08:20:00  Taken out of queue sales",
        "  08:20:02  Not known to be done, tried again: agent 10 out of queue sales (ServerError)",
        "  08:20:03  Done after all: agent 10 out of queue sales",
        "  08:20:04  Given up, not known to be done: the end of the sign-in at the platform (Refused)",
        "  Entries of this day: 17, numbers 5 to 21",
        "  The chain of 18 entries is sound.",
        "  Calls in the log: 1 as they were entered, 2 no longer there (deleted by retention, or otherwise)",
        "  0000000000000000000000000000000000000000000000000000000000000000",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert_eq!(text.matches("confirmed by the platform").count(), 1, "a wish of the day before is not on the page");
}

#[test]
fn all_values_are_filled_in_in_both_languages() {
    let mut receipt = receipt();
    receipt.rows.push(LedgerRow { entry: None, ..receipt.rows[0].clone() });
    for texts in [Language::English, Language::Chinese].map(|language| &Texts::of(language).receipt) {
        for broken in [None, Some(Broken::Changed(3)), Some(Broken::Missing(3))] {
            for found in [None, receipt.chain.last] {
                receipt.chain.broken = broken;
                receipt.chain.noted = found;
                receipt.chain.calls.changed = (1..=21).map(CallId).collect();
                let text = page(texts).of(&receipt) + &page(texts).verdict(&receipt.chain, Some(ChainHash::default()));
                assert!(!text.contains(['{', '}']), "{text}");
            }
        }
    }
}

#[test]
fn the_page_of_a_day_without_entries_says_so() {
    let empty = ShiftReceipt { rows: vec![], chain: Chain::default(), ..receipt() };
    let text = page(&Texts::of(Language::English).receipt).of(&empty);
    assert!(text.contains("Nothing was entered on this day.") && text.contains("The ledger is empty."), "{text}");
}

#[test]
fn the_json_contains_the_first_broken_entry_and_reports_a_noted_hash_that_is_missing() {
    let mut chain = receipt().chain;
    assert_eq!(as_json(&chain, None)["sound"], true);
    assert_eq!(as_json(&chain, Some(ChainHash::default()))["sound"], false, "the noted hash is not in the chain");
    chain.broken = Some(Broken::Missing(7));
    let said = as_json(&chain, None);
    assert_eq!((&said["sound"], &said["broken"]), (&json!(false), &json!({ "entry": 7, "why": "missing" })));
}
