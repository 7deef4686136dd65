//! The do-not-call list, the mappings of sheets, and the ledger of the floor.

use data_encoding::HEXLOWER;
use ringside_domain::{
    CampaignId, Column, DialledOutcome, DoNotCall, FloorChange, FloorEntry, NumberFate, NumberFilter, NumberRules, PartState, Sought,
    Timestamp,
};
use sha2::{Digest, Sha256};

use super::{NOW, at, bill, campaign, counts, dialled::add, ended, fates, put, sending, set, take, taken};
use crate::{Broken, FloorStore};

fn entry(phone: &str, seconds: i64, reason: &str) -> DoNotCall {
    DoNotCall { phone: phone.to_owned(), since: at(seconds), by: "10".to_owned(), reason: reason.to_owned() }
}

#[test]
fn the_do_not_call_list_holds_each_number_once_newest_first() {
    let store = FloorStore::in_memory().unwrap();
    let entries =
        vec![entry("13800138000", 0, "first"), entry("13900138000", 1, ""), entry("138-0013-8000", 2, "second"), entry("", 3, "")];
    store.apply(&[FloorChange::AddDoNotCall(entries.clone())]).unwrap();
    assert_eq!(store.do_not_call("", 0, 9).unwrap(), [entries[1].clone(), entries[0].clone()]);
    assert_eq!(store.do_not_call("", 1, 9).unwrap(), [entries[0].clone()]);
    assert_eq!(store.do_not_call("39-00", 0, 9).unwrap(), [entries[1].clone()]);
    assert_eq!((store.do_not_call_count("").unwrap(), store.do_not_call_count("3800138").unwrap()), (2, 1));
    for phone in ["13800138000", "138 0013 8000", "sip:13800138000@pbx", "+8613800138000", "013800138000"] {
        assert!(store.must_not_call(phone).unwrap(), "{phone}");
    }
    for phone in ["", "anonymous", "1380013800", "+4413800138000"] {
        assert!(!store.must_not_call(phone).unwrap(), "{phone}");
    }
    store.apply(&[FloorChange::RemoveDoNotCall(vec!["138.0013.8000".to_owned(), "1".to_owned()])]).unwrap();
    assert_eq!(store.do_not_call("", 0, 9).unwrap(), [entries[1].clone()]);
}

#[test]
fn the_list_is_read_in_full_page_by_page_while_entries_are_removed() {
    let store = FloorStore::in_memory().unwrap();
    // Two entries of the same moment.
    let entries = [("100", 0), ("101", 1), ("102", 1), ("103", 2), ("104", 3)].map(|(phone, seconds)| entry(phone, seconds, ""));
    store.apply(&[FloorChange::AddDoNotCall(entries.to_vec())]).unwrap();
    let mut read: Vec<String> = Vec::new();
    let mut last = None;
    loop {
        let mut page = store.do_not_call_after(last.as_ref(), 2).unwrap();
        read.extend(page.iter().map(|entry| entry.phone.clone()));
        last = page.pop();
        let Some(last) = &last else { break };
        store.apply(&[FloorChange::RemoveDoNotCall(vec![last.phone.clone()])]).unwrap();
    }
    assert_eq!(read, ["104", "103", "102", "101", "100"]);
}

#[test]
fn the_keys_follow_the_administrators_rules_and_no_spelling_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let numbers = |prefixes: &[&str]| NumberRules { prefixes: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect() };
    let open = || FloorStore::open(folder.path(), NOW).unwrap().0;
    let store = open();
    store.use_numbers(&numbers(&["+49"])).unwrap();
    store
        .apply(&[FloorChange::AddDoNotCall(vec![
            entry("+49 30 1234567", 0, ""),
            entry("030 1234567", 1, ""),
            entry("+41 44 7654321", 2, ""),
        ])])
        .unwrap();
    assert!(store.must_not_call("30 1234567").unwrap() && !store.must_not_call("044 7654321").unwrap());
    drop(store);
    // Another program that opens it does not know the rules, and leaves the keys as they are.
    let store = open();
    assert!(store.must_not_call("004930 1234567").unwrap());
    store.use_numbers(&numbers(&["+41"])).unwrap();
    assert!(store.must_not_call("044 7654321").unwrap() && store.must_not_call("+4930 1234567").unwrap());
    assert!(store.must_not_call("30 1234567").unwrap(), "it was entered in this spelling, too");
    assert_eq!(store.do_not_call_count("").unwrap(), 3);
    store.apply(&[FloorChange::RemoveDoNotCall(vec!["0301234567".to_owned()])]).unwrap();
    assert!(!store.must_not_call("30 1234567").unwrap() && store.must_not_call("+4930 1234567").unwrap());
    drop(store);
    assert!(open().must_not_call("044 7654321").unwrap());
}

#[test]
fn a_new_entry_takes_the_number_out_of_all_campaigns_that_are_not_over() {
    let store = FloorStore::in_memory().unwrap();
    let number = "013800138000";
    for id in 1..=5 {
        // Another campaign's number is refused, so the earlier ones are over while it is taken.
        (1..id).for_each(|other| drop(store.apply(&[put(ended(other))]).unwrap()));
        take(&store, id, &[number, "200"]);
    }
    (1..5).for_each(|id| drop(store.apply(&[put(campaign(id))]).unwrap()));
    set(&store, 2, 0, taken(0));
    set(&store, 3, 0, sending(0));
    set(&store, 4, 0, PartState::Unknown { since: NOW });
    store.apply(&[put(ended(5))]).unwrap();
    store.apply(&[FloorChange::AddDoNotCall(vec![entry("+86 138-0013-8000", 7, "")])]).unwrap();
    use NumberFate::{Removed, Taken, Unknown, Waiting};
    let fates: Vec<_> = (1..=5).map(|id| fates(&store, id)[0]).collect();
    assert_eq!(fates, [Removed, Taken, Waiting, Unknown, Waiting]);
    assert_eq!(counts(&store, 1).waiting, 1, "the others stay");
    let found = |id| store.find_numbers(CampaignId(id), &Sought::Listed).unwrap().found;
    let there: Vec<_> = (1..=5).map(|id| (id, found(id))).filter(|(_, found)| !found.is_empty()).collect();
    assert_eq!(there, [(2, Taken), (3, Waiting), (4, Unknown)].map(|(id, fate)| (id, vec![(number.to_owned(), fate)])));
    let ledger = store.ledger(0, 9).unwrap();
    let seen: Vec<_> = ledger.iter().map(|entry| (entry.at, entry.by.as_str(), entry.what.as_str(), entry.subject.as_str())).collect();
    assert_eq!(seen, [(at(7), "10", "removeNumbers", "#1 campaign 1")]);
    // What may be sent again goes without it.
    set(&store, 4, 0, PartState::Waiting);
    set(&store, 4, 0, sending(9));
    assert_eq!(store.part_numbers(CampaignId(4), 0).unwrap().iter().map(|customer| customer.phone.as_str()).collect::<Vec<_>>(), ["200"]);
    assert_eq!(store.ledger(0, 1).unwrap()[0].subject, "#4 campaign 4");
}

#[test]
fn a_number_on_the_list_that_was_called_or_is_being_called_stays_called_and_is_shown_as_listed() {
    let store = FloorStore::in_memory().unwrap();
    let id = CampaignId(1);
    take(&store, 1, &["100", "200", "300", "400"]);
    set(&store, 1, 0, taken(-9));
    add(&store, &[bill("a", "100", 0, DialledOutcome::Reached)]);
    let listed = ["100", "200", "300"].map(|phone| entry(phone, 7, ""));
    store.apply(&[FloorChange::AddDoNotCall(listed.to_vec())]).unwrap();
    let sought = || store.find_numbers(id, &Sought::Listed).unwrap().found.into_iter().map(|(phone, _)| phone).collect::<Vec<_>>();
    assert_eq!(sought(), ["100", "200", "300"]);
    store.apply(&[FloorChange::RemoveNumbers { campaign: id, phones: sought() }]).unwrap();
    assert_eq!(sought(), [""; 0], "the platform was asked for them");
    let counts_are = |taken, uncalled, called, removed| {
        let counts = counts(&store, 1);
        assert_eq!((counts.taken, counts.uncalled, counts.called, counts.removed), (taken, uncalled, called, removed));
    };
    counts_are(2, 1, 1, 2);
    // The call was under way when the platform was asked.
    add(&store, &[bill("b", "200", 6, DialledOutcome::NotAnswered)]);
    counts_are(3, 1, 2, 1);
    use NumberFate::{Removed, Taken};
    let rows = store.numbers(id, &NumberFilter::default(), 0, 9).unwrap();
    let shown: Vec<_> = rows.iter().map(|row| (row.fate, row.calls, row.do_not_call)).collect();
    assert_eq!(shown, [(Taken, 1, true), (Taken, 1, true), (Removed, 0, true), (Taken, 0, false)]);
    store.apply(&[FloorChange::RemoveDoNotCall(vec!["100".to_owned()])]).unwrap();
    assert!(!store.numbers(id, &NumberFilter::default(), 0, 1).unwrap()[0].do_not_call);
}

#[test]
fn a_call_to_a_number_that_was_taken_out_before_it_was_sent_is_of_another_campaign() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, &["100", "200"]);
    store.apply(&[FloorChange::RemoveNumbers { campaign: CampaignId(1), phones: vec!["100".to_owned()] }]).unwrap();
    set(&store, 1, 0, taken(-9));
    add(&store, &[bill("a", "100", 0, DialledOutcome::Reached)]);
    assert_eq!((counts(&store, 1).calls, counts(&store, 1).called), (0, 0));
    // An earlier sending of the part may have arrived.
    take(&store, 2, &["300"]);
    set(&store, 2, 0, PartState::Unknown { since: at(-9) });
    set(&store, 2, 0, PartState::Waiting);
    store.apply(&[FloorChange::RemoveNumbers { campaign: CampaignId(2), phones: vec!["300".to_owned()] }]).unwrap();
    add(&store, &[bill("b", "300", 0, DialledOutcome::Reached)]);
    assert_eq!((counts(&store, 2).calls, counts(&store, 2).called, counts(&store, 2).removed), (1, 1, 0));
}

#[test]
fn a_mapping_is_found_by_exactly_its_titles() {
    let store = FloorStore::in_memory().unwrap();
    let titles = |titles: &[&str]| titles.iter().map(|title| (*title).to_owned()).collect::<Vec<_>>();
    let columns = vec![Some(Column::Number), None, Some(Column::Member)];
    store.save_mapping(&titles(&["电话", "a,b", "c"]), &[None]).unwrap();
    store.save_mapping(&titles(&["电话", "a,b", "c"]), &columns).unwrap();
    assert_eq!(store.mapping(&titles(&["电话", "a,b", "c"])).unwrap(), Some(columns));
    assert_eq!(store.mapping(&titles(&["电话", "a", "b,c"])).unwrap(), None);
    store.writer().execute("UPDATE mapping SET columns = '?'", ()).unwrap();
    assert_eq!(store.mapping(&titles(&["电话", "a,b", "c"])).unwrap(), None);
}

fn entered(number: i64) -> FloorEntry {
    FloorEntry {
        at: Timestamp(NOW.0 + number),
        by: "10".to_owned(),
        what: "pause".to_owned(),
        subject: number.to_string(),
        result: "done".to_owned(),
        detail: String::new(),
    }
}

fn with_entries() -> FloorStore {
    let store = FloorStore::in_memory().unwrap();
    for number in 1..=10 {
        store.apply(&[FloorChange::Enter(entered(number))]).unwrap();
    }
    store
}

#[test]
fn entries_are_appended_listed_newest_first_and_verified() {
    let store = with_entries();
    assert_eq!(store.ledger(0, 3).unwrap(), [entered(10), entered(9), entered(8)]);
    assert_eq!(store.ledger(8, 9).unwrap(), [entered(2), entered(1)]);
    assert_eq!(store.ledger(10, 9).unwrap(), []);
    let mut seen = Vec::new();
    let chain = store.verify_ledger(|entry| seen.push(entry)).unwrap();
    assert_eq!((chain.entries, chain.broken), (10, None));
    assert_eq!(seen, (1..=10).map(entered).collect::<Vec<_>>());
}

/// The hash is computed here by the rule in the documentation of the ledger's module.
#[test]
fn the_first_hash_of_the_floor_follows_the_documented_rule() {
    let store = FloorStore::in_memory().unwrap();
    store.apply(&[FloorChange::Enter(entered(1))]).unwrap();
    let mut bytes = vec![0; 32];
    bytes.extend(1_u64.to_be_bytes());
    bytes.extend((NOW.0 + 1).to_be_bytes());
    bytes.extend(serde_json::to_vec(&entered(1)).unwrap());
    let hash = HEXLOWER.encode(&Sha256::digest(&bytes));
    assert_eq!(store.verify_ledger(|_| {}).unwrap().last.unwrap().hash.to_string(), hash);
}

#[test]
fn the_ledger_of_the_floor_is_not_changed_unnoticed() {
    let store = with_entries();
    assert!(store.writer().execute("UPDATE ledger SET at = 0", ()).is_err());
    assert!(store.writer().execute("DELETE FROM ledger", ()).is_err());
    store.writer().execute_batch("DROP TRIGGER ledger_is_not_changed; UPDATE ledger SET entry = '{}' WHERE id = 4").unwrap();
    assert_eq!(store.verify_ledger(|_| {}).unwrap().broken, Some(Broken::Changed(4)));
    assert_eq!(store.ledger(6, 1).unwrap()[0].detail, "{}", "it is shown as it stands");
}
