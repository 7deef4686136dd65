//! Every service and every kind of callback, at least once each.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use ringside_simulator::{Answering, Options, Pace, Phone, ReplyKind, Seen, Simulator, service_names};
use serde_json::{Value, json};
use support::{Client, Company, PATIENCE, still};

#[tokio::test]
async fn all_services_succeed_and_all_callbacks_arrive() {
    let mut company = Company::new().await;
    let pace = Pace { campaign: false, reached: 100, miss_one_in: 0, ..Pace::default() };
    let mut options = Options { pace: Some(pace), callback_url: Some(company.url.clone()), ..still() };
    options.extensions[0].answering = Answering::ByItself;
    let simulator = Simulator::local(options).await.unwrap();
    let client = Client::new(&simulator).await;

    let queue = ("queuename", "evening");
    client.result("App.Sip_Queue.AddQueue", &[queue, ("autocall", "yes"), ("remark", "Evening"), ("strategy", "7")]).await;
    client.result("App.Sip_Queue.EditQueue", &[queue, ("remark", "Late"), ("ringdelay", "20")]).await;
    let listed = client.result("App.Sip_Queue.GetQueueList", &[queue]).await;
    assert_eq!((&listed[0]["remark"], &listed[0]["ringdelay"], &listed[0]["strategy"]), (&json!("Late"), &json!(20), &json!(1)));
    let seat = [queue, ("extnumber", "100001"), ("crmid", "10")];
    client.result("App.Sip_Queue.SipSignIn", &seat).await;
    client.result("App.Sip_Queue.SetSeatsStatus", &[seat[0], seat[1], seat[2], ("settype", "2")]).await;
    assert_eq!(client.seat("evening", "100001").await["seatsname"], "10_100001_evening-9027");

    let numbers = |phone: &str| json!([{ "phone": phone, "time": 0, "memberid": "M7" }]).to_string();
    let task =
        [("assigntype", "2"), ("assignagent", "evening"), ("taskscale", "1:1"), ("disnumber", ""), ("telphone", &numbers("13800138000"))];
    let created = client.result("App.Sip_Yccall.TaskCreat", &task).await;
    let id = ("taskid", created["taskid"].as_str().unwrap());
    client.result("App.Sip_Yccall.TaskAdd", &[id, ("telphone", &numbers("13800138001"))]).await;
    client.result("App.Sip_Yccall.taskDelPhone", &[id, ("telphone", "13800138001")]).await;
    client.result("App.Sip_Yccall.TaskSet", &[id, ("taskstatus", "1")]).await;
    simulator.advance(Duration::from_secs(90));
    let told = company.json(5).await;
    assert_eq!(told[3]["memberid"], "M7");

    let window = [("starttime", "2026-03-03 10:00:00"), ("endtime", "2026-03-03 10:10:00"), ("callmethod", "5")];
    let bills = client.result("App.Sip_Cdr.GetBill", &window).await;
    let file = bills["bills"][0]["recordfilename"].as_str().unwrap().to_owned();
    client.result("App.Sip_Cdr.GetRecodeFile", &[("filename", &file)]).await;

    let ask = [("extnumber", "100001")];
    client.result("App.Sip_Status.GetSipCallStatus", &ask).await;
    client.result("App.Sip_Status.GetSipValidStatus", &ask).await;
    client.result("App.Sip_Status.GetSipRegisterStatus", &ask).await;
    let group = ("name", "team");
    client.result("App.Sip_Extgroup.AddExtgroup", &[group]).await;
    client.result("App.Sip_Extgroup.AddExtnumber", &[group, ask[0]]).await;
    client.result("App.Sip_Extgroup.EditExtnumber", &[group, ask[0], ("state", "busy")]).await;
    client.result("App.Sip_Extgroup.GetExtgroupInfo", &[group, ("status", "1")]).await;
    assert_eq!(client.call("App.Sip_Extgroup.GetGroupExt", &[group]).await["data"][0]["state"], "busy");
    client.result("App.Sip_Extgroup.DelExtnumber", &[group, ask[0]]).await;
    simulator.set_phone("100002", Phone::Disabled);
    let disabled = client.result("App.Sip_Sipnum.GetSipnumberInfo", &[("status", "2")]).await;
    let row = json!([{"extnumber": "100002", "password": "sip-100002", "status": 1013, "register": "nreg"}]);
    assert_eq!(disabled, row);
    client.result("App.Sip_Queue.SipSignOut", &seat).await;
    client.result("App.Sip_Queue.DelQueue", &[queue]).await;
    client.result("App.Sip_Auth.Logout", &[]).await;

    let entries = simulator.ledger().entries();
    let done = entries.iter().filter_map(|entry| match &entry.seen {
        Seen::Request(request) if request.outcome == ReplyKind::Done => Some(request.service.as_str()),
        _ => None,
    });
    let done: BTreeSet<&str> = done.collect();
    assert_eq!(done, service_names().collect());
    let kinds: BTreeSet<String> = simulator.ledger().callbacks().iter().map(|callback| format!("{:?}", callback.kind)).collect();
    let all = ["State(Ring)", "State(Answer)", "State(HangUp)", "Bill", "Task"];
    assert_eq!(kinds, all.iter().map(|kind| (*kind).to_owned()).collect());
}

#[tokio::test]
async fn a_number_is_not_dialled_before_its_time() {
    let pace = Pace { campaign: false, reached: 100, ..Pace::default() };
    let simulator = Simulator::local(Options { pace: Some(pace), ..still() }).await.unwrap();
    let client = Client::new(&simulator).await;
    let time = (support::morning().as_second() + 600).to_string();
    let numbers = json!([{ "phone": 13_800_138_000_u64, "time": time }]).to_string();
    let task = [("assigntype", "1"), ("assignagent", "100001"), ("taskscale", "1:1"), ("disnumber", ""), ("telphone", &numbers)];
    client.result("App.Sip_Yccall.TaskCreat", &task).await;
    simulator.advance(Duration::from_secs(599));
    assert!(simulator.calls_at("100001").is_empty());
    simulator.advance(Duration::from_secs(11));
    assert_eq!(simulator.calls_at("100001").len(), 1);
}

#[tokio::test]
async fn a_task_of_10_000_numbers_is_accepted_and_one_of_10_001_is_refused() {
    let simulator = Simulator::local(still()).await.unwrap();
    let client = Client::new(&simulator).await;
    for (count, ret) in [(10_000, 200), (10_001, 400)] {
        let numbers: Vec<Value> = (0..count).map(|n| json!({ "phone": format!("138{n:08}"), "memberid": "0" })).collect();
        let numbers = Value::Array(numbers).to_string();
        let task = [("assigntype", "2"), ("assignagent", "queue-1"), ("taskscale", "1:2"), ("disnumber", ""), ("telphone", &numbers)];
        assert_eq!(client.call("App.Sip_Yccall.TaskCreat", &task).await["ret"], ret);
    }
}

#[tokio::test]
async fn an_older_token_gets_code_1010_for_a_changed_extension() {
    let simulator = Simulator::local(still()).await.unwrap();
    let old = Client::new(&simulator).await;
    simulator.change_extension("100001");
    let ask = [("extnumber", "100001")];
    assert_eq!(old.code("App.Sip_Status.GetSipCallStatus", &ask).await, "1010");
    old.result("App.Sip_Status.GetSipCallStatus", &[("extnumber", "100002")]).await;
    old.result("App.Sip_Auth.Logout", &[]).await;
    let fresh = Client::new(&simulator).await;
    fresh.result("App.Sip_Status.GetSipCallStatus", &ask).await;
}

#[tokio::test]
async fn a_callback_that_fails_is_tried_as_often_as_set_and_no_more() {
    let options = Options {
        callback_attempts: 2,
        // No server listens on this port.
        callback_url: Some("http://127.0.0.1:1/".parse().unwrap()),
        ..still()
    };
    let simulator = Simulator::local(options).await.unwrap();
    simulator.ring(ringside_simulator::RingSpec::predictive("100001", "13800138000", "queue-1"));
    let mut seen = 0;
    let second = |entry: &ringside_simulator::Entry| {
        seen += usize::from(entry.callback().is_some());
        seen == 2
    };
    simulator.ledger().wait_for(second, PATIENCE).await.unwrap();
    let mark = simulator.ledger().mark();
    let third = simulator.ledger().wait_for_after(mark, |_| true, Duration::from_millis(2500)).await;
    assert!(third.is_err());
}
