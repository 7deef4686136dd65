//! Queues, groups and extensions; services by hand; passwords.

use ringside_domain::*;
use ringside_simulator::Fault;
use ringside_tests::platform;
use secrecy::ExposeSecret;

use crate::desk::*;

#[tokio::test]
async fn queues_groups_and_extensions_are_read_and_changed() {
    let simulator = platform().await;
    simulator.sign_in("queue-1", "100002", "11");
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::signed_in(folder.path(), &simulator).await;
    supervisor.watch(&[Topic::Queues, Topic::Groups, Topic::Extensions]);
    let queue = |views: &std::collections::BTreeMap<Topic, TopicView>| match views.get(&Topic::Queues) {
        Some(TopicView::Queues(view)) => view.queues.iter().find(|queue| queue.name.0 == "queue-1").cloned(),
        _ => None,
    };
    supervisor.until(|views| queue(views).is_some_and(|queue| queue.agents.len() == 1)).await;
    let seat = SeatId { queue: QueueName("queue-1".into()), extension: Extension("100002".into()), agent_id: "11".into() };
    supervisor.floor.floor_intent(FloorIntent::SetSeats { seats: vec![seat], order: SeatOrder::Busy });
    supervisor.until(|views| queue(views).is_some_and(|queue| queue.agents[0].state == SeatState::Paused)).await;
    supervisor
        .until(|views| matches!(views.get(&Topic::Extensions), Some(TopicView::Extensions(view)) if view.extensions.len() == 3))
        .await;
    let Some(TopicView::Extensions(view)) = supervisor.views().get(&Topic::Extensions).cloned() else { panic!() };
    assert!(
        view.extensions.iter().all(|one| one.enabled == Some(true) && one.enabled_in_list == Some(true) && one.phone_address.is_some()),
        "{view:?}"
    );
    supervisor.floor.floor_intent(FloorIntent::AddGroup { name: "sales".into() });
    let has_group = |views: &std::collections::BTreeMap<Topic, TopicView>| matches!(views.get(&Topic::Groups), Some(TopicView::Groups(view)) if view.groups.iter().any(|group| group.name == "sales"));
    supervisor.until(has_group).await;
    supervisor.close().await;
}

#[tokio::test]
async fn what_is_not_licensed_about_extensions_is_named_and_the_rest_is_shown() {
    let simulator = platform().await;
    simulator.fault("GetSipValidStatus", Fault::Ret(603), None);
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::signed_in(folder.path(), &simulator).await;
    supervisor.watch(&[Topic::Extensions]);
    let is_read = |views: &std::collections::BTreeMap<Topic, TopicView>| matches!(views.get(&Topic::Extensions), Some(TopicView::Extensions(view)) if view.extensions.len() == 3);
    supervisor.until(is_read).await;
    let Some(TopicView::Extensions(view)) = supervisor.views().get(&Topic::Extensions).cloned() else { panic!() };
    assert!(view.extensions.iter().all(|one| one.enabled.is_none() && one.enabled_in_list == Some(true) && one.phone_address.is_some()));
    let untold: Vec<(ExtensionDetail, ProblemCode)> = view.untold.iter().map(|(what, why)| (*what, why.code)).collect();
    assert_eq!(untold, [(ExtensionDetail::Enabled, ProblemCode::ModuleNotLicensed)]);
    supervisor.close().await;
}

#[tokio::test]
async fn a_service_is_called_by_hand_with_the_token_and_without_showing_it() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::signed_in(folder.path(), &simulator).await;
    let field = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let listed = supervisor.floor.call_service("App.Sip_Queue.GetQueueList".into(), vec![]).await.unwrap();
    assert!(listed.ok && listed.answer.contains("queue-1") && listed.request.contains("token=***"), "{listed:?}");
    assert!(listed.curl.contains("token=YOUR_TOKEN"), "{}", listed.curl);

    let fields = vec![field("status", "3"), field("extnumber", "")];
    let extensions = supervisor.floor.call_service("App.Sip_Sipnum.GetSipnumberInfo".into(), fields).await.unwrap();
    let password = supervisor.floor.password(Extension("100002".into())).await.unwrap();
    assert!(extensions.ok && password.expose_secret().len() > 3);
    assert!(!extensions.answer.contains(password.expose_secret()), "{}", extensions.answer);

    // A token that dies is renewed.
    simulator.expire_tokens();
    let fields = vec![field("queuename", "queue-9"), field("autocall", "no"), field("remark", "it's new")];
    let added = supervisor.floor.call_service("App.Sip_Queue.AddQueue".into(), fields.clone()).await.unwrap();
    assert!(added.ok, "{added:?}");
    let again = supervisor.floor.call_service("App.Sip_Queue.AddQueue".into(), fields).await.unwrap();
    assert!(!again.ok, "{again:?}");
    assert!(supervisor.floor.call_service("App.Sip_Queue.Nothing".into(), vec![]).await.is_err());

    let entries = supervisor.floor.floor_ledger(0, 100).await.unwrap();
    let seen: Vec<(&str, &str, &str)> =
        entries.iter().rev().map(|entry| (entry.what.as_str(), entry.subject.as_str(), entry.result.as_str())).collect();
    let queue = "App.Sip_Queue.AddQueue";
    let expected = [
        ("showPassword", "100002", ""),
        ("showPassword", "100002", "done"),
        ("callService", queue, ""),
        ("callService", queue, "done"),
        ("callService", queue, ""),
        ("callService", queue, "failed"),
    ];
    assert_eq!(seen, expected);
    assert!(!format!("{entries:?}").contains(password.expose_secret()));
    supervisor.close().await;
}

#[tokio::test]
async fn nothing_is_called_while_nobody_is_signed_in() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::open(folder.path(), ringside_vault::Vault::memory());
    let problem = supervisor.floor.call_service("App.Sip_Queue.GetQueueList".into(), vec![]).await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::AccesskeyMissing);
    assert!(supervisor.floor.password(Extension("100002".into())).await.is_err());
    supervisor.close().await;
}
