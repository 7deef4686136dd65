//! A power cut at the gateways' machine: gateways and server end at once, and what the server has written lately is not on disk. A gateway's
//! own files stay as they are, since it has each callback on disk before it acknowledges it.

use std::{fs, path::PathBuf, time::Duration};

use ringside_gateway::commands::copy_folder;
use rustix::process::Signal;
use tokio::time::{Instant, sleep};

use crate::company::{Company, PATIENCE, signal};

/// The server's streams at one moment.
pub struct OnDisk {
    streams: PathBuf,
    copy: PathBuf,
}

impl OnDisk {
    pub fn copy(company: &Company) -> Self {
        let server = company.server().expect("the server runs");
        let on_disk = Self { streams: company.gateways[0].folder.nats().join("streams"), copy: company.data.path().join("on-disk") };
        // All files are of the same moment, since nothing is written meanwhile.
        signal(server, Signal::STOP);
        copy_folder(&on_disk.streams, &on_disk.copy).unwrap();
        signal(server, Signal::CONT);
        on_disk
    }

    /// Cuts the power: what the server has written since is gone. The gateways start again, and start the server.
    pub async fn cut_power(self, company: &mut Company) {
        company.gateways.iter_mut().for_each(|gateway| gateway.kill());
        let begun = Instant::now();
        while let Some(server) = company.server() {
            signal(server, Signal::KILL);
            assert!(begun.elapsed() < PATIENCE, "the server does not end");
            sleep(Duration::from_millis(1)).await;
        }
        fs::remove_dir_all(&self.streams).unwrap();
        fs::rename(&self.copy, &self.streams).unwrap();
        company.gateways.iter_mut().for_each(|gateway| gateway.start());
    }
}
