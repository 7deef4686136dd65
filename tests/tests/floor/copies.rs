//! A copy of a campaign takes the customers whom no agent reached.

use ringside_domain::*;
use ringside_tests::platform;

use crate::desk::*;

async fn check(supervisor: &Supervisor, import: u64) -> SheetCheck {
    supervisor.watch(&[Topic::Import { import }]);
    let preview = supervisor.floor.import_preview(import, None).await.unwrap().unwrap();
    supervisor.check(import, preview.layout, rules()).await
}

#[tokio::test]
async fn the_customers_of_a_campaign_are_copied_with_all_their_data_through_the_checks_of_any_import() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::signed_in(folder.path(), &simulator).await;
    let numbers = ["013800000001", "02912345678", "013800000003"].map(str::to_owned);
    let campaign = supervisor.start(&numbers).await;
    supervisor.until_parts(campaign, |parts| parts.len() == 1 && parts.iter().all(is_taken)).await;
    supervisor.floor.do_not_call(numbers[2].clone(), String::new()).await.unwrap();
    supervisor.watch(&[]);
    supervisor.until(|views| campaigns(views)[0].counts.removed == 1).await;

    // Its numbers are in a campaign that is not over.
    let import = supervisor.floor.import_unreached("numbers".into(), campaign).await.unwrap();
    assert_eq!(check(&supervisor, import).await.refused, [(RowRefusal::InOtherCampaign, 2)]);
    supervisor.floor.import_drop(import).await.unwrap();

    supervisor.floor.floor_intent(FloorIntent::End { campaign });
    let is_end = |entry: &FloorEntry| entry.what == "endTask" && entry.result == "done";
    supervisor.until_entered(|entries| entries.iter().any(is_end)).await;
    supervisor.watch(&[]);
    let import = supervisor.floor.import_unreached("numbers".into(), campaign).await.unwrap();
    let check = check(&supervisor, import).await;
    assert_eq!((check.rows, check.good, check.refused, check.doubts), (2, 2, vec![], vec![]), "the one that was removed is not copied");
    let copy = CampaignPlan { name: "copy".into(), ..plan() };
    supervisor.floor.floor_intent(FloorIntent::Start { import, plan: copy });
    supervisor.watch(&[]);
    supervisor.until(|views| campaigns(views).len() == 2 && campaigns(views)[1].counts.taken == 2).await;
    assert!(supervisor.floor.import_unreached(String::new(), CampaignId(99)).await.is_err(), "there is no such campaign");
    supervisor.close().await;
}
