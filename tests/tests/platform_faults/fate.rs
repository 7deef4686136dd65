//! What is sent again and what is not: A6, A7, A10.

use std::time::Duration;

use ringside_domain::{Account, Timestamp};
use ringside_platform::{ClientOptions, CustomerNumber, Lost, NewTask, PlatformError, Repeat, Service, TaskTarget, Token};
use ringside_simulator::{Fault, Options};

use super::test_client::{LIST, TestClient, agent, queue, quick};

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
        let test = TestClient::new().await;
        test.simulator.fault("TaskCreat", fault.clone(), None);
        let error = test.client.patient().create_task(&task(2)).await.unwrap_err();
        let PlatformError::FateUnknown { service, sent, cause } = &error.error else { panic!("{fault:?}: {error:?}") };
        assert_eq!((*service, error.next, error.so_far.accepted), (Service::TaskCreat, 0, 0), "{cause}");
        assert!(sent.iter().any(|(name, text)| name == "telphone" && text.contains("01300000001")), "what was sent is told");
        assert!(sent.iter().all(|(name, _)| name != "token"), "A16");
        assert_eq!(test.asked("TaskCreat"), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a6_no_answer_in_time() {
    let test = TestClient::with(Options::test(), ClientOptions { total: Duration::from_millis(200), ..quick() }).await;
    test.simulator.fault("TaskCreat", Fault::Timeout, None);
    let error = test.client.patient().create_task(&task(1)).await.unwrap_err();
    let PlatformError::FateUnknown { cause, .. } = error.error else { panic!("{error:?}") };
    assert!(matches!(*cause, PlatformError::Unreachable { lost: Lost::TimedOut, .. }), "{cause:?}");
    assert_eq!(test.asked("TaskCreat"), 1);
}

#[tokio::test]
async fn a6_what_surely_was_not_carried_out_may_be_sent_again() {
    let test = TestClient::new().await;
    test.simulator.fault("TaskCreat", Fault::RetryAfter(429, 0), 2);
    test.simulator.expire_tokens();
    let report = test.client.patient().create_task(&task(1)).await.unwrap();
    assert_eq!((report.accepted, test.asked("TaskCreat")), (1, 4), "429 twice, 600 once, done once");
    test.simulator.fault("TaskCreat", Fault::Ret(400), None);
    let error = test.client.patient().create_task(&task(1)).await.unwrap_err().error;
    assert!(matches!(error, PlatformError::Refused { .. }), "refused is known: {error:?}");
}

#[tokio::test]
async fn a6_nobody_there_is_known_too() {
    let test = TestClient::strange(Options::test(), quick()).await;
    // A port that was free a moment ago, and no connection from before that could be reused.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let account = Account { url: format!("http://{nobody}/"), ..test.account.clone() };
    let token = Token { secret: "t".into(), obtained_at: test.client_now() };
    test.client.resume(&account, "k".into(), Some((token, ringside_platform::SignedIn::default()))).await;
    let error = test.client.patient().create_task(&task(1)).await.unwrap_err().error;
    assert!(matches!(&error, PlatformError::Unreachable { lost: Lost::BeforeSent, .. }), "{error:?}");
    assert!(!error.fate_unknown());
    let join = test.client.patient().queue_join(&queue(), &agent()).await.unwrap_err();
    assert!(ringside_domain::Problem::from(&join).not_done, "FS6: a join that never left this computer");
}

#[tokio::test]
async fn a6_the_table_of_what_may_be_repeated_is_kept() {
    for service in Service::ALL {
        let short = service.name().rsplit('.').next().unwrap();
        let harmful = short.starts_with("Add") || short.starts_with("Del") || ["TaskCreat", "TaskAdd", "taskDelPhone"].contains(&short);
        // «Already in it» would be the answer to the repeat, and hide that the first try did it.
        let harmful = harmful || short == "SipSignIn";
        assert_eq!(service.repeat() == Repeat::UnlessSent, harmful, "{short}");
    }
    let test = TestClient::new().await;
    test.simulator.fault("*", Fault::Ret(500), None);
    let client = test.client.patient();
    let extension = agent().extension;
    assert!(client.add_queue(&queue(), "x", true, None).await.unwrap_err().fate_unknown());
    assert!(client.delete_queue(&queue()).await.unwrap_err().fate_unknown());
    assert!(client.add_group("g", None).await.unwrap_err().fate_unknown());
    assert!(client.add_group_member("g", &extension).await.unwrap_err().fate_unknown());
    assert!(client.remove_group_member("g", &extension).await.unwrap_err().fate_unknown());
    assert!(client.remove_numbers("1", &["2".into()]).await.unwrap_err().error.fate_unknown());
    assert!(client.add_numbers("1", &numbers(1)).await.unwrap_err().error.fate_unknown());
    for service in ["AddQueue", "DelQueue", "AddExtgroup", "AddExtnumber", "DelExtnumber", "taskDelPhone", "TaskAdd"] {
        assert_eq!(test.asked(service), 1, "{service}");
    }
    client.set_seat(&queue(), &agent(), true).await.unwrap_err();
    assert_eq!(test.asked("SetSeatsStatus"), 4, "once, and three times more");
}

#[tokio::test]
async fn more_than_ten_thousand_numbers_go_in_parts_and_a_failure_tells_how_far_it_came() {
    let test = TestClient::new().await;
    let report = test.client.create_task(&task(25_000)).await.unwrap();
    assert_eq!((report.accepted, report.refused.len()), (25_000, 0));
    assert_eq!((test.asked("TaskCreat"), test.asked("TaskAdd")), (1, 2));

    let mut task = task(35_000);
    task.numbers[3].phone = "no number".into();
    task.numbers[10_001].phone = "?".into();
    test.simulator.fault("TaskAdd", Fault::Slow(Duration::ZERO), 1);
    test.simulator.fault("TaskAdd", Fault::Lost, 1);
    let error = test.client.create_task(&task).await.unwrap_err();
    assert_eq!(error.next, 20_000);
    assert_eq!((error.so_far.accepted, &error.so_far.refused), (19_998, &vec!["no number".to_owned(), "?".to_owned()]));
    assert!(error.error.fate_unknown(), "{error}");
    assert_eq!(test.asked("TaskAdd"), 4, "the last part was not sent");
    // Goes on by hand where it stopped, once somebody has looked.
    let id = error.so_far.task_id.unwrap();
    assert_eq!(test.client.add_numbers(&id, &task.numbers[30_000..]).await.unwrap().accepted, 5_000);
}

#[tokio::test]
async fn a7_a_stale_connection_costs_a_second_request_only_where_that_does_no_harm() {
    let test = TestClient::new().await;
    test.simulator.fault(LIST, Fault::Reset, 1);
    assert_eq!(test.client.queue_list().await.unwrap().len(), 2, "without a pause and without anybody's help");
    assert_eq!(test.asked(LIST), 2);
    test.simulator.fault(LIST, Fault::Reset, None);
    let error = test.client.queue_list().await.unwrap_err();
    assert!(matches!(error, PlatformError::Unreachable { lost: Lost::CutOff, .. }), "{error:?}");
    assert_eq!(test.asked(LIST), 4, "one more time, not for ever");
    test.client.queue_list().await.unwrap_err();
    assert_eq!(test.asked(LIST), 5, "FS7: nor each time, while the platform does not answer");
    test.simulator.fault("AddQueue", Fault::Reset, 1);
    let error = test.client.add_queue(&queue(), "x", true, None).await.unwrap_err();
    assert!(matches!(error, PlatformError::FateUnknown { service: Service::AddQueue, .. }), "{error:?}");
    assert_eq!(test.asked("AddQueue"), 1);
}

#[tokio::test]
async fn fs6_a_join_is_not_repeated_behind_the_back_of_who_asked() {
    for fault in [Fault::Lost, Fault::Reset, Fault::DoneButRet(500), Fault::NotJson] {
        let test = TestClient::new().await;
        // In none of the queues, as after a sign-out.
        let _ = test.client.queue_leave(&queue(), &agent()).await;
        test.simulator.fault("SipSignIn", fault.clone(), 1);
        let error = test.client.patient().queue_join(&queue(), &agent()).await.unwrap_err();
        assert_eq!(test.asked("SipSignIn"), 1, "{fault:?}");
        let problem = ringside_domain::Problem::from(&error);
        assert!(problem.retryable && !problem.not_done, "{error:?}: it may be tried again, and may have been done");
        assert_ne!(problem.code, ringside_domain::ProblemCode::FateUnknown, "said as what it was");
    }
    // Never sent, or turned away: known not to be done.
    let test = TestClient::new().await;
    test.simulator.fault("SipSignIn", Fault::RetryAfter(429, 7), 1);
    let problem = ringside_domain::Problem::from(&test.client.queue_join(&queue(), &agent()).await.unwrap_err());
    assert!(problem.not_done && problem.retry_after.is_some());
}

#[tokio::test]
async fn a10_a_patient_client_waits_and_asks_again_within_bounds() {
    for fault in [Fault::HttpStatus(500), Fault::HttpStatus(502), Fault::Ret(500), Fault::RetryAfter(429, 0), Fault::Failed(1001)] {
        let test = TestClient::new().await;
        test.simulator.fault(LIST, fault.clone(), 2);
        assert!(test.client.queue_list().await.is_err(), "who polls is told at once");
        test.client.patient().queue_list().await.unwrap();
        assert_eq!(test.asked(LIST), 3);
        test.simulator.fault(LIST, fault, None);
        assert!(test.client.patient().queue_list().await.is_err());
        assert_eq!(test.asked(LIST), 7, "once, and three times more");
    }
    let test = TestClient::new().await;
    test.simulator.fault(LIST, Fault::RetryAfter(503, 3600), None);
    let error = test.client.patient().queue_list().await.unwrap_err();
    let PlatformError::Http { status: 503, retry_after: Some(pause) } = error else { panic!("{error:?}") };
    assert_eq!((pause.as_secs(), test.asked(LIST)), (3600, 1), "too long to wait for, and told");
    test.simulator.clear_faults();
    test.simulator.fault(LIST, Fault::RetryAfter(429, 1), 1);
    let began = tokio::time::Instant::now();
    test.client.patient().queue_list().await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1), "the platform's own pause is kept");
}
