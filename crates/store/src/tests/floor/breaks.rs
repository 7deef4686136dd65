//! Team breaks, and preset times.

use ringside_domain::{
    Account, CampaignId, Customer, DialledOutcome, Extension, FloorChange, PartState, QueueName, ReadRow, SeatId, StoredTeamBreak,
    TeamBreakStep,
};

use super::{NOW, TODAY, account, at, bill, campaign, good, put, rules, sending, set, taken};
use crate::{FloorStore, StagedRow};

fn team_break(queue: &str, minutes: u32) -> StoredTeamBreak {
    let queue = QueueName(queue.to_owned());
    StoredTeamBreak {
        account: Account { url: "https://example.com".to_owned(), appid: "demo".to_owned() },
        step: TeamBreakStep::OnBreak,
        minutes,
        ends_at: at(60),
        by: "10".to_owned(),
        agents: vec![SeatId { queue: queue.clone(), extension: Extension("100001".to_owned()), agent_id: "10".to_owned() }],
        queue,
    }
}

#[test]
fn a_team_break_is_kept_until_it_is_over() {
    let store = FloorStore::in_memory().unwrap();
    let (first, second) = (team_break("queue-1", 5), team_break("queue-2", 15));
    let changes = [team_break("queue-1", 1), second.clone(), first.clone()].map(|one| FloorChange::TeamBreak(Box::new(one)));
    store.apply(&changes).unwrap();
    assert_eq!(store.team_breaks().unwrap(), [first.clone(), second.clone()]);
    store.apply(&[FloorChange::TeamBreakOver { account: first.account.clone(), queue: first.queue }]).unwrap();
    store.apply(&[FloorChange::TeamBreakOver { account: Account::default(), queue: second.queue.clone() }]).unwrap();
    assert_eq!(store.team_breaks().unwrap(), std::slice::from_ref(&second), "another account's break is another break");
    store.writer().execute("UPDATE team_break SET json = '{'", ()).unwrap();
    assert_eq!(store.team_breaks().unwrap(), []);
}

#[test]
fn preset_times_of_accepted_numbers_without_a_call_are_counted() {
    let store = FloorStore::in_memory().unwrap();
    let preset = |row, phone: &str, seconds| {
        let customer = Customer { phone: phone.to_owned(), at: Some(at(seconds)), ..Customer::default() };
        StagedRow { row, read: ReadRow::Good { customer, repaired: false }, text: String::new() }
    };
    let rows = [preset(2, "100", -5), preset(3, "101", -1), preset(4, "102", 0), preset(5, "103", 9), good(6, "104"), preset(7, "105", -9)];
    store.stage(7, &rows).unwrap();
    store.check(7, &account(), &rules(), TODAY).unwrap();
    store.apply(&[put(campaign(1)), FloorChange::TakeImport { import: 7, campaign: CampaignId(1) }]).unwrap();
    assert_eq!(store.preset(CampaignId(1), NOW).unwrap(), (0, 0), "nothing was accepted");
    set(&store, 1, 0, sending(-60));
    let refused = vec!["105".to_owned()];
    store.apply(&[FloorChange::Part { campaign: CampaignId(1), part: 0, state: taken(-59), refused }]).unwrap();
    assert_eq!(store.preset(CampaignId(1), NOW).unwrap(), (2, 2));
    store.apply(&[FloorChange::Dialled { account: account(), calls: vec![bill("b1", "100", -4, DialledOutcome::NotAnswered)] }]).unwrap();
    assert_eq!(store.preset(CampaignId(1), NOW).unwrap(), (1, 2));
    set(&store, 1, 0, PartState::Unknown { since: NOW });
    assert_eq!(store.preset(CampaignId(1), NOW).unwrap(), (0, 0));
}
