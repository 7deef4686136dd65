//! Campaigns in parts: each number is sent at most once, whatever fails.

use std::time::Duration;

use ringside_domain::*;
use ringside_simulator::{Entry, Fault, Options, Pace, QueueSpec, Simulator};
use ringside_tests::platform;
use ringside_vault::Vault;

use crate::desk::*;

const SECOND: Duration = Duration::from_secs(1);

fn requests(simulator: &Simulator, service: &str) -> usize {
    simulator.ledger().requests(service).len()
}

#[tokio::test]
async fn twenty_five_thousand_numbers_are_sent_in_three_parts_each_number_once() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::signed_in(folder.path(), &simulator).await;
    let mut uploads = supervisor.uploads.subscribe();
    let seen = tokio::spawn(async move {
        let mut seen = vec![*uploads.borrow_and_update()];
        while seen.len() == 1 || seen.last().is_some_and(|last| last.is_any()) {
            uploads.changed().await.unwrap();
            seen.push(*uploads.borrow_and_update());
        }
        seen
    });
    let numbers = numbers(25_000);
    let campaign = supervisor.start(&numbers).await;
    let detail = supervisor.until_parts(campaign, |parts| parts.len() == 3 && parts.iter().all(is_taken)).await;
    let seen = tokio::time::timeout(PATIENCE, seen).await.unwrap().unwrap();
    assert!(seen.iter().any(|uploads| uploads.imports == 1), "the file counts until the campaign has its rows: {seen:?}");
    let mut sending: Vec<bool> = seen.iter().map(|uploads| uploads.sending).collect();
    sending.dedup();
    assert_eq!(sending, [false, true, false], "from the first part to the last, without a gap");
    assert_eq!(detail.parts.iter().map(|part| part.count).collect::<Vec<_>>(), [10_000, 10_000, 5000]);
    each_once(&simulator, &numbers);
    assert_eq!((requests(&simulator, "TaskCreat"), requests(&simulator, "TaskAdd")), (1, 2));
    let asked = &simulator.ledger().requests("TaskCreat")[0];
    let sent = ["assigntype", "assignagent", "taskscale", "taskname"].map(|name| asked.parameter(name));
    assert_eq!(sent, ["2", "queue-1", "1:2", "Renewals of May"]);

    supervisor.floor.floor_intent(FloorIntent::Pause { campaign });
    supervisor.until(|views| campaigns(views).first().is_some_and(|row| row.stage == CampaignStage::Paused)).await;
    assert_eq!(simulator.tasks().values().map(|task| (task.waiting, task.state)).collect::<Vec<_>>(), [(25_000, 2)]);
    supervisor.floor.floor_intent(FloorIntent::RemoveNumbers { campaign, phones: numbers[..2].to_vec() });
    supervisor.until(|views| campaigns(views).first().is_some_and(|row| row.counts.removed == 2)).await;
    assert_eq!(simulator.tasks().values().map(|task| task.waiting).collect::<Vec<_>>(), [24_998]);
    supervisor.floor.floor_intent(FloorIntent::End { campaign });
    supervisor.until(|views| campaigns(views).first().is_some_and(|row| row.stage == CampaignStage::Ended)).await;
    assert_eq!(simulator.tasks().values().map(|task| task.state).collect::<Vec<_>>(), [3]);
    let counts = &campaigns(&supervisor.views())[0].counts.clone();
    assert_eq!((counts.taken, counts.removed, counts.waiting, counts.unknown), (24_998, 2, 0, 0));

    let left: Vec<_> = std::fs::read_dir(folder.path().join("imports")).unwrap().collect();
    assert!(left.is_empty(), "the file was deleted: {left:?}");
    let entries = supervisor.floor.floor_ledger(0, 100).await.unwrap();
    assert!(entries.iter().any(|entry| entry.by == "10" && entry.what == "pause"), "{entries:?}");
    supervisor.close().await;
}

/// The part is decided by a person; `carried_out` says what the platform did with the request.
async fn part_two_without_an_answer(fault: Fault, carried_out: bool) {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::signed_in(folder.path(), &simulator).await;
    simulator.fault("TaskAdd", fault, 1);
    let numbers = numbers(25_000);
    let campaign = supervisor.start(&numbers).await;
    let detail = supervisor.until_parts(campaign, |parts| parts.len() == 3 && is_unknown(&parts[1])).await;
    assert!(is_taken(&detail.parts[0]) && detail.parts[2].state == PartState::Waiting, "{:?}", detail.parts);
    let mark = simulator.ledger().mark();
    let waited = simulator.ledger().wait_for_after(mark, |entry| entry.request("TaskAdd").is_some(), 5 * SECOND).await;
    assert!(waited.is_err(), "nothing is sent again, and nothing after it, before a person decides");

    let decision = if carried_out { PartDecision::Taken } else { PartDecision::SendAgain };
    supervisor.floor.floor_intent(FloorIntent::Decide { campaign, part: 1, decision, task_id: None });
    supervisor.until_parts(campaign, |parts| parts.iter().all(is_taken)).await;
    each_once(&simulator, &numbers);
    assert_eq!(requests(&simulator, "TaskCreat"), 1);
    supervisor.close().await;
}

#[tokio::test]
async fn a6_a_part_that_timed_out_is_sent_again_only_if_a_person_says_so() {
    part_two_without_an_answer(Fault::Timeout, false).await;
}

#[tokio::test]
async fn a6_a_part_that_was_carried_out_without_an_answer_is_not_sent_again() {
    part_two_without_an_answer(Fault::Lost, true).await;
}

#[tokio::test]
async fn n16_a_part_whose_answer_is_an_error_of_the_platform_is_not_sent_again() {
    part_two_without_an_answer(Fault::DoneButRet(500), true).await;
}

#[tokio::test]
async fn a_part_that_was_certainly_not_carried_out_is_sent_again_by_itself() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::signed_in(folder.path(), &simulator).await;
    simulator.fault("TaskAdd", Fault::RetryAfter(429, 1), 1);
    let numbers = numbers(12_000);
    let campaign = supervisor.start(&numbers).await;
    supervisor.until_parts(campaign, |parts| parts.len() == 2 && parts.iter().all(is_taken)).await;
    each_once(&simulator, &numbers);
    assert_eq!(requests(&simulator, "TaskAdd"), 2);
    supervisor.close().await;
}

/// The process ends without a farewell while the third part is under way: its runtime is gone at once.
#[test]
fn a_process_that_is_killed_in_part_three_leaves_each_number_in_one_known_state() {
    let outer = tokio::runtime::Runtime::new().unwrap();
    let simulator = outer.block_on(platform());
    let folder = tempfile::tempdir().unwrap();
    let numbers = numbers(25_000);
    let vault = Vault::memory();

    let killed = tokio::runtime::Runtime::new().unwrap();
    let campaign = killed.block_on(async {
        let supervisor = Supervisor::open(folder.path(), vault.clone());
        supervisor.agent.sign_in(&simulator, "demo-key", &[]);
        let campaign = supervisor.start(&numbers).await;
        supervisor.until_parts(campaign, |parts| parts.len() == 3 && is_taken(&parts[0])).await;
        // The answer to the next part but one is slow: the process ends before it comes.
        simulator.fault("TaskAdd", Fault::Slow(Duration::ZERO), 1);
        simulator.fault("TaskAdd", Fault::Slow(60 * SECOND), 1);
        let is_slow = |entry: &Entry| entry.request("TaskAdd").is_some() && simulator.numbers_given().len() == 25_000;
        simulator.ledger().wait_for(is_slow, 30 * SECOND).await.unwrap();
        campaign
    });
    killed.shutdown_background();

    outer.block_on(async {
        let supervisor = Supervisor::open(folder.path(), vault);
        supervisor.watch(&[Topic::Campaign { campaign }]);
        let detail = supervisor.until_parts(campaign, |parts| parts.len() == 3).await;
        assert!(is_taken(&detail.parts[0]) && is_taken(&detail.parts[1]) && is_unknown(&detail.parts[2]), "{:?}", detail.parts);
        let mark = simulator.ledger().mark();
        let again = simulator.ledger().wait_for_after(mark, |entry| entry.request("TaskAdd").is_some(), 5 * SECOND).await;
        assert!(again.is_err(), "nothing is sent by itself");
        each_once(&simulator, &numbers);
        supervisor.floor.floor_intent(FloorIntent::Decide { campaign, part: 2, decision: PartDecision::GiveUp, task_id: None });
        let detail = supervisor.until_parts(campaign, |parts| matches!(parts[2].state, PartState::GivenUp { .. })).await;
        let counts = detail.row.counts;
        assert_eq!(counts.waiting + counts.taken + counts.refused + counts.unknown + counts.removed, 25_000, "{counts:?}");
        supervisor.close().await;
    });
}

#[tokio::test]
async fn a_sign_out_midway_stops_the_sending_until_the_next_sign_in() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::signed_in(folder.path(), &simulator).await;
    // The first request of the next part is refused, and the pause after it gives time to sign out.
    simulator.fault("TaskAdd", Fault::RetryAfter(429, 3), 1);
    let numbers = numbers(25_000);
    let campaign = supervisor.start(&numbers).await;
    supervisor.until_parts(campaign, |parts| parts.len() == 3 && matches!(parts[1].state, PartState::Failed { .. })).await;
    supervisor.agent.handle.intent(Intent::SignOut);
    supervisor.until(|views| matches!(views.get(&Topic::Desk), Some(TopicView::Desk(desk)) if !desk.signed_in)).await;
    let sent = requests(&simulator, "TaskAdd");
    let mark = simulator.ledger().mark();
    let more = simulator.ledger().wait_for_after(mark, |entry| entry.request("TaskAdd").is_some(), 6 * SECOND).await;
    assert!(more.is_err() && sent <= 1, "nothing is sent while nobody is signed in");
    supervisor.agent.sign_in(&simulator, "demo-key", &[]);
    supervisor.until_parts(campaign, |parts| parts.iter().all(is_taken)).await;
    each_once(&simulator, &numbers);
    supervisor.close().await;
}

#[tokio::test]
async fn an_orderly_end_waits_for_the_answer_to_a_part_that_was_sent() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::memory();
    let supervisor = Supervisor::open(folder.path(), vault.clone());
    supervisor.agent.sign_in(&simulator, "demo-key", &[]);
    simulator.fault("TaskAdd", Fault::Slow(SECOND), 1);
    let numbers = numbers(25_000);
    let campaign = supervisor.start(&numbers).await;
    simulator.ledger().wait_for(|entry| entry.request("TaskAdd").is_some(), 30 * SECOND).await.unwrap();
    supervisor.close().await;

    let supervisor = Supervisor::open(folder.path(), vault);
    supervisor.watch(&[Topic::Campaign { campaign }]);
    supervisor.until_parts(campaign, |parts| parts.len() == 3 && parts.iter().all(is_taken)).await;
    each_once(&simulator, &numbers);
    supervisor.close().await;
}

#[tokio::test]
async fn a_campaign_whose_numbers_cannot_be_stored_is_not_sent() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::signed_in(folder.path(), &simulator).await;
    let (import, _) = supervisor.import("customers.csv", sheet(&numbers(10)).as_bytes(), rules()).await;
    supervisor.floor.import_drop(import).await.unwrap();
    supervisor.floor.floor_intent(FloorIntent::Start { import, plan: plan() });
    let said = |views: &std::collections::BTreeMap<Topic, TopicView>| match views.get(&Topic::Desk) {
        Some(TopicView::Desk(desk)) => {
            desk.notices.iter().any(|notice| notice.act == FloorAct::Start && matches!(notice.progress, ChangeProgress::Failed { .. }))
        }
        _ => false,
    };
    supervisor.until(said).await;
    assert_eq!((requests(&simulator, "TaskCreat"), campaigns(&supervisor.views()).len()), (0, 0));
    supervisor.close().await;
}

/// An agent serves queue-1; customers who are reached talk to the agent or give up.
#[tokio::test]
async fn calls_of_a_campaign_are_counted_by_their_bills_and_its_end_by_the_task_callback() {
    let pace = Pace {
        campaign: false,
        reached: 100,
        first: (0, 0),
        between: (0, 0),
        answer: (0, 1),
        talk: (1, 1),
        miss_one_in: 0,
        ..Pace::default()
    };
    let queues = vec![QueueSpec { wrap_up: 0, ..QueueSpec::new("queue-1", "Renewals") }];
    let options = Options { pace: Some(pace), queues, ..Options::test() };
    let simulator = Simulator::local(options).await.unwrap();
    simulator.sign_in("queue-1", "100002", "11");
    simulator.set_answering("100002", ringside_simulator::Answering::ByItself);
    let folder = tempfile::tempdir().unwrap();
    let mut supervisor = Supervisor::signed_in(folder.path(), &simulator).await;
    supervisor.agent.listen(&simulator).await;
    let numbers = numbers(4);
    let campaign = supervisor.start(&numbers).await;
    let views = supervisor
        .until(|views| campaigns(views).first().is_some_and(|row| row.stage == CampaignStage::Finished && row.counts.called == 4))
        .await;
    let counts = campaigns(&views)[0].counts;
    assert_eq!((counts.calls, counts.answered, counts.reached + counts.abandoned), (4, 4, 4), "{counts:?}");
    assert!(counts.reached >= 1, "{counts:?}");
    let rows = supervisor.floor.campaign_numbers(campaign, NumberFilter::default(), 0, 10).await.unwrap();
    assert!(rows.iter().all(|row| row.calls == 1 && row.fate == NumberFate::Taken), "{rows:?}");
    supervisor.close().await;
}

#[tokio::test]
async fn bills_of_another_company_at_the_same_address_are_not_counted() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::signed_in(folder.path(), &simulator).await;
    supervisor.bill(1, "13800138001", "", "9999").await;
    supervisor.bill(2, "13800138002", "", "9027").await;
    let missed = async || supervisor.floor.abandoned_customers(Timestamp(0)).await.unwrap();
    let counted = async {
        while missed().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, counted).await.expect("the call of the own company is counted");
    assert_eq!(missed().await.iter().map(|call| call.key.as_str()).collect::<Vec<_>>(), ["2"]);
    supervisor.close().await;
}

#[tokio::test]
async fn a_desk_that_is_switched_on_while_nobody_is_signed_in_keeps_calling_hours_from_the_sign_in_on() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let mut supervisor = Supervisor::signed_in(folder.path(), &simulator).await;
    let numbers = numbers(3);
    let (import, _) = supervisor.import("customers.csv", sheet(&numbers).as_bytes(), rules()).await;
    let always = CallingHours { days: (1..=7).collect(), from: 0, to: 1440 };
    let limits = CampaignLimits { hours: Some(always), ..CampaignLimits::default() };
    supervisor.floor.floor_intent(FloorIntent::Start { import, plan: CampaignPlan { limits, ..plan() } });
    supervisor.until(|views| campaigns(views).first().is_some_and(|row| row.stage == CampaignStage::Running)).await;
    supervisor.agent.handle.intent(Intent::SignOut);
    supervisor.until(|views| matches!(views.get(&Topic::Desk), Some(TopicView::Desk(desk)) if !desk.signed_in)).await;
    supervisor.switch_off_and_on().await;
    supervisor.until(|views| views.contains_key(&Topic::Campaigns)).await;
    supervisor.agent.sign_in(&simulator, "demo-key", &[]);
    let views = supervisor
        .until(|views| {
            let signed_in = matches!(views.get(&Topic::Desk), Some(TopicView::Desk(desk)) if desk.signed_in && desk.answered_at.is_some());
            signed_in && campaigns(views).first().is_some_and(|row| row.stage == CampaignStage::Running)
        })
        .await;
    assert_eq!(campaigns(&views)[0].campaign.holds, []);
    supervisor.close().await;
}
