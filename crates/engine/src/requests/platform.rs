//! Requests that this desk sends to the platform itself.

use std::sync::Arc;

use ringside_domain::{
    Account, Agent, CallBackOrder, Customer, Input, LinkAnswer, Outcome, Problem, ProblemCode, QueueName, Request, Running, ShellReport,
    Target,
};
use ringside_platform::{Client, NewTask, PlatformError, SignedIn, test_ring};
use ringside_vault::Vault;
use ringside_wire::Code;
use tokio::sync::mpsc;

use crate::{
    handle::Mail,
    sign_in::{SignIn, failed},
};

/// The platform, asked by this desk's own client.
#[derive(Clone)]
pub(crate) struct Platform {
    pub client: Client,
    pub(super) sign_in: SignIn,
    mail: mpsc::UnboundedSender<Mail>,
    /// Clients of accounts that are no longer signed in here, for the requests that are still owed in their names.
    others: Arc<tokio::sync::Mutex<Vec<(Account, Client)>>>,
}

impl Platform {
    pub fn new(client: Client, vault: Vault, mail: mpsc::UnboundedSender<Mail>) -> Self {
        let sign_in = SignIn::new(client.clone(), vault);
        Self { client, sign_in, mail, others: Arc::default() }
    }

    /// After a request: keeps a token that it made.
    pub async fn keep_token(&self) {
        self.sign_in.keep_token(&self.client).await;
    }

    /// A link to a recording, for a transfer that can wait.
    pub async fn recording_link(&self, file: &str) -> Result<LinkAnswer, Problem> {
        self.client.patient().recording_link(file).await.map_err(|error| match &error {
            // The platform's answer for a recording that it does not have.
            PlatformError::Failed { code: Code::Failed, .. } => Problem::new(ProblemCode::RecordingMissing, error.to_string(), true),
            _ => Problem::from(&error),
        })
    }

    pub async fn carry_out(&self, request: Request) -> Result<Outcome, Problem> {
        let client = &self.client;
        let outcome = match request {
            Request::SignIn { account, accesskey, .. } => {
                return self.sign_in.sign_in(&account, accesskey, |problem| self.vault_is(problem)).await.map(signed_in);
            }
            Request::KeepAccesskey { account, accesskey } => {
                self.vault_is(self.sign_in.keep_accesskey(&account, accesskey).await);
                return Ok(Outcome::Done);
            }
            Request::Enrol { .. } => return Err(Problem::new(ProblemCode::NotEnrolled, "", false)),
            Request::LeaveQueue { account, queue, agent } => return self.leave_queue(&account, &queue, &agent).await,
            Request::EndTask { account, task_id } => return self.end_task(&account, &task_id).await,
            Request::EndToken { account } => return self.end_token(&account).await,
            Request::ForgetSecrets { account } => return self.forget_secrets(&account).await,
            Request::PostTestRing(ring) => return test_ring::post(&ring).await.map(|()| Outcome::Done),
            Request::CallBack(order) => self.call_back(order).await,
            Request::ListQueues => client.queue_list().await.map(Outcome::Queues),
            Request::JoinQueue { queue, agent } => client.queue_join(&queue, &agent).await.map(|already| Outcome::Joined { already }),
            Request::SetSeat { queue, agent, busy } => client.set_seat(&queue, &agent, busy).await.map(|()| Outcome::Done),
            Request::ReadPhone { extension } => client.extension_call_status(&extension).await.map(Outcome::Phone),
            Request::ReadSeats { queue } => client.queue_seats(&queue).await.map(Outcome::Seats),
            Request::ReadRecords { extension, from, to } => client.bills(&extension, from, to).await.map(Outcome::Records),
            Request::FetchLink { file } => client.recording_link(&file).await.map(Outcome::Link),
        };
        outcome.map_err(|error| failed(&error))
    }

    /// The client of this account: the signed-in one, or another with the secrets from the vault.
    async fn client_of(&self, account: &Account) -> Result<Client, Problem> {
        let mut others = self.others.lock().await;
        if self.client.account().await.as_ref() == Some(account) {
            return Ok(self.client.clone());
        }
        if let Some((_, client)) = others.iter().find(|(of, _)| of == account) {
            return Ok(client.clone());
        }
        let accesskey = self.sign_in.accesskey(account).await?;
        let client = self.client.apart();
        client.resume(account, accesskey, self.sign_in.kept_token(account).await).await;
        others.push((account.clone(), client.clone()));
        Ok(client)
    }

    /// Leaves the queue. If the platform refuses, a reading of the queue's seats tells whether the agent has left already.
    async fn leave_queue(&self, account: &Account, queue: &QueueName, agent: &Agent) -> Result<Outcome, Problem> {
        let client = self.client_of(account).await?;
        let left = client.queue_leave(queue, agent).await;
        let outcome = match left {
            Ok(()) => Ok(Outcome::Done),
            Err(error) => {
                let problem = failed(&error);
                match problem.code {
                    ProblemCode::Refused | ProblemCode::ExtensionDisabled | ProblemCode::PhoneNotRegistered => {
                        match client.queue_seats(queue).await {
                            Ok(reading)
                                if reading.seats.iter().all(|seat| seat.extension != agent.extension && !seat.extension.0.is_empty()) =>
                            {
                                Ok(Outcome::Done)
                            }
                            // The agent may still be in the queue and get calls, so the leave is tried again whatever the refusal says.
                            _ => Err(Problem { retryable: true, ..problem }),
                        }
                    }
                    _ => Err(problem),
                }
            }
        };
        self.sign_in.keep_token(&client).await;
        outcome
    }

    async fn end_task(&self, account: &Account, task_id: &str) -> Result<Outcome, Problem> {
        let client = self.client_of(account).await?;
        let ended = client.set_task(task_id, Running::Over).await;
        self.sign_in.keep_token(&client).await;
        ended.map(|()| Outcome::Done).map_err(|error| failed(&error))
    }

    /// Ends the tokens of all clients of this account, and the token in the vault.
    async fn end_token(&self, account: &Account) -> Result<Outcome, Problem> {
        match self.client_of(account).await {
            Ok(_) => {}
            // Without its accesskey, a token in the vault cannot be used or renewed.
            Err(problem) if problem.code == ProblemCode::AccesskeyMissing => return Ok(Outcome::Done),
            Err(problem) => return Err(problem),
        }
        let mut others = self.others.lock().await;
        for (_, client) in others.iter().filter(|(of, _)| of == account) {
            client.sign_out().await.map_err(|error| failed(&error))?;
        }
        others.retain(|(of, _)| of != account);
        drop(others);
        if self.client.account().await.as_ref() == Some(account) {
            self.client.sign_out().await.map_err(|error| failed(&error))?;
        }
        Ok(Outcome::Done)
    }

    async fn forget_secrets(&self, account: &Account) -> Result<Outcome, Problem> {
        if self.client.account().await.as_ref() == Some(account) {
            self.client.forget().await;
        }
        self.others.lock().await.retain(|(of, _)| of != account);
        match self.sign_in.forget(account).await {
            Ok(()) => Ok(Outcome::Done),
            Err(problem) => {
                self.vault_is(Some(problem.clone()));
                Err(problem)
            }
        }
    }

    /// Makes a task with one number for the agent's own extension. No number to show is set, so the
    /// customer sees any of the company's.
    async fn call_back(&self, order: CallBackOrder) -> Result<Outcome, PlatformError> {
        let number = Customer {
            phone: order.number,
            at: Some(order.at),
            agent_id: order.agent_id,
            member_id: order.member_id,
            maturity: order.maturity,
            customer_id: order.customer_id,
        };
        let task = NewTask {
            target: Target::Extension(order.extension),
            numbers: vec![number],
            agents: 1,
            calls: 1,
            display_numbers: Vec::new(),
            name: Some(order.task_name),
        };
        let report = self.client.create_task(&task).await.map_err(|error| error.error)?;
        let task_id = report.task_id.ok_or(PlatformError::Incomplete("a task's id"))?;
        Ok(Outcome::TaskMade { task_id, accepted: report.accepted > 0 })
    }

    /// Reports the state of the vault to the session; `None`: no problem.
    fn vault_is(&self, problem: Option<Problem>) {
        self.input(Input::Report(ShellReport::Vault(problem)));
    }

    fn input(&self, input: Input) {
        if self.mail.send(Mail::Input(input)).is_err() {
            tracing::debug!("the engine has stopped; a report was dropped");
        }
    }
}

fn signed_in(company: SignedIn) -> Outcome {
    Outcome::SignedIn { company: company.company_name, company_code: company.company_code }
}
