//! The program `ringside-simulator` and its status page.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use ringside_simulator::{RingSpec, Simulator};
use serde_json::Value;
use support::{Client, still};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ringside-simulator"))
}

/// Kills the program at the end of the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn the_program_starts_with_its_flags_and_answers() {
    let mut command = program();
    command.args(["--port", "0", "--queues", "3", "--fault", "GetQueueList=ret:603*1"]);
    let mut running = Running(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.split("url=").nth(1).expect("the program prints its address").trim();
    assert!(url.starts_with("http://127.0.0.1:"), "{line}");
    let http = reqwest::Client::new();
    let post = async |body: String| {
        let request = http.post(url).header("content-type", "application/x-www-form-urlencoded").body(body);
        let bytes = request.send().await.unwrap().bytes().await.unwrap();
        serde_json::from_slice::<Value>(&bytes).unwrap()
    };
    let login = post("service=App.Sip_Auth.Login&appid=demo&accesskey=demo-key".into()).await;
    let token = login["data"]["result"]["token"].as_str().unwrap();
    let list = format!("service=App.Sip_Queue.GetQueueList&token={token}");
    assert_eq!(post(list.clone()).await["ret"], 603);
    assert_eq!(post(list).await["data"]["result"].as_array().unwrap().len(), 3);
}

#[test]
fn a_taken_port_ends_the_program_with_a_message() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = program().args(["--port", &port]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("choose another --port"));
}

#[test]
fn help_lists_the_flags_and_unknown_values_are_refused() {
    let help = String::from_utf8(program().arg("--help").output().unwrap().stdout).unwrap();
    for word in ["--port", "--callback-url", "demo-key", "wrong-types", "done-but-ret", "dropping"] {
        assert!(help.contains(word), "{word}: {help}");
    }
    for bad in [["--fault", "GetBill=nonsense"], ["--exercise", "nap"], ["--callback-fault", "song=drop"]] {
        let refused = program().args(bad).output().unwrap();
        assert_eq!(refused.status.code(), Some(2));
    }
}

#[tokio::test]
async fn the_status_page_shows_the_state_without_scripts_or_secrets() {
    let simulator = Simulator::local(still()).await.unwrap();
    let client = Client::new(&simulator).await;
    client.sign_in("queue-1", "100001", "10").await;
    simulator.ring(RingSpec::predictive("100001", "<script>alert(1)</script>", "queue-1"));
    let page = client.get(simulator.url().as_str(), &[]).await;
    assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    let html = page.text().await.unwrap();
    for word in ["Receiving (1214)", "&lt;script&gt;alert(1)", "App.Sip_Queue.SipSignIn", "10:00:00"] {
        assert!(html.contains(word), "{word}");
    }
    for secret in ["<script", "demo-key", &client.token] {
        assert!(!html.contains(secret), "{secret}");
    }
}
