//! Campaigns, their parts, and the fates of the numbers.

use ringside_domain::{
    Campaign, CampaignId, FloorChange, FoundNumbers, NumberFate, PartState, Problem, ProblemCode, Running, Sought, StoredRemoval, TaskKnown,
};
use tempfile::tempdir;

use super::{NOW, SINCE_30_DAYS, TODAY, account, campaign, counts, ended, fates, good, put, rules, sending, set, take, taken};
use crate::{FloorStore, StoreError};

use NumberFate::{Refused, Removed, Taken, Unknown, Waiting};

const THREE: &[&str] = &["100", "101", "102"];

fn failed() -> PartState {
    PartState::Failed { at: NOW, problem: Problem::new(ProblemCode::StoreFailed, "x", true) }
}

#[test]
fn campaigns_are_stored_replaced_and_numbered_on() {
    let store = FloorStore::in_memory().unwrap();
    assert_eq!(store.next_campaign().unwrap(), 1);
    store.apply(&[put(campaign(1)), put(campaign(7)), put(ended(1))]).unwrap();
    let stored = store.campaigns(TODAY, SINCE_30_DAYS).unwrap();
    assert_eq!(stored.iter().map(|stored| &stored.campaign).collect::<Vec<_>>(), [&ended(1), &campaign(7)]);
    assert_eq!(store.next_campaign().unwrap(), 8);
}

#[test]
fn a_campaign_that_cannot_be_read_hides_no_other_one() {
    let store = FloorStore::in_memory().unwrap();
    store.apply(&[put(campaign(1)), put(campaign(2))]).unwrap();
    store.writer().execute("UPDATE campaign SET json = '{' WHERE id = 2", ()).unwrap();
    assert_eq!(store.campaigns(TODAY, SINCE_30_DAYS).unwrap().len(), 1);
    assert_eq!(store.next_campaign().unwrap(), 3);
}

#[test]
fn the_fates_of_the_numbers_follow_the_state_of_their_part() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, THREE);
    let unknown = PartState::Unknown { since: NOW };
    let given_up = PartState::GivenUp { at: NOW };
    for (state, fate) in [
        (sending(0), Waiting),
        (failed(), Waiting),
        (sending(1), Waiting),
        (unknown.clone(), Unknown),
        (given_up.clone(), Unknown),
        // Sent again, by a person's decision.
        (PartState::Waiting, Waiting),
        (unknown.clone(), Unknown),
        (sending(2), Waiting),
        (taken(3), Taken),
        (given_up.clone(), Taken),
    ] {
        set(&store, 1, 0, state.clone());
        assert_eq!(fates(&store, 1), [fate; 3], "{state:?}");
        assert_eq!(store.campaigns(TODAY, SINCE_30_DAYS).unwrap()[0].parts[0].state, state);
    }
    take(&store, 2, &["200"]);
    set(&store, 2, 0, given_up);
    assert_eq!(fates(&store, 2), [Removed], "it waited");
}

#[test]
fn the_platforms_refusals_concern_only_numbers_of_the_part() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, THREE);
    store.apply(&[FloorChange::RemoveNumbers { campaign: CampaignId(1), phones: vec!["100".to_owned(), "999".to_owned()] }]).unwrap();
    let refused = ["100", "1-01", "101", "555", ""].map(str::to_owned).to_vec();
    store.apply(&[FloorChange::Part { campaign: CampaignId(1), part: 0, state: taken(0), refused }]).unwrap();
    assert_eq!(fates(&store, 1), [Removed, Refused, Taken]);
    let counts = counts(&store, 1);
    assert_eq!((counts.waiting, counts.taken, counts.refused, counts.unknown, counts.removed), (0, 1, 1, 0, 1));
}

#[test]
fn removed_numbers_are_not_sent_and_stay_removed() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, THREE);
    store.apply(&[FloorChange::RemoveNumbers { campaign: CampaignId(1), phones: vec!["101".to_owned()] }]).unwrap();
    for state in [sending(0), failed(), sending(0), PartState::Unknown { since: NOW }, PartState::Waiting, taken(0)] {
        set(&store, 1, 0, state);
        assert_eq!(fates(&store, 1)[1], Removed);
        assert!(store.part_numbers(CampaignId(1), 0).unwrap().iter().all(|customer| customer.phone != "101"));
    }
    assert_eq!(fates(&store, 1), [Taken, Removed, Taken]);
}

#[test]
fn a_part_that_was_being_sent_is_reported_so_after_a_reopening() {
    let folder = tempdir().unwrap();
    let (store, _) = FloorStore::open(folder.path(), NOW).unwrap();
    take(&store, 1, THREE);
    set(&store, 1, 0, sending(0));
    drop(store);
    let (store, _) = FloorStore::open(folder.path(), NOW).unwrap();
    let stored = store.campaigns(TODAY, SINCE_30_DAYS).unwrap();
    assert_eq!(stored[0].parts[0].state, sending(0));
    assert_eq!((stored[0].parts[0].count, stored[0].counts.waiting), (3, 3));
    assert_eq!(fates(&store, 1), [Waiting; 3]);
}

#[test]
fn a_change_that_fails_leaves_nothing_of_its_transaction() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, THREE);
    let missing = FloorChange::Part { campaign: CampaignId(1), part: 5, state: taken(0), refused: Vec::new() };
    let first = FloorChange::Part { campaign: CampaignId(1), part: 0, state: taken(0), refused: Vec::new() };
    let error = store.apply(&[put(campaign(2)), first, missing]).unwrap_err();
    assert!(matches!(error, StoreError::Failed(_)), "{error:?}");
    assert_eq!((store.next_campaign().unwrap(), fates(&store, 1)), (2, vec![Waiting; 3]));
    assert!(store.part_numbers(CampaignId(9), 0).is_err());
}

#[test]
fn damaged_parts_are_unknown_and_are_not_sent() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, THREE);
    store.writer().execute("UPDATE part SET state = 'x', fates = 't'", ()).unwrap();
    let stored = store.campaigns(TODAY, SINCE_30_DAYS).unwrap();
    assert!(matches!(stored[0].parts[0].state, PartState::Unknown { .. }));
    assert_eq!(fates(&store, 1), [Taken, Unknown, Unknown]);
    assert_eq!(store.part_numbers(CampaignId(1), 0).unwrap(), []);
}

/// How many of these numbers a new campaign may take.
fn free(store: &FloorStore, phones: &[&str]) -> u32 {
    let rows: Vec<_> = (2..).zip(phones).map(|(row, phone)| good(row, phone)).collect();
    store.stage(1, &rows).unwrap();
    let free = store.check(1, &account(), &rules(), TODAY).unwrap().good;
    store.drop_import(1).unwrap();
    free
}

#[test]
fn an_ended_campaign_holds_its_numbers_until_the_platform_has_confirmed_its_end() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, THREE);
    set(&store, 1, 0, taken(0));
    let with = |task: TaskKnown| Campaign { task_id: Some("7".to_owned()), task, ..ended(1) };
    for state in [Running::Open, Running::Paused] {
        store.apply(&[put(with(TaskKnown::Is { state, since: NOW }))]).unwrap();
        assert_eq!(free(&store, THREE), 0, "the end is only wished");
    }
    store.apply(&[put(with(TaskKnown::MayBe { state: Running::Over, since: NOW }))]).unwrap();
    assert_eq!(free(&store, THREE), 0, "the end may not have arrived");
    store.apply(&[put(with(TaskKnown::Is { state: Running::Over, since: NOW }))]).unwrap();
    assert_eq!(free(&store, THREE), 3);
}

#[test]
fn a_task_that_the_platform_ended_frees_its_numbers() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, THREE);
    set(&store, 1, 0, taken(0));
    let over = TaskKnown::Is { state: Running::Over, since: NOW };
    store.apply(&[put(Campaign { task_id: Some("7".to_owned()), task: over, ..campaign(1) })]).unwrap();
    assert_eq!(free(&store, THREE), 3);
}

#[test]
fn an_ended_campaign_without_a_task_holds_its_numbers_while_a_part_may_have_arrived() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, THREE);
    for state in [sending(0), PartState::Unknown { since: NOW }] {
        store.apply(&[put(ended(1))]).unwrap();
        set(&store, 1, 0, state.clone());
        assert_eq!(free(&store, THREE), 0, "{state:?}");
    }
    set(&store, 1, 0, failed());
    assert_eq!(free(&store, THREE), 3, "the part certainly did not arrive");
}

#[test]
fn numbers_typed_in_any_spelling_are_found_and_returned_as_the_campaign_spells_them() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, THREE);
    take(&store, 2, &["300"]);
    set(&store, 1, 0, taken(0));
    store.apply(&[FloorChange::RemoveNumbers { campaign: CampaignId(1), phones: vec!["101".to_owned()] }]).unwrap();
    let typed = ["1-00", "100", " 10 1", "300", "999"].map(str::to_owned);
    let FoundNumbers { mut found, missing } = store.find_numbers(CampaignId(1), &Sought::Typed(typed.to_vec())).unwrap();
    found.sort();
    assert_eq!(found, [("100".to_owned(), Taken), ("101".to_owned(), Removed)]);
    assert_eq!(missing, 2, "one is of another campaign");
}

#[test]
fn a_wish_to_remove_numbers_is_kept_until_it_is_over() {
    let folder = tempdir().unwrap();
    let removal = |id, phone: &str| StoredRemoval {
        id,
        campaign: CampaignId(1),
        phones: vec![phone.to_owned(), "5".to_owned()],
        by: "10".to_owned(),
    };
    let (store, _) = FloorStore::open(folder.path(), NOW).unwrap();
    store.apply(&[FloorChange::Removal(removal(1, "1-00")), FloorChange::Removal(removal(2, "200"))]).unwrap();
    drop(store);
    let (store, _) = FloorStore::open(folder.path(), NOW).unwrap();
    assert_eq!(store.removals().unwrap(), [removal(1, "1-00"), removal(2, "200")]);
    store.apply(&[FloorChange::RemovalOver { id: 1 }]).unwrap();
    assert_eq!(store.removals().unwrap(), [removal(2, "200")]);
}
