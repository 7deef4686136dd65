//! Each command and its exit status.

use ringside_domain::Timestamp;
use ringside_store::{Store, Write};
use ringside_tests::{OWN, platform};

use super::*;

/// The flags of a desk at this platform.
fn flags(url: &str) -> [&str; 10] {
    ["--url", url, "--appid", "demo", "--extension", OWN, "--agent-id", "10", "--queue", "queue-1"]
}

#[test]
fn a_command_line_that_is_wrong_ends_with_2_and_help_with_0() {
    let folder = tempfile::tempdir().unwrap();
    for right in [&["--version"][..], &["--help"], &["api", "--help"]] {
        let (status, said, _) = tell(folder.path(), right);
        assert_eq!(status, Some(0), "{right:?}");
        assert!(said.to_lowercase().contains("ringside"), "{said}");
    }
    for wrong in [&["--nonsense"][..], &["--set", "away"], &["--show", "--silence"], &["archive"], &["receipt", "--day", "yesterday"]] {
        let (status, _, complaint) = tell(folder.path(), wrong);
        assert_eq!(status, Some(2), "{wrong:?}");
        assert!(!complaint.is_empty());
    }
}

#[test]
fn a_request_to_ringside_ends_with_3_where_none_runs() {
    let folder = tempfile::tempdir().unwrap();
    for request in [&["--set", "busy"][..], &["--set", "break:Lunch"], &["--show"], &["--silence"]] {
        let (status, said, _) = tell(folder.path(), request);
        assert_eq!(status, Some(3), "{request:?}: {said}");
        assert!(!said.is_empty());
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a request begins nothing");
}

#[test]
fn the_commands_for_stored_data_end_with_1_where_nothing_is_stored_and_with_0_where_something_is() {
    let folder = tempfile::tempdir().unwrap();
    let commands = [
        &["export"][..],
        &["export", "--format", "xlsx"],
        &["archive", "verify", "--json"],
        &["receipt"],
        &["receipt", "verify", "--json"],
    ];
    for command in commands {
        let (status, _, complaint) = tell(folder.path(), command);
        assert_eq!(status, Some(1), "{command:?}: {complaint}");
        assert!(complaint.contains("nothing is kept"), "{complaint}");
    }
    drop(Store::open(folder.path(), Timestamp(0)).unwrap());
    for command in commands {
        let (status, said, complaint) = tell(folder.path(), command);
        assert_eq!((status, complaint.as_str()), (Some(0), ""), "{command:?}");
        assert!(!said.is_empty(), "{command:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_ends_with_1_if_a_check_fails_and_names_it() {
    let simulator = platform().await;
    simulator.sign_in("queue-1", OWN, "10");
    let folder = tempfile::tempdir().unwrap();
    let (status, found) = examined(&mut ringside(folder.path()));
    assert_eq!((status, found["setup"].as_str()), (Some(1), "noAccount"), "{found:?}");

    let url = simulator.url().to_string();
    let (_, found) = examined(ringside(folder.path()).args(flags(&url)).env("RINGSIDE_ACCESSKEY", KEY));
    for (about, finding) in [
        ("setup", "complete"),
        ("connection", "connected"),
        ("login", "signedIn"),
        ("phone", "phoneRegistered"),
        ("queues", "inQueues"),
        ("keyring", "keyringWorks"),
        ("folder", "folderWritable"),
        ("drive", "localDrive"),
    ] {
        assert_eq!(found[about], finding, "{found:?}");
    }
    simulator.set_phone(OWN, ringside_simulator::Phone::NotRegistered);
    let (status, found) = examined(ringside(folder.path()).args(flags(&url)).env("RINGSIDE_ACCESSKEY", KEY));
    assert_eq!((status, found["phone"].as_str()), (Some(1), "phoneNotRegistered"));
    let (status, found) = examined(ringside(folder.path()).args(["--config", r"C:\nowhere\config.toml"]));
    assert_eq!((status, found["setup"].as_str()), (Some(1), "configUnreadable"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_a_service_ends_as_the_help_says() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let url = simulator.url().to_string();
    let api = |supervisor: &[&str], rest: &[&str]| {
        let mut command = ringside(folder.path());
        command.args(flags(&url)).args(supervisor).arg("api").args(rest).env("RINGSIDE_ACCESSKEY", KEY);
        let ended = command.output().unwrap();
        (ended.status.code(), String::from_utf8(ended.stdout).unwrap(), String::from_utf8(ended.stderr).unwrap())
    };
    let on = ["--supervisor-enabled", "true"];
    let (status, said, complaint) = api(&on, &["GetQueueList"]);
    assert_eq!(status, Some(0), "{complaint}");
    assert!(serde_json::from_str::<Value>(&said).unwrap().to_string().contains("queue-1"), "{said}");
    assert_eq!(api(&[], &["GetQueueList"]).0, Some(4), "the supervisor's desk is off");
    assert_eq!(api(&on, &["GetQueueList", "unknown=1"]).0, Some(2));
    assert_eq!(api(&on, &["DelQueue", "queuename=queue-1"]).0, Some(2), "nobody can answer the question, and --yes is missing");
    assert_eq!(api(&on, &["DelQueue", "queuename=none", "--yes"]).0, Some(4), "the platform refuses");
    drop(simulator);
    assert_eq!(api(&on, &["GetQueueList"]).0, Some(1), "no answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn s15_a_database_that_another_program_holds_is_reported_and_stays_whole() {
    use std::os::windows::fs::OpenOptionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (store, opened) = Store::open(folder.path(), Timestamp(0)).unwrap();
    store.write(vec![Write::Event { payload: "{}".into(), received_at: Timestamp(0) }]).await.unwrap();
    drop(store);
    let held = std::fs::OpenOptions::new().read(true).share_mode(0).open(&opened.file).unwrap();
    let (status, _, complaint) = tell(folder.path(), &["receipt", "verify"]);
    assert_eq!(status, Some(1));
    assert!(complaint.contains("the database"), "{complaint}");
    drop(held);
    assert_eq!(tell(folder.path(), &["receipt", "verify"]).0, Some(0));
    let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(names.into_iter().all(|name| !name.contains("damaged")), "nothing was set aside");
}
