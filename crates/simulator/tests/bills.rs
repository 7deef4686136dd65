//! GetBill, GetRecodeFile and the download.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ringside_simulator::{Clock, Custom, Direction, Fault, Method, Options, Party, RingSpec, Simulator};
use serde_json::Value;
use support::{Client, morning, still};

const GET_BILL: &str = "App.Sip_Cdr.GetBill";
const WINDOW: [(&str, &str); 2] = [("starttime", "2026-02-20 00:00:00"), ("endtime", "2026-03-04 00:00:00")];

fn ask<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = WINDOW.to_vec();
    fields.extend(more);
    fields
}

/// One answered call and one that was missed.
async fn two_calls(simulator: &Simulator) {
    let call = simulator.ring(RingSpec {
        custom: Custom { member_id: "M1".into(), ..Custom::default() },
        ..RingSpec::predictive("100001", "015029913692", "queue-1")
    });
    simulator.advance(Duration::from_secs(5));
    simulator.answer(call).unwrap();
    simulator.advance(Duration::from_secs(20));
    simulator.hang_up(call, Party::Customer).unwrap();
    let call = simulator.ring(RingSpec {
        direction: Direction::CallIn,
        method: Method::Manual,
        ..RingSpec::predictive("100002", "13387525701", "queue-1")
    });
    simulator.advance(Duration::from_secs(9));
    simulator.miss(call).unwrap();
}

#[tokio::test]
async fn a_bill_has_the_numbers_times_and_figures_of_its_call() {
    let simulator = Simulator::local(still()).await.unwrap();
    let client = Client::new(&simulator).await;
    two_calls(&simulator).await;
    let all = client.result(GET_BILL, &ask(&[("syncflag", "3"), ("callmethod", "0")])).await;
    assert_eq!(all["totalitems"], 2);
    let bill = &all["bills"][0];
    let expected = [
        ("extnumber", "100001"),
        ("destnumber", "015029913692"),
        ("starttime", "2026-03-03 10:00:00"),
        ("answertime", "2026-03-03 10:00:05"),
        ("endtime", "2026-03-03 10:00:25"),
        ("direction", "callout"),
        ("memberid", "M1"),
        ("userid", "10"),
    ];
    for (field, text) in expected {
        assert_eq!(bill[field], text, "{field}");
    }
    assert_eq!((bill["duration"].as_i64(), bill["billsec"].as_i64()), (Some(5), Some(20)));
    assert_eq!(bill["hangupdirection"], 10041);
    assert!(bill["recordfilename"].as_str().unwrap().ends_with(".wav"));
    let missed = &all["bills"][1];
    assert_eq!(missed["answertime"], Value::Null);
    assert_eq!(missed["direction"], "callin");
    assert_eq!(missed["recordfilename"], "");
}

#[tokio::test]
async fn get_bill_filters_pages_and_marks_records() {
    let simulator = Simulator::local(still()).await.unwrap();
    let client = Client::new(&simulator).await;
    two_calls(&simulator).await;
    let total = async |more: &[(&str, &str)]| {
        let answer = client.result(GET_BILL, &ask(more)).await;
        answer["totalitems"].as_i64().unwrap()
    };
    // The default method is 3, calls by API: there are none.
    assert_eq!(total(&[("syncflag", "3")]).await, 0);
    let any = [("syncflag", "3"), ("callmethod", "0")];
    let with = |more: (&'static str, &'static str)| [any[0], any[1], more];
    assert_eq!(total(&with(("direction", "1"))).await, 1);
    assert_eq!(total(&with(("direction", "2"))).await, 1);
    assert_eq!(total(&with(("extnumber", "100001,100009"))).await, 1);
    assert_eq!(total(&with(("destnumber", "015029913692"))).await, 1);
    assert_eq!(total(&with(("memberid", "nobody"))).await, 0);
    let one = [("callmethod", "0"), ("itemsperpage", "1")];
    assert_eq!(total(&one).await, 2, "the first record is now marked as fetched");
    assert_eq!(total(&[("syncflag", "2"), ("callmethod", "0")]).await, 1);
    assert_eq!(total(&any).await, 2, "syncflag 3 neither sets marks nor reads them");
    assert_eq!(total(&one).await, 1);
    let bad = client.call(GET_BILL, &ask(&[("itemsperpage", "1001")])).await;
    assert_eq!(bad["ret"], 400);
    let bad = [("starttime", "yesterday"), ("endtime", "2026-03-04 00:00:00")];
    assert_eq!(client.call(GET_BILL, &bad).await["ret"], 400);
}

#[tokio::test]
async fn the_demo_has_two_hundred_bills_of_its_agent() {
    let options = Options { clock: still().clock, ..Options::demo() };
    let simulator = Simulator::local(options).await.unwrap();
    let client = Client::new(&simulator).await;
    let (mut ids, mut recorded, mut page) = (BTreeSet::new(), 0, 1);
    loop {
        let number = page.to_string();
        let fields = ask(&[("syncflag", "3"), ("callmethod", "0"), ("itemsperpage", "70"), ("currentpage", &number)]);
        let answer = client.result(GET_BILL, &fields).await;
        let bills = answer["bills"].as_array().unwrap().clone();
        for bill in &bills {
            ids.insert(bill["id"].as_i64().unwrap());
            recorded += i64::from(bill["recordfilename"] != "");
            assert_eq!(bill["extnumber"], "100001");
        }
        if bills.is_empty() {
            break;
        }
        page += 1;
    }
    assert_eq!((ids.len(), page), (200, 4));
    assert!((50..190).contains(&recorded), "{recorded}");
}

#[tokio::test]
async fn a_recording_downloads_in_whole_and_in_part_until_its_link_expires() {
    let simulator = Simulator::local(still()).await.unwrap();
    let client = Client::new(&simulator).await;
    two_calls(&simulator).await;
    let bills = client.result(GET_BILL, &ask(&[("syncflag", "3"), ("callmethod", "0")])).await;
    let file = bills["bills"][0]["recordfilename"].as_str().unwrap();
    let ask = [("filename", file)];
    let link = client.result("App.Sip_Cdr.GetRecodeFile", &ask).await;
    assert_eq!(link["expiredtime"], "Expiration time:2026-03-03 10:05:34");
    let url = link["downurl"].as_str().unwrap();
    let whole = client.get(url, &[]).await;
    assert_eq!(whole.status(), 200);
    assert_eq!(whole.headers()["content-type"], "audio/wav");
    let etag = whole.headers()["etag"].to_str().unwrap().to_owned();
    let length = whole.content_length().unwrap() as usize;
    let bytes = whole.bytes().await.unwrap();
    assert_eq!(bytes.len(), length);
    assert_eq!(bytes.len(), 44 + 20 * 16_000, "twenty seconds were talked");
    assert_eq!(&bytes[..4], b"RIFF");

    let part = client.get(url, &[("range", "bytes=100000-"), ("if-range", &etag)]).await;
    assert_eq!(part.status(), 206);
    let range = format!("bytes 100000-{}/{length}", length - 1);
    assert_eq!(part.headers()["content-range"], range.as_str());
    assert_eq!(part.bytes().await.unwrap(), bytes.slice(100_000..));
    let changed = client.get(url, &[("range", "bytes=100000-"), ("if-range", "\"other\"")]).await;
    assert_eq!(changed.status(), 200);
    let beyond = client.get(url, &[("range", "bytes=99999999-")]).await;
    assert_eq!(beyond.status(), 416);

    simulator.fault("download", Fault::Truncated, 1);
    let cut = client.get(url, &[]).await;
    assert_eq!(cut.content_length().unwrap() as usize, length);
    assert!(cut.bytes().await.is_err());
    simulator.fault("download", Fault::Html, 1);
    assert!(client.get(url, &[]).await.text().await.unwrap().contains("sign in"));

    assert_eq!(client.get(&url.replace("/recordings/", "/recordings/0"), &[]).await.status(), 404);
    simulator.advance(Duration::from_secs(300));
    assert_eq!(client.get(url, &[]).await.status(), 403);
    let unknown = [("filename", "../etc/passwd")];
    assert_eq!(client.code("App.Sip_Cdr.GetRecodeFile", &unknown).await, "1003");
    simulator.advance(Duration::from_secs(91 * 86_400));
    let client = Client::new(&simulator).await;
    assert_eq!(client.code("App.Sip_Cdr.GetRecodeFile", &ask).await, "1003");
}

#[tokio::test]
async fn a_download_can_have_another_etag_trickle_or_be_endless() {
    let simulator = Simulator::local(still()).await.unwrap();
    let client = Client::new(&simulator).await;
    two_calls(&simulator).await;
    let bills = client.result(GET_BILL, &ask(&[("syncflag", "3"), ("callmethod", "0")])).await;
    let file = bills["bills"][0]["recordfilename"].as_str().unwrap();
    let link = client.result("App.Sip_Cdr.GetRecodeFile", &[("filename", file)]).await;
    let url = link["downurl"].as_str().unwrap();
    let whole = client.get(url, &[]).await;
    let etag = whole.headers()["etag"].to_str().unwrap().to_owned();
    let length = whole.content_length().unwrap();
    simulator.fault("download", Fault::Changed, 1);
    let anew = client.get(url, &[("range", "bytes=100-"), ("if-range", &etag)]).await;
    assert_eq!((anew.status().as_u16(), anew.content_length()), (200, Some(length)));
    assert_ne!(anew.headers()["etag"].to_str().unwrap(), etag);
    simulator.fault("download", Fault::Huge(1_000_000), 1);
    let endless = client.get(url, &[]).await;
    assert_eq!(endless.content_length(), None);
    let bytes = endless.bytes().await.unwrap();
    assert!(bytes.starts_with(b"RIFF") && bytes.len() as u64 >= length + 1_000_000);
    simulator.fault("download", Fault::Trickle(Duration::from_millis(5)), 1);
    let began = tokio::time::Instant::now();
    let drips = client.get(url, &[("range", "bytes=0-9")]).await;
    assert_eq!(drips.bytes().await.unwrap(), bytes.slice(..10));
    assert!(began.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn a_recording_can_be_downloaded_only_some_time_after_its_call() {
    let simulator = Simulator::local(Options { recording_delay: 60, ..still() }).await.unwrap();
    let client = Client::new(&simulator).await;
    let call = simulator.ring(RingSpec::predictive("100001", "13387525701", "queue-1"));
    simulator.answer(call).unwrap();
    simulator.hang_up(call, Party::Agent).unwrap();
    let bills = client.result(GET_BILL, &ask(&[("callmethod", "5")])).await;
    let file = bills["bills"][0]["recordfilename"].as_str().unwrap();
    let link = client.result("App.Sip_Cdr.GetRecodeFile", &[("filename", file)]).await;
    let url = link["downurl"].as_str().unwrap();
    assert_eq!(client.get(url, &[]).await.status(), 404);
    simulator.advance(Duration::from_secs(60));
    assert_eq!(client.get(url, &[]).await.status(), 200);
}

/// All bills of the demo agent, with the platform's clock at `now`.
async fn demo_bills(now: jiff::Timestamp) -> BTreeMap<i64, Value> {
    let options = Options { clock: Clock::manual(now), ..Options::demo() };
    let simulator = Simulator::local(options).await.unwrap();
    let client = Client::new(&simulator).await;
    let fields = ask(&[("syncflag", "3"), ("callmethod", "0"), ("itemsperpage", "1000"), ("extnumber", "100001")]);
    let answer = client.result(GET_BILL, &fields).await;
    let bills = answer["bills"].as_array().unwrap().iter();
    bills.map(|bill| (bill["id"].as_i64().unwrap(), bill.clone())).collect()
}

#[tokio::test]
async fn past_bills_are_the_same_when_the_platform_starts_again() {
    let before = demo_bills(morning()).await;
    let after = demo_bills(morning() + Duration::from_secs(5 * 3600)).await;
    let common: Vec<i64> = before.keys().filter(|id| after.contains_key(id)).copied().collect();
    assert!((150..200).contains(&common.len()), "{}", common.len());
    assert!(common.iter().all(|id| before[id] == after[id]));
    let mut ends = String::new();
    for bill in after.values() {
        let start = bill["starttime"].as_str().unwrap();
        assert!(start > ends.as_str(), "one call at a time, in the order of ids");
        ends = bill["endtime"].as_str().unwrap().to_owned();
    }
}
