//! Desks' requests, carried out by the leader.

use ringside_domain::FloorRequest;
use ringside_fleet::{
    desk::Way,
    words::{CallBack, Done, ErrorCode, Operation},
};
use ringside_simulator::{Fault, SeatState};

use super::world::{SOON, World, supervisor, wait};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn busy_at_one_desk_is_confirmed_by_a_reading_and_counted_at_the_other() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let one = world.desk(&gateway, "100001", "10").await;
    let other = world.desk(&gateway, "100002", "11").await;
    let queue = || "queue-1".to_owned();
    for desk in [&one, &other] {
        let joined = desk.ask(&format!("join-{}", desk.enrolled.desk), Operation::JoinQueue { queue: queue() }).await;
        assert_eq!(joined.unwrap(), Done::Joined { already: false });
    }
    assert!(world.simulator.seat("queue-1", "100001").is_some() && world.simulator.seat("queue-1", "100002").is_some());
    one.ask("busy", Operation::SetSeat { queue: queue(), busy: true }).await.unwrap();
    assert_eq!(world.simulator.seat("queue-1", "100001"), Some(SeatState::Paused));
    one.state("the desk sees its own seat paused", |told| {
        told.state.read.iter().any(|read| read.queue == "queue-1" && read.seat.as_ref().is_some_and(|seat| seat.state == 1217))
    })
    .await;
    other
        .state("the other desk counts it as busy", |told| {
            told.state.read.iter().any(|read| read.queue == "queue-1" && read.others.busy == 1)
        })
        .await;
    let queues = one.ask("queues", Operation::ListQueues).await.unwrap();
    assert!(matches!(queues, Done::Queues { queues } if queues.len() == 2));
    one.ask("leave", Operation::LeaveQueue { queue: queue() }).await.unwrap();
    assert_eq!(world.simulator.seat("queue-1", "100001"), None);
    gateway.gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a6_a_call_back_is_made_once_however_often_it_is_asked_and_known_after_a_restart() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let desk = world.desk(&gateway, "100001", "10").await;
    let order = || Operation::CallBack(CallBack { number: "015029913692".to_owned(), task_name: "back".to_owned(), ..CallBack::default() });
    let done = desk.ask("same", order()).await.unwrap();
    let Done::TaskMade { task_id, accepted: true } = &done else { panic!("{done:?}") };
    assert_eq!(desk.ask("same", order()).await.unwrap(), done);
    gateway.gateway.stop().await;
    let gateway = world.gateway().await;
    gateway.leads().await;
    assert_eq!(desk.ask("same", order()).await.unwrap(), done);
    assert_eq!(world.simulator.tasks().keys().collect::<Vec<_>>(), [task_id]);
    gateway.gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_a_task_is_told_to_the_desk_that_made_it() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let (one, other) = (world.desk(&gateway, "100001", "10").await, world.desk(&gateway, "100002", "11").await);
    let order = CallBack { number: "015029913692".to_owned(), ..CallBack::default() };
    let Done::TaskMade { task_id, .. } = one.ask("make", Operation::CallBack(order)).await.unwrap() else { panic!() };
    let event = ringside_domain::Event {
        signal: Box::new(ringside_domain::Signal::TaskFinished { task_id: task_id.clone() }),
        company: None,
        payload: String::new(),
    };
    let to = ringside_fleet::words::subject::Addressee::Desk(one.enrolled.desk.clone());
    wait("the gateway knows the task", || gateway.company().shared.registry.read().unwrap().addressee(&event) == to).await;
    let over = format!(r#"{{"taskid":"{task_id}","status":"3"}}"#);
    assert_eq!(gateway.post(&over).await, 200);
    while one.bodies(1).await != [over.clone()] {}
    let own = super::world::callback("100002", 1);
    gateway.post(&own).await;
    other.next_is(&own).await;
    gateway.gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a6_a_call_back_whose_answer_was_lost_is_of_unknown_fate_and_not_asked_again() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let desk = world.desk(&gateway, "100001", "10").await;
    world.simulator.fault("TaskCreat", Fault::Lost, 1);
    let order = || Operation::CallBack(CallBack { number: "015029913692".to_owned(), ..CallBack::default() });
    for _ in 0..2 {
        let refused = desk.ask("same", order()).await.unwrap_err();
        assert!(refused.code == ErrorCode::FateUnknown, "{refused:?}");
    }
    assert_eq!(world.simulator.ledger().requests("TaskCreat").len(), 1);
    gateway.gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_reads_its_own_records_only_and_an_agent_has_no_floor() {
    let world = World::new().await;
    for extension in ["100001", "100002"] {
        let call = world.simulator.ring(ringside_simulator::RingSpec::predictive(extension, "015029913692", "queue-1"));
        world.simulator.answer(call).unwrap();
        world.simulator.hang_up(call, ringside_simulator::Party::Customer).unwrap();
    }
    wait("the records are there", || !world.simulator.records("100002").is_empty()).await;
    let gateway = world.gateway().await;
    let desk = world.desk(&gateway, "100001", "10").await;
    let now = gateway.company().clock.wall().0;
    let read = desk.ask("read", Operation::ReadRecords { from: now - 86_400_000, to: now + 86_400_000 }).await.unwrap();
    let Done::Records { records } = read else { panic!("{read:?}") };
    assert!(records.len() == 1 && records[0].extension == "100001", "{records:?}");
    let floor = || Operation::Floor { request: FloorRequest::ReadQueues, prefixes: Vec::new() };
    let refused = desk.ask("floor", floor()).await.unwrap_err();
    assert!(refused.code == ErrorCode::NotAllowed, "{refused:?}");
    let boss = world.desk_of(&gateway, &supervisor("100003")).await;
    assert!(matches!(boss.ask("floor", floor()).await.unwrap(), Done::Floor { .. }));
    gateway.gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g13_a_revoked_desk_is_out_within_two_seconds() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let desk = world.desk(&gateway, "100001", "10").await;
    gateway.leads().await;
    // The first push after the lead.
    desk.state("the leader tells states", |_| true).await;
    let begun = tokio::time::Instant::now();
    gateway.hub().await.revoke(&desk.enrolled.desk).await.unwrap();
    let mut way = desk.desk.way();
    tokio::time::timeout(SOON, way.wait_for(|way| !matches!(way, Way::Up { .. }))).await.unwrap().unwrap();
    assert!(begun.elapsed() < std::time::Duration::from_secs(2), "{:?}", begun.elapsed());
    tokio::time::timeout(SOON, way.wait_for(|way| matches!(way, Way::Revoked))).await.unwrap().unwrap();
    gateway.gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_that_does_not_answer_is_told_to_the_desks() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let desk = world.desk(&gateway, "100001", "10").await;
    desk.state("there is no trouble", |told| told.state.trouble.is_none()).await;
    world.simulator.fault("*", Fault::Reset, None);
    desk.state("the trouble is told", |told| told.state.trouble.as_ref().is_some_and(|trouble| trouble.code == ErrorCode::Unreachable))
        .await;
    world.simulator.clear_faults();
    desk.state("its end is told", |told| told.state.trouble.is_none()).await;
    gateway.gateway.stop().await;
}
