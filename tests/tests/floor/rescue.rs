//! A campaign of the customers who reached no agent.

use std::time::Duration;

use ringside_domain::*;
use ringside_tests::platform;
use ringside_vault::Vault;

use crate::desk::*;

#[tokio::test]
async fn a_campaign_of_missed_customers_has_their_ids() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::signed_in(folder.path(), &simulator).await;
    let floor = &supervisor.floor;
    let file = "number,customer,employee,member,maturity\n13800138000,C-1,801,M-1,3\n13800138001,C-2,802,M-2,4\n";
    let (import, _) = supervisor.import("customers.csv", file.as_bytes(), rules()).await;
    floor.floor_intent(FloorIntent::Start { import, plan: plan() });
    let views = supervisor.until(|views| campaigns(views).first().is_some_and(|row| row.counts.taken == 2)).await;
    let first = campaigns(&views)[0].campaign.id;
    floor.floor_intent(FloorIntent::End { campaign: first });
    supervisor.until(|views| campaigns(views).first().is_some_and(|row| row.stage == CampaignStage::Ended)).await;
    // The platform's bill has the zero for long distance.
    supervisor.bill(901, "013800138000", "C-1", "9027").await;
    supervisor.bill(902, "13900139000", "C-9", "9027").await;
    let found = async {
        loop {
            let calls = floor.abandoned_customers(Timestamp(0)).await.unwrap();
            if calls.len() == 2 {
                return calls;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let calls = tokio::time::timeout(PATIENCE, found).await.unwrap();
    let keys = calls.into_iter().map(|call| call.key).collect();

    let import = floor.import_calls("Missed customers".to_owned(), keys).await.unwrap();
    supervisor.watch(&[Topic::Import { import }]);
    let preview = floor.import_preview(import, None).await.unwrap().unwrap();
    let mut shown: Vec<_> = preview.rows.iter().map(|row| row.cells.clone()).collect();
    shown.sort();
    assert_eq!(shown, [["13800138000", "C-1", "801", "M-1", "3", ""], ["13900139000", "C-9", "", "", "", ""]]);
    floor.do_not_call_import("13900139000".to_owned(), String::new()).await.unwrap();
    let check = supervisor.check(import, preview.layout, rules()).await;
    assert_eq!((check.rows, check.good, &check.refused[..]), (2, 1, &[(RowRefusal::DoNotCall, 1)][..]), "{check:?}");
    let words = RefusedWords {
        titles: ["row", "reason", "number"].map(String::from),
        reasons: vec![(RowRefusal::DoNotCall, "listed".to_owned())],
        meanings: vec![(Column::Customer, "customer".to_owned())],
        column: "column".to_owned(),
    };
    let saved = floor.import_save_refused(import, words, folder.path().join("downloads")).await.unwrap();
    let saved = std::fs::read_to_string(saved).unwrap();
    assert!(saved.contains("number,column 1,customer,column 3") && saved.contains(",listed,13900139000,13900139000,C-9,"), "{saved}");

    floor.floor_intent(FloorIntent::Start { import, plan: CampaignPlan { name: "Again".to_owned(), ..plan() } });
    let again = |views: &std::collections::BTreeMap<Topic, TopicView>| {
        campaigns(views).iter().any(|row| row.campaign.plan.name == "Again" && row.counts.taken == 1)
    };
    supervisor.until(again).await;
    let sent = simulator.ledger().requests("TaskCreat")[1].parameter("telphone").to_owned();
    let sent: serde_json::Value = serde_json::from_str(&sent).unwrap();
    let ids = ["phone", "customuuid", "userid", "memberid", "chengshudu"].map(|name| sent[0][name].as_str().unwrap_or_default().to_owned());
    assert_eq!(ids, ["13800138000", "C-1", "801", "M-1", "3"], "{sent}");
    let left: Vec<_> = std::fs::read_dir(folder.path().join("imports")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    supervisor.close().await;
}

#[tokio::test]
async fn calls_that_are_not_there_any_more_make_an_import_without_rows() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::open(folder.path(), Vault::memory());
    let import = supervisor.floor.import_calls(String::new(), vec!["gone".to_owned()]).await.unwrap();
    assert_eq!(supervisor.floor.import_preview(import, None).await.unwrap(), Err(SheetError::Empty));
    supervisor.close().await;
}

#[tokio::test]
async fn customers_of_one_account_are_not_checked_for_another() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::signed_in(folder.path(), &simulator).await;
    let import = supervisor.floor.import_calls(String::new(), vec!["gone".to_owned()]).await.unwrap();
    let layout = SheetLayout {
        format: SheetFormat::Known,
        encoding: None,
        separator: None,
        sheet: None,
        has_header: false,
        columns: Vec::new(),
        answers: Vec::new(),
    };
    supervisor.floor.import_check(import, layout.clone(), rules()).await.unwrap();
    let agent = supervisor.agent.now().agent.clone();
    let account = Account { url: simulator.url().to_string(), appid: "another".into() };
    let intent = Intent::SignIn { account, agent, accesskey: Some("demo-key".to_owned().into()) };
    supervisor.agent.handle.intent(intent);
    supervisor.agent.until(|snapshot| snapshot.account.appid == "another").await;
    let refused = supervisor.floor.import_check(import, layout, rules()).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::BadRequest);
    supervisor.close().await;
}
