//! The release app with a simulated platform, and callbacks posted by the bench.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

use ringside_simulator::{SeatState, Simulator};
use ringside_tests::{
    OWN,
    desktop::{binary, run, until},
    platform,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::screen::now;

const SECRET: &str = "a-secret-for-the-bench-which-is-long-enough";

pub struct RunningApp {
    pub app: Child,
    pub simulator: Simulator,
    address: String,
}

impl Drop for RunningApp {
    fn drop(&mut self) {
        end(&mut self.app);
    }
}

/// Asks a process to end, and waits until it has ended.
pub fn end(process: &mut Child) {
    run("kill", &["-TERM", &process.id().to_string()]);
    let _ = process.wait();
}

impl RunningApp {
    /// The app, signed in and available, with the main window shown.
    pub async fn open(folder: &Path) -> Self {
        Self::open_with(folder, &[]).await
    }

    /// As [`RunningApp::open`], with more arguments.
    pub async fn open_with(folder: &Path, arguments: &[&str]) -> Self {
        let simulator = platform().await;
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let app = command(folder, &simulator, &port.to_string()).args(arguments).spawn().unwrap();
        until("available", async || simulator.seat("queue-1", OWN) == Some(SeatState::Waiting)).await;
        until("the listener is up", async || TcpStream::connect(port).await.is_ok()).await;
        simulator.set_callback_url(format!("http://{port}/callbacks/{SECRET}").parse().ok());
        Self { app, simulator, address: port.to_string() }
    }

    /// Posts a callback on a new connection. Returns the time at which its first byte was sent.
    pub async fn post(&self, body: &str) -> std::time::Instant {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let request = format!(
            "POST /callbacks/{SECRET} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        let sent = now();
        stream.write_all(request.as_bytes()).await.unwrap();
        tokio::spawn(async move {
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        });
        sent
    }
}

/// Starts the app with the usual arguments.
pub fn start(folder: &Path, simulator: &Simulator, bind: &str) -> Child {
    command(folder, simulator, bind).spawn().unwrap()
}

pub fn command(folder: &Path, simulator: &Simulator, bind: &str) -> Command {
    let mut command = Command::new(binary());
    command
        .arg("--data-dir")
        .arg(folder)
        .args(["--url", simulator.url().as_str(), "--appid", "demo", "--extension", OWN, "--agent-id", "10"])
        .args(["--queue", "queue-1", "--after-sign-in", "available", "--bind", bind])
        .envs([("RINGSIDE_ACCESSKEY", "demo-key"), ("RINGSIDE_CALLBACK_SECRET", SECRET), ("RINGSIDE_NO_DIALOGUE", "1")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// A leg event of an extension.
pub fn leg(status: &str, extension: &str, customer: &str, uuid: &str) -> String {
    let started = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    format!(
        r#"{{"type":"call","status":"{status}","extnumber":"{extension}","caller":"{extension}","callee":"{customer}","direction":"callout","method":"5","isbleg":"false","disnumber":"2190170001","uuid":"{uuid}","buuid":"{uuid}-b","starttime":"{started}"}}"#
    )
}

/// The bill of a finished call.
pub fn bill(extension: &str, n: usize) -> String {
    format!(
        r#"{{"id":"b{n}","uuid":"bill-{n}","extnumber":"{extension}","type":"callout","destnumber":"0139{n:08}","disnumber":"2190170001","callmethod":"5","starttime":"2026-11-24 10:00:03","answertime":"2026-11-24 10:00:09","endtime":"2026-11-24 10:01:03","duration":"6","billsec":"54","hangupcause":"10001","hangupdirection":"10040","recordfilename":"","crmid":"10"}}"#
    )
}
