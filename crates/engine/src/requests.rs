//! Requests to the platform: each on a task of its own, its outcome back into the mailbox. Each ends in an answer, also where its
//! task fails.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use ringside_domain::{Account, Agent, CallBackOrder, Input, Outcome, Problem, ProblemCode, QueueName, Request, RequestId, ShellReport};
use ringside_platform::{Client, CustomerNumber, NewTask, PlatformError, SignedIn, TaskState, TaskTarget, Token, test_ring};
use ringside_vault::{Vault, VaultError};
use ringside_wire::Code;
use secrecy::SecretString;
use tokio::sync::{mpsc, oneshot};

use crate::{handle::Mail, secrets, supervise::part_failed};

#[derive(Clone)]
pub(crate) struct Requests {
    pub client: Client,
    pub vault: Vault,
    pub mail: mpsc::UnboundedSender<Mail>,
    /// Who goes in or out waits for who came before: a token that is ended is never the next one's.
    door: Arc<Mutex<Option<oneshot::Receiver<()>>>>,
    /// Clients of accounts that are not signed in here any more, for what is owed of them.
    others: Arc<tokio::sync::Mutex<Vec<(Account, Client)>>>,
    /// Held while a token or an accesskey of the vault is written or taken out.
    keeping: Arc<tokio::sync::Mutex<()>>,
    /// The highest id so far.
    last: Arc<AtomicU64>,
}

/// One at the door; the next one's turn comes when this is dropped.
struct Turn {
    before: Option<oneshot::Receiver<()>>,
    _next: oneshot::Sender<()>,
}

impl Turn {
    async fn come(&mut self) {
        if let Some(before) = self.before.take() {
            // Nothing is ever sent: it ends when who came before is done, or failed.
            let _ = before.await;
        }
    }
}

impl Requests {
    pub fn new(client: Client, vault: Vault, mail: mpsc::UnboundedSender<Mail>) -> Self {
        let (door, others, keeping, last) = (Arc::default(), Arc::default(), Arc::default(), Arc::default());
        Self { client, vault, mail, door, others, keeping, last }
    }

    /// An id that no request has had so far.
    pub fn next_id(&self) -> u64 {
        self.last.load(Ordering::Relaxed) + 1
    }

    pub fn send(&self, id: RequestId, request: Request) {
        self.last.fetch_max(id.0, Ordering::Relaxed);
        let at_door = matches!(
            request,
            Request::SignIn { .. } | Request::KeepAccesskey { .. } | Request::EndToken { .. } | Request::ForgetSecrets { .. }
        );
        // Taken here, so that the order is that in which the session asked.
        let turn = at_door.then(|| self.queue_up());
        let requests = self.clone();
        tokio::spawn(async move {
            let carried_out = {
                let requests = requests.clone();
                tokio::spawn(async move {
                    let mut turn = turn;
                    if let Some(turn) = &mut turn {
                        turn.come().await;
                    }
                    let outcome = requests.carry_out(request).await;
                    let reading = requests.client.clock_reading();
                    (outcome, reading)
                })
            };
            let (outcome, reading) = carried_out.await.unwrap_or_else(|error| (Err(part_failed("a request", &error)), None));
            if let Some(reading) = reading {
                requests.input(Input::Clock(reading));
            }
            requests.client.take_unread().into_iter().for_each(|flaw| requests.input(Input::Unread(flaw)));
            requests.input(Input::Answered { id, outcome });
            requests.keep_new_token(&requests.client).await;
        });
    }

    fn queue_up(&self) -> Turn {
        let (next, done) = oneshot::channel();
        let before = self.door.lock().unwrap_or_else(PoisonError::into_inner).replace(done);
        Turn { before, _next: next }
    }

    async fn carry_out(&self, request: Request) -> Result<Outcome, Problem> {
        let client = &self.client;
        let outcome = match request {
            Request::SignIn { account, accesskey } => return self.sign_in(account, accesskey).await,
            Request::KeepAccesskey { account, accesskey } => {
                self.keep_accesskey(&account, accesskey).await;
                return Ok(Outcome::Done);
            }
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
        outcome.map_err(|error| self.failed(&error))
    }

    /// With a kept token where there is one, else by a login. A given accesskey is kept unless the platform refuses it.
    pub(crate) async fn sign_in(&self, account: Account, accesskey: Option<SecretString>) -> Result<Outcome, Problem> {
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
        self.keep_new_token(&self.client).await;
        Ok(signed_in(company))
    }

    /// A token from an earlier run, if it still opens the door: a login here could end the tokens of other desks (N8).
    async fn resume(&self, account: &Account, accesskey: &SecretString) -> Result<Option<SignedIn>, Problem> {
        let Some((token, company)) = self.kept_token(account).await else { return Ok(None) };
        self.client.resume(account, accesskey.clone(), Some((token, company.clone()))).await;
        // The client heals a dead token by itself, so what fails here is the way or the account.
        match self.client.queue_list().await {
            // That the list of queues is not licensed is said of a token that opens the door.
            Ok(_) | Err(PlatformError::Refused { code: Code::ModuleNotLicensed, .. }) => Ok(Some(company)),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// A token of this account, and the accesskey that belongs to it, are in the vault.
    pub(crate) async fn has_token(&self, account: &Account) -> bool {
        let accesskey = self.vault.get(&secrets::accesskey(account)).await.unwrap_or_default();
        accesskey.is_some() && self.kept_token(account).await.is_some()
    }

    async fn kept_token(&self, account: &Account) -> Option<(Token, SignedIn)> {
        let kept = self.vault.get(&secrets::token(account)).await.unwrap_or_default();
        kept.as_ref().and_then(secrets::open_token)
    }

    /// At once: the next start, and whoever asks beside this one, would otherwise log in again and end it (N8). Without a keyring that
    /// is all that is lost; its health is said with the accesskey.
    async fn keep_new_token(&self, client: &Client) {
        let _keeping = self.keeping.lock().await;
        let Some((account, token, company)) = client.take_new_token().await else { return };
        if let Err(error) = self.vault.set(&secrets::token(&account), secrets::seal_token(&token, &company)).await {
            tracing::debug!(%error, "the token was not kept");
        }
    }

    /// The client of this account: the one that is signed in, or one with what the vault still has.
    async fn client_of(&self, account: &Account) -> Result<Client, Problem> {
        let mut others = self.others.lock().await;
        if self.client.account().await.as_ref() == Some(account) {
            return Ok(self.client.clone());
        }
        if let Some((_, client)) = others.iter().find(|(of, _)| of == account) {
            return Ok(client.clone());
        }
        let accesskey = self.vault.get(&secrets::accesskey(account)).await.map_err(|error| self.vault_failed(&error))?;
        let accesskey = accesskey.ok_or_else(|| Problem::new(ProblemCode::AccesskeyMissing, "", false))?;
        let client = self.client.apart();
        client.resume(account, accesskey, self.kept_token(account).await).await;
        others.push((account.clone(), client.clone()));
        Ok(client)
    }

    /// Where the platform refuses, its own reading says whether there is anything left to do.
    async fn leave_queue(&self, account: &Account, queue: &QueueName, agent: &Agent) -> Result<Outcome, Problem> {
        let client = self.client_of(account).await?;
        let left = client.queue_leave(queue, agent).await;
        let outcome = match left {
            Ok(()) => Ok(Outcome::Done),
            Err(error) => {
                let problem = self.failed(&error);
                match problem.code {
                    ProblemCode::Refused | ProblemCode::ExtensionDisabled | ProblemCode::PhoneNotRegistered => {
                        match client.queue_seats(queue).await {
                            Ok(reading)
                                if reading.seats.iter().all(|seat| seat.extension != agent.extension && !seat.extension.0.is_empty()) =>
                            {
                                Ok(Outcome::Done)
                            }
                            // Still in, or that cannot be told: whatever the refusal, somebody may be called there.
                            _ => Err(Problem { retryable: true, ..problem }),
                        }
                    }
                    _ => Err(problem),
                }
            }
        };
        self.keep_new_token(&client).await;
        outcome
    }

    async fn end_task(&self, account: &Account, task_id: &str) -> Result<Outcome, Problem> {
        let client = self.client_of(account).await?;
        let ended = client.set_task(task_id, TaskState::Over).await;
        self.keep_new_token(&client).await;
        ended.map(|()| Outcome::Done).map_err(|error| self.failed(&error))
    }

    /// Of every client of this account, and one that is in the vault alone.
    async fn end_token(&self, account: &Account) -> Result<Outcome, Problem> {
        match self.client_of(account).await {
            Ok(_) => {}
            // The token that is kept cannot be used without its accesskey, and nothing could renew it.
            Err(problem) if problem.code == ProblemCode::AccesskeyMissing => return Ok(Outcome::Done),
            Err(problem) => return Err(problem),
        }
        let mut others = self.others.lock().await;
        for (_, client) in others.iter().filter(|(of, _)| of == account) {
            client.sign_out().await.map_err(|error| self.failed(&error))?;
        }
        others.retain(|(of, _)| of != account);
        drop(others);
        if self.client.account().await.as_ref() == Some(account) {
            self.client.sign_out().await.map_err(|error| self.failed(&error))?;
        }
        Ok(Outcome::Done)
    }

    async fn forget_secrets(&self, account: &Account) -> Result<Outcome, Problem> {
        if self.client.account().await.as_ref() == Some(account) {
            self.client.forget().await;
        }
        self.others.lock().await.retain(|(of, _)| of != account);
        let _keeping = self.keeping.lock().await;
        for key in [secrets::token(account), secrets::accesskey(account)] {
            if let Err(error) = self.vault.delete(&key).await {
                let problem = self.vault_failed(&error);
                self.input(Input::Report(ShellReport::Vault(Some(problem.clone()))));
                return Err(problem);
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

#[cfg(test)]
mod tests;
