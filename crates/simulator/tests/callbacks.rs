//! Callbacks as a company receives them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod support;

use std::time::Duration;

use ringside_simulator::{
    CallbackFault, CallbackKind, Custom, Delivery, Direction, Encoding, IsBLeg, Method, Options, Party, Phase, RingSpec, Simulator,
};
use serde_json::{Value, json};
use support::{Company, PATIENCE, morning, still};

async fn connected() -> (Simulator, Company) {
    let company = Company::new().await;
    let options = Options { callback_url: Some(company.url.clone()), ..still() };
    (Simulator::local(options).await.unwrap(), company)
}

fn ring() -> RingSpec {
    RingSpec {
        custom: Custom { customer_id: "123Abc".into(), ..Custom::default() },
        display_number: "2190270001".into(),
        ..RingSpec::predictive("100001", "015029913692", "queue-1")
    }
}

#[tokio::test]
async fn a_call_sends_its_ring_its_answer_its_end_and_its_bill_in_order() {
    let (simulator, mut company) = connected().await;
    let call = simulator.ring(ring());
    simulator.advance(Duration::from_secs(3));
    simulator.answer(call).unwrap();
    simulator.advance(Duration::from_secs(60));
    simulator.hang_up(call, Party::Agent).unwrap();
    let told = company.json(4).await;
    let states: Vec<&Value> = told[..3].iter().map(|event| &event["status"]).collect();
    assert_eq!(states, ["ring", "answer", "hangup"]);
    let mut first = told[0].clone();
    let (uuid, buuid) = (first["uuid"].take(), first["buuid"].take());
    assert_ne!(uuid, buuid);
    assert_eq!(
        first,
        json!({
            "buuid": null, "uuid": null, "callee": "015029913692", "caller": "100001", "companycode": "9027",
            "customuuid": "123Abc", "direction": "callout", "disnumber": "2190270001", "extnumber": "100001",
            "isbleg": "true", "method": "5", "starttime": morning().as_second().to_string(), "status": "ring",
            "type": "call",
        })
    );
    let bill = &told[3];
    assert_eq!(bill["uuid"], uuid);
    assert_eq!(bill["type"], "callout");
    assert_eq!(bill["endtime"], "2026-03-03 10:01:03");
    assert_eq!((&bill["duration"], &bill["billsec"]), (&json!(3), &json!(60)));
    assert_eq!(bill["hangupdirection"], 10040);
    assert!(bill["id"].is_number() && bill["crmid"] == "10");
}

#[tokio::test]
async fn callbacks_are_written_in_three_encodings() {
    let (simulator, mut company) = connected().await;
    let encodings = [Encoding::Json, Encoding::UrlEncoded, Encoding::Multipart];
    for (sent, encoding) in encodings.into_iter().enumerate() {
        simulator.set_encoding(encoding);
        simulator.ring(ring());
        company.take(sent + 1).await;
    }
    let taken = company.take(3).await;
    assert_eq!(taken[0].0, "application/json");
    assert_eq!(taken[1].0, "application/x-www-form-urlencoded");
    let (name, detail) = url::form_urlencoded::parse(&taken[1].1).next().unwrap();
    assert_eq!(name, "detail");
    assert_eq!(serde_json::from_str::<Value>(&detail).unwrap()["status"], "ring");
    assert!(taken[2].0.starts_with("multipart/form-data; boundary="));
    let text = String::from_utf8(taken[2].1.clone()).unwrap();
    assert!(text.contains("name=\"detail\"") && text.contains("\"status\":\"ring\""), "{text}");
}

#[tokio::test]
async fn isbleg_has_the_value_of_the_chosen_meaning_or_the_given_one() {
    let (simulator, mut company) = connected().await;
    let incoming = RingSpec { direction: Direction::CallIn, method: Method::Manual, ..ring() };
    let manual = RingSpec { method: Method::Manual, ..ring() };
    for meaning in [IsBLeg::SideB, IsBLeg::CustomerPhone] {
        simulator.set_is_b_leg(meaning);
        simulator.ring(ring());
        simulator.ring(incoming.clone());
        let call = simulator.ring(manual.clone());
        simulator.ring_customer(call);
    }
    simulator.ring(RingSpec { is_b_leg: Some(true), ..ring() });
    let told = company.json(9).await;
    let flags: Vec<&str> = told.iter().map(|event| event["isbleg"].as_str().unwrap()).collect();
    assert_eq!(flags[..4], ["true", "true", "false", "true"]);
    assert_eq!(flags[4..], ["false", "false", "false", "true", "true"]);
    assert_eq!(told[1]["caller"], "015029913692");
}

#[tokio::test]
async fn a_call_that_reaches_nobody_sends_only_a_bill() {
    let (simulator, mut company) = connected().await;
    simulator.dial_in_vain(ring(), 10006);
    simulator.dial_in_vain(RingSpec { method: Method::IvrOrGroup, ..ring() }, 10020);
    let told = company.json(2).await;
    assert_eq!((&told[0]["extnumber"], &told[0]["hangupcause"]), (&json!("000000"), &json!(10006)));
    assert_eq!((&told[1]["extnumber"], &told[1]["callmethod"]), (&json!(""), &json!(6)));
    assert!(told.iter().all(|bill| bill["billsec"] == 0 && bill["answertime"] == "" && bill["crmid"] == "0"));
}

#[tokio::test]
async fn deliveries_are_in_the_ledger_without_the_address() {
    let (simulator, mut company) = connected().await;
    simulator.ring(ring());
    company.take(1).await;
    let answered = simulator.ledger().wait_for(|entry| entry.callback().is_some(), PATIENCE).await.unwrap();
    let callback = answered.callback().unwrap();
    assert_eq!(callback.kind, CallbackKind::State(Phase::Ring));
    assert!(matches!(callback.delivery, Delivery::Answered { status: 200, .. }));
    simulator.set_callback_url(Some("http://127.0.0.1:1/callbacks/s3cret".parse().unwrap()));
    let delivery = simulator.deliver_raw("{}", "text/plain").await;
    assert!(matches!(delivery, Delivery::Failed { .. }));
    simulator.set_callback_url(Some(company.url.clone()));
    let delivery = simulator.deliver_raw("{", "").await;
    assert!(matches!(delivery, Delivery::Answered { status: 200, .. }));
    assert_eq!(company.take(2).await[1], (String::new(), b"{".to_vec()));
    assert!(!format!("{:?}", simulator.ledger().entries()).contains("s3cret"));
}

#[tokio::test]
async fn callbacks_can_be_lost_doubled_late_and_out_of_order() {
    let (simulator, mut company) = connected().await;
    let ring_kind = CallbackKind::State(Phase::Ring);
    simulator.callback_fault(ring_kind, CallbackFault::Drop, 1);
    let call = simulator.ring(ring());
    simulator.answer(call).unwrap();
    let told = company.json(1).await;
    assert_eq!(told[0]["status"], "answer", "the ring was lost");

    simulator.callback_fault(None, CallbackFault::TwiceAtOnce, 1);
    simulator.callback_fault(None, CallbackFault::Repeat(3), 1);
    simulator.hang_up(call, Party::Agent).unwrap();
    let told = company.json(6).await;
    assert_eq!(told[1], told[2]);
    assert!(told[3..].iter().all(|bill| bill["billsec"] == 0));

    simulator.callback_fault(None, CallbackFault::Late(Duration::from_millis(300)), 1);
    let call = simulator.ring(ring());
    simulator.answer(call).unwrap();
    let told = company.json(8).await;
    assert_eq!((&told[6]["status"], &told[7]["status"]), (&json!("answer"), &json!("ring")));

    simulator.callback_fault(None, CallbackFault::Shuffle(20), 20);
    for _ in 0..20 {
        simulator.ring(ring());
    }
    let told = company.json(28).await;
    let uuids: Vec<String> = told[8..].iter().map(|e| e["uuid"].to_string()).collect();
    let mut sorted = uuids.clone();
    sorted.sort();
    assert_ne!(uuids, sorted, "uuids grow with time");
    sorted.dedup();
    assert_eq!(sorted.len(), 20);
}
