//! Tests of the supervisor's desk's database.

mod breaks;
mod campaigns;
mod dialled;
mod elsewhere;
mod imports;
mod limits;
mod lists;
mod numbers;
mod opening;
mod random;
mod spellings;
mod unreached;

use std::time::Duration;

use ringside_domain::{
    Account, Campaign, CampaignCounts, CampaignId, CampaignLimits, CampaignPart, CampaignPlan, CheckRules, Customer, Dialled,
    DialledOutcome, Extension, FloorChange, Hold, HoldReason, NumberFate, NumberFilter, PartState, QueueName, ReadRow, Span, Target,
    TaskKnown, Timestamp,
};

use super::NOW;
use crate::{FloorStore, StagedRow};

/// The day of [`NOW`] in UTC.
pub(super) const TODAY: Span = Span { since: Timestamp(NOW.0 - 86_399_000), until: Timestamp(NOW.0 + 1000) };
pub(super) const SINCE_30_DAYS: Timestamp = Timestamp(TODAY.since.0 - 29 * 86_400_000);

pub(super) fn account() -> Account {
    Account { url: "https://example.com".to_owned(), appid: "demo".to_owned() }
}

fn another() -> Account {
    Account { appid: "another".to_owned(), ..account() }
}

pub(super) fn campaign(id: i64) -> Campaign {
    Campaign {
        id: CampaignId(id),
        account: account(),
        plan: CampaignPlan {
            name: format!("campaign {id}"),
            target: Target::Queue(QueueName("1000".to_owned())),
            agents: 1,
            calls: 2,
            display_numbers: vec!["02912345678".to_owned()],
            limits: CampaignLimits::default(),
        },
        source: "customers.csv".to_owned(),
        made_at: NOW,
        made_by: "10".to_owned(),
        task_id: None,
        task: TaskKnown::None,
        holds: Vec::new(),
        ended: None,
        finished_at: None,
        sending_stopped: false,
        problem: None,
        removed_at: None,
    }
}

fn ended(id: i64) -> Campaign {
    Campaign { ended: Some(Hold { reason: HoldReason::Person, since: NOW, by: None }), ..campaign(id) }
}

fn put(campaign: Campaign) -> FloorChange {
    FloorChange::Campaign(Box::new(campaign))
}

pub(super) fn good(row: u32, phone: &str) -> StagedRow {
    let customer = Customer { phone: phone.to_owned(), ..Customer::default() };
    StagedRow { row, read: ReadRow::Good { customer, repaired: false }, text: phone.to_owned() }
}

pub(super) fn rules() -> CheckRules {
    CheckRules { limits: CampaignLimits::default(), campaign: None }
}

/// Stages, checks and takes the numbers, the first in row 2. Returns the parts.
pub(super) fn take(store: &FloorStore, id: i64, phones: &[&str]) -> Vec<CampaignPart> {
    let import = id.unsigned_abs() + 1000;
    let rows: Vec<_> = (2..).zip(phones).map(|(row, phone)| good(row, phone)).collect();
    store.stage(import, &rows).unwrap();
    store.check(import, &account(), &rules(), TODAY).unwrap();
    store.apply(&[put(campaign(id)), FloorChange::TakeImport { import, campaign: CampaignId(id) }]).unwrap()
}

fn set(store: &FloorStore, id: i64, part: u32, state: PartState) {
    store.apply(&[FloorChange::Part { campaign: CampaignId(id), part, state, refused: Vec::new() }]).unwrap();
}

fn sending(seconds: i64) -> PartState {
    PartState::Sending { since: at(seconds) }
}

fn taken(seconds: i64) -> PartState {
    PartState::Taken { at: at(seconds), accepted: 0 }
}

/// So many seconds before or after [`NOW`].
fn at(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 + seconds * 1000)
}

fn fates(store: &FloorStore, id: i64) -> Vec<NumberFate> {
    let rows = store.numbers(CampaignId(id), &NumberFilter::default(), 0, 1000).unwrap();
    rows.into_iter().map(|row| row.fate).collect()
}

fn counts(store: &FloorStore, id: i64) -> CampaignCounts {
    store.counts(&[CampaignId(id)], TODAY, SINCE_30_DAYS).unwrap()[0].1
}

fn bill(key: &str, phone: &str, began: i64, outcome: DialledOutcome) -> Dialled {
    let answered = outcome != DialledOutcome::NotAnswered;
    Dialled {
        key: key.to_owned(),
        phone: phone.to_owned(),
        began_at: at(began),
        ended_at: at(began).plus(Duration::from_secs(60)),
        outcome,
        talked_seconds: if answered { 30 } else { 0 },
        waited_seconds: 5,
        extension: (outcome == DialledOutcome::Reached).then(|| Extension("100001".to_owned())),
        shown: "2190170001".to_owned(),
        ending: None,
        customer_id: "c1".to_owned(),
        campaign: None,
    }
}
