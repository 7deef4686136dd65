//! Staging, checking and taking imports.

use std::{sync::Barrier, thread};

use ringside_domain::{
    Account, Campaign, CampaignId, CampaignLimits, CheckRules, Customer, DialledOutcome, DoNotCall, FloorChange, NumberDoubt, NumberFilter,
    PartState, ReadRow, RowRefusal, Running, SheetCheck, TaskKnown,
};

use super::{NOW, SINCE_30_DAYS, TODAY, account, another, at, bill, campaign, ended, good, put, rules, sending, set, take, taken};
use crate::{FloorStore, RefusedRow, StagedRow, StoreError};

fn refused(row: u32, reason: RowRefusal, text: &str) -> StagedRow {
    StagedRow { row, read: ReadRow::Refused { reason, text: text.to_owned() }, text: String::new() }
}

fn staged(phones: &[&str]) -> FloorStore {
    let store = FloorStore::in_memory().unwrap();
    stage(&store, 1, phones);
    store
}

fn stage(store: &FloorStore, import: u64, phones: &[&str]) {
    store.stage(import, &(2..).zip(phones).map(|(row, phone)| good(row, phone)).collect::<Vec<_>>()).unwrap();
}

/// The refused rows with their reasons.
fn reasons(store: &FloorStore, import: u64, rules: &CheckRules) -> Vec<(u32, RowRefusal)> {
    store.check(import, &account(), rules, TODAY).unwrap();
    store.refused(import, 0, 1000).unwrap().into_iter().map(|row| (row.row, row.reason)).collect()
}

fn phones(store: &FloorStore, campaign: i64) -> Vec<String> {
    let rows = store.numbers(CampaignId(campaign), &NumberFilter::default(), 0, 100_000).unwrap();
    rows.into_iter().map(|row| row.customer.phone).collect()
}

#[test]
fn a_check_counts_good_repaired_doubtful_and_refused_rows() {
    let store = FloorStore::in_memory().unwrap();
    let customer = |phone: &str| Customer { phone: phone.to_owned(), ..Customer::default() };
    let repaired = StagedRow { row: 3, read: ReadRow::Good { customer: customer("101"), repaired: true }, text: "'101".to_owned() };
    let doubt = |row, text: &str| StagedRow {
        row,
        read: ReadRow::Doubtful { doubt: NumberDoubt::Exponent, text: text.to_owned(), proposal: "13800000000".to_owned() },
        text: text.to_owned(),
    };
    store.stage(1, &[good(2, "100"), repaired]).unwrap();
    store.stage(1, &[doubt(4, "1.38E+10"), doubt(5, "1.39E+10"), refused(6, RowRefusal::Spoilt, "1E9"), good(7, "100")]).unwrap();
    // Two numbers of one cell.
    store.stage(1, &[good(8, "102"), good(8, "103")]).unwrap();
    let refused = vec![(RowRefusal::Spoilt, 1), (RowRefusal::Duplicate, 1)];
    let expected = SheetCheck { rows: 7, good: 4, repaired: 1, refused, doubts: Vec::new() };
    assert_eq!(store.check(1, &account(), &rules(), TODAY).unwrap(), expected);
    let row = |row, reason, text: &str, phone: &str| RefusedRow { row, reason, text: text.to_owned(), phone: phone.to_owned() };
    assert_eq!(store.refused(1, 0, 9).unwrap(), [row(6, RowRefusal::Spoilt, "1E9", ""), row(7, RowRefusal::Duplicate, "100", "100")]);
    assert_eq!(store.refused(1, 1, 9).unwrap().len(), 1);
    assert_eq!(store.refused(1, 0, 1).unwrap()[0].row, 6);
}

#[test]
fn of_equal_numbers_the_first_row_is_taken_in_any_spelling_of_the_digits() {
    let store = staged(&["300", "100", "300", "100", "008613800138000", "100", "8613800138000"]);
    assert_eq!(reasons(&store, 1, &rules()), [4, 5, 7, 8].map(|row| (row, RowRefusal::Duplicate)));
    store.apply(&[put(campaign(1)), FloorChange::TakeImport { import: 1, campaign: CampaignId(1) }]).unwrap();
    assert_eq!(phones(&store, 1), ["300", "100", "008613800138000"], "in the order of the file");
}

#[test]
fn numbers_of_a_campaign_that_is_not_over_are_refused() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, &["100", "101", "102", "103"]);
    let refused = vec!["101".to_owned()];
    store.apply(&[FloorChange::Part { campaign: CampaignId(1), part: 0, state: taken(0), refused }]).unwrap();
    store.apply(&[FloorChange::RemoveNumbers { campaign: CampaignId(1), phones: vec!["102".to_owned()] }]).unwrap();
    take(&store, 2, &["200"]);
    take(&store, 3, &["300"]);
    set(&store, 3, 0, PartState::Unknown { since: NOW });
    store.apply(&[put(ended(4))]).unwrap();
    take(&store, 4, &["400"]);
    store.apply(&[put(ended(4))]).unwrap();

    let all = ["100", "101", "102", "103", "200", "300", "400"];
    stage(&store, 1, &all);
    let other = RowRefusal::InOtherCampaign;
    let in_use = [(2, other), (5, other), (6, other), (7, other)];
    assert_eq!(reasons(&store, 1, &rules()), in_use, "taken, waiting and unknown ones; not refused, removed, or of an ended campaign");
    let added = CheckRules { campaign: Some(CampaignId(4)), ..rules() };
    assert_eq!(reasons(&store, 1, &added)[4..], [(8, other)], "also those of the campaign that they are added to, even if it is over");
}

#[test]
fn numbers_on_the_do_not_call_list_are_refused_in_any_spelling() {
    let store = staged(&["100", "008613800138000", "13800138000"]);
    let entry = |phone: &str| DoNotCall { phone: phone.to_owned(), since: NOW, by: String::new(), reason: String::new() };
    store.apply(&[FloorChange::AddDoNotCall(vec![entry("+86 138-0013-8000"), entry("1-0-0")])]).unwrap();
    let refused = [2, 3, 4].map(|row| (row, RowRefusal::DoNotCall));
    assert_eq!(reasons(&store, 1, &rules()), refused);
    store.apply(&[FloorChange::RemoveDoNotCall(vec!["100".to_owned()])]).unwrap();
    assert_eq!(reasons(&store, 1, &rules()), refused[1..], "the same rows are checked again");
}

#[test]
fn what_a_check_will_refuse_is_foreseen_for_some_numbers() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, &["100", "101"]);
    store.apply(&[FloorChange::RemoveNumbers { campaign: CampaignId(1), phones: vec!["101".to_owned()] }]).unwrap();
    take(&store, 2, &["200"]);
    store.apply(&[put(ended(2))]).unwrap();
    let listed = DoNotCall { phone: "300".to_owned(), since: NOW, by: String::new(), reason: String::new() };
    store.apply(&[FloorChange::AddDoNotCall(vec![listed])]).unwrap();
    let phones = ["0100", "101", "200", "300", "300", "400", "00400", "100"];
    let foreseen = store.foresee(&account(), &phones).unwrap();
    stage(&store, 7, &phones);
    let checked = reasons(&store, 7, &rules());
    let refused: Vec<(u32, RowRefusal)> = (2..).zip(foreseen).filter_map(|(row, refusal)| Some((row, refusal?))).collect();
    assert_eq!(refused, checked, "as the check does");
    let (other, list, double) = (RowRefusal::InOtherCampaign, RowRefusal::DoNotCall, RowRefusal::Duplicate);
    assert_eq!(refused, [(2, other), (5, list), (6, list), (8, double), (9, double)]);
}

#[test]
fn numbers_that_were_called_too_often_are_refused() {
    let store = staged(&["100", "101", "102", "103"]);
    let calls = [("a", "100", -10), ("b", "100", -20), ("c", "101", -10), ("d", "102", -100_000), ("e", "10-2", -200_000), ("f", "99", -1)];
    let bills = calls.map(|(key, phone, began)| bill(key, phone, began, DialledOutcome::NotAnswered));
    store.apply(&[FloorChange::Dialled { account: account(), calls: bills.to_vec() }]).unwrap();
    let limited = |attempts_per_day, attempts_in_all| {
        let limits = CampaignLimits { attempts_per_day, attempts_in_all, ..CampaignLimits::default() };
        reasons(&store, 1, &CheckRules { limits, campaign: None })
    };
    let (today, in_all) = (RowRefusal::AttemptsToday, RowRefusal::AttemptsInAll);
    assert_eq!(limited(None, None), []);
    assert_eq!(limited(Some(2), None), [(2, today)]);
    assert_eq!(limited(Some(1), None), [(2, today), (3, today)]);
    assert_eq!(limited(None, Some(2)), [(2, in_all), (4, in_all)]);
    assert_eq!(limited(Some(1), Some(2)), [(2, in_all), (3, today), (4, in_all)]);
    assert_eq!(limited(Some(0), None).len(), 4, "no attempt is permitted");
}

#[test]
fn an_import_is_taken_in_parts_of_ten_thousand_in_the_order_of_the_file() {
    let store = FloorStore::in_memory().unwrap();
    // Every third row is a duplicate of the first.
    let rows: Vec<_> =
        (2..32_002).map(|row| good(row, &if row % 3 == 0 { "10002".to_owned() } else { (10_000 + row).to_string() })).collect();
    store.stage(1, &rows).unwrap();
    let check = store.check(1, &account(), &rules(), TODAY).unwrap();
    let taken = FloorChange::TakeImport { import: 1, campaign: CampaignId(1) };
    let parts = store.apply(&[put(campaign(1)), taken.clone()]).unwrap();
    let counts = |parts: &[ringside_domain::CampaignPart]| parts.iter().map(|part| (part.number, part.count)).collect::<Vec<_>>();
    assert_eq!(counts(&parts), [(0, 10_000), (1, 10_000), (2, check.good - 20_000)]);
    assert!(parts.iter().all(|part| part.state == PartState::Waiting));
    let all = store.numbers(CampaignId(1), &NumberFilter::default(), 0, 100_000).unwrap();
    assert_eq!(all.len(), check.good as usize);
    assert!(all.is_sorted_by_key(|row| (row.part, row.row)) && all.iter().all(|row| row.row == 2 || row.row % 3 != 0));
    assert_eq!(store.part_numbers(CampaignId(1), 1).unwrap()[0].phone, all[10_000].customer.phone);
    assert!(matches!(store.apply(&[taken]), Err(StoreError::Failed(_))), "an import is taken once");

    stage(&store, 1, &["77", "78"]);
    store.check(1, &account(), &CheckRules { campaign: Some(CampaignId(1)), ..rules() }, TODAY).unwrap();
    let added = store.apply(&[FloorChange::TakeImport { import: 1, campaign: CampaignId(1) }]).unwrap();
    assert_eq!(counts(&added), [(3, 2)], "the parts count on");
    assert_eq!(phones(&store, 1).last().unwrap(), "78");
}

#[test]
fn only_the_rows_of_a_campaign_stay_in_the_database() {
    let store = staged(&["100", "100", "101"]);
    stage(&store, 2, &["200", "201"]);
    let rows = || store.read(|db| db.query_row("SELECT count(*) FROM number", (), |row| row.get::<_, u32>(0))).unwrap();
    assert_eq!(rows(), 5);
    store.drop_import(2).unwrap();
    store.drop_import(2).unwrap();
    assert_eq!(rows(), 3);
    store.check(1, &account(), &rules(), TODAY).unwrap();
    store.apply(&[put(campaign(1)), FloorChange::TakeImport { import: 1, campaign: CampaignId(1) }]).unwrap();
    assert_eq!(rows(), 2, "the refused row is gone");
    assert!(store.check(2, &account(), &rules(), TODAY).is_err());
}

#[test]
fn what_changed_after_the_check_is_heeded_when_the_import_is_taken() {
    let store = staged(&["100", "101"]);
    stage(&store, 2, &["101", "102"]);
    for import in [1, 2] {
        assert_eq!(store.check(import, &account(), &rules(), TODAY).unwrap().good, 2);
    }
    let take = |import, id| {
        let parts = store.apply(&[put(campaign(id)), FloorChange::TakeImport { import, campaign: CampaignId(id) }]).unwrap();
        parts.iter().map(|part| part.count).sum::<u32>()
    };
    assert_eq!((take(1, 1), take(2, 2)), (2, 1));
    assert_eq!(phones(&store, 2), ["102"], "101 waits in the first campaign");
}

#[test]
fn an_import_that_was_not_checked_or_has_no_campaign_is_not_taken() {
    let store = staged(&["100"]);
    let take = |id| FloorChange::TakeImport { import: 1, campaign: CampaignId(id) };
    assert!(store.apply(&[put(campaign(1)), take(1)]).is_err());
    assert_eq!(store.next_campaign().unwrap(), 1, "the campaign of the same transaction is not made");
    store.check(1, &account(), &rules(), TODAY).unwrap();
    assert!(store.apply(&[take(1)]).is_err(), "no such campaign");
    store.stage(1, &[good(3, "101")]).unwrap();
    assert!(store.apply(&[put(campaign(1)), take(1)]).is_err(), "rows were staged after the check");
    store.check(1, &account(), &rules(), TODAY).unwrap();
    assert_eq!(store.apply(&[put(campaign(1)), take(1)]).unwrap()[0].count, 2);
}

#[test]
fn an_import_without_a_good_row_makes_no_part() {
    let store = FloorStore::in_memory().unwrap();
    store.stage(1, &[]).unwrap();
    store.stage(2, &[refused(2, RowRefusal::Empty, "")]).unwrap();
    for import in [1, 2] {
        assert_eq!(store.check(import, &account(), &rules(), TODAY).unwrap().good, 0);
        assert_eq!(store.apply(&[put(campaign(1)), FloorChange::TakeImport { import, campaign: CampaignId(1) }]).unwrap(), []);
    }
}

#[test]
fn all_data_of_a_customer_is_kept() {
    let store = FloorStore::in_memory().unwrap();
    let customer = Customer {
        phone: "013800138000".to_owned(),
        at: Some(at(3600)),
        agent_id: "0012".to_owned(),
        member_id: "会员 1".to_owned(),
        customer_id: "a 'quoted' id".to_owned(),
        maturity: "0".to_owned(),
    };
    store
        .stage(1, &[StagedRow { row: 2, read: ReadRow::Good { customer: customer.clone(), repaired: true }, text: "x".to_owned() }])
        .unwrap();
    store.check(1, &account(), &rules(), TODAY).unwrap();
    store.apply(&[put(campaign(1)), FloorChange::TakeImport { import: 1, campaign: CampaignId(1) }]).unwrap();
    assert_eq!(store.part_numbers(CampaignId(1), 0).unwrap(), [customer]);
    set(&store, 1, 0, sending(0));
    assert_eq!(store.part_numbers(CampaignId(1), 0).unwrap().len(), 1, "the numbers of a part that is being sent wait for its answer");
}

#[test]
fn an_import_that_is_taken_and_dropped_at_once_is_taken_in_full_or_not_at_all() {
    let store = FloorStore::in_memory().unwrap();
    let phones: Vec<String> = (100..160).map(|phone| phone.to_string()).collect();
    for id in 1..=150 {
        let rows: Vec<_> = (2..).zip(&phones).map(|(row, phone)| good(row, phone)).collect();
        store.stage(7, &rows).unwrap();
        store.check(7, &account(), &rules(), TODAY).unwrap();
        let start = Barrier::new(2);
        let applied = thread::scope(|scope| {
            scope.spawn(|| {
                start.wait();
                store.drop_import(7).unwrap();
            });
            start.wait();
            store.apply(&[put(campaign(id)), FloorChange::TakeImport { import: 7, campaign: CampaignId(id) }])
        });
        let numbers = store.numbers(CampaignId(id), &NumberFilter::default(), 0, 1000).unwrap().len();
        match applied {
            Ok(parts) => assert_eq!((parts.iter().map(|part| part.count).sum::<u32>(), numbers), (60, 60)),
            Err(_) => assert_eq!(numbers, 0),
        }
        let over = TaskKnown::Is { state: Running::Over, since: NOW };
        store.apply(&[put(Campaign { task: over, ..campaign(id) })]).unwrap();
    }
}

#[test]
fn rows_that_were_checked_for_one_account_are_not_taken_by_a_campaign_of_another() {
    let store = FloorStore::in_memory().unwrap();
    store.stage(7, &[good(2, "100")]).unwrap();
    store.check(7, &account(), &rules(), TODAY).unwrap();
    let others = Campaign { account: another(), ..campaign(1) };
    let change = [put(others), FloorChange::TakeImport { import: 7, campaign: CampaignId(1) }];
    assert!(matches!(store.apply(&change), Err(StoreError::Refused(_))), "the database did not fail");
    assert!(store.campaigns(TODAY, SINCE_30_DAYS).unwrap().is_empty(), "the campaign is not made");
    store.check(7, &another(), &rules(), TODAY).unwrap();
    assert_eq!(store.apply(&change).unwrap().len(), 1);

    store.stage(8, &[good(2, "200")]).unwrap();
    store.check(8, &Account { appid: String::new(), ..account() }, &rules(), TODAY).unwrap();
    let first = [put(campaign(2)), FloorChange::TakeImport { import: 8, campaign: CampaignId(2) }];
    assert_eq!(store.apply(&first).unwrap().len(), 1, "nobody had signed in");
}
