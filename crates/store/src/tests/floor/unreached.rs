//! The customers of a campaign who are called again by a copy of it.

use ringside_domain::{CampaignId, Customer, DialledOutcome, FloorChange, NumberRules, PartState, ReachedOtherwise, ReadRow};

use super::{NOW, TODAY, account, at, bill, campaign, dialled::add, put, rules, set, take, taken};
use crate::{FloorStore, StagedRow, StoreError};

use DialledOutcome::{Abandoned, NotAnswered, Reached};

fn unreached(store: &FloorStore, id: i64) -> Vec<Customer> {
    let mut customers = Vec::new();
    let mut keep = |customer: &Customer| {
        customers.push(customer.clone());
        Ok(())
    };
    store.each_unreached(CampaignId(id), NOW, &mut keep).unwrap();
    customers
}

fn phones(store: &FloorStore, id: i64) -> Vec<String> {
    unreached(store, id).into_iter().map(|customer| customer.phone).collect()
}

#[test]
fn all_numbers_are_called_again_that_were_not_removed_and_whose_customers_no_agent_reached() {
    let store = FloorStore::in_memory().unwrap();
    store.use_numbers(&NumberRules { prefixes: vec!["9".to_owned()] }).unwrap();
    take(&store, 1, &["100", "200", "300", "400", "500", "57188886666", "700", "800"]);
    let id = CampaignId(1);
    store.apply(&[FloorChange::RemoveNumbers { campaign: id, phones: vec!["500".to_owned()] }]).unwrap();
    store.apply(&[FloorChange::Part { campaign: id, part: 0, state: taken(-9), refused: vec!["400".to_owned()] }]).unwrap();
    assert_eq!(phones(&store, 1), ["100", "200", "300", "400", "57188886666", "700", "800"]);
    add(
        &store,
        &[
            bill("a", "100", 1, Reached),
            bill("b", "200", 1, Abandoned),
            bill("c", "300", 1, NotAnswered),
            // Another campaign's call, with the digit for an outside line.
            bill("d", "9057188886666", 1, Reached),
            // Before the campaign was made.
            bill("e", "400", -9, Reached),
            // Its bill has whole seconds, and the clocks differ a little.
            bill("f", "800", -1, Reached),
        ],
    );
    let customers = vec![ReachedOtherwise { phone: "700".to_owned(), at: at(5) }];
    store.apply(&[FloorChange::Reached { account: account(), customers }]).unwrap();
    assert_eq!(phones(&store, 1), ["200", "300", "400"]);
    // It was called before it was to be removed; the wish to remove it holds for the copy.
    store.apply(&[FloorChange::RemoveNumbers { campaign: id, phones: vec!["200".to_owned()] }]).unwrap();
    assert_eq!(phones(&store, 1), ["300", "400"]);
}

#[test]
fn the_rest_of_a_campaign_that_was_ended_is_called_by_its_copy_through_the_checks_of_any_import() {
    let store = FloorStore::in_memory().unwrap();
    take(&store, 1, &["100", "200"]);
    set(&store, 1, 0, PartState::GivenUp { at: NOW });
    let rows: Vec<StagedRow> = (1..)
        .zip(unreached(&store, 1))
        .map(|(row, customer)| StagedRow { row, text: customer.phone.clone(), read: ReadRow::Good { customer, repaired: false } })
        .collect();
    assert_eq!(rows.len(), 2);
    store.stage(7, &rows).unwrap();
    assert_eq!(store.check(7, &account(), &rules(), TODAY).unwrap().good, 2);
}

#[test]
fn all_data_of_a_customer_is_copied_except_a_preset_time_that_is_past() {
    let store = FloorStore::in_memory().unwrap();
    let customer = |phone: &str, seconds| Customer {
        phone: phone.to_owned(),
        at: Some(at(seconds)),
        agent_id: "10".to_owned(),
        member_id: "m".to_owned(),
        customer_id: "c".to_owned(),
        maturity: "2".to_owned(),
    };
    let row = |row, customer| StagedRow { row, read: ReadRow::Good { customer, repaired: false }, text: String::new() };
    store.stage(7, &[row(2, customer("100", -1)), row(3, customer("200", 1))]).unwrap();
    store.check(7, &account(), &rules(), TODAY).unwrap();
    store.apply(&[put(campaign(1)), FloorChange::TakeImport { import: 7, campaign: CampaignId(1) }]).unwrap();
    assert_eq!(unreached(&store, 1), [Customer { at: None, ..customer("100", 0) }, customer("200", 1)]);
}

#[test]
fn a_campaign_that_is_not_there_and_a_row_that_cannot_be_written_are_failures() {
    let store = FloorStore::in_memory().unwrap();
    assert!(store.each_unreached(CampaignId(1), NOW, &mut |_| Ok(())).is_err());
    take(&store, 1, &["100"]);
    assert!(store.each_unreached(CampaignId(1), NOW, &mut |_| Err(StoreError::Failed("full".to_owned()))).is_err());
}
