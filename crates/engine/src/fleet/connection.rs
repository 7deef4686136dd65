//! The connection to the gateway: one task keeps it, and begins it again if it fails.

use std::{future::pending, sync::PoisonError};

use ringside_domain::{Backoff, GatewayState, Problem};
use ringside_fleet::{
    desk::{Desk, DeskKey, DeskOptions},
    words::Enrolled,
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{
    Fleet, Means,
    enrolment::{FIRST_PAUSE, LONGEST_PAUSE},
    feed,
    problem::unreachable,
    states,
};
use crate::supervise::part_failed;

impl Fleet {
    /// Connects in the place of the connection before. None: as the desk that this computer is, if it is enrolled.
    pub fn start(&self, identity: Option<(Enrolled, DeskKey)>) {
        let (fleet, mail) = (self.clone(), self.0.means.mail.clone());
        let mut task = self.0.task.lock().unwrap_or_else(PoisonError::into_inner);
        let before = task.take();
        *task = Some(tokio::spawn(async move {
            // Until it has ended, it could take this connection for its own.
            if let Some(before) = before {
                before.abort();
                // The error says that it was aborted.
                let _ = before.await;
            }
            tokio::select! {
                () = fleet.keep_connected(identity) => {}
                // The engine has stopped.
                () = mail.closed() => fleet.0.link.send_modify(|link| link.desk = None),
            }
        }));
    }

    pub(super) fn disconnect(&self) {
        let task = self.0.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        task.as_ref().inspect(|task| task.abort());
        self.0.link.send_modify(|link| link.desk = None);
    }

    async fn keep_connected(&self, identity: Option<(Enrolled, DeskKey)>) {
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        loop {
            let began = Instant::now();
            // A task of its own, so that a panic ends only that task.
            let mut connection = JoinSet::new();
            connection.spawn(self.clone().connect(identity.clone()));
            let problem = match connection.join_next().await {
                Some(Ok(Some(problem))) => problem,
                Some(Err(error)) => part_failed("connection to the company's gateway", &error).known_not_done(true),
                Some(Ok(None)) | None => return,
            };
            self.0.link.send_modify(|link| link.desk = None);
            self.is(GatewayState::Away, Some(problem));
            if began.elapsed() >= LONGEST_PAUSE {
                backoff.succeeded();
            }
            sleep(backoff.failed(None, 1.0)).await;
        }
    }

    /// Connects until the connection ends. The answer says why it is to be made again; None: only a person can help.
    async fn connect(self, identity: Option<(Enrolled, DeskKey)>) -> Option<Problem> {
        let (mut enrolled, key) = match identity {
            // The gateway may have signed a new token since.
            Some((enrolled, key)) => (self.kept().map_or(enrolled, |kept| kept.enrolled), key),
            None => self.identity().await?,
        };
        let address = match self.address() {
            Ok(address) => address,
            Err(problem) => {
                self.is(GatewayState::Away, Some(problem));
                return None;
            }
        };
        loop {
            let id = enrolled.desk.as_str().to_owned();
            let position = self.position(&id).await;
            let Means { host, version, .. } = &self.0.means;
            let (host, version) = (host.clone(), version.clone());
            let options = DeskOptions { address: address.clone(), key: key.clone(), enrolled, position, host, version };
            let (desk, fed) = Desk::start(options).await;
            self.0.link.send_modify(|link| link.desk = Some(desk.clone()));
            let end = tokio::select! {
                end = states::watch(&self, desk) => end,
                end = async {
                    feed::run(&self, id, fed).await;
                    pending().await
                } => end,
            };
            // What the feed has not stored yet comes again by the next connection.
            match end {
                states::End::Revoked => return None,
                states::End::Lost => return Some(unreachable("the connection has ended")),
                states::End::NotKnown => {
                    self.not_known();
                    enrolled = self.enrol_again(&key).await?;
                }
            }
        }
    }
}
