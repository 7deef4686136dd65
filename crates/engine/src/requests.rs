//! Requests to the platform: each on a task of its own, its outcome back into the mailbox.

use std::sync::Arc;

use ringside_domain::{Account, Agent, CallBackOrder, Input, Outcome, Problem, ProblemCode, QueueName, Request, RequestId, ShellReport};
use ringside_platform::{Client, Code, CustomerNumber, NewTask, PlatformError, SignedIn, TaskState, TaskTarget, test_ring};
use ringside_vault::{Vault, VaultError};
use secrecy::SecretString;
use tokio::sync::{Mutex, mpsc};

use crate::{handle::Mail, secrets};

#[derive(Clone)]
pub(crate) struct Requests {
    pub client: Client,
    pub vault: Vault,
    pub mail: mpsc::UnboundedSender<Mail>,
    /// Who signs in waits until who worked here before is out of their queues: the platform tells them by the extension.
    pub door: Arc<Mutex<()>>,
}

impl Requests {
    pub fn send(&self, id: RequestId, request: Request) {
        let requests = self.clone();
        tokio::spawn(async move {
            let outcome = requests.carry_out(request).await;
            if let Some(reading) = requests.client.clock_reading() {
                requests.input(Input::Clock(reading));
            }
            requests.input(Input::Answered { id, outcome });
        });
    }

    async fn carry_out(&self, request: Request) -> Result<Outcome, Problem> {
        let client = &self.client;
        let outcome = match request {
            Request::SignIn { account, accesskey } => return self.sign_in(account, accesskey).await,
            Request::SignOut { account, agent, queues, task, keeps_secrets } => {
                return self.sign_out(&account, &agent, &queues, task, keeps_secrets).await;
            }
            Request::KeepAccesskey { account, accesskey } => {
                self.keep_accesskey(&account, accesskey).await;
                return Ok(Outcome::Done);
            }
            Request::PostTestRing(ring) => return test_ring::post(&ring).await.map(|()| Outcome::Done),
            Request::CallBack(order) => self.call_back(order).await,
            Request::EndTask { task_id } => client.set_task(&task_id, TaskState::Over).await.map(|()| Outcome::Done),
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

    /// With a kept token where there is one, else by a login. A given accesskey is kept unless the platform refuses it.
    pub(crate) async fn sign_in(&self, account: Account, accesskey: Option<SecretString>) -> Result<Outcome, Problem> {
        let _door = self.door.lock().await;
        let Some(accesskey) = accesskey else {
            let kept = self.vault.get(&secrets::accesskey(&account)).await.map_err(|error| self.vault_failed(&error))?;
            let accesskey = kept.ok_or_else(|| Problem::new(ProblemCode::AccesskeyMissing, "", false))?;
            if let Some(company) = self.resume(&account, &accesskey).await? {
                return Ok(signed_in(company));
            }
            return self.log_in(&account, accesskey).await;
        };
        let outcome = self.log_in(&account, accesskey.clone()).await;
        if outcome.as_ref().map_or_else(|problem| problem.retryable, |_| true) {
            self.keep_accesskey(&account, accesskey).await;
        }
        outcome
    }

    async fn keep_accesskey(&self, account: &Account, accesskey: SecretString) {
        let kept = self.vault.set(&secrets::accesskey(account), accesskey).await;
        let problem = kept.err().map(|error| self.vault_failed(&error));
        self.input(Input::Report(ShellReport::Vault(problem)));
    }

    async fn log_in(&self, account: &Account, accesskey: SecretString) -> Result<Outcome, Problem> {
        let company = self.client.sign_in(account, accesskey).await.map_err(|error| self.failed(&error))?;
        self.keep_token(account, &company).await;
        Ok(signed_in(company))
    }

    /// A token from an earlier run, if it still opens the door: a login here could end the tokens of other desks (N8).
    async fn resume(&self, account: &Account, accesskey: &SecretString) -> Result<Option<SignedIn>, Problem> {
        let kept = self.vault.get(&secrets::token(account)).await.unwrap_or_default();
        let Some((token, company)) = kept.as_ref().and_then(secrets::open_token) else { return Ok(None) };
        self.client.resume(account, accesskey.clone(), token).await;
        // The client heals a dead token by itself, so what fails here is the way or the account.
        match self.client.queue_list().await {
            // That the list of queues is not licensed is said of a token that opens the door.
            Ok(_) | Err(PlatformError::Refused { code: Code::ModuleNotLicensed, .. }) => {}
            Err(error) => return Err(self.failed(&error)),
        }
        self.keep_token(account, &company).await;
        Ok(Some(company))
    }

    /// Without it the next start logs in, which is all that is lost; the keyring's health is said with the accesskey.
    async fn keep_token(&self, account: &Account, company: &SignedIn) {
        let Some(token) = self.client.token().await else { return };
        if let Err(error) = self.vault.set(&secrets::token(account), secrets::seal_token(&token, company)).await {
            tracing::debug!(%error, "the token was not kept");
        }
    }

    /// In this order, and to its end whatever fails: who signs out wants nothing left here.
    async fn sign_out(
        &self,
        account: &Account,
        agent: &Agent,
        queues: &[QueueName],
        task: Option<String>,
        keeps_secrets: bool,
    ) -> Result<Outcome, Problem> {
        let _door = self.door.lock().await;
        for queue in queues {
            if let Err(error) = self.client.queue_leave(queue, agent).await {
                self.failed(&error);
            }
        }
        if let Some(task) = task
            && let Err(error) = self.client.set_task(&task, TaskState::Over).await
        {
            self.failed(&error);
        }
        if keeps_secrets {
            return Ok(Outcome::Done);
        }
        if let Err(error) = self.client.sign_out().await {
            self.failed(&error);
        }
        for key in [secrets::token(account), secrets::accesskey(account)] {
            if let Err(error) = self.vault.delete(&key).await {
                self.input(Input::Report(ShellReport::Vault(Some(self.vault_failed(&error)))));
            }
        }
        Ok(Outcome::Done)
    }

    /// One number for the own extension. The number shown to the customer is any of the company's.
    async fn call_back(&self, order: CallBackOrder) -> Result<Outcome, PlatformError> {
        let number = CustomerNumber {
            phone: order.number,
            at: order.at,
            agent_id: order.agent_id,
            member_id: order.member_id,
            maturity: order.maturity,
            customer_id: order.customer_id,
        };
        let task = NewTask {
            target: TaskTarget::Extension(order.extension),
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

    fn vault_failed(&self, error: &VaultError) -> Problem {
        tracing::warn!(%error, "the keyring did not do as asked");
        secrets::problem(error)
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

fn signed_in(company: SignedIn) -> Outcome {
    Outcome::SignedIn { company: company.company_name, company_code: company.company_code }
}
