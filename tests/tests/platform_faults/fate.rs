//! What is sent again and what is not: A6, A7, A10.

use std::time::Duration;

use ringside_domain::{Account, Timestamp};
use ringside_platform::{ClientOptions, CustomerNumber, Lost, NewTask, PlatformError, Repeat, Service, TaskTarget, Token};
use ringside_simulator::{Fault, Options};

use super::desk::{Desk, LIST, agent, queue, quick};

fn numbers(count: usize) -> Vec<CustomerNumber> {
    let number = |n: usize| CustomerNumber {
        phone: format!("013{n:08}"),
        at: Timestamp(4_000_000_000_000),
        agent_id: String::new(),
        member_id: String::new(),
        maturity: String::new(),
        customer_id: String::new(),
    };
    (0..count).map(number).collect()
}

fn task(count: usize) -> NewTask {
    NewTask { target: TaskTarget::Queue(queue()), numbers: numbers(count), agents: 1, calls: 1, display_numbers: Vec::new(), name: None }
}

#[tokio::test]
async fn a6_a_task_whose_answer_is_lost_is_never_made_twice() {
    for fault in [
        Fault::Lost,
        Fault::Reset,
        Fault::DoneButRet(500),
        Fault::HttpStatus(502),
        Fault::Html,
        Fault::NotJson,
        Fault::Truncated,
        Fault::EmptyData,
        Fault::Redirect("http://example.invalid/".into()),
    ] {
        let desk = Desk::new().await;
        desk.simulator.fault("TaskCreat", fault.clone(), None);
        let error = desk.client.patient().create_task(&task(2)).await.unwrap_err();
        let PlatformError::FateUnknown { service, sent, cause } = &error.error else { panic!("{fault:?}: {error:?}") };
        assert_eq!((*service, error.next, error.so_far.accepted), (Service::TaskCreat, 0, 0), "{cause}");
        assert!(sent.iter().any(|(name, text)| name == "telphone" && text.contains("01300000001")), "what was sent is told");
        assert!(sent.iter().all(|(name, _)| name != "token"), "A16");
        assert_eq!(desk.asked("TaskCreat"), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a6_no_answer_in_time() {
    let desk = Desk::with(Options::test(), ClientOptions { total: Duration::from_millis(200), ..quick() }).await;
    desk.simulator.fault("TaskCreat", Fault::Timeout, None);
    let error = desk.client.patient().create_task(&task(1)).await.unwrap_err();
    let PlatformError::FateUnknown { cause, .. } = error.error else { panic!("{error:?}") };
    assert!(matches!(*cause, PlatformError::Unreachable { lost: Lost::TimedOut, .. }), "{cause:?}");
    assert_eq!(desk.asked("TaskCreat"), 1);
}

#[tokio::test]
async fn a6_what_surely_was_not_carried_out_may_be_sent_again() {
    let desk = Desk::new().await;
    desk.simulator.fault("TaskCreat", Fault::RetryAfter(429, 0), 2);
    desk.simulator.expire_tokens();
    let report = desk.client.patient().create_task(&task(1)).await.unwrap();
    assert_eq!((report.accepted, desk.asked("TaskCreat")), (1, 4), "429 twice, 600 once, done once");
    desk.simulator.fault("TaskCreat", Fault::Ret(400), None);
    let error = desk.client.patient().create_task(&task(1)).await.unwrap_err().error;
    assert!(matches!(error, PlatformError::Refused { .. }), "refused is known: {error:?}");
}

#[tokio::test]
async fn a6_nobody_there_is_known_too() {
    let desk = Desk::strange(Options::test(), quick()).await;
    // A port that was free a moment ago, and no connection from before that could be reused.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let account = Account { url: format!("http://{nobody}/"), ..desk.account.clone() };
    let token = Token { secret: "t".into(), obtained_at: desk.client_now() };
    desk.client.resume(&account, "k".into(), Some((token, ringside_platform::SignedIn::default()))).await;
    let error = desk.client.patient().create_task(&task(1)).await.unwrap_err().error;
    assert!(matches!(&error, PlatformError::Unreachable { lost: Lost::BeforeSent, .. }), "{error:?}");
    assert!(!error.fate_unknown());
}

#[tokio::test]
async fn a6_the_table_of_what_may_be_repeated_is_kept() {
    for service in Service::ALL {
        let short = service.name().rsplit('.').next().unwrap();
        let harmful = short.starts_with("Add") || short.starts_with("Del") || ["TaskCreat", "TaskAdd", "taskDelPhone"].contains(&short);
        assert_eq!(service.repeat() == Repeat::UnlessSent, harmful, "{short}");
    }
    let desk = Desk::new().await;
    desk.simulator.fault("*", Fault::Ret(500), None);
    let client = desk.client.patient();
    let extension = agent().extension;
    assert!(client.add_queue(&queue(), "x", true, None).await.unwrap_err().fate_unknown());
    assert!(client.delete_queue(&queue()).await.unwrap_err().fate_unknown());
    assert!(client.add_group("g", None).await.unwrap_err().fate_unknown());
    assert!(client.add_group_member("g", &extension).await.unwrap_err().fate_unknown());
    assert!(client.remove_group_member("g", &extension).await.unwrap_err().fate_unknown());
    assert!(client.remove_numbers("1", &["2".into()]).await.unwrap_err().error.fate_unknown());
    assert!(client.add_numbers("1", &numbers(1)).await.unwrap_err().error.fate_unknown());
    for service in ["AddQueue", "DelQueue", "AddExtgroup", "AddExtnumber", "DelExtnumber", "taskDelPhone", "TaskAdd"] {
        assert_eq!(desk.asked(service), 1, "{service}");
    }
    client.set_seat(&queue(), &agent(), true).await.unwrap_err();
    assert_eq!(desk.asked("SetSeatsStatus"), 4, "once, and three times more");
}

#[tokio::test]
async fn more_than_ten_thousand_numbers_go_in_parts_and_a_failure_tells_how_far_it_came() {
    let desk = Desk::new().await;
    let report = desk.client.create_task(&task(25_000)).await.unwrap();
    assert_eq!((report.accepted, report.refused.len()), (25_000, 0));
    assert_eq!((desk.asked("TaskCreat"), desk.asked("TaskAdd")), (1, 2));

    let mut task = task(35_000);
    task.numbers[3].phone = "no number".into();
    task.numbers[10_001].phone = "?".into();
    desk.simulator.fault("TaskAdd", Fault::Slow(Duration::ZERO), 1);
    desk.simulator.fault("TaskAdd", Fault::Lost, 1);
    let error = desk.client.create_task(&task).await.unwrap_err();
    assert_eq!(error.next, 20_000);
    assert_eq!((error.so_far.accepted, &error.so_far.refused), (19_998, &vec!["no number".to_owned(), "?".to_owned()]));
    assert!(error.error.fate_unknown(), "{error}");
    assert_eq!(desk.asked("TaskAdd"), 4, "the last part was not sent");
    // Goes on by hand where it stopped, once somebody has looked.
    let id = error.so_far.task_id.unwrap();
    assert_eq!(desk.client.add_numbers(&id, &task.numbers[30_000..]).await.unwrap().accepted, 5_000);
}

#[tokio::test]
async fn a7_a_stale_connection_costs_a_second_request_only_where_that_does_no_harm() {
    let desk = Desk::new().await;
    desk.simulator.fault(LIST, Fault::Reset, 1);
    assert_eq!(desk.client.queue_list().await.unwrap().len(), 2, "without a pause and without anybody's help");
    assert_eq!(desk.asked(LIST), 2);
    desk.simulator.fault(LIST, Fault::Reset, None);
    let error = desk.client.queue_list().await.unwrap_err();
    assert!(matches!(error, PlatformError::Unreachable { lost: Lost::CutOff, .. }), "{error:?}");
    assert_eq!(desk.asked(LIST), 4, "one more time, not for ever");
    desk.client.queue_list().await.unwrap_err();
    assert_eq!(desk.asked(LIST), 5, "FS7: nor each time, while the platform does not answer");
    desk.simulator.fault("AddQueue", Fault::Reset, 1);
    let error = desk.client.add_queue(&queue(), "x", true, None).await.unwrap_err();
    assert!(matches!(error, PlatformError::FateUnknown { service: Service::AddQueue, .. }), "{error:?}");
    assert_eq!(desk.asked("AddQueue"), 1);
}

#[tokio::test]
async fn a10_a_patient_client_waits_and_asks_again_within_bounds() {
    for fault in [Fault::HttpStatus(500), Fault::HttpStatus(502), Fault::Ret(500), Fault::RetryAfter(429, 0), Fault::Failed(1001)] {
        let desk = Desk::new().await;
        desk.simulator.fault(LIST, fault.clone(), 2);
        assert!(desk.client.queue_list().await.is_err(), "who polls is told at once");
        desk.client.patient().queue_list().await.unwrap();
        assert_eq!(desk.asked(LIST), 3);
        desk.simulator.fault(LIST, fault, None);
        assert!(desk.client.patient().queue_list().await.is_err());
        assert_eq!(desk.asked(LIST), 7, "once, and three times more");
    }
    let desk = Desk::new().await;
    desk.simulator.fault(LIST, Fault::RetryAfter(503, 3600), None);
    let error = desk.client.patient().queue_list().await.unwrap_err();
    let PlatformError::Http { status: 503, retry_after: Some(pause) } = error else { panic!("{error:?}") };
    assert_eq!((pause.as_secs(), desk.asked(LIST)), (3600, 1), "too long to wait for, and told");
    desk.simulator.clear_faults();
    desk.simulator.fault(LIST, Fault::RetryAfter(429, 1), 1);
    let began = tokio::time::Instant::now();
    desk.client.patient().queue_list().await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1), "the platform's own pause is kept");
}
