//! Round trips of the callbacks, through the real listener.

use std::{collections::BTreeSet, future::pending, sync::Arc};

use ringside_domain::{Delivery, LegStatus, Method, Receipt, Running, Signal};
use ringside_listener::{Counters, Limits, Parts, Rules, bind, callback_url, secret, serve};
use ringside_simulator::{Encoding, Options, Simulator};
use ringside_tests::{OWN, PATIENCE};
use ringside_wire::Zone;
use secrecy::ExposeSecret;
use tokio::sync::mpsc;

use super::{
    manifest,
    test_client::{CUSTOMER, TestClient, clock},
};

#[tokio::test]
async fn every_callback_makes_a_round_trip_in_every_encoding() {
    for encoding in [Encoding::Json, Encoding::UrlEncoded, Encoding::Multipart] {
        let test = TestClient::new(Options { encoding, ..Options::test() }).await;
        let mut heard = listen(&test.simulator).await;
        test.simulator.sign_in("queue-1", OWN, "10");
        test.talk();
        let id = test.new_task().await;
        test.client.set_task(&id, Running::Over).await.unwrap();
        let mut signals = Vec::new();
        while signals.len() < 5 {
            signals.push(tokio::time::timeout(PATIENCE, heard.recv()).await.unwrap().unwrap());
        }
        for row in manifest().callback {
            let of_kind: Vec<_> = signals.iter().filter(|(signal, _)| name(signal) == row.signal).collect();
            assert!(!of_kind.is_empty(), "{} is not received", row.kind);
            for (signal, payload) in of_kind {
                let sent: serde_json::Map<String, serde_json::Value> = serde_json::from_str(payload).unwrap();
                assert_eq!(sent.keys().cloned().collect::<BTreeSet<_>>(), row.fields, "{}", row.kind);
                says_what_happened(signal, &id);
            }
        }
        let legs: Vec<LegStatus> =
            signals.iter().filter_map(|(signal, _)| if let Signal::Leg(leg) = signal { Some(leg.status) } else { None }).collect();
        assert_eq!(legs, [LegStatus::Ring, LegStatus::Answer, LegStatus::Hangup]);
    }
}

fn name(signal: &Signal) -> &'static str {
    match signal {
        Signal::Leg(_) => "Leg",
        Signal::Record(_) => "Record",
        Signal::TaskFinished { .. } => "TaskFinished",
        Signal::Unknown { .. } => "Unknown",
    }
}

fn says_what_happened(signal: &Signal, task: &str) {
    match signal {
        Signal::Leg(leg) => {
            assert_eq!((leg.extension.0.as_str(), leg.callee.as_str(), leg.method), (OWN, CUSTOMER, Method::Predictive));
            let minted = ringside_domain::minted_at(leg.uuid.as_deref().unwrap()).unwrap();
            assert!(clock().since(minted) < PATIENCE, "N6: {minted:?}");
            assert_eq!(leg.customer_id.as_deref(), Some("c1"));
        }
        Signal::Record(record) => {
            assert_eq!((record.extension.0.as_str(), record.agent_id.as_deref()), (OWN, Some("10")));
            assert_eq!((record.member_id.as_deref(), record.maturity.as_deref()), (Some("m1"), Some("3")));
            assert!(record.uuid.is_some() && record.record_id.is_some() && record.recording.is_some(), "{record:?}");
        }
        Signal::TaskFinished { task_id } => assert_eq!(task_id, task),
        Signal::Unknown { .. } => panic!("not known"),
    }
}

/// The real listener. Returns the decoded events, and stores nothing.
async fn listen(simulator: &Simulator) -> mpsc::UnboundedReceiver<(Signal, String)> {
    let socket = bind("127.0.0.1:0".parse().unwrap(), false).await.unwrap();
    let address = socket.local_addr().unwrap();
    let key = secret([7; 32]);
    let url = callback_url(None, address, &key);
    let rules = Rules::new(key, address, None, Vec::new()).unwrap();
    let (sink, mut offered) = mpsc::channel::<(Delivery, tokio::sync::oneshot::Sender<Receipt>)>(16);
    let parts = Parts { rules, limits: Limits::default(), zone: Zone::default(), counters: Arc::new(Counters::default()), sink };
    tokio::spawn(serve(socket, parts, pending()));
    let (tell, heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some((delivery, receipt)) = offered.recv().await {
            receipt.send(Receipt::Kept).unwrap();
            let Delivery::Events { events, flaw: None, .. } = delivery else { panic!("{delivery:?}") };
            for event in events {
                tell.send((*event.signal, event.payload)).unwrap();
            }
        }
    });
    simulator.set_callback_url(Some(url.expose_secret().parse().unwrap()));
    heard
}
