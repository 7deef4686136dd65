//! Agents in queues: set busy and available by a supervisor, and by a team break.

use std::collections::BTreeMap;

use ringside_domain::*;
use ringside_simulator::{Fault, Simulator};
use ringside_tests::platform;

use crate::desk::*;

const AGENTS: [(&str, &str); 3] = [("100001", "10"), ("100002", "11"), ("100003", "12")];

async fn with_agents() -> Simulator {
    let simulator = platform().await;
    for (extension, number) in AGENTS {
        simulator.sign_in("queue-1", extension, number);
    }
    simulator
}

fn agents(views: &BTreeMap<Topic, TopicView>) -> Vec<FloorAgent> {
    let Some(TopicView::Queues(view)) = views.get(&Topic::Queues) else { return Vec::new() };
    view.queues.iter().find(|queue| queue.name.0 == "queue-1").map(|queue| queue.agents.clone()).unwrap_or_default()
}

fn states(views: &BTreeMap<Topic, TopicView>) -> Vec<SeatState> {
    agents(views).into_iter().map(|agent| agent.state).collect()
}

fn step(views: &BTreeMap<Topic, TopicView>) -> Option<TeamBreakStep> {
    let Some(TopicView::Desk(view)) = views.get(&Topic::Desk) else { return None };
    view.breaks.first().map(|pause| pause.step)
}

fn set(supervisor: &Supervisor, of: &[FloorAgent], order: SeatOrder) {
    let seat = |agent: &FloorAgent| SeatId {
        queue: QueueName("queue-1".into()),
        extension: agent.extension.clone(),
        agent_id: agent.agent_id.clone(),
    };
    supervisor.floor.floor_intent(FloorIntent::SetSeats { seats: of.iter().map(seat).collect(), order });
}

fn progress(agent: &FloorAgent) -> Option<&ChangeProgress> {
    agent.change.as_ref().map(|change| &change.progress)
}

#[tokio::test]
async fn a_supervisor_sets_three_agents_busy_one_is_refused_and_available_again() {
    let simulator = with_agents().await;
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::signed_in(folder.path(), &simulator).await;
    supervisor.watch(&[Topic::Queues]);
    let three = agents(&supervisor.until(|views| agents(views).len() == 3).await);
    let numbers: Vec<(&str, &str)> = three.iter().map(|agent| (agent.extension.0.as_str(), agent.agent_id.as_str())).collect();
    assert_eq!(numbers, AGENTS, "the numbers are read from the rows");

    simulator.fault("SetSeatsStatus", Fault::Failed(1002), 1);
    set(&supervisor, &three, SeatOrder::Busy);
    let is_settled = |agent: &FloorAgent| matches!(progress(agent), Some(ChangeProgress::Confirmed | ChangeProgress::Failed { .. }));
    let views = supervisor.until(|views| agents(views).iter().all(is_settled)).await;
    let failed: Vec<FloorAgent> =
        agents(&views).into_iter().filter(|agent| matches!(progress(agent), Some(ChangeProgress::Failed { .. }))).collect();
    assert_eq!(failed.len(), 1, "{:?}", agents(&views));
    for agent in agents(&views) {
        let is_failed = agent.extension == failed[0].extension;
        assert_eq!(agent.state, if is_failed { SeatState::Waiting } else { SeatState::Paused }, "{agent:?}");
    }

    set(&supervisor, &three, SeatOrder::Available);
    let is_available = |agent: &FloorAgent| agent.state == SeatState::Waiting && progress(agent) == Some(&ChangeProgress::Confirmed);
    supervisor.until(|views| agents(views).len() == 3 && agents(views).iter().all(is_available)).await;
    let requests = simulator.ledger().requests("SetSeatsStatus");
    assert_eq!(requests.len(), 6);
    let count = |entries: &[FloorEntry], what: &str, result: &str| {
        entries.iter().filter(|entry| entry.what == what && entry.result == result).count()
    };
    let entries = supervisor.until_entered(|entries| count(entries, "seatAvailable", "done") == 3).await;
    assert_eq!((count(&entries, "seatBusy", "done"), count(&entries, "seatBusy", "failed")), (2, 1));
    supervisor.close().await;
}

#[tokio::test]
async fn an_agent_is_signed_in_and_out_by_the_number_that_the_row_says() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::signed_in(folder.path(), &simulator).await;
    supervisor.watch(&[Topic::Queues]);
    let seat =
        |agent_id: &str| SeatId { queue: QueueName("queue-1".into()), extension: Extension("100002".into()), agent_id: agent_id.into() };
    supervisor.floor.floor_intent(FloorIntent::SetSeats { seats: vec![seat("11")], order: SeatOrder::SignIn });
    supervisor.until(|views| agents(views).len() == 1).await;
    supervisor.floor.floor_intent(FloorIntent::SetSeats { seats: vec![seat("")], order: SeatOrder::SignOut });
    supervisor.until(|views| matches!(views.get(&Topic::Queues), Some(TopicView::Queues(_))) && agents(views).is_empty()).await;
    supervisor.close().await;
}

#[tokio::test]
async fn a_team_break_sets_its_agents_busy_and_back_and_each_step_is_confirmed() {
    let simulator = with_agents().await;
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::signed_in(folder.path(), &simulator).await;
    supervisor.watch(&[Topic::Desk, Topic::Queues]);
    supervisor.until(|views| agents(views).len() == 3).await;
    let queue = || QueueName("queue-1".into());
    supervisor.floor.floor_intent(FloorIntent::StartTeamBreak { queue: queue(), minutes: 30 });
    let views = supervisor.until(|views| step(views) == Some(TeamBreakStep::OnBreak)).await;
    assert_eq!(states(&views), [SeatState::Paused; 3]);
    assert!(agents(&views).iter().all(|agent| progress(agent) == Some(&ChangeProgress::Confirmed)), "{:?}", agents(&views));

    supervisor.floor.floor_intent(FloorIntent::EndTeamBreak { queue: queue() });
    let views = supervisor.until(|views| step(views).is_none() && states(views) == [SeatState::Waiting; 3]).await;
    assert!(agents(&views).iter().all(|agent| progress(agent) == Some(&ChangeProgress::Confirmed)), "{:?}", agents(&views));
    let entries = supervisor.until_entered(|entries| entries.iter().any(|entry| entry.what == "teamBreak")).await;
    let seen: Vec<(&str, &str)> = entries
        .iter()
        .rev()
        .filter(|entry| entry.what.contains("eamBreak"))
        .map(|entry| (entry.what.as_str(), if entry.detail.is_empty() { entry.result.as_str() } else { entry.detail.as_str() }))
        .collect();
    let step = |detail| ("teamBreakStep", detail);
    let expected = [
        ("startTeamBreak", "30 minutes"),
        step("pausing"),
        step("draining"),
        ("teamBreakAgents", "done"),
        step("settingBusy"),
        ("endTeamBreak", ""),
        step("settingAvailable"),
        ("teamBreak", "done"),
    ];
    assert_eq!(seen, expected);
    supervisor.close().await;
}
