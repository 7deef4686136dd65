//! Round trips of every service and callback of the manifest: the client's method, real HTTP, the simulator's handler, and back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "services/callbacks.rs"]
mod callbacks;
#[path = "services/queues.rs"]
mod queues;
#[path = "services/rounds.rs"]
mod rounds;
#[path = "services/test_client.rs"]
mod test_client;

use std::{collections::BTreeSet, fs, path::Path};

use ringside_platform::{Captured, Repeat, Service, service_form};
use ringside_simulator::{Options, service_names};
use serde::Deserialize;
use test_client::TestClient;

#[derive(Deserialize)]
struct Manifest {
    service: Vec<ServiceRow>,
    callback: Vec<CallbackRow>,
}

#[derive(Deserialize)]
struct ServiceRow {
    name: String,
    group: String,
    method: String,
    repeat: String,
    changes: bool,
    required: BTreeSet<String>,
    optional: BTreeSet<String>,
    answers: BTreeSet<String>,
}

#[derive(Deserialize)]
struct CallbackRow {
    kind: String,
    signal: String,
    fields: BTreeSet<String>,
}

fn client_folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/platform"))
}

fn manifest() -> Manifest {
    toml::from_str(&fs::read_to_string(client_folder().join("services.toml")).unwrap()).unwrap()
}

#[test]
fn the_manifest_lists_the_services_of_client_and_simulator() {
    let manifest = manifest();
    let named: BTreeSet<&str> = manifest.service.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(named.len(), 26);
    assert_eq!(named, Service::ALL.iter().map(|service| service.name()).collect());
    assert_eq!(named, service_names().collect());
    for row in &manifest.service {
        let service = Service::ALL.iter().find(|service| service.name() == row.name).unwrap();
        let repeat = if service.repeat() == Repeat::Freely { "freely" } else { "unless-sent" };
        assert_eq!(row.repeat, repeat, "{}", row.name);
        assert_eq!(row.changes, service_form(*service).is_none_or(|form| form.changes), "{}: the login has no form", row.name);
        let files = match row.group.as_str() {
            "cdr" => vec!["cdr.rs", "bills.rs"],
            "auth" => vec!["auth.rs"],
            "task" => vec!["task.rs"],
            "status" => vec!["status.rs"],
            "queue" => vec!["queue.rs"],
            "group" => vec!["group.rs"],
            "extension" => vec!["extension.rs"],
            other => panic!("no group {other}"),
        };
        let code: String = files.iter().map(|file| fs::read_to_string(client_folder().join("src/services").join(file)).unwrap()).collect();
        let signature = code.contains(&format!("fn {}(", row.method));
        assert!(signature, "{} has no method {}", row.name, row.method);
    }
}

#[tokio::test]
async fn every_service_makes_a_round_trip() {
    for (chinese, drift) in [(false, false), (true, true)] {
        for row in manifest().service {
            let test = TestClient::new(Options { chinese, drift, ..Options::test() }).await;
            let made = match row.group.as_str() {
                "auth" => rounds::auth(&row.name, &test).await,
                "cdr" => rounds::cdr(&row.name, &test).await,
                "task" => rounds::task(&row.name, &test).await,
                "status" => rounds::status(&row.name, &test).await,
                "queue" => queues::queue(&row.name, &test).await,
                "group" => queues::group(&row.name, &test).await,
                "extension" => queues::extension(&row.name, &test).await,
                other => panic!("no group {other}"),
            };
            assert!(made, "{} makes no round here", row.name);
            sent_as_documented(&row, &test);
            if !drift {
                answered_as_documented(&row, &test);
            }
        }
    }
}

fn sent_as_documented(row: &ServiceRow, test: &TestClient) {
    let seen = test.simulator.ledger().requests(&row.name);
    let request = seen.last().unwrap_or_else(|| panic!("the simulator has not seen {}", row.name));
    let sent: BTreeSet<String> = request.parameters.keys().cloned().collect();
    assert!(row.required.is_subset(&sent), "{}: {sent:?}", row.name);
    let known = row.required.union(&row.optional).cloned().collect();
    assert!(sent.is_subset(&known), "{}: {sent:?}", row.name);
}

fn answered_as_documented(row: &ServiceRow, test: &TestClient) {
    let exchanges = test.client.capture().exchanges();
    let answer = exchanges.iter().rev().find(|exchange| exchange.service.name() == row.name).unwrap();
    let Captured::Answer { body, .. } = &answer.outcome else { panic!("{answer}") };
    for field in &row.answers {
        assert!(body.contains(&format!("\"{field}\":")), "{} answers without {field}: {body}", row.name);
    }
    assert!(!body.contains("sip-100001"), "A16, N21: {body}");
}
