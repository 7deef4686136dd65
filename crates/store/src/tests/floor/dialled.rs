//! The dialler's calls: their campaigns, counts, and the customers who reached nobody.

use ringside_domain::{
    CampaignId, Customer, Dialled, DialledOutcome, DoNotCall, Ending, FloorChange, NumberFilter, NumberRules, PartState, Problem,
    ProblemCode, ReachedOtherwise, ReadRow,
};

use super::{NOW, SINCE_30_DAYS, TODAY, account, another, at, bill, campaign, counts, put, rules, sending, set, take, taken};
use crate::{FloorStore, StagedRow};

use DialledOutcome::{Abandoned, NotAnswered, Reached};

fn store(bills: &[Dialled]) -> FloorStore {
    let store = FloorStore::in_memory().unwrap();
    add(&store, bills);
    store
}

pub(super) fn add(store: &FloorStore, bills: &[Dialled]) {
    store.apply(&[FloorChange::Dialled { account: account(), calls: bills.to_vec() }]).unwrap();
}

/// The campaign that the call with this key is counted for.
fn campaign_of(store: &FloorStore, key: &str) -> Option<i64> {
    store.read(|db| db.query_row("SELECT campaign FROM dialled WHERE bill = ?1", [key], |row| row.get(0))).unwrap()
}

#[test]
fn a_call_is_counted_for_the_newest_campaign_that_sent_its_number_before() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, &["100", "101"]);
    set(&store, 1, 0, sending(10));
    set(&store, 1, 0, taken(11));
    store.apply(&[super::put(super::ended(1))]).unwrap();
    take(&store, 2, &["100", "101"]);
    set(&store, 2, 0, sending(20));
    store.apply(&[super::put(super::ended(2))]).unwrap();
    take(&store, 3, &["100"]);

    let bills = [("a", "100", 7), ("b", "100", 8), ("c", "1-00", 17), ("d", "100", 18), ("e", "100", 99), ("f", "102", 99), ("g", "", 99)];
    add(&store, &bills.map(|(key, phone, began)| bill(key, phone, began, Reached)));
    let of = |key| campaign_of(&store, key);
    assert_eq!(bills.map(|(key, ..)| of(key)), [None, Some(1), Some(1), Some(2), Some(2), None, None]);
    assert_eq!((counts(&store, 1).calls, counts(&store, 2).calls, counts(&store, 3).calls), (2, 2, 0), "the third did not send");
    assert_eq!((counts(&store, 1).called, counts(&store, 2).called), (1, 1));
}

#[test]
fn a_bill_whose_number_has_the_long_distance_zero_is_counted_for_the_campaign_that_sent_it_without() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, &["13800138000"]);
    set(&store, 1, 0, sending(10));
    set(&store, 1, 0, taken(11));
    add(&store, &[bill("a", "013800138000", 20, Abandoned), bill("b", "+8613800138000", 30, Reached)]);
    let counts = counts(&store, 1);
    assert_eq!((counts.called, counts.calls, counts.answered, counts.abandoned, counts.reached), (1, 2, 2, 1, 1));
    assert_eq!(store.abandoned(&account(), at(0)).unwrap(), [], "the customer was reached later");
}

#[test]
fn the_customer_of_a_call_has_the_data_and_the_spelling_of_its_campaign() {
    let store = FloorStore::in_memory().unwrap();
    let customer = Customer {
        phone: "13800138000".to_owned(),
        at: Some(at(5)),
        agent_id: "801".to_owned(),
        member_id: "M-1".to_owned(),
        customer_id: "C-1".to_owned(),
        maturity: "3".to_owned(),
    };
    let other = Customer { phone: "101".to_owned(), ..Customer::default() };
    let row = |row, customer: &Customer| StagedRow {
        row,
        read: ReadRow::Good { customer: customer.clone(), repaired: false },
        text: String::new(),
    };
    store.stage(1, &[row(2, &other), row(3, &customer)]).unwrap();
    store.check(1, &account(), &rules(), TODAY).unwrap();
    store.apply(&[put(campaign(1)), FloorChange::TakeImport { import: 1, campaign: CampaignId(1) }]).unwrap();
    set(&store, 1, 0, sending(10));
    set(&store, 1, 0, taken(11));
    add(&store, &[bill("a", "013800138000", 20, Abandoned), bill("b", "77", 20, Abandoned), bill("c", "101", 20, Abandoned)]);
    let found = store.customers_of_calls(&account(), &["b", "gone", "a"].map(String::from)).unwrap();
    let elsewhere = Customer { phone: "77".to_owned(), customer_id: "c1".to_owned(), ..Customer::default() };
    assert_eq!(found, [elsewhere, Customer { at: None, ..customer }], "the preset time was that of the first call");
    assert_eq!(store.customers_of_calls(&another(), &["a".to_owned()]).unwrap(), [], "of another account");
}

#[test]
fn a_number_that_the_platform_refused_was_not_called_by_the_campaign() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, &["100", "101"]);
    let refused = vec!["100".to_owned()];
    store.apply(&[FloorChange::Part { campaign: CampaignId(1), part: 0, state: taken(0), refused }]).unwrap();
    add(&store, &[bill("a", "100", 1, Reached), bill("b", "101", 1, Reached)]);
    assert_eq!((campaign_of(&store, "a"), campaign_of(&store, "b")), (None, Some(1)));
}

#[test]
fn a_sending_that_failed_for_certain_called_nobody_but_one_of_unknown_outcome_may_have() {
    let failed = || PartState::Failed { at: NOW, problem: Problem::new(ProblemCode::StoreFailed, "x", true) };
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, &["100"]);
    set(&store, 1, 0, sending(0));
    set(&store, 1, 0, failed());
    add(&store, &[bill("a", "100", 5, NotAnswered)]);
    assert_eq!(campaign_of(&store, "a"), None);
    set(&store, 1, 0, sending(10));
    set(&store, 1, 0, PartState::Unknown { since: at(12) });
    set(&store, 1, 0, sending(20));
    set(&store, 1, 0, failed());
    add(&store, &[bill("b", "100", 7, NotAnswered), bill("c", "100", 15, NotAnswered)]);
    assert_eq!((campaign_of(&store, "b"), campaign_of(&store, "c")), (None, Some(1)));
}

#[test]
fn the_evidence_for_an_unknown_part_is_how_many_of_its_numbers_were_called() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, &["100", "101", "102"]);
    assert_eq!(store.evidence(CampaignId(1)).unwrap(), []);
    set(&store, 1, 0, sending(0));
    set(&store, 1, 0, PartState::Unknown { since: at(9) });
    add(&store, &[bill("a", "100", 5, NotAnswered), bill("b", "100", 6, NotAnswered), bill("c", "102", 6, Reached)]);
    assert_eq!(store.evidence(CampaignId(1)).unwrap(), [(0, 2)]);
    set(&store, 1, 0, taken(10));
    assert_eq!(store.evidence(CampaignId(1)).unwrap(), []);
    assert_eq!(counts(&store, 1).called, 2, "a new fate leaves a called number called");
}

#[test]
fn a_bill_that_comes_again_is_one_call_and_the_one_that_knows_more_stays() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, &["100"]);
    set(&store, 1, 0, taken(-9));
    add(&store, &[bill("a", "100", 0, NotAnswered)]);
    add(&store, &[bill("a", "100", 0, Reached)]);
    add(&store, &[bill("a", "100", 0, Abandoned)]);
    let counts = counts(&store, 1);
    assert_eq!((counts.calls, counts.answered, counts.reached, counts.abandoned), (1, 1, 1, 0));
    let row = &store.numbers(CampaignId(1), &NumberFilter::default(), 0, 9).unwrap()[0];
    assert_eq!((row.calls, row.last, row.last_at), (1, Some(Reached), Some(NOW)));
}

#[test]
fn calls_are_counted_in_all_today_and_over_thirty_days() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, &["100"]);
    set(&store, 1, 0, taken(-10_000_000));
    let day = 86_400;
    let from = (TODAY.since.0 - NOW.0) / 1000;
    let calls = [
        ("a", from, Reached),
        ("b", from - 1, Reached),
        ("c", 0, Abandoned),
        ("d", from - 29 * day, Abandoned),
        ("e", from - 29 * day - 1, Abandoned),
        ("f", 0, NotAnswered),
    ];
    add(&store, &calls.map(|(key, began, outcome)| bill(key, "100", began, outcome)));
    let counts = counts(&store, 1);
    assert_eq!((counts.calls, counts.answered, counts.reached, counts.abandoned, counts.called), (6, 5, 2, 3, 1));
    assert_eq!((counts.answered_today, counts.abandoned_today), (2, 1));
    assert_eq!((counts.answered_30_days, counts.abandoned_30_days), (4, 2));
    assert_eq!(store.campaigns(TODAY, SINCE_30_DAYS).unwrap()[0].counts, counts);
}

#[test]
fn the_calls_of_today_are_summed_by_the_hour_of_the_platforms_clock() {
    // NOW is 23:59:59 in UTC, and 07:59:59 of the next day in Beijing.
    let waited = |seconds, call: Dialled| Dialled { waited_seconds: seconds, ..call };
    let calls = [
        waited(7, bill("a", "100", 0, Reached)),
        waited(9, bill("b", "101", 0, Abandoned)),
        waited(50, bill("c", "102", -3600, NotAnswered)),
        waited(99, bill("d", "103", -90_000, Reached)),
    ];
    let store = store(&calls);
    let utc = store.today(&account(), TODAY, 0).unwrap();
    assert_eq!((utc.answered, utc.reached, utc.abandoned, utc.longest_wait_seconds), (2, 1, 1, 9));
    assert_eq!((utc.hours.len(), utc.hours[23], utc.hours[22]), (24, (2, 1), (1, 0)));
    let beijing = store.today(&account(), TODAY, 480).unwrap();
    assert_eq!((beijing.hours[7], beijing.hours[6]), ((2, 1), (1, 0)));
}

#[test]
fn the_customers_who_reached_nobody_are_listed_once_newest_first() {
    let calls = [
        bill("a", "100", -50, Abandoned),
        bill("b", "100", -40, Abandoned),
        bill("c", "100", -30, NotAnswered),
        // Reached later.
        bill("d", "101", -50, Abandoned),
        bill("e", "101", -20, Reached),
        // Reached before.
        bill("f", "102", -50, Reached),
        bill("g", "1-02", -10, Abandoned),
        bill("h", "103", -5000, Abandoned),
        bill("i", "104", -9, Abandoned),
        bill("j", "anonymous", -9, Abandoned),
        // At the same moment: the later row counts.
        bill("k", "105", -8, Abandoned),
        bill("l", "105", -8, Abandoned),
    ];
    let store = store(&calls);
    let entry = DoNotCall { phone: "10-4".to_owned(), since: NOW, by: String::new(), reason: String::new() };
    store.apply(&[FloorChange::AddDoNotCall(vec![entry])]).unwrap();
    let found = store.abandoned(&account(), at(-100)).unwrap();
    assert_eq!(found.iter().map(|call| call.key.as_str()).collect::<Vec<_>>(), ["l", "g", "b"]);
    assert_eq!(found[2], calls[1]);
    assert_eq!(store.abandoned(&account(), at(-10_000)).unwrap().len(), 4);
    add(&store, &[bill("z", "100", -1, Reached)]);
    assert_eq!(store.abandoned(&account(), at(-100)).unwrap().len(), 2);
}

#[test]
fn a_customer_whom_another_call_reached_since_is_not_missed_any_more_in_any_spelling() {
    let store = store(&[
        bill("a", "013800138000", -50, Abandoned),
        bill("b", "13900139000", -50, Abandoned),
        bill("c", "100", -50, Abandoned),
        bill("d", "02188886666", -50, Abandoned),
    ]);
    let reached = |phone: &str, seconds| ReachedOtherwise { phone: phone.to_owned(), at: at(seconds) };
    let missed = |store: &FloorStore| {
        let found = store.abandoned(&account(), at(-100)).unwrap();
        found.into_iter().map(|call| call.key).collect::<Vec<_>>()
    };
    assert_eq!(missed(&store), ["d", "c", "b", "a"]);
    // Reached before the call that reached nobody, and at the same second.
    store
        .apply(&[FloorChange::Reached { account: account(), customers: vec![reached("100", -51), reached("+86 138-0013-8000", -50)] }])
        .unwrap();
    assert_eq!(missed(&store), ["d", "c", "b"]);
    store.apply(&[FloorChange::Reached { account: account(), customers: vec![reached("0086 139 0013 9000", -10)] }]).unwrap();
    assert_eq!(missed(&store), ["d", "c"]);
    // An older call that is learnt of later changes nothing.
    store.apply(&[FloorChange::Reached { account: account(), customers: vec![reached("13900139000", -90)] }]).unwrap();
    assert_eq!(missed(&store), ["d", "c"]);
    // Missed again.
    add(&store, &[bill("e", "13900139000", -5, Abandoned)]);
    assert_eq!(missed(&store), ["e", "d", "c"]);
    // The digit for an outside line.
    store.use_numbers(&NumberRules { prefixes: vec!["9".to_owned()] }).unwrap();
    store.apply(&[FloorChange::Reached { account: account(), customers: vec![reached("902188886666", -1)] }]).unwrap();
    assert_eq!(missed(&store), ["e", "c"]);
}

#[test]
fn a_bill_with_the_companys_own_prefix_is_of_the_number_that_was_sent_without_it() {
    let store = FloorStore::in_memory().unwrap();
    store.use_numbers(&NumberRules { prefixes: vec!["9".to_owned()] }).unwrap();
    take(&store, 1, &["13800138000", "913900139000"]);
    set(&store, 1, 0, taken(-99));
    let calls = [bill("a", "9013800138000", 0, Reached), bill("b", "913900139000", 0, Abandoned), bill("c", "8013800138000", 0, Reached)];
    add(&store, &calls);
    assert_eq!(["a", "b", "c"].map(|key| campaign_of(&store, key)), [Some(1), Some(1), None]);
    let rows = store.numbers(CampaignId(1), &NumberFilter::default(), 0, 9).unwrap();
    assert_eq!(rows.iter().map(|row| row.last).collect::<Vec<_>>(), [Some(Reached), Some(Abandoned)]);
    assert_eq!(store.abandoned(&account(), at(-100)).unwrap().len(), 1);
}

#[test]
fn the_time_until_which_calls_are_stored_is_kept() {
    let store = FloorStore::in_memory().unwrap();
    assert_eq!(store.dialled_until().unwrap(), []);
    store.apply(&[FloorChange::DialledUntil { account: account(), until: NOW }]).unwrap();
    store.apply(&[FloorChange::DialledUntil { account: another(), until: at(-9) }]).unwrap();
    assert_eq!(store.dialled_until().unwrap(), [(account(), NOW), (another(), at(-9))], "each account has its own");
}

#[test]
fn the_calls_of_two_accounts_are_never_mixed() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, &["100"]);
    set(&store, 1, 0, taken(0));
    // The other account's platform gives the same ids to its bills, and its customer has the same number.
    add(&store, &[bill("a", "100", 5, Abandoned)]);
    let theirs = vec![bill("a", "100", 6, Reached), bill("b", "101", 6, Abandoned)];
    store.apply(&[FloorChange::Dialled { account: another(), calls: theirs }]).unwrap();
    assert_eq!((counts(&store, 1).calls, counts(&store, 1).answered), (1, 1));
    let keys =
        |account: &ringside_domain::Account| store.abandoned(account, at(0)).unwrap().into_iter().map(|call| call.key).collect::<Vec<_>>();
    assert_eq!((keys(&account()), keys(&another())), (vec!["a".to_owned()], vec!["b".to_owned()]));
    let answered = |account: &ringside_domain::Account| {
        store.today(account, ringside_domain::Span { since: at(0), until: at(9) }, 0).unwrap().answered
    };
    assert_eq!((answered(&account()), answered(&another())), (1, 2));

    // A check for the other account: its calls count, and the campaigns of this account do not.
    let limits = ringside_domain::CampaignLimits { attempts_in_all: Some(1), ..ringside_domain::CampaignLimits::default() };
    let rules = ringside_domain::CheckRules { limits, campaign: None };
    store.stage(9, &[super::good(2, "100"), super::good(3, "101"), super::good(4, "102")]).unwrap();
    let refused = |account: &ringside_domain::Account| store.check(9, account, &rules, TODAY).unwrap().refused;
    use ringside_domain::RowRefusal::{AttemptsInAll, InOtherCampaign};
    assert_eq!(refused(&account()), [(InOtherCampaign, 1)]);
    assert_eq!(refused(&another()), [(AttemptsInAll, 2)]);
    let theirs = ringside_domain::Campaign { account: another(), ..super::campaign(2) };
    let parts = store.apply(&[super::put(theirs), FloorChange::TakeImport { import: 9, campaign: CampaignId(2) }]).unwrap();
    assert_eq!(parts.iter().map(|part| part.count).sum::<u32>(), 1, "the check is made for the campaign's account");
}

#[test]
fn a_number_that_was_called_often_enough_meanwhile_is_refused_before_its_part_is_sent() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, &["100", "101", "102", "103"]);
    let mut limited = super::campaign(1);
    limited.plan.limits.attempts_per_day = Some(1);
    limited.plan.limits.attempts_in_all = Some(2);
    store.apply(&[super::put(limited)]).unwrap();
    let before = (TODAY.since.0 - NOW.0) / 1000 - 1;
    add(&store, &[bill("a", "100", 0, NotAnswered), bill("b", "101", before, NotAnswered), bill("c", "102", before, NotAnswered)]);
    add(&store, &[bill("d", "0102", before - 9, Reached)]);
    let check = FloorChange::CheckAttempts { campaign: CampaignId(1), part: 0, today: TODAY.since, at: NOW };
    let sends = FloorChange::Part { campaign: CampaignId(1), part: 0, state: sending(0), refused: Vec::new() };
    store.apply(&[sends, check]).unwrap();
    let sent: Vec<String> = store.part_numbers(CampaignId(1), 0).unwrap().into_iter().map(|customer| customer.phone).collect();
    assert_eq!(sent, ["101", "103"]);
    set(&store, 1, 0, taken(1));
    let rows = store.numbers(CampaignId(1), &NumberFilter::default(), 0, 9).unwrap();
    use ringside_domain::{NumberFate, RowRefusal};
    let seen: Vec<_> = rows.into_iter().map(|row| (row.fate, row.reason)).collect();
    let refused = |reason| (NumberFate::Refused, Some(reason));
    let taken = (NumberFate::Taken, None);
    assert_eq!(seen, [refused(RowRefusal::AttemptsToday), taken, refused(RowRefusal::AttemptsInAll), taken]);
    assert_eq!((counts(&store, 1).refused, counts(&store, 1).taken), (2, 2));
    let entry = &store.ledger(0, 1).unwrap()[0];
    assert_eq!((entry.what.as_str(), entry.detail.as_str()), ("refuseNumbers", "part 0: 2 numbers that were called often enough"));
}

#[test]
fn the_five_most_frequent_endings_of_the_last_thousand_unanswered_calls_are_counted() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, &["100"]);
    set(&store, 1, 0, taken(-9));
    assert_eq!(store.endings(CampaignId(1)).unwrap(), []);
    let call = |number: u32, ending, outcome| {
        let began = i64::from(number);
        Dialled { ending, ..bill(&number.to_string(), "100", began, outcome) }
    };
    let old = (0..10).map(|number| call(number, Some(Ending::Refused), NotAnswered));
    let kind = |number: u32| match number % 100 {
        0..50 => Some(Ending::NoAnswer),
        50..80 => Some(Ending::CustomerBusy),
        80..90 => None,
        90..95 => Some(Ending::LineFailure),
        95..98 => Some(Ending::Cancelled),
        98 => Some(Ending::Other(10_020)),
        _ => Some(Ending::Other(10_021)),
    };
    let new = (100..1100).map(|number| call(number, kind(number), NotAnswered));
    let answered = (1100..1200).map(|number| call(number, Some(Ending::Normal), Reached));
    add(&store, &old.chain(new).chain(answered).collect::<Vec<_>>());
    let seen: Vec<_> = store.endings(CampaignId(1)).unwrap().into_iter().map(|seen| (seen.ending, seen.calls)).collect();
    use Ending::{Cancelled, CustomerBusy, LineFailure, NoAnswer, Other};
    assert_eq!(seen, [(NoAnswer, 500), (CustomerBusy, 300), (LineFailure, 50), (Cancelled, 30), (Other(10_020), 10)]);
    // A bill that says nothing of the ending leaves what is known.
    add(&store, &[call(1099, None, NotAnswered), call(1098, None, NotAnswered)]);
    assert_eq!(store.endings(CampaignId(1)).unwrap().len(), 5);
    assert_eq!(store.endings(CampaignId(1)).unwrap()[4].calls, 10);
}

#[test]
fn a_call_is_of_one_number_even_if_the_campaign_has_it_with_and_without_a_prefix() {
    let store = FloorStore::in_memory().unwrap();
    store.use_numbers(&NumberRules { prefixes: vec!["9".to_owned()] }).unwrap();
    take(&store, 1, &["957188886666", "57188886666"]);
    set(&store, 1, 0, taken(-9));
    add(&store, &[bill("a", "957188886666", 0, NotAnswered)]);
    let counts = counts(&store, 1);
    assert_eq!((counts.calls, counts.called), (1, 1));
}

#[test]
fn a_customer_in_two_spellings_who_was_reached_later_is_not_missed() {
    let store = FloorStore::in_memory().unwrap();
    store.use_numbers(&NumberRules { prefixes: vec!["9".to_owned()] }).unwrap();
    // The campaign's file has the digit for an outside line.
    take(&store, 1, &["913800138000"]);
    set(&store, 1, 0, taken(-9));
    add(&store, &[bill("a", "913800138000", 0, Abandoned), bill("b", "13800138000", 60, Reached)]);
    assert_eq!(store.abandoned(&account(), at(-10)).unwrap(), []);
}

#[test]
fn withheld_numbers_are_no_customer() {
    let store = FloorStore::in_memory().unwrap();
    let customers = vec![ReachedOtherwise { phone: "anonymous".to_owned(), at: at(90) }];
    add(&store, &[bill("a", "anonymous", 0, Abandoned), bill("b", "", 1, Abandoned), bill("c", "13800138000", 1, Abandoned)]);
    store.apply(&[FloorChange::Reached { account: account(), customers }]).unwrap();
    let missed: Vec<String> = store.abandoned(&account(), at(-10)).unwrap().into_iter().map(|call| call.key).collect();
    assert_eq!(missed, ["c"]);
    let all = store.elsewhere(&account(), SINCE_30_DAYS).unwrap().all.unwrap();
    assert_eq!((all.calls, all.customers), (3, 1));
}
