//! The administrator's endpoint, the commands, backup and restore.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Parser;
use ringside_fleet::hub::NewDesk;
use ringside_gateway::{
    admin::{
        client::{Client, ClientError},
        commands::{Add, Added, Bind, Listed, OfCompany, OfDesk},
    },
    cli::Cli,
    commands, secrets,
};

use super::world::{Running, World, callback, wait};

fn client(world: &World, gateway: &Running) -> Client {
    Client::new(gateway.gateway.admin, secrets::admin_token(&world.folder("a").keys()).unwrap())
}

fn names(folder: &Path) -> BTreeSet<OsString> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_adds_lists_binds_and_revokes_desks() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let client = client(&world, &gateway);
    let desk = |extension: &str, agent: Option<&str>, hot| NewDesk {
        extension: extension.to_owned(),
        agent: agent.map(str::to_owned),
        hot,
        ..NewDesk::default()
    };
    gateway.hub().await;
    let add = |desks| Add { company: None, desks, days: 7 };
    let added: Vec<Added> = client.ask("desk/add", &add(vec![desk("7001", Some("1"), false), desk("7002", None, true)])).await.unwrap();
    assert_eq!(added.iter().map(|one| (one.extension.as_str(), one.code.len())).collect::<Vec<_>>(), [("7001", 19), ("7002", 19)]);
    for wrong in [desk("", Some("1"), false), desk("7003", None, false), desk("7003", Some("1"), true)] {
        assert!(matches!(client.ask::<Vec<Added>>("desk/add", &add(vec![wrong])).await, Err(ClientError::Refused(_))));
    }
    let made = world.desk(&gateway, "100001", "10").await;
    let of = OfCompany::default();
    let list = || client.ask::<Vec<Listed>>("desk/list", &of);
    let mut listed = list().await.unwrap();
    assert_eq!(listed.len(), 1, "a code is no desk yet");
    assert_eq!((listed[0].extension.as_str(), listed[0].revoked), ("100001", false));
    let change =
        Bind { desk: "100001".to_owned(), extension: Some("100002".to_owned()), name: Some("Front".to_owned()), ..Bind::default() };
    client.ask::<()>("desk/bind", &change).await.unwrap();
    let begun = tokio::time::Instant::now();
    while listed[0].extension != "100002" {
        assert!(begun.elapsed() < Duration::from_secs(5));
        listed = list().await.unwrap();
    }
    assert_eq!(listed[0].name, "Front");
    let moved = callback("100002", 1);
    gateway.post(&moved).await;
    made.next_is(&moved).await;
    client.ask::<()>("desk/revoke", &OfDesk { company: None, desk: "100002".to_owned() }).await.unwrap();
    let unknown = client.ask::<()>("desk/revoke", &OfDesk { company: None, desk: "9".to_owned() }).await.unwrap_err();
    assert_eq!(unknown.to_string(), "there is no desk 9");
    let other = client.ask::<Vec<Listed>>("desk/list", &OfCompany { company: Some("acme".to_owned()) }).await.unwrap_err();
    assert!(other.to_string().contains("there are: lantern"));
    gateway.gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_administrator_of_this_machine_may_change_desks() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let stranger = Client::new(gateway.gateway.admin, "guessed".into());
    let refused = stranger.ask::<Vec<Listed>>("desk/list", &OfCompany::default()).await.unwrap_err();
    assert!(refused.to_string().contains("only the administrator's command"), "{refused}");
    gateway.gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_metrics_and_the_page_tell_what_a_person_needs_and_no_customers_number() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let desk = world.desk(&gateway, "100001", "10").await;
    gateway.leads().await;
    gateway.post(&callback("100001", 1)).await;
    gateway.post(&callback("100777", 2)).await;
    desk.bodies(1).await;
    let client = client(&world, &gateway);
    let health: serde_json::Value = serde_json::from_str(&client.read("/health").await.unwrap()).unwrap();
    assert_eq!((&health["ok"], &health["companies"][0]["publishes"]), (&true.into(), &true.into()));
    assert!(gateway.company().outbox.setting("health").unwrap().is_some(), "a write was tried");
    let metrics = client.read("/metrics").await.unwrap();
    for line in [
        "ringside_gateway_callbacks_total{company=\"lantern\",outcome=\"Kept\"} 2",
        "ringside_gateway_desks_enrolled{company=\"lantern\"} 1",
        "ringside_gateway_unmapped_extensions{company=\"lantern\"} 1",
        "ringside_gateway_leads{company=\"lantern\"} 1",
        "ringside_gateway_commit_seconds_count{company=\"lantern\"} 2",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
    let page = client.read("/").await.unwrap();
    assert!(page.contains("100001") && page.contains("100777") && page.contains("callbacks are stored"));
    assert!([&metrics, &page].iter().all(|text| !text.contains("01501")));
    gateway.gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restore_on_an_empty_machine_the_desks_come_back_by_themselves() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let desk = world.desk(&gateway, "100001", "10").await;
    let copy = world.data.path().join("backup");
    wait("the registry is copied", || !gateway.company().shared.records().unwrap().is_empty()).await;
    let before = names(world.folder("a").path());
    commands::back_up(client(&world, &gateway), &world.folder("a"), &copy).await.unwrap();
    assert_eq!(names(world.folder("a").path()), before, "the gateway's own copy is removed");
    gateway.gateway.stop().await;
    let server = ringside_gateway::nats::running(&world.folder("a").nats()).unwrap();
    ringside_gateway::nats::end(server);
    wait("the old machine is gone", || ringside_gateway::nats::running(&world.folder("a").nats()).is_none()).await;

    let target = world.folder("restored");
    let cli = |words: &[&str]| {
        let data = target.path().to_str().unwrap();
        Cli::try_parse_from([&["x", "--data", data][..], words].concat()).unwrap()
    };
    let restore = cli(&["restore", copy.to_str().unwrap()]);
    commands::run(&restore, restore.command.as_ref().unwrap()).await.unwrap();
    let again = commands::run(&restore, restore.command.as_ref().unwrap()).await.unwrap_err();
    assert!(again.to_string().contains("has keys already"), "{again}");

    let settings = world.settings("a", &world.own_nats(), "");
    let gateway = world.start(settings, "restored").await;
    gateway.hub().await;
    let next = callback("100001", 1);
    assert_eq!(gateway.post(&next).await, 200);
    desk.next_is(&next).await;
    gateway.gateway.stop().await;
    let down = cli(&["down"]);
    commands::run(&down, down.command.as_ref().unwrap()).await.unwrap();
    assert_eq!(ringside_gateway::nats::running(&target.nats()), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_backups_at_a_time_each_is_whole_or_fails() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let (mut whole, mut ended) = (0, 0);
    for pair in 0..16 {
        let begin = |number: usize| {
            let (client, folder) = (client(&world, &gateway), world.folder("a"));
            let to = world.data.path().join(format!("backup-{pair}-{number}"));
            tokio::spawn(async move { (commands::back_up(client, &folder, &to).await, to) })
        };
        let (one, two) = tokio::join!(begin(0), begin(1));
        for (outcome, to) in [one.unwrap(), two.unwrap()] {
            let files = ["outbox.db", "registry.json"].map(|name| to.join("company/lantern").join(name).is_file());
            match outcome {
                Ok(()) => whole += usize::from(files == [true; 2]),
                Err(error) => ended += usize::from(error.to_string().contains("another backup")),
            }
        }
    }
    assert_eq!(whole + ended, 32, "{whole} whole, {ended} ended");
    assert!(whole >= 16, "the second one of a pair is whole: {whole}");
    // Keys alone are no backup that could bring the callbacks back.
    let target = world.folder("restored");
    let keys = world.data.path().join("keys-only");
    commands::copy_folder(&world.folder("a").keys(), &keys.join("keys")).unwrap();
    let restore = Cli::try_parse_from(["x", "--data", target.path().to_str().unwrap(), "restore", keys.to_str().unwrap()]).unwrap();
    let refused = commands::run(&restore, restore.command.as_ref().unwrap()).await.unwrap_err();
    assert!(refused.to_string().contains("is no whole backup"), "{refused}");
    gateway.gateway.stop().await;
}

/// Each command asked for its copy, and ended before it took the copy away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_that_were_broken_off_leave_one_copy_of_the_databases_at_most() {
    let world = World::new().await;
    let gateway = world.gateway().await;
    let folder = world.folder("a");
    let before = names(folder.path());
    let copies = || names(folder.path()).difference(&before).cloned().collect::<Vec<_>>();
    let client = client(&world, &gateway);
    let ask = || client.ask::<PathBuf>("backup", &());
    let (one, two) = tokio::join!(ask(), ask());
    let made = [one.unwrap(), two.unwrap(), ask().await.unwrap()];
    assert_eq!(copies(), [made[2].file_name().unwrap()]);
    assert!(made[2].join("company/lantern/outbox.db").is_file());
    let to = world.data.path().join("backup");
    commands::back_up(client, &folder, &to).await.unwrap();
    assert!(to.join("company/lantern/outbox.db").is_file());
    assert_eq!(names(folder.path()), before);
    gateway.gateway.stop().await;
}
