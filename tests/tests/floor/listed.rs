//! Customers who are entered in the do-not-call list are called by nobody at this desk any more.

use ringside_domain::*;
use ringside_simulator::RingSpec;
use ringside_tests::{OWN, platform};
use ringside_vault::Vault;

use crate::desk::*;

const CUSTOMER: &str = "013387525701";
const OTHER_SPELLING: &str = "+86 133-8752-5701";

#[tokio::test]
async fn an_entry_takes_the_number_out_of_a_campaign_that_runs() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::signed_in(folder.path(), &simulator).await;
    let campaign = supervisor.start(&[CUSTOMER.to_owned(), "013800000001".to_owned()]).await;
    supervisor.until_parts(campaign, |parts| parts.len() == 1 && parts.iter().all(is_taken)).await;
    supervisor.floor.do_not_call(OTHER_SPELLING.into(), "asked for it".into()).await.unwrap();
    supervisor.until(|views| campaigns(views)[0].counts.removed == 1).await;
    assert_eq!(simulator.tasks().values().map(|task| task.waiting).collect::<Vec<_>>(), [1]);
    let entries = supervisor.floor.floor_ledger(0, 100).await.unwrap();
    let removal = entries.iter().find(|entry| entry.what == "removeNumbers" && entry.result == "done").unwrap();
    assert_eq!(removal.detail, "do-not-call list: 1 numbers");
    supervisor.close().await;
}

#[tokio::test]
async fn a_customer_on_the_list_is_not_called_back() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let mut supervisor = Supervisor::open(folder.path(), Vault::memory());
    supervisor.agent.listen(&simulator).await;
    let agent = &supervisor.agent;
    agent.handle.intent(Intent::ChangeSettings { change: SettingChange::AfterSignIn(SignInPolicy::Available) });
    agent.sign_in(&simulator, "demo-key", &["queue-1"]);
    agent.until(|snapshot| snapshot.label == Label::Available).await;
    let ring = simulator.ring(RingSpec::predictive(OWN, CUSTOMER, "queue-1"));
    agent.until(|snapshot| snapshot.label == Label::Ringing).await;
    simulator.miss(ring).unwrap();
    let missed = agent.until(|snapshot| snapshot.call_back.offered && !snapshot.recent.is_empty()).await.recent[0].id;

    supervisor.floor.do_not_call(OTHER_SPELLING.into(), "asked for it".into()).await.unwrap();
    agent.handle.intent(Intent::CallBack { call: missed });
    let refused = agent.until(|snapshot| snapshot.call_back.last.is_some()).await;
    let Some(CallBackState::Failed { problem }) = refused.call_back.last.as_ref().map(|last| last.state.clone()) else {
        panic!("{:?}", refused.call_back)
    };
    assert_eq!(problem.code, ProblemCode::DoNotCall);
    assert!(simulator.ledger().requests("TaskCreat").is_empty(), "nothing is sent");

    // Without the desk there is no list.
    agent.handle.intent(Intent::EndCallBack);
    agent.until(|snapshot| snapshot.call_back.last.is_none()).await;
    supervisor.floor.stop().await;
    agent.handle.intent(Intent::CallBack { call: missed });
    agent.until(|snapshot| snapshot.call_back.last.as_ref().is_some_and(|last| last.state == CallBackState::Calling)).await;
    supervisor.close().await;
}
