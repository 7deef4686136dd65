//! The services over real HTTP: envelope, token, checks, queues and states.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use ringside_simulator::{Options, Phone, ReplyKind, RingSpec, SeatState, Simulator, service_names};
use serde_json::json;
use support::{Client, morning, still};

const SIGN_IN: &str = "App.Sip_Queue.SipSignIn";
const SET_SEAT: &str = "App.Sip_Queue.SetSeatsStatus";
const SEAT: [(&str, &str); 3] = [("queuename", "queue-1"), ("extnumber", "100001"), ("crmid", "10")];

#[tokio::test]
async fn a_token_is_valid_for_twelve_hours_or_until_logout() {
    let simulator = Simulator::local(still()).await.unwrap();
    let client = Client::new(&simulator).await;
    let wrong = client.login("demo", "no").await;
    assert_eq!(wrong["data"]["status"], 1);
    assert_eq!(wrong["data"]["errors"]["code"], "1003");
    assert_eq!(wrong["data"]["reqtime"], morning().as_second());
    let stranger = client.login("nobody", "demo-key").await;
    assert_eq!(stranger, json!({"ret": 601, "data": [], "msg": "appid is not authorized"}));
    let list = "App.Sip_Queue.GetQueueList";
    assert_eq!(client.call(list, &[]).await["ret"], 200);
    assert_eq!(client.post(&[("service", list)]).await["ret"], 400);
    assert_eq!(client.post(&[("service", list), ("token", "x")]).await["ret"], 600);
    simulator.advance(Duration::from_secs(12 * 3600 - 1));
    assert_eq!(client.call(list, &[]).await["ret"], 200);
    simulator.advance(Duration::from_secs(1));
    assert_eq!(client.call(list, &[]).await["ret"], 600);
    let again = Client::new(&simulator).await;
    assert_eq!(again.call("App.Sip_Auth.Logout", &[]).await["data"]["desc"], "logout successful");
    assert_eq!(again.call(list, &[]).await["ret"], 600);
}

#[tokio::test]
async fn a_second_login_ends_the_first_token_only_if_the_option_is_set() {
    for one_token in [false, true] {
        let options = Options { one_token, ..still() };
        let simulator = Simulator::local(options).await.unwrap();
        let first = Client::new(&simulator).await;
        let _second = Client::new(&simulator).await;
        let ret = first.call("App.Sip_Queue.GetQueueList", &[]).await["ret"].clone();
        assert_eq!(ret, if one_token { 600 } else { 200 });
    }
}

#[tokio::test]
async fn forms_of_both_kinds_are_read_and_other_bodies_are_refused() {
    let simulator = Simulator::local(still()).await.unwrap();
    let client = Client::new(&simulator).await;
    let http = reqwest::Client::new();
    let form = format!("service=+App.Sip_Queue.GetQueueList&token={}", client.token);
    let post = |kind: &str, body: String| {
        let request = http.post(simulator.url()).header("content-type", kind);
        request.body(body).send()
    };
    let answer = post("application/x-www-form-urlencoded", form.clone()).await.unwrap();
    assert!(answer.text().await.unwrap().contains("\"ret\":200"));
    let answer = post("text/plain", form).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().contains("\"ret\":400"));
    let answer = client.call("App.Sip_Queue.NoSuch", &[]).await;
    assert_eq!(answer["ret"], 400);
    assert_eq!(answer["data"], json!([]));
}

#[tokio::test]
async fn every_documented_service_refuses_a_request_without_its_fields() {
    let names: BTreeSet<&str> = service_names().collect();
    assert_eq!(names.len(), 26);
    let simulator = Simulator::local(still()).await.unwrap();
    let client = Client::new(&simulator).await;
    for name in names {
        let answer = client.post(&[("service", name)]).await;
        assert_eq!(answer["ret"], 400, "{name}: {answer}");
    }
}

#[tokio::test]
async fn an_agent_can_sign_in_become_busy_and_idle_and_sign_out() {
    let simulator = Simulator::local(still()).await.unwrap();
    let client = Client::new(&simulator).await;
    let queues = client.result("App.Sip_Queue.GetQueueList", &[]).await;
    assert_eq!(queues[0]["queuename"], "queue-1");
    assert_eq!(queues[0]["remark"], "Renewals");
    assert_eq!(queues[0]["autocall"], "idle");
    assert_eq!(client.call(SIGN_IN, &SEAT[..2]).await["ret"], 400);
    client.result(SIGN_IN, &SEAT).await;
    assert_eq!(client.code(SIGN_IN, &SEAT).await, "1218");
    let row = client.seat("queue-1", "100001").await;
    assert_eq!(row["status"], 1201);
    assert_eq!(row["state"], 1213);
    assert_eq!(row["seatschangetime"], "2026-03-03 10:00:00");
    assert_eq!(row["lastanswertime"], "");

    simulator.advance(Duration::from_secs(90));
    let set = |settype: &'static str| {
        let mut fields = SEAT.to_vec();
        fields.push(("settype", settype));
        fields
    };
    client.result(SET_SEAT, &set("1")).await;
    let row = client.seat("queue-1", "100001").await;
    assert_eq!(row["state"], 1217);
    assert_eq!(row["seatschangetime"], "2026-03-03 10:01:30");
    assert_eq!(client.call(SET_SEAT, &set("3")).await["ret"], 400);
    client.result(SET_SEAT, &[("settype", "2"), ("crmid", "10"), ("queuename", "queue-1")]).await;
    assert_eq!(client.seat("queue-1", "100001").await["state"], 1213);
    let elsewhere = [("settype", "1"), ("crmid", "10"), ("extnumber", "100001"), ("queuename", "queue-2")];
    assert_eq!(client.code(SET_SEAT, &elsewhere).await, "1002");
    client.result("App.Sip_Queue.SipSignOut", &SEAT).await;
    assert_eq!(client.code("App.Sip_Queue.SipSignOut", &SEAT).await, "1002");
    let rows = client.result("App.Sip_Queue.GetQueueSipStatus", &[]).await;
    assert_eq!(rows, json!([]));
    let nowhere = [("queuename", "nowhere")];
    assert_eq!(client.code("App.Sip_Queue.GetQueueSipStatus", &nowhere).await, "1211");
}

#[tokio::test]
async fn the_state_of_a_phone_shows_in_every_service() {
    let simulator = Simulator::local(still()).await.unwrap();
    let client = Client::new(&simulator).await;
    client.sign_in("queue-1", "100001", "10").await;
    let states = [
        (Phone::NotRegistered, 1014, 1016, 1014),
        (Phone::Disabled, 1013, 1013, 1013),
        (Phone::Unknown, 1012, 1012, 1012),
        (Phone::Registered, 1201, 1016, 1017),
    ];
    for (phone, call, valid, registered) in states {
        simulator.set_phone("100001", phone);
        let ask = [("extnumber", "100001")];
        assert_eq!(client.phone("100001").await, call);
        let rows = client.result("App.Sip_Status.GetSipValidStatus", &ask).await;
        assert_eq!(rows, json!([{"extnumber": "100001", "code": valid}]));
        let rows = client.result("App.Sip_Status.GetSipRegisterStatus", &ask).await;
        assert_eq!(rows[0]["code"], registered);
        assert_eq!(rows[0]["clientip"].is_null(), phone != Phone::Registered);
        assert_eq!(client.seat("queue-1", "100001").await["status"], call);
    }
    let several = client.result("App.Sip_Status.GetSipCallStatus", &[("extnumber", "100002, 999")]).await;
    assert_eq!(several[0]["status"], 1201);
    assert_eq!(several[1]["status"], 1011);
}

#[tokio::test]
async fn a_call_changes_the_states_of_phone_and_seat_and_the_figures() {
    let simulator = Simulator::local(still()).await.unwrap();
    let client = Client::new(&simulator).await;
    client.sign_in("queue-1", "100001", "10").await;
    let call = simulator.ring(RingSpec::predictive("100001", "013800138000", "queue-1"));
    assert_eq!(client.phone("100001").await, 1202);
    assert_eq!(client.seat("queue-1", "100001").await["state"], 1214);
    simulator.advance(Duration::from_secs(4));
    simulator.answer(call).unwrap();
    let row = client.seat("queue-1", "100001").await;
    assert_eq!((&row["state"], &row["status"]), (&json!(1215), &json!(1204)));
    assert_eq!(row["callsanswered"], 1);
    assert_eq!(row["lastassigntime"], "2026-03-03 10:00:00");
    assert_eq!(row["lastanswertime"], "2026-03-03 10:00:04");
    simulator.advance(Duration::from_secs(30));
    let rows = client.result("App.Sip_Status.GetSipCallStatus", &[("extnumber", "100001")]).await;
    assert_eq!(rows[0]["callduration"], 30);
    assert_eq!(rows[0]["callee"], "013800138000");
    simulator.hang_up(call, ringside_simulator::Party::Customer).unwrap();
    assert_eq!(client.phone("100001").await, 1201);
    assert_eq!(client.seat("queue-1", "100001").await["state"], 1213);
    assert!(simulator.answer(call).is_err());
}

#[tokio::test]
async fn misses_are_counted_and_the_third_pauses_the_agent() {
    let simulator = Simulator::local(still()).await.unwrap();
    let client = Client::new(&simulator).await;
    simulator.set_max_no_answer("queue-1", 3);
    client.sign_in("queue-1", "100001", "10").await;
    for misses in 1..=3 {
        let call = simulator.ring(RingSpec::predictive("100001", "13800138000", "queue-1"));
        simulator.miss(call).unwrap();
        assert_eq!(client.seat("queue-1", "100001").await["noanswercount"], misses);
    }
    assert_eq!(simulator.seat("queue-1", "100001"), Some(SeatState::Paused));
    let idle = [("settype", "2"), ("crmid", "10"), ("extnumber", "100001"), ("queuename", "queue-1")];
    client.result(SET_SEAT, &idle).await;
    let row = client.seat("queue-1", "100001").await;
    assert_eq!((&row["state"], &row["noanswercount"]), (&json!(1213), &json!(0)));
}

#[tokio::test]
async fn busy_that_is_asked_for_during_a_call_begins_after_it() {
    let simulator = Simulator::local(still()).await.unwrap();
    let client = Client::new(&simulator).await;
    client.sign_in("queue-1", "100001", "10").await;
    let call = simulator.ring(RingSpec::predictive("100001", "13800138000", "queue-1"));
    simulator.answer(call).unwrap();
    let mut busy = SEAT.to_vec();
    busy.push(("settype", "1"));
    client.result(SET_SEAT, &busy).await;
    assert_eq!(client.seat("queue-1", "100001").await["state"], 1215);
    simulator.hang_up(call, ringside_simulator::Party::Agent).unwrap();
    assert_eq!(client.seat("queue-1", "100001").await["state"], 1217);
}

#[tokio::test]
async fn the_ledger_shows_requests_and_masks_secrets() {
    let simulator = Simulator::local(still()).await.unwrap();
    let client = Client::new(&simulator).await;
    client.sign_in("queue-1", "100001", "10").await;
    let ledger = simulator.ledger();
    let seen = ledger.wait_for(|entry| entry.request("SipSignIn").is_some(), Duration::from_secs(1)).await.unwrap();
    let request = seen.request(SIGN_IN).unwrap();
    assert_eq!(request.parameter("crmid"), "10");
    assert_eq!(request.outcome, ReplyKind::Done);
    let all = format!("{:?}", ledger.entries());
    assert!(!all.contains(&client.token) && !all.contains("demo-key"), "{all}");
    let never = ledger.wait_for_after(ledger.mark(), |_| true, Duration::from_millis(20)).await;
    assert!(never.is_err());
}

#[tokio::test]
async fn words_can_be_chinese_and_types_can_vary() {
    let options = Options { chinese: true, drift: true, ..still() };
    let simulator = Simulator::local(options).await.unwrap();
    let client = Client::new(&simulator).await;
    client.sign_in("queue-1", "100001", "10").await;
    let again = client.call(SIGN_IN, &SEAT).await;
    assert_eq!(again["data"]["desc"], "已签入");
    let mut kinds = BTreeSet::new();
    for _ in 0..40 {
        let row = client.seat("queue-1", "100001").await;
        kinds.insert(row["state"].is_string());
    }
    assert_eq!(kinds.len(), 2, "sometimes a number, sometimes a string");
}
