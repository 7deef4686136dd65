//! The supervisor's desk behind the company's gateway.

use std::time::Duration;

use ringside_domain::*;
use ringside_fleet::words::Role;
use ringside_platform::Secrets;
use ringside_simulator::Fault;
use secrecy::ExposeSecret;

use crate::{company::Company, desk::*};

const SECOND: Duration = Duration::from_secs(1);

fn requests(company: &Company, service: &str) -> usize {
    company.simulator.ledger().requests(service).len()
}

/// Nothing is sent by itself.
async fn nothing_is_added(company: &Company) {
    let mark = company.simulator.ledger().mark();
    let added = company.simulator.ledger().wait_for_after(mark, |entry| entry.request("TaskAdd").is_some(), 5 * SECOND).await;
    assert!(added.is_err(), "{added:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supervisor_behind_the_gateway_runs_a_campaign_to_its_end_and_decides_on_a_part_that_timed_out() {
    let company = Company::new().await;
    let folder = tempfile::tempdir().unwrap();
    let supervisor = company.desk(folder.path(), Role::Supervisor).await;
    company.simulator.fault("TaskAdd", Fault::Timeout, 1);
    let numbers = numbers(12_000);
    let campaign = supervisor.start(&numbers).await;
    let detail = supervisor.until_parts(campaign, |parts| parts.len() == 2 && is_unknown(&parts[1])).await;
    assert!(is_taken(&detail.parts[0]), "{:?}", detail.parts);
    assert_eq!(detail.row.campaign.problem.as_ref().map(|problem| problem.code), Some(ProblemCode::FateUnknown));
    nothing_is_added(&company).await;
    supervisor.floor.floor_intent(FloorIntent::Decide { campaign, part: 1, decision: PartDecision::SendAgain, task_id: None });
    supervisor.until_parts(campaign, |parts| parts.iter().all(is_taken)).await;
    each_once(&company.simulator, &numbers);

    supervisor.floor.floor_intent(FloorIntent::Pause { campaign });
    supervisor.until(|views| campaigns(views).first().is_some_and(|row| row.stage == CampaignStage::Paused)).await;
    supervisor.floor.floor_intent(FloorIntent::RemoveNumbers { campaign, phones: numbers[..2].to_vec() });
    supervisor.until(|views| campaigns(views).first().is_some_and(|row| row.counts.removed == 2)).await;
    supervisor.floor.floor_intent(FloorIntent::End { campaign });
    supervisor.until(|views| campaigns(views).first().is_some_and(|row| row.stage == CampaignStage::Ended)).await;
    let tasks: Vec<_> = company.simulator.tasks().values().map(|task| task.state).collect();
    assert_eq!((tasks, requests(&company, "TaskCreat"), requests(&company, "TaskAdd")), (vec![3], 1, 2));
    supervisor.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a6_a_gateway_that_is_killed_while_a_part_is_under_way_leaves_it_to_a_person_and_no_number_is_given_twice() {
    let mut company = Company::new().await;
    let folder = tempfile::tempdir().unwrap();
    let supervisor = company.desk(folder.path(), Role::Supervisor).await;
    // The platform has the numbers of the second part, and its answer is slow.
    company.simulator.fault("TaskAdd", Fault::Slow(60 * SECOND), 1);
    let numbers = numbers(15_000);
    let campaign = supervisor.start(&numbers).await;
    let simulator = &company.simulator;
    let is_given = |entry: &ringside_simulator::Entry| entry.request("TaskAdd").is_some() && simulator.numbers_given().len() == 15_000;
    company.simulator.ledger().wait_for(is_given, 60 * SECOND).await.unwrap();
    company.kill();
    company.start().await;
    supervisor.until_parts(campaign, |parts| parts.len() == 2 && is_taken(&parts[0]) && is_unknown(&parts[1])).await;
    nothing_is_added(&company).await;
    supervisor.floor.floor_intent(FloorIntent::Decide { campaign, part: 1, decision: PartDecision::Taken, task_id: None });
    supervisor.until_parts(campaign, |parts| parts.iter().all(is_taken)).await;
    // The gateway that took over carries out what comes next.
    supervisor.floor.floor_intent(FloorIntent::Pause { campaign });
    supervisor.until(|views| campaigns(views).first().is_some_and(|row| row.stage == CampaignStage::Paused)).await;
    each_once(&company.simulator, &numbers);
    assert_eq!((requests(&company, "TaskCreat"), requests(&company, "TaskAdd")), (1, 1));
    supervisor.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_is_not_sent_while_no_gateway_runs_and_is_sent_once_when_one_runs_again() {
    let mut company = Company::new().await;
    let folder = tempfile::tempdir().unwrap();
    let supervisor = company.desk(folder.path(), Role::Supervisor).await;
    company.kill();
    let numbers = numbers(2_000);
    let campaign = supervisor.start(&numbers).await;
    let failed =
        |part: &CampaignPart| matches!(&part.state, PartState::Failed { problem, .. } if problem.code == ProblemCode::GatewayUnreachable);
    supervisor.until_parts(campaign, |parts| parts.iter().any(failed)).await;
    assert_eq!(requests(&company, "TaskCreat"), 0);
    company.start().await;
    supervisor.until_parts(campaign, |parts| parts.len() == 1 && parts.iter().all(is_taken)).await;
    each_once(&company.simulator, &numbers);
    assert_eq!(requests(&company, "TaskCreat"), 1);
    supervisor.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queues_groups_and_extensions_are_read_and_changed_through_the_gateway() {
    let company = Company::new().await;
    company.simulator.sign_in("queue-1", "100002", "11");
    let folder = tempfile::tempdir().unwrap();
    let supervisor = company.desk(folder.path(), Role::Supervisor).await;
    supervisor.watch(&[Topic::Queues, Topic::Groups, Topic::Extensions]);
    let agents = |views: &std::collections::BTreeMap<Topic, TopicView>| match views.get(&Topic::Queues) {
        Some(TopicView::Queues(view)) => {
            view.queues.iter().find(|queue| queue.name.0 == "queue-1").map(|queue| queue.agents.clone()).unwrap_or_default()
        }
        _ => Vec::new(),
    };
    supervisor.until(|views| agents(views).len() == 1).await;
    let seat = SeatId { queue: QueueName("queue-1".into()), extension: Extension("100002".into()), agent_id: "11".into() };
    supervisor.floor.floor_intent(FloorIntent::SetSeats { seats: vec![seat], order: SeatOrder::Busy });
    let is_confirmed = |agent: &FloorAgent| agent.change.as_ref().is_some_and(|change| change.progress == ChangeProgress::Confirmed);
    supervisor.until(|views| agents(views).first().is_some_and(|agent| agent.state == SeatState::Paused && is_confirmed(agent))).await;
    supervisor
        .until(|views| matches!(views.get(&Topic::Extensions), Some(TopicView::Extensions(view)) if view.extensions.len() == 3))
        .await;
    supervisor.floor.floor_intent(FloorIntent::AddGroup { name: "sales".into() });
    supervisor
        .until(|views| matches!(views.get(&Topic::Groups), Some(TopicView::Groups(view)) if view.groups.iter().any(|group| group.name == "sales")))
        .await;
    assert_eq!(requests(&company, "AddExtgroup"), 1);

    let password = supervisor.floor.password(Extension("100002".into())).await.unwrap();
    assert_eq!(password.expose_secret(), "sip-100002");
    let unknown = supervisor.floor.password(Extension("999".into())).await.unwrap_err();
    assert_eq!(unknown.code, ProblemCode::ExtensionUnknown);
    let by_hand = supervisor.floor.call_by_hand("GetQueueList", Vec::new(), Secrets::Masked).await.unwrap_err();
    assert_eq!((by_hand.code, by_hand.not_done), (ProblemCode::GatewayRefuses, true));
    supervisor.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agents_desk_is_refused_by_its_role_and_says_so() {
    let company = Company::new().await;
    let folder = tempfile::tempdir().unwrap();
    let desk = company.desk(folder.path(), Role::Desk).await;
    desk.watch(&[Topic::Groups]);
    let refused = |problem: &Problem| problem.code == ProblemCode::GatewayRefuses && !problem.retryable;
    desk.until(|views| matches!(views.get(&Topic::Groups), Some(TopicView::Groups(view)) if view.problem.as_ref().is_some_and(refused)))
        .await;
    desk.floor.floor_intent(FloorIntent::AddGroup { name: "sales".into() });
    let is_refused = |notice: &FloorNotice| matches!(&notice.progress, ChangeProgress::Failed { problem } if refused(problem));
    desk.until(|views| matches!(views.get(&Topic::Desk), Some(TopicView::Desk(view)) if view.notices.iter().any(is_refused))).await;
    let password = desk.floor.password(Extension("100002".into())).await.unwrap_err();
    assert!(refused(&password), "{password:?}");
    for service in ["AddExtgroup", "GetExtgroupInfo", "GetSipnumberInfo"] {
        assert_eq!(requests(&company, service), 0, "{service}");
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn n5_times_are_in_the_zone_that_the_gateway_says() {
    let company = Company::in_zone("-03:00").await;
    let folder = tempfile::tempdir().unwrap();
    let supervisor = company.desk(folder.path(), Role::Supervisor).await;
    supervisor.floor.do_not_call("013800138000".into(), String::new()).await.unwrap();
    let since = supervisor.floor.do_not_call_page(String::new(), 0, 1).await.unwrap()[0].since;
    let saved = supervisor.floor.do_not_call_export(folder.path().to_owned()).await.unwrap();
    let stamp = ringside_wire::moment::format(since, &ringside_wire::Zone::parse("-03:00").unwrap());
    let saved = std::fs::read_to_string(saved).unwrap();
    assert!(saved.contains(&stamp), "{stamp} is not in {saved}");
    supervisor.close().await;
}
