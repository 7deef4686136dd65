//! Faults on demand, as a client sees them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, reason = "a test stops at the first surprise")]

mod support;

use std::time::{Duration, Instant};

use ringside_simulator::{Fault, ReplyKind, Simulator};
use serde_json::json;
use support::{Client, still};

const LIST: &str = "App.Sip_Queue.GetQueueList";

async fn started() -> (Simulator, Client) {
    let simulator = Simulator::local(still()).await.unwrap();
    let client = Client::new(&simulator).await;
    (simulator, client)
}

fn fields(client: &Client) -> [(&str, &str); 2] {
    [("service", LIST), ("token", &client.token)]
}

#[tokio::test]
async fn a_fault_happens_to_its_service_so_many_times_and_then_no_more() {
    let (simulator, client) = started().await;
    simulator.fault("GetQueueList", Fault::Ret(600), 2);
    simulator.fault(LIST, Fault::Failed(1010), 1);
    assert_eq!(client.call("App.Sip_Sipnum.GetSipnumberInfo", &[("status", "3")]).await["ret"], 200);
    assert_eq!(client.call(LIST, &[]).await["ret"], 600);
    assert_eq!(
        client.call(LIST, &[]).await,
        json!({"ret": 600, "data": [],
        "msg": "The token is invalid, please log in again to verify"})
    );
    assert_eq!(client.code(LIST, &[]).await, "1010");
    assert_eq!(client.call(LIST, &[]).await["ret"], 200);
    simulator.fault("*", Fault::Ret(777), None);
    for _ in 0..3 {
        assert_eq!(client.call(LIST, &[]).await["ret"], 777);
    }
    simulator.clear_faults();
    assert_eq!(client.call(LIST, &[]).await["ret"], 200);
    let seen = simulator.ledger().requests(LIST);
    assert_eq!(seen[0].outcome, ReplyKind::Fault("ret"));
    assert_eq!(seen.len(), 8);
}

#[tokio::test]
async fn a_fault_can_replace_or_distort_the_envelope() {
    let (simulator, client) = started().await;
    simulator.fault(LIST, Fault::Html, 1);
    simulator.fault(LIST, Fault::NotJson, 1);
    assert_eq!(client.call(LIST, &[]).await, "not JSON");
    assert_eq!(client.call(LIST, &[]).await, "not JSON");
    simulator.fault(LIST, Fault::RetAsText, 1);
    assert_eq!(client.call(LIST, &[]).await["ret"], "200");
    simulator.fault(LIST, Fault::EmptyData, 1);
    assert_eq!(client.call(LIST, &[]).await["data"], json!([]));
    simulator.fault(LIST, Fault::RetWithObject(600), 1);
    assert_eq!(client.call(LIST, &[]).await["data"], json!({}));
    simulator.fault(LIST, Fault::WrongTypes, 1);
    let spoilt = client.result(LIST, &[]).await;
    assert_ne!(spoilt, client.result(LIST, &[]).await);
    simulator.fault(LIST, Fault::Huge(1_000_000), 1);
    let bytes = client.send(&fields(&client)).await.unwrap().bytes().await.unwrap();
    assert!(bytes.len() > 1_000_000);
}

#[tokio::test]
async fn a_fault_can_change_the_http_status() {
    let (simulator, client) = started().await;
    simulator.fault(LIST, Fault::HttpStatus(502), 1);
    simulator.fault(LIST, Fault::RetryAfter(429, 7), 1);
    assert_eq!(client.send(&fields(&client)).await.unwrap().status(), 502);
    let later = client.send(&fields(&client)).await.unwrap();
    assert_eq!((later.status().as_u16(), later.headers()["retry-after"].to_str().unwrap()), (429, "7"));
    simulator.fault(LIST, Fault::Redirect("http://127.0.0.1:1/elsewhere".into()), 1);
    assert!(client.send(&fields(&client)).await.unwrap_err().is_connect(), "the redirect was followed");
}

#[tokio::test]
async fn a_fault_can_break_or_delay_the_connection() {
    let (simulator, client) = started().await;
    simulator.fault(LIST, Fault::Reset, 1);
    let error = client.send(&fields(&client)).await.unwrap_err();
    assert!(format!("{error:?}").contains("ConnectionReset"), "{error:?}");
    simulator.fault(LIST, Fault::Truncated, 1);
    let response = client.send(&fields(&client)).await.unwrap();
    assert!(response.bytes().await.is_err());
    simulator.fault(LIST, Fault::Timeout, 1);
    let received = |entry: &ringside_simulator::Entry| entry.request(LIST).is_some_and(|seen| seen.outcome == ReplyKind::Fault("timeout"));
    // Once the request has arrived, a later one is answered before it.
    let later = async {
        simulator.ledger().wait_for(received, Duration::from_secs(20)).await.unwrap();
        client.call(LIST, &[]).await
    };
    tokio::select! {
        answer = client.send(&[("service", LIST)]) => panic!("{answer:?}"),
        answer = later => assert_eq!(answer["ret"], 200),
    }
    simulator.fault(LIST, Fault::Slow(Duration::from_millis(150)), 1);
    let began = Instant::now();
    assert_eq!(client.call(LIST, &[]).await["ret"], 200);
    assert!(began.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn a_request_whose_answer_is_lost_was_carried_out_and_a_reset_one_was_not() {
    let (simulator, client) = started().await;
    let sign_in = [
        ("service", "App.Sip_Queue.SipSignIn"),
        ("token", client.token.as_str()),
        ("queuename", "queue-1"),
        ("extnumber", "100001"),
        ("crmid", "10"),
    ];
    simulator.fault("SipSignIn", Fault::Reset, 1);
    assert!(client.send(&sign_in).await.is_err());
    assert_eq!(simulator.seat("queue-1", "100001"), None);
    simulator.fault("SipSignIn", Fault::Lost, 1);
    assert!(client.send(&sign_in).await.is_err());
    assert!(simulator.seat("queue-1", "100001").is_some());
    simulator.sign_out("queue-1", "100001");
    simulator.fault("SipSignIn", Fault::DoneButRet(500), 1);
    assert_eq!(client.post(&sign_in).await["ret"], 500);
    assert!(simulator.seat("queue-1", "100001").is_some());
}

#[tokio::test]
async fn expired_tokens_give_ret_600_and_a_stopped_platform_does_not_answer() {
    let (simulator, client) = started().await;
    simulator.expire_tokens();
    assert_eq!(client.call(LIST, &[]).await["ret"], 600);
    simulator.stop().await;
    assert!(client.send(&fields(&client)).await.is_err());
}
