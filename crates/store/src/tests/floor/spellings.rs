//! Numbers with and without the administrator's prefixes.

use ringside_domain::{
    Campaign, CampaignId, CampaignLimits, CheckRules, DialledOutcome, FloorChange, NumberFilter, NumberRules, ReachedOtherwise, RowRefusal,
};

use super::{NOW, TODAY, account, at, bill, campaign, counts, dialled::add, ended, good, put, rules, set, take, taken};
use crate::FloorStore;

use DialledOutcome::{Abandoned, NotAnswered, Reached};

fn with(prefixes: &[&str]) -> NumberRules {
    NumberRules { prefixes: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect() }
}

/// The digit for an outside line is 9.
fn store() -> FloorStore {
    let store = FloorStore::in_memory().unwrap();
    store.use_numbers(&with(&["9"])).unwrap();
    store
}

fn missed(store: &FloorStore) -> Vec<String> {
    store.abandoned(&account(), at(-1000)).unwrap().into_iter().map(|call| call.key).collect()
}

#[test]
fn a_customer_is_not_missed_if_a_campaign_with_another_spelling_reached_the_same_spelling_later() {
    let store = store();
    take(&store, 1, &["13800138000"]);
    set(&store, 1, 0, taken(-9));
    add(&store, &[bill("a", "913800138000", 0, Abandoned)]);
    assert_eq!(missed(&store), ["a"]);
    let over = Campaign { finished_at: Some(at(5)), ..campaign(1) };
    store.apply(&[put(over)]).unwrap();
    take(&store, 2, &["913800138000"]);
    set(&store, 2, 0, taken(10));
    add(&store, &[bill("b", "913800138000", 20, Reached)]);
    assert_eq!((counts(&store, 1).calls, counts(&store, 2).calls), (1, 1));
    assert_eq!(missed(&store), [""; 0]);
}

#[test]
fn a_customer_is_not_missed_if_the_number_was_reached_with_the_outside_line_and_the_long_distance_zero() {
    let store = store();
    add(&store, &[bill("a", "13800138000", 0, Abandoned), bill("b", "57188886666", 0, Abandoned)]);
    assert_eq!(missed(&store), ["b", "a"]);
    take(&store, 1, &["9013800138000", "9057188886666"]);
    set(&store, 1, 0, taken(10));
    add(&store, &[bill("c", "9013800138000", 20, Reached), bill("d", "9057188886666", 20, Reached)]);
    assert_eq!(missed(&store), [""; 0]);
}

#[test]
fn a_bill_that_comes_again_when_its_campaign_is_not_found_any_more_stays_a_call_of_the_campaigns_number() {
    let store = store();
    take(&store, 1, &["957188886666"]);
    set(&store, 1, 0, taken(-9));
    add(&store, &[bill("a", "957188886666", 0, NotAnswered)]);
    let refused = vec!["957188886666".to_owned()];
    store.apply(&[FloorChange::Part { campaign: CampaignId(1), part: 0, state: taken(-9), refused }]).unwrap();
    add(&store, &[bill("a", "957188886666", 0, Reached)]);
    let row = &store.numbers(CampaignId(1), &NumberFilter::default(), 0, 9).unwrap()[0];
    assert_eq!((row.calls, row.last), (1, Some(Reached)));
}

/// Stores a campaign with these numbers, which may be called once.
fn limited(store: &FloorStore, phones: &[&str]) {
    take(store, 1, phones);
    let mut limited = campaign(1);
    limited.plan.limits.attempts_in_all = Some(1);
    store.apply(&[put(limited)]).unwrap();
}

#[test]
fn attempts_are_counted_in_every_spelling_before_a_part_is_sent() {
    let store = store();
    limited(&store, &["913800138000", "57188886666", "13900139000"]);
    let calls = [bill("a", "913800138000", -9, NotAnswered), bill("b", "9057188886666", -9, NotAnswered)];
    add(&store, &calls);
    store.apply(&[FloorChange::CheckAttempts { campaign: CampaignId(1), part: 0, today: TODAY.since, at: NOW }]).unwrap();
    let left: Vec<String> = store.part_numbers(CampaignId(1), 0).unwrap().into_iter().map(|customer| customer.phone).collect();
    assert_eq!(left, ["13900139000"]);
}

#[test]
fn attempts_are_counted_in_every_spelling_at_an_import() {
    let store = store();
    take(&store, 1, &["913700137000"]);
    set(&store, 1, 0, taken(-99));
    store.apply(&[put(Campaign { finished_at: Some(at(-8)), ..campaign(1) })]).unwrap();
    // The last two are of one customer.
    let calls = [("a", "913800138000"), ("b", "9057188886666"), ("c", "913700137000"), ("d", "13900139000"), ("e", "913900139000")];
    add(&store, &calls.map(|(key, phone)| bill(key, phone, -9, NotAnswered)));
    let phones = ["913800138000", "57188886666", "13700137000", "9013900139000", "13600136000"];
    store.stage(7, &(2..).zip(phones).map(|(row, phone)| good(row, phone)).collect::<Vec<_>>()).unwrap();
    let refused = |in_all, per_day| {
        let limits = CampaignLimits { attempts_in_all: in_all, attempts_per_day: per_day, ..CampaignLimits::default() };
        store.check(7, &account(), &CheckRules { limits, campaign: None }, TODAY).unwrap();
        store.refused(7, 0, 99).unwrap().into_iter().map(|row| (row.row, row.reason)).collect::<Vec<_>>()
    };
    assert_eq!(refused(Some(1), None), [2, 3, 4, 5].map(|row| (row, RowRefusal::AttemptsInAll)));
    assert_eq!(refused(None, Some(1)), [2, 3, 4, 5].map(|row| (row, RowRefusal::AttemptsToday)));
    assert_eq!(refused(Some(2), None), [(5, RowRefusal::AttemptsInAll)]);
    assert_eq!(refused(None, None), []);
}

/// The refused rows of a file with these numbers, the first in row 2; the first rows of its preview foresee the same.
fn refused(store: &FloorStore, import: u64, phones: &[&str]) -> Vec<(u32, RowRefusal)> {
    store.stage(import, &(2..).zip(phones).map(|(row, phone)| good(row, phone)).collect::<Vec<_>>()).unwrap();
    store.check(import, &account(), &rules(), TODAY).unwrap();
    let refused: Vec<_> = store.refused(import, 0, 99).unwrap().into_iter().map(|row| (row.row, row.reason)).collect();
    let foreseen = store.foresee(&account(), phones).unwrap();
    assert_eq!((2..).zip(foreseen).filter_map(|(row, refusal)| Some((row, refusal?))).collect::<Vec<_>>(), refused);
    refused
}

#[test]
fn a_customer_is_once_in_a_file_in_whatever_spellings() {
    let phones = ["913800138000", "57188886666", "13800138000", "9057188886666", "13900139000", "9013800138000", "995588", "95588"];
    let double = |rows: &[u32]| rows.iter().map(|row| (*row, RowRefusal::Duplicate)).collect::<Vec<_>>();
    assert_eq!(refused(&store(), 7, &phones), double(&[4, 5, 7, 9]));
    assert_eq!(refused(&FloorStore::in_memory().unwrap(), 7, &phones), [], "without prefixes these are different numbers");
}

#[test]
fn a_customer_who_waits_in_another_campaign_is_not_called_by_another_spelling() {
    let store = store();
    take(&store, 1, &["13800138000", "9057188886666", "913900139000", "13600136000"]);
    let phones = ["9013800138000", "13700137000", "57188886666", "13900139000", "913600136000"];
    assert_eq!(refused(&store, 7, &phones), [2, 4, 5, 6].map(|row| (row, RowRefusal::InOtherCampaign)));
    store.apply(&[put(ended(1))]).unwrap();
    assert_eq!(refused(&store, 8, &phones), [], "the campaign is over");
}

#[test]
fn a_customer_who_was_reached_since_the_list_was_drawn_is_not_called_back() {
    let store = store();
    let phones = ["913800138000", "57188886666", "13700137000", "13600136000", "13500135000"];
    add(&store, &phones.map(|phone| bill(phone, phone, 0, Abandoned)));
    let stage = |import| store.stage(import, &(2..).zip(phones).map(|(row, phone)| good(row, phone)).collect::<Vec<_>>()).unwrap();
    store.begin_rescue(7);
    stage(7);
    stage(8);
    let check = |import| store.check(import, &account(), &rules(), TODAY).unwrap();
    assert_eq!((check(7).good, check(8).good), (5, 5));
    // The wizard is left open meanwhile.
    add(
        &store,
        &[bill("b", "13800138000", 20, Reached), bill("c", "913700137000", 20, NotAnswered), bill("d", "13500135000", 20, Abandoned)],
    );
    let reached = ReachedOtherwise { phone: "9057188886666".to_owned(), at: at(9) };
    let earlier = ReachedOtherwise { phone: "13600136000".to_owned(), at: at(-9) };
    store.apply(&[FloorChange::Reached { account: account(), customers: vec![reached, earlier] }]).unwrap();
    assert_eq!((check(7).good, check(7).refused), (3, vec![(RowRefusal::ReachedSince, 2)]));
    assert_eq!(store.refused(7, 0, 9).unwrap().iter().map(|row| row.row).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(check(8).good, 5, "a person's own file is not a list of customers to be called back");
    // Reached after the check, before the campaign is made.
    add(&store, &[bill("e", "913600136000", 30, Reached)]);
    let parts = store.apply(&[put(campaign(1)), FloorChange::TakeImport { import: 7, campaign: CampaignId(1) }]).unwrap();
    assert_eq!(parts.iter().map(|part| part.count).sum::<u32>(), 2);
}
