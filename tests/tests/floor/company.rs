//! A company with a simulated platform, a real NATS server and a real gateway that can be killed.

use std::{fs, net::SocketAddr, path::Path, time::Duration};

use ringside_domain::{Topic, TopicView};
use ringside_engine::config::Given;
use ringside_fleet::{hub::NewDesk, words::Role};
use ringside_gateway::{Gateway, config, folder::Folder, nats};
use ringside_simulator::Simulator;
use ringside_tests::{
    OWN, platform,
    server::{free_address, nats_server},
};
use ringside_vault::Vault;
use tempfile::TempDir;
use tokio::{
    runtime::Runtime,
    time::{Instant, sleep},
};

use crate::desk::{PATIENCE, Supervisor};

pub const ACCESSKEY: &str = "demo-key";

pub struct Company {
    pub simulator: Simulator,
    pub data: TempDir,
    nats: SocketAddr,
    utc_offset: String,
    gateway: Option<(Runtime, Gateway)>,
}

impl Drop for Company {
    fn drop(&mut self) {
        self.kill();
        if let Some(server) = nats::running(&self.folder().nats()) {
            nats::end(server);
        }
    }
}

/// Waits for a condition of the gateway.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        sleep(Duration::from_millis(20)).await;
    }
}

impl Company {
    pub async fn new() -> Self {
        Self::in_zone("+08:00").await
    }

    /// A company whose gateway says that the platform's clock has this offset.
    pub async fn in_zone(utc_offset: &str) -> Self {
        let (simulator, data) = (platform().await, tempfile::tempdir().unwrap());
        let nats = free_address();
        fs::write(data.path().join("accesskey"), ACCESSKEY).unwrap();
        let mut company = Self { simulator, data, nats, utc_offset: utc_offset.to_owned(), gateway: None };
        company.start().await;
        company
    }

    fn folder(&self) -> Folder {
        Folder::new(self.data.path().join("a"))
    }

    /// Starts the gateway. It has a runtime of its own.
    pub async fn start(&mut self) {
        let file = self.data.path().join("gateway.toml");
        let text = format!(
            "name = \"a\"\n[company.lantern.platform]\nurl = \"{}\"\nappid = \"demo\"\naccesskey_file = \"{}\"\nutc_offset = \"{}\"\n\
             [company.lantern.polling]\nrequests_per_second = 50\n[company.lantern.callbacks]\nbind = \"127.0.0.1:0\"\n\
             [admin]\nbind = \"127.0.0.1:0\"\n[nats]\nlisten = \"{}\"\nprogram = \"{}\"\n",
            self.simulator.url(),
            self.data.path().join("accesskey").display(),
            self.utc_offset,
            self.nats,
            nats_server().display(),
        );
        fs::write(&file, text).unwrap();
        let (settings, folder) = (config::read(&file).unwrap(), self.folder());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let gateway = runtime.spawn(async move { Gateway::start(settings, &folder).await.unwrap() }).await.unwrap();
        let company = gateway.companies[0].clone();
        self.gateway = Some((runtime, gateway));
        until("the gateway leads", || company.leads()).await;
    }

    /// Ends the gateway without a farewell: its runtime is gone at once. The NATS server goes on.
    pub fn kill(&mut self) {
        if let Some((runtime, gateway)) = self.gateway.take() {
            runtime.shutdown_background();
            drop(gateway);
        }
    }

    /// A code for the desk of this role.
    async fn invite(&self, role: Role) -> String {
        let (runtime, gateway) = self.gateway.as_ref().unwrap();
        let company = gateway.companies[0].clone();
        until("the gateway publishes", || company.stream.is_open()).await;
        let desk = NewDesk { extension: OWN.to_owned(), agent: Some("10".to_owned()), role, ..NewDesk::default() };
        let invited = runtime.spawn(async move { company.stream.hub().unwrap().invite(&desk, Duration::from_secs(60)).await.unwrap() });
        invited.await.unwrap()
    }

    /// A desk of this role with a supervisor's desk, enrolled and signed in.
    pub async fn desk(&self, folder: &Path, role: Role) -> Supervisor {
        let given = Given {
            fleet_url: Some(format!("nats://{}", self.nats).parse().unwrap()),
            fleet_code: Some(self.invite(role).await.into()),
            ..Given::default()
        };
        let supervisor = Supervisor::open_as(folder, Vault::memory(), given, |_, _| {});
        supervisor.until(|views| matches!(views.get(&Topic::Desk), Some(TopicView::Desk(desk)) if desk.signed_in)).await;
        supervisor
    }
}
