//! Requests to the platform: each on a task of its own, its outcome back into the mailbox.

use std::sync::Arc;

use ringside_domain::{Account, Agent, Input, Outcome, Problem, ProblemCode, QueueName, Request, RequestId, ShellReport};
use ringside_platform::{Client, PlatformError, test_ring};
use ringside_vault::{Vault, VaultError};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::mpsc;

use crate::{handle::Mail, secrets};

#[derive(Clone)]
pub(crate) struct Requests {
    pub client: Client,
    pub vault: Vault,
    pub mail: mpsc::UnboundedSender<Mail>,
}

impl Requests {
    pub fn send(&self, id: RequestId, request: Request) {
        let requests = self.clone();
        tokio::spawn(async move {
            let outcome = requests.carry_out(request).await;
            requests.input(Input::Answered { id, outcome });
        });
    }

    async fn carry_out(&self, request: Request) -> Result<Outcome, Problem> {
        let client = &self.client;
        let outcome = match request {
            Request::SignIn { account, accesskey } => return self.sign_in(account, accesskey).await,
            Request::SignOut { account, agent, queues } => return self.sign_out(&account, &agent, &queues).await,
            Request::PostTestRing(ring) => return test_ring::post(&ring).await.map(|()| Outcome::Done),
            Request::ListQueues => client.queue_list().await.map(Outcome::Queues),
            Request::JoinQueue { queue, agent } => client.queue_join(&queue, &agent).await.map(|already| Outcome::Joined { already }),
            Request::LeaveQueue { queue, agent } => client.queue_leave(&queue, &agent).await.map(|()| Outcome::Done),
            Request::SetSeat { queue, agent, busy } => client.set_seat(&queue, &agent, busy).await.map(|()| Outcome::Done),
            Request::ReadPhone { extension } => client.extension_call_status(&extension).await.map(Outcome::Phone),
            Request::ReadSeats { queue } => client.queue_seats(&queue).await.map(Outcome::Seats),
            Request::ReadRecords { extension, from, to } => client.bills(&extension, from, to).await.map(Outcome::Records),
            Request::FetchLink { file } => client.recording_link(&file).await.map(Outcome::Link),
        };
        outcome.map_err(|error| self.failed(&error))
    }

    /// Logged here, once; what is shown goes on as a problem.
    fn failed(&self, error: &PlatformError) -> Problem {
        tracing::warn!(%error, "the platform did not do as asked");
        Problem::from(error)
    }

    fn input(&self, input: Input) {
        if self.mail.send(Mail::Input(input)).is_err() {
            tracing::debug!("the engine stopped before this outcome");
        }
    }
}
