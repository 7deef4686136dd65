//! A missed customer is called back by a real task that the simulator dials, over real sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use ringside_domain::{CallBackState, CallId, CallOutcome, Filter, Intent, Label, Timestamp};
use ringside_simulator::{Fault, Options, Pace, Party, QueueSpec, RingSpec, Simulator};
use ringside_tests::{Desk, OWN};

const CUSTOMER: &str = "013387525701";

/// A simulator that dials tasks only; `reached` percent of the customers answer.
async fn platform(reached: u64) -> Simulator {
    let pace = Pace { campaign: false, reached, first: (0, 0), between: (0, 0), ..Pace::default() };
    let queues = vec![QueueSpec { wrap_up: 0, ..QueueSpec::new("queue-1", "Renewals") }];
    Simulator::local(Options { pace: Some(pace), queues, ..Options::test() }).await.unwrap()
}

/// Lets the agent miss a call of this customer. Returns the call's id.
async fn missed(desk: &Desk, simulator: &Simulator) -> CallId {
    let call = simulator.ring(RingSpec::predictive(OWN, CUSTOMER, "queue-1"));
    desk.until(|snapshot| snapshot.label == Label::Ringing).await;
    simulator.miss(call).unwrap();
    let after = desk.until(|snapshot| snapshot.call_back.offered && !snapshot.recent.is_empty()).await;
    after.recent[0].id
}

/// Waits until this number of missed calls is to do, in the bar's count and in the log.
async fn to_do(desk: &Desk, count: u64) {
    desk.until(|snapshot| snapshot.log.to_do == count).await;
    let all = [i64::MIN, i64::MAX].map(Timestamp).to_vec();
    assert_eq!(desk.handle.log_counts(Filter { to_do: true, ..Filter::default() }, all).await.unwrap(), [count]);
}

fn ended(simulator: &Simulator, task_id: &str) -> bool {
    let asked = simulator.ledger().requests("TaskSet");
    asked.iter().any(|request| request.parameter("taskid") == task_id && request.parameter("taskstatus") == "3")
}

#[tokio::test]
async fn a_call_back_is_dialled_by_a_task_linked_to_its_call_and_its_task_is_ended() {
    let simulator = platform(100).await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    let call = missed(&desk, &simulator).await;
    to_do(&desk, 1).await;
    let before = desk.clock_now().0 / 1000;

    desk.handle.intent(Intent::CallBack { call });
    let ringing = desk.until(|snapshot| snapshot.label == Label::Ringing).await;
    let last = ringing.call_back.last.clone().unwrap();
    assert_eq!((last.state, ringing.calls[0].customer_number.as_str()), (CallBackState::Connected, CUSTOMER));
    let asked = simulator.ledger().requests("TaskCreat");
    assert_eq!(asked.len(), 1, "one request");
    assert_eq!([asked[0].parameter("assigntype"), asked[0].parameter("assignagent"), asked[0].parameter("taskscale")], ["1", OWN, "1:1"]);
    let numbers: serde_json::Value = serde_json::from_str(asked[0].parameter("telphone")).unwrap();
    assert_eq!(numbers[0]["phone"], CUSTOMER);
    let (sent, told) = (numbers[0]["time"].as_i64().unwrap(), last.at.0 / 1000);
    assert_eq!(sent, told, "the sent time is the one that is shown");
    assert!((before - 1..=desk.clock_now().0 / 1000).contains(&sent), "now, by the platform's clock");

    let ring = simulator.calls_at(OWN)[0];
    simulator.answer(ring).unwrap();
    desk.until(|snapshot| snapshot.label == Label::OnCall).await;
    simulator.hang_up(ring, Party::Customer).unwrap();
    let over = desk.until(|snapshot| snapshot.call_back.last.is_none() && snapshot.calls.is_empty()).await;
    assert!(ended(&simulator, &last.task_id.unwrap()));
    // The missed call is done, since agent and customer talked.
    to_do(&desk, 0).await;
    let row = desk.handle.log_row(call).await.unwrap().unwrap();
    assert!(row.outcome == Some(CallOutcome::Missed) && row.note.done_at.is_some());
    assert_eq!(over.recent[0].customer_number, CUSTOMER);
    assert!(over.recent[0].answered && over.recent[0].id != call, "a call of its own in the log");
    desk.close().await;
}

#[tokio::test]
async fn a_missed_call_stays_to_do_if_the_customer_is_not_reached() {
    let simulator = platform(0).await;
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
    let call = missed(&desk, &simulator).await;
    desk.handle.intent(Intent::CallBack { call });
    // The platform's callback says that the task is finished.
    let state = |snapshot: &ringside_domain::Snapshot| snapshot.call_back.last.as_ref().map(|last| last.state.clone());
    desk.until(|snapshot| state(snapshot) == Some(CallBackState::NotReached)).await;
    to_do(&desk, 1).await;
    desk.handle.intent(Intent::EndCallBack);
    desk.until(|snapshot| snapshot.call_back.last.is_none()).await;
    desk.close().await;
}

/// The platform carried out the request or not, and the answer was lost: Ringside cannot know which.
#[tokio::test]
async fn a6_a_call_back_whose_answer_is_lost_is_shown_as_unknown_and_not_repeated() {
    for (fault, reached) in [(Fault::Lost, true), (Fault::DoneButRet(500), true), (Fault::Reset, false), (Fault::HttpStatus(502), false)] {
        let simulator = platform(100).await;
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::available(folder.path(), &simulator, &["queue-1"]).await;
        let call = missed(&desk, &simulator).await;
        simulator.fault("TaskCreat", fault.clone(), None);
        desk.handle.intent(Intent::CallBack { call });
        let unknown = desk
            .until(|snapshot| {
                let state = snapshot.call_back.last.as_ref().map(|last| &last.state);
                matches!(state, Some(CallBackState::Unknown { .. })) || snapshot.label == Label::Ringing
            })
            .await;
        let last = unknown.call_back.last.clone().unwrap();
        let asked = simulator.ledger().requests("TaskCreat");
        assert_eq!((last.number.as_str(), last.task_name.as_str()), (CUSTOMER, asked[0].parameter("taskname")), "{fault:?}");
        if reached {
            // The request had arrived: the phone rings, and Ringside sees the call.
            desk.until(|snapshot| snapshot.label == Label::Ringing).await;
            simulator.answer(simulator.calls_at(OWN)[0]).unwrap();
            desk.until(|snapshot| snapshot.label == Label::OnCall).await;
            simulator.hang_up(simulator.calls_at(OWN)[0], Party::Customer).unwrap();
            desk.until(|snapshot| snapshot.call_back.last.is_none()).await;
            to_do(&desk, 0).await;
        } else {
            // Time passes, with readings and reconnections.
            for _ in 0..5 {
                desk.clock.pass(Duration::from_secs(60));
                let read = desk.now().connection.answer_at;
                desk.until(|snapshot| snapshot.connection.answer_at > read).await;
            }
            assert!(matches!(desk.now().call_back.last.clone().unwrap().state, CallBackState::Unknown { .. }), "{fault:?}");
        }
        desk.close().await;

        // The next start does not send it again either.
        let desk = Desk::open(folder.path(), ringside_vault::Vault::memory());
        desk.sign_in(&simulator, "demo-key", &["queue-1"]);
        desk.until(|snapshot| !snapshot.offered.is_empty()).await;
        let stands = desk.now().call_back.last.is_some();
        assert_eq!(stands, !reached, "{fault:?}: an unknown outcome stays until it is dismissed");
        assert_eq!(simulator.ledger().requests("TaskCreat").len(), 1, "{fault:?}");
        desk.close().await;
    }
}
