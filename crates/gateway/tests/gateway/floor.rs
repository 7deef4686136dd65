//! Requests of the supervisors' desks, carried out by the leader.

use std::time::Duration;

use ringside_domain::{Customer, FloorAnswer, FloorRequest, QueueName, SeatId, SeatOrder};
use ringside_fleet::words::{Done, ErrorCode, Operation};
use ringside_simulator::{ExtensionSpec, Fault, Options};

use super::world::{TestDesk, World, supervisor};

fn floor(request: FloorRequest) -> Operation {
    Operation::Floor { request, prefixes: Vec::new() }
}

fn numbers(count: usize) -> Vec<Customer> {
    (0..count).map(|place| Customer { phone: format!("0138{place:08}"), ..Customer::default() }).collect()
}

async fn answer(desk: &TestDesk, id: &str, request: FloorRequest) -> (FloorAnswer, u64) {
    match desk.ask(id, floor(request)).await.unwrap() {
        Done::Floor { answer, age_ms } => (answer, age_ms),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_supervisors_who_read_the_same_at_the_same_time_cost_the_platform_one_request() {
    let world = World::new().await;
    world.simulator.sign_in("queue-1", "100003", "12");
    let gateway = world.gateway().await;
    let (one, other) = (world.desk_of(&gateway, &supervisor("100001")).await, world.desk_of(&gateway, &supervisor("100002")).await);
    gateway.leads().await;
    // The answer is slow, so that both wait for it.
    world.simulator.fault("GetExtgroupInfo", Fault::Slow(Duration::from_millis(300)), 1);
    let asked = || world.simulator.ledger().requests("GetExtgroupInfo").len();
    let (first, second) = tokio::join!(answer(&one, "1", FloorRequest::ReadGroups), answer(&other, "2", FloorRequest::ReadGroups));
    assert_eq!((asked(), first.0), (1, second.0));
    let (_, age) = answer(&other, "3", FloorRequest::ReadGroups).await;
    assert!(asked() == 1 && (300..1000).contains(&age), "{} requests, {age} ms", asked());

    // A reading from before a change answers nobody who asks after it.
    answer(&one, "4", FloorRequest::AddGroup { name: "sales".to_owned() }).await;
    let (groups, _) = answer(&other, "5", FloorRequest::ReadGroups).await;
    assert!(matches!(&groups, FloorAnswer::Groups(groups) if groups.iter().any(|(name, _)| name == "sales")), "{groups:?}");
    assert_eq!(asked(), 2);

    let seat = SeatId { queue: QueueName("queue-1".into()), extension: ringside_domain::Extension("100003".into()), agent_id: "12".into() };
    answer(&one, "6", FloorRequest::SetSeat { seat, order: SeatOrder::Busy }).await;
    let (seats, _) = answer(&other, "7", FloorRequest::ReadSeats { queue: QueueName("queue-1".into()) }).await;
    let FloorAnswer::Seats { agents, .. } = seats else { panic!("{seats:?}") };
    assert_eq!(agents[0].state, ringside_domain::SeatState::Paused);
    gateway.gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lists_of_a_company_with_two_thousand_extensions_fit_into_an_answer() {
    let extensions: Vec<_> = (0..2000)
        .map(|place| ExtensionSpec {
            queues: vec!["queue-1".to_owned()],
            ..ExtensionSpec::new((100_001 + place).to_string(), (1000 + place).to_string())
        })
        .collect();
    let world = World::with(Options { extensions, ..Options::test() }).await;
    let gateway = world.gateway().await;
    let boss = world.desk_of(&gateway, &supervisor("100001")).await;
    let (read, _) = answer(&boss, "1", FloorRequest::ReadExtensions).await;
    assert!(matches!(&read, FloorAnswer::Extensions { extensions, .. } if extensions.len() == 2000));
    let (read, _) = answer(&boss, "2", FloorRequest::ReadSeats { queue: QueueName("queue-1".into()) }).await;
    assert!(matches!(&read, FloorAnswer::Seats { agents, .. } if agents.len() == 2000));
    gateway.gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a6_numbers_are_added_once_however_often_it_is_asked_and_a_lost_answer_stays_unknown_after_a_restart() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let boss = world.desk_of(&gateway, &supervisor("100001")).await;
    let plan = ringside_domain::CampaignPlan {
        name: String::new(),
        target: ringside_domain::Target::Queue(QueueName("queue-1".into())),
        agents: 1,
        calls: 1,
        display_numbers: Vec::new(),
        limits: ringside_domain::CampaignLimits::default(),
    };
    let create = || FloorRequest::CreateTask { plan: plan.clone(), numbers: numbers(10_000) };
    let (made, _) = answer(&boss, "make", create()).await;
    let FloorAnswer::Sent { task_id: Some(task_id), accepted: 10_000, .. } = &made else { panic!("{made:?}") };
    assert_eq!(answer(&boss, "make", create()).await.0, made);
    world.simulator.fault("TaskAdd", Fault::Lost, 1);
    let add = || {
        floor(FloorRequest::AddNumbers {
            task_id: task_id.clone(),
            numbers: vec![Customer { phone: "0139".into(), ..Customer::default() }],
        })
    };
    let refused = boss.ask("add", add()).await.unwrap_err();
    assert!(refused.code == ErrorCode::FateUnknown && !refused.not_done, "{refused:?}");
    gateway.gateway.stop().await;
    let gateway = world.gateway().await;
    gateway.leads().await;
    assert_eq!(boss.ask("add", add()).await.unwrap_err().code, ErrorCode::FateUnknown);
    assert_eq!(answer(&boss, "make", create()).await.0, made);
    let asked = ["TaskCreat", "TaskAdd"].map(|service| world.simulator.ledger().requests(service).len());
    assert_eq!((asked, world.simulator.tasks().len()), ([1, 1], 1));
    gateway.gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a10_a_pause_that_the_platform_asks_for_is_told_and_nothing_was_done() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let boss = world.desk_of(&gateway, &supervisor("100001")).await;
    world.simulator.fault("TaskAdd", Fault::RetryAfter(429, 1), 1);
    let add = floor(FloorRequest::AddNumbers { task_id: "1".to_owned(), numbers: numbers(1) });
    let refused = boss.ask("add", add).await.unwrap_err();
    assert!(refused.not_done && refused.retryable && refused.retry_after_ms == Some(1000), "{refused:?}");
    let none = boss.ask("none", floor(FloorRequest::AddNumbers { task_id: "1".to_owned(), numbers: Vec::new() })).await.unwrap_err();
    assert!(none.code == ErrorCode::BadRequest && none.not_done, "{none:?}");
    gateway.gateway.stop().await;
}
