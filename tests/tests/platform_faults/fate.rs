//! Which requests are repeated and which are not: A6, A7, A10.

use std::time::Duration;

use ringside_domain::{Account, Customer, Target, Timestamp};
use ringside_platform::{ClientOptions, Lost, NewTask, PlatformError, Repeat, Service, Token};
use ringside_simulator::{Fault, Options};

use super::test_client::{LIST, TestClient, agent, queue, quick};

fn numbers(count: usize) -> Vec<Customer> {
    let number = |n: usize| Customer { phone: format!("013{n:08}"), at: Some(Timestamp(4_000_000_000_000)), ..Customer::default() };
    (0..count).map(number).collect()
}

fn task(count: usize) -> NewTask {
    NewTask { target: Target::Queue(queue()), numbers: numbers(count), agents: 1, calls: 1, display_numbers: Vec::new(), name: None }
}

#[tokio::test]
async fn a6_a_task_whose_answer_is_lost_is_never_created_twice() {
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
        assert!(
            sent.iter().any(|(name, text)| name == "telphone" && text.contains("01300000001")),
            "the error contains the sent parameters"
        );
        assert!(sent.iter().all(|(name, _)| name != "token"), "A16");
        assert_eq!(test.asked("TaskCreat"), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a6_a_task_without_an_answer_in_time_is_not_repeated() {
    let test = TestClient::with(Options::test(), ClientOptions { total: Duration::from_millis(200), ..quick() }).await;
    test.simulator.fault("TaskCreat", Fault::Timeout, None);
    let error = test.client.patient().create_task(&task(1)).await.unwrap_err();
    let PlatformError::FateUnknown { cause, .. } = error.error else { panic!("{error:?}") };
    assert!(matches!(*cause, PlatformError::Unreachable { lost: Lost::TimedOut, .. }), "{cause:?}");
    assert_eq!(test.asked("TaskCreat"), 1);
}

#[tokio::test]
async fn a6_a_request_that_was_certainly_not_carried_out_may_be_repeated() {
    let test = TestClient::new().await;
    test.simulator.fault("TaskCreat", Fault::RetryAfter(429, 0), 2);
    test.simulator.expire_tokens();
    let report = test.client.patient().create_task(&task(1)).await.unwrap();
    assert_eq!((report.accepted, test.asked("TaskCreat")), (1, 4), "429 twice, 600 once, done once");
    test.simulator.fault("TaskCreat", Fault::Ret(400), None);
    let error = test.client.patient().create_task(&task(1)).await.unwrap_err().error;
    assert!(matches!(error, PlatformError::Refused { .. }), "a refusal is a known outcome: {error:?}");
}

#[tokio::test]
async fn a6_a_request_without_a_connection_is_known_not_to_be_done() {
    let test = TestClient::strange(Options::test(), quick()).await;
    // A port that was free a moment ago, and no earlier connection that could be used again.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let account = Account { url: format!("http://{nobody}/"), ..test.account.clone() };
    let token = Token { secret: "t".into(), obtained_at: test.client_now() };
    test.client.resume(&account, "k".into(), Some((token, ringside_platform::SignedIn::default()))).await;
    let error = test.client.patient().create_task(&task(1)).await.unwrap_err().error;
    assert!(matches!(&error, PlatformError::Unreachable { lost: Lost::BeforeSent, .. }), "{error:?}");
    assert!(!error.fate_unknown());
    let join = test.client.patient().queue_join(&queue(), &agent()).await.unwrap_err();
    assert!(ringside_domain::Problem::from(&join).not_done, "FS6: the join was never sent");
}

#[tokio::test]
async fn a6_only_harmless_services_are_repeated() {
    for service in Service::ALL {
        let short = service.name().rsplit('.').next().unwrap();
        let harmful = short.starts_with("Add") || short.starts_with("Del") || ["TaskCreat", "TaskAdd", "taskDelPhone"].contains(&short);
        // «Already in the queue» would be the answer to a repetition, and would hide that the first request succeeded.
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
    assert_eq!(test.asked("SetSeatsStatus"), 4, "once, and three repetitions");
}

#[tokio::test]
async fn more_than_ten_thousand_numbers_are_sent_in_parts_and_an_error_names_the_failed_part() {
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
    // A person continues after the failed part.
    let id = error.so_far.task_id.unwrap();
    assert_eq!(test.client.add_numbers(&id, &task.numbers[30_000..]).await.unwrap().accepted, 5_000);
}

#[tokio::test]
async fn a7_a_request_that_a_stale_connection_lost_is_repeated_only_if_that_does_no_harm() {
    let test = TestClient::new().await;
    test.simulator.fault(LIST, Fault::Reset, 1);
    assert_eq!(test.client.queue_list().await.unwrap().len(), 2, "repeated without a pause");
    assert_eq!(test.asked(LIST), 2);
    test.simulator.fault(LIST, Fault::Reset, None);
    let error = test.client.queue_list().await.unwrap_err();
    assert!(matches!(error, PlatformError::Unreachable { lost: Lost::CutOff, .. }), "{error:?}");
    assert_eq!(test.asked(LIST), 4, "one repetition only");
    test.client.queue_list().await.unwrap_err();
    assert_eq!(test.asked(LIST), 5, "FS7: no repetition while the platform does not answer");
    test.simulator.fault("AddQueue", Fault::Reset, 1);
    let error = test.client.add_queue(&queue(), "x", true, None).await.unwrap_err();
    assert!(matches!(error, PlatformError::FateUnknown { service: Service::AddQueue, .. }), "{error:?}");
    assert_eq!(test.asked("AddQueue"), 1);
}

#[tokio::test]
async fn fs6_the_client_does_not_repeat_a_join_by_itself() {
    for fault in [Fault::Lost, Fault::Reset, Fault::DoneButRet(500), Fault::NotJson] {
        let test = TestClient::new().await;
        // In no queue, as after a sign-out.
        let _ = test.client.queue_leave(&queue(), &agent()).await;
        test.simulator.fault("SipSignIn", fault.clone(), 1);
        let error = test.client.patient().queue_join(&queue(), &agent()).await.unwrap_err();
        assert_eq!(test.asked("SipSignIn"), 1, "{fault:?}");
        let problem = ringside_domain::Problem::from(&error);
        assert!(problem.retryable && !problem.not_done, "{error:?}: it may be repeated, and may have been carried out");
        assert_ne!(problem.code, ringside_domain::ProblemCode::FateUnknown, "the cause is reported");
    }
    // Not sent or refused: known not to be done.
    let test = TestClient::new().await;
    test.simulator.fault("SipSignIn", Fault::RetryAfter(429, 7), 1);
    let problem = ringside_domain::Problem::from(&test.client.queue_join(&queue(), &agent()).await.unwrap_err());
    assert!(problem.not_done && problem.retry_after.is_some());
}

#[tokio::test]
async fn a10_a_patient_client_repeats_requests_after_pauses_and_within_limits() {
    for fault in [Fault::HttpStatus(500), Fault::HttpStatus(502), Fault::Ret(500), Fault::RetryAfter(429, 0), Fault::Failed(1001)] {
        let test = TestClient::new().await;
        test.simulator.fault(LIST, fault.clone(), 2);
        assert!(test.client.queue_list().await.is_err(), "without patience the error is returned at once");
        test.client.patient().queue_list().await.unwrap();
        assert_eq!(test.asked(LIST), 3);
        test.simulator.fault(LIST, fault, None);
        assert!(test.client.patient().queue_list().await.is_err());
        assert_eq!(test.asked(LIST), 7, "once, and three repetitions");
    }
    let test = TestClient::new().await;
    test.simulator.fault(LIST, Fault::RetryAfter(503, 3600), None);
    let error = test.client.patient().queue_list().await.unwrap_err();
    let PlatformError::Http { status: 503, retry_after: Some(pause) } = error else { panic!("{error:?}") };
    assert_eq!((pause.as_secs(), test.asked(LIST)), (3600, 1), "the pause is too long to wait, and is returned");
    test.simulator.clear_faults();
    test.simulator.fault(LIST, Fault::RetryAfter(429, 1), 1);
    let began = tokio::time::Instant::now();
    test.client.patient().queue_list().await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1), "the platform's pause is obeyed");
}
