//! The dialler and the agents, in simulated hours that take no real time.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ringside_simulator::{Answering, Clock, Options, Pace, Party, RingSpec, Simulator};
use serde_json::Value;
use support::{Client, Company, PATIENCE, morning, still};

const SECOND: Duration = Duration::from_secs(1);

fn demo() -> Options {
    Options { clock: Clock::manual(morning()), ..Options::demo() }
}

/// The test answers the calls, every customer is reached, and only tasks dial.
fn by_hand() -> Options {
    Options { pace: Some(Pace { campaign: false, reached: 100, ..Pace::default() }), ..still() }
}

#[tokio::test]
async fn the_first_call_rings_soon_and_others_follow() {
    let simulator = Simulator::local(demo()).await.unwrap();
    let client = Client::new(&simulator).await;
    client.sign_in("queue-1", "100001", "10").await;
    let mut rings = Vec::new();
    let mut ringing = false;
    for second in 0..1800u64 {
        let rings_now = client.phone("100001").await == 1202;
        if rings_now && !ringing {
            rings.push(second);
        }
        ringing = rings_now;
        simulator.advance(SECOND);
    }
    assert!(rings[0] <= 8, "{rings:?}");
    let apart = rings.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert!(rings.len() >= 20 && apart < 120, "{rings:?}");
    let row = client.seat("queue-1", "100001").await;
    let answered = row["callsanswered"].as_u64().unwrap();
    let missed = rings.len() as u64 - answered;
    assert!((1..rings.len() as u64 / 2).contains(&missed), "{missed} of {}", rings.len());
}

#[tokio::test]
async fn the_other_agents_change_their_states_and_the_same_seed_gives_the_same_states() {
    let mut days = Vec::new();
    for _ in 0..2 {
        let simulator = Simulator::local(demo()).await.unwrap();
        let client = Client::new(&simulator).await;
        client.sign_in("queue-1", "100001", "10").await;
        let mut states = BTreeMap::new();
        for _ in 0..120 {
            simulator.advance(5 * SECOND);
            let rows = client.result("App.Sip_Queue.GetQueueSipStatus", &[]).await;
            for row in rows.as_array().unwrap() {
                *states.entry(row["state"].as_i64().unwrap()).or_insert(0) += 1;
            }
        }
        days.push(states);
    }
    let seen: BTreeSet<i64> = days[0].keys().copied().collect();
    assert_eq!(seen, BTreeSet::from([1212, 1213, 1214, 1215, 1217]));
    assert_eq!(days[0], days[1]);
}

#[tokio::test]
async fn bills_without_an_agent_and_between_extensions_occur() {
    let simulator = Simulator::local(demo()).await.unwrap();
    simulator.advance(1800 * SECOND);
    let client = Client::new(&simulator).await;
    let fields = [
        ("starttime", "2026-03-03 10:00:00"),
        ("endtime", "2026-03-03 11:00:00"),
        ("syncflag", "3"),
        ("callmethod", "0"),
        ("itemsperpage", "1000"),
    ];
    let answer = client.result("App.Sip_Cdr.GetBill", &fields).await;
    let bills = answer["bills"].as_array().unwrap();
    assert!(bills.len() > 100, "{}", bills.len());
    assert!(bills.iter().any(|bill| bill["extnumber"] == "000000" && bill["billsec"] == 0));
    assert!(bills.iter().any(|bill| bill["callmethod"] == 1));
    assert!(bills.iter().any(|bill| bill["callmethod"] == 6 && bill["extnumber"] == ""));
    assert!(bills.iter().any(|bill| bill["hangupcause"] == 10020));
}

fn numbers(phones: &[&str]) -> String {
    let items = phones.iter().map(|phone| serde_json::json!({ "phone": phone, "customuuid": "C1" }));
    Value::Array(items.collect()).to_string()
}

async fn create(client: &Client, kind: &str, agent: &str, scale: &str, telphone: &str) -> Value {
    let fields = [("assigntype", kind), ("assignagent", agent), ("taskscale", scale), ("disnumber", "2190270009"), ("telphone", telphone)];
    client.call("App.Sip_Yccall.TaskCreat", &fields).await
}

#[tokio::test]
async fn a_task_rings_one_extension_and_sends_a_callback_when_it_is_finished() {
    let mut company = Company::new().await;
    let options = Options { callback_url: Some(company.url.clone()), ..by_hand() };
    let simulator = Simulator::local(options).await.unwrap();
    let client = Client::new(&simulator).await;
    let answer = create(&client, "1", "100001", "1:1", &numbers(&["13800138000", "no"])).await;
    let result = &answer["data"]["result"];
    let task = result["taskid"].as_str().unwrap();
    assert!(task.starts_with("20260303100000") && task.len() == 20, "{task}");
    assert_eq!(result["invaliddata"].as_array().unwrap().len(), 1);
    simulator.advance(10 * SECOND);
    assert_eq!(client.phone("100001").await, 1202);
    let calls = simulator.calls_at("100001");
    simulator.answer(calls[0]).unwrap();
    simulator.advance(60 * SECOND);
    assert_eq!(client.phone("100001").await, 1201, "the customer hung up");
    let told = company.json(5).await;
    assert_eq!(told[0]["customuuid"], "C1");
    assert_eq!(told[0]["disnumber"], "2190270009");
    assert_eq!(told[4], serde_json::json!({"taskid": task, "companycode": "9027", "status": 3}));
    let over = [("taskid", task), ("taskstatus", "1")];
    assert_eq!(client.code("App.Sip_Yccall.TaskSet", &over).await, "1028");
}

#[tokio::test]
async fn tasks_can_be_paused_resumed_changed_and_ended() {
    let simulator = Simulator::local(by_hand()).await.unwrap();
    let client = Client::new(&simulator).await;
    let phones = ["13800138001", "13800138002", "13800138003"];
    let answer = create(&client, "2", "queue-1", "1:1", &numbers(&phones)).await;
    let task = answer["data"]["result"]["taskid"].as_str().unwrap().to_owned();
    let set = async |status: &str| {
        let fields = [("taskid", task.as_str()), ("taskstatus", status)];
        client.result("App.Sip_Yccall.TaskSet", &fields).await;
    };
    set("2").await;
    client.sign_in("queue-1", "100001", "10").await;
    simulator.advance(60 * SECOND);
    assert!(simulator.calls_at("100001").is_empty(), "paused");
    let gone = [("taskid", task.as_str()), ("telphone", "13800138001,13800138002")];
    client.result("App.Sip_Yccall.taskDelPhone", &gone).await;
    assert_eq!(client.code("App.Sip_Yccall.taskDelPhone", &gone).await, "1020");
    let more = numbers(&["13800138004"]);
    let fields = [("taskid", task.as_str()), ("telphone", more.as_str())];
    let added = client.result("App.Sip_Yccall.TaskAdd", &fields).await;
    assert_eq!(added["success"], 1);
    set("1").await;
    simulator.advance(10 * SECOND);
    let row = client.result("App.Sip_Status.GetSipCallStatus", &[("extnumber", "100001")]).await;
    assert_eq!(row[0]["callee"], "13800138003", "the first number that is left");
    set("3").await;
    assert_eq!(client.code("App.Sip_Yccall.TaskAdd", &fields).await, "1028");
    let unknown = [("taskid", "1"), ("taskstatus", "1")];
    assert_eq!(client.code("App.Sip_Yccall.TaskSet", &unknown).await, "1024");
}

#[tokio::test]
async fn customers_who_find_no_free_agent_hang_up() {
    let simulator = Simulator::local(by_hand()).await.unwrap();
    let client = Client::new(&simulator).await;
    client.sign_in("queue-1", "100001", "10").await;
    let phones: Vec<String> = (0..4).map(|n| format!("1380013800{n}")).collect();
    let phones: Vec<&str> = phones.iter().map(String::as_str).collect();
    create(&client, "2", "queue-1", "1:4", &numbers(&phones)).await;
    simulator.advance(9 * SECOND);
    assert_eq!(simulator.calls_at("100001").len(), 1);
    simulator.answer(simulator.calls_at("100001")[0]).unwrap();
    simulator.advance(30 * SECOND);
    let fields = [("starttime", "2026-03-03 10:00:00"), ("endtime", "2026-03-03 11:00:00"), ("callmethod", "5"), ("extnumber", "000000")];
    let bills = client.result("App.Sip_Cdr.GetBill", &fields).await;
    assert_eq!(bills["totalitems"], 3);
    assert_eq!(bills["bills"][0]["hangupcause"], 10002);
}

#[tokio::test]
async fn a_call_that_an_agent_misses_is_counted_and_rings_at_the_next_agent() {
    let simulator = Simulator::local(by_hand()).await.unwrap();
    let client = Client::new(&simulator).await;
    client.sign_in("queue-1", "100001", "10").await;
    create(&client, "2", "queue-1", "1:1", &numbers(&["13800138000"])).await;
    simulator.advance(9 * SECOND);
    let call = simulator.calls_at("100001")[0];
    client.sign_in("queue-1", "100002", "11").await;
    simulator.advance(31 * SECOND);
    assert_eq!(client.seat("queue-1", "100001").await["noanswercount"], 1);
    assert_eq!(simulator.calls_at("100002"), [call]);
}

#[tokio::test]
async fn strategies_3_5_and_8_choose_all_agents_the_first_signed_in_and_the_lowest_extension() {
    // 3 rings all agents, 5 the one who signed in first, 8 the one with the lowest extension.
    for (strategy, expected) in [("3", 2), ("5", 1), ("8", 1)] {
        let simulator = Simulator::local(by_hand()).await.unwrap();
        let client = Client::new(&simulator).await;
        let edit = [("queuename", "queue-1"), ("remark", "r"), ("strategy", strategy)];
        client.result("App.Sip_Queue.EditQueue", &edit).await;
        client.sign_in("queue-1", "100002", "11").await;
        client.sign_in("queue-1", "100001", "10").await;
        simulator.advance(5 * SECOND);
        create(&client, "2", "queue-1", "1:1", &numbers(&["13800138000"])).await;
        simulator.advance(5 * SECOND);
        let (one, two) = (simulator.calls_at("100001"), simulator.calls_at("100002"));
        assert_eq!(one.len() + two.len(), expected, "strategy {strategy}");
        if strategy == "3" {
            simulator.answer(one[0]).unwrap();
            assert!([client.phone("100001").await, client.phone("100002").await].contains(&1201));
        } else {
            assert_eq!(one.is_empty(), strategy == "5");
        }
    }
}

#[tokio::test]
async fn strategies_1_2_4_and_7_choose_the_agent_who_worked_less() {
    for strategy in ["1", "2", "4", "7"] {
        let simulator = Simulator::local(by_hand()).await.unwrap();
        let client = Client::new(&simulator).await;
        let edit = [("queuename", "queue-1"), ("remark", "r"), ("strategy", strategy)];
        client.result("App.Sip_Queue.EditQueue", &edit).await;
        client.sign_in("queue-1", "100001", "10").await;
        client.sign_in("queue-1", "100002", "11").await;
        let call = simulator.ring(RingSpec::predictive("100001", "13800138009", "queue-1"));
        simulator.answer(call).unwrap();
        simulator.advance(20 * SECOND);
        simulator.hang_up(call, Party::Customer).unwrap();
        simulator.advance(60 * SECOND);
        create(&client, "2", "queue-1", "1:1", &numbers(&["13800138000"])).await;
        simulator.advance(5 * SECOND);
        assert_eq!(simulator.calls_at("100001"), [], "strategy {strategy}");
        assert_eq!(simulator.calls_at("100002").len(), 1, "strategy {strategy}");
    }
}

#[tokio::test]
async fn strategy_6_chooses_one_agent_or_another() {
    let simulator = Simulator::local(by_hand()).await.unwrap();
    let client = Client::new(&simulator).await;
    let edit = [("queuename", "queue-1"), ("remark", "r"), ("strategy", "6")];
    client.result("App.Sip_Queue.EditQueue", &edit).await;
    client.sign_in("queue-1", "100001", "10").await;
    client.sign_in("queue-1", "100002", "11").await;
    let mut chosen = BTreeSet::new();
    for _ in 0..20 {
        create(&client, "2", "queue-1", "1:1", &numbers(&["13800138000"])).await;
        simulator.advance(5 * SECOND);
        for extension in ["100001", "100002"] {
            for call in simulator.calls_at(extension) {
                chosen.insert(extension);
                simulator.hang_up(call, Party::Customer).unwrap();
            }
        }
        simulator.advance(60 * SECOND);
    }
    assert_eq!(chosen.len(), 2);
}

#[tokio::test]
async fn a_group_gets_calls_only_while_its_member_is_idle() {
    let simulator = Simulator::local(by_hand()).await.unwrap();
    let client = Client::new(&simulator).await;
    assert_eq!(create(&client, "3", "team", "1:1", "[]").await["data"]["errors"]["code"], "1002");
    client.result("App.Sip_Extgroup.AddExtgroup", &[("name", "team")]).await;
    let member = [("name", "team"), ("extnumber", "100003")];
    client.result("App.Sip_Extgroup.AddExtnumber", &member).await;
    assert_eq!(client.code("App.Sip_Extgroup.AddExtnumber", &member).await, "1002");
    let busy = [member[0], member[1], ("state", "busy")];
    client.result("App.Sip_Extgroup.EditExtnumber", &busy).await;
    create(&client, "3", "team", "1:1", &numbers(&["13800138000"])).await;
    simulator.advance(20 * SECOND);
    assert_eq!(client.phone("100003").await, 1201);
    let bare = client.call("App.Sip_Extgroup.GetGroupExt", &[("name", "team")]).await;
    let row = serde_json::json!({"name": "team", "extnumber": "100003", "status": "hangup", "state": "busy"});
    assert_eq!(bare["data"], serde_json::json!([row]));
    let idle = [member[0], member[1], ("state", "idle")];
    client.result("App.Sip_Extgroup.EditExtnumber", &idle).await;
    simulator.advance(20 * SECOND);
    assert_eq!(client.phone("100003").await, 1202);
    let info = client.result("App.Sip_Extgroup.GetExtgroupInfo", &[("name", "any")]).await;
    assert_eq!(info, serde_json::json!([{"id": 1, "name": "team", "status": 1042}]));
    client.result("App.Sip_Extgroup.DelExtnumber", &member).await;
}

#[tokio::test]
async fn the_dialler_also_runs_by_a_real_clock() {
    let mut options = by_hand();
    options.clock = Clock::fast(50.0);
    options.extensions[0].answering = Answering::ByItself;
    options.pace = Some(Pace { miss_one_in: 0, ..Pace::default() });
    let mut company = Company::new().await;
    options.callback_url = Some(company.url.clone());
    let simulator = Simulator::local(options).await.unwrap();
    simulator.sign_in("queue-1", "100001", "10");
    let answered =
        |entry: &ringside_simulator::Entry| entry.callback().is_some_and(|callback| callback.body.contains("\"status\":\"answer\""));
    simulator.ledger().wait_for(answered, PATIENCE).await.unwrap();
    assert!(company.json(2).await.iter().any(|event| event["status"] == "ring"));
}
