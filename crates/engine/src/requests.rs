//! Requests to the platform. Each runs on a task of its own and sends its outcome to the mailbox, also if its task panics.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use ringside_domain::{
    Account, Agent, CallBackOrder, ClockReading, Customer, Input, Outcome, Problem, ProblemCode, QueueName, Request, RequestId, Running,
    ShellReport, Target,
};
use ringside_platform::{Client, NewTask, PlatformError, SignedIn, test_ring};
use ringside_vault::Vault;
use tokio::sync::{mpsc, oneshot};

use crate::{
    handle::Mail,
    sign_in::{SignIn, failed},
    supervise::part_failed,
};

#[derive(Clone)]
pub(crate) struct Requests {
    pub client: Client,
    sign_in: SignIn,
    mail: mpsc::UnboundedSender<Mail>,
    /// Sign-ins, ends of tokens and changes of kept secrets run one after the other, so that no sign-in uses a token that is being
    /// ended. The receiver resolves when the last of these requests is done.
    door: Arc<Mutex<Option<oneshot::Receiver<()>>>>,
    /// Clients of accounts that are no longer signed in here, for the requests that are still owed in their names.
    others: Arc<tokio::sync::Mutex<Vec<(Account, Client)>>>,
    /// The highest request id so far.
    last: Arc<AtomicU64>,
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requests").finish_non_exhaustive()
    }
}

/// The turn of one of the requests that run one after the other. Dropping it lets the next one run.
struct Turn {
    before: Option<oneshot::Receiver<()>>,
    _next: oneshot::Sender<()>,
}

impl Turn {
    async fn come(&mut self) {
        if let Some(before) = self.before.take() {
            // Nothing is sent: this ends when the earlier request's turn is dropped.
            let _ = before.await;
        }
    }
}

impl Requests {
    pub fn new(client: Client, vault: Vault, mail: mpsc::UnboundedSender<Mail>) -> Self {
        let sign_in = SignIn::new(client.clone(), vault);
        Self { client, sign_in, mail, door: Arc::default(), others: Arc::default(), last: Arc::default() }
    }

    /// An id higher than those of all requests so far.
    pub fn next_id(&self) -> u64 {
        self.last.load(Ordering::Relaxed) + 1
    }

    pub fn send(&self, id: RequestId, request: Request) {
        self.last.fetch_max(id.0, Ordering::Relaxed);
        let at_door = matches!(
            request,
            Request::SignIn { .. } | Request::KeepAccesskey { .. } | Request::EndToken { .. } | Request::ForgetSecrets { .. }
        );
        // The turn is taken before the task starts, so that requests run in the order in which the session made them.
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
            let (outcome, reading) = carried_out.await.unwrap_or_else(|error| (Err(part_failed("request", &error)), None));
            requests.learn_of(reading);
            requests.input(Input::Answered { id, outcome });
            requests.sign_in.keep_token(&requests.client).await;
        });
    }

    /// After a request that is not the session's: tells the session about the platform's clock, and keeps a token that it made.
    pub async fn learn(&self) {
        self.learn_of(self.client.clock_reading());
        self.sign_in.keep_token(&self.client).await;
    }

    fn learn_of(&self, reading: Option<ClockReading>) {
        if let Some(reading) = reading {
            self.input(Input::Clock(reading));
        }
        self.client.take_unread().into_iter().for_each(|flaw| self.input(Input::Unread(flaw)));
    }

    fn queue_up(&self) -> Turn {
        let (next, done) = oneshot::channel();
        let before = self.door.lock().unwrap_or_else(PoisonError::into_inner).replace(done);
        Turn { before, _next: next }
    }

    async fn carry_out(&self, request: Request) -> Result<Outcome, Problem> {
        let client = &self.client;
        let outcome = match request {
            Request::SignIn { account, accesskey } => {
                return self.sign_in.sign_in(&account, accesskey, |problem| self.vault_is(problem)).await.map(signed_in);
            }
            Request::KeepAccesskey { account, accesskey } => {
                self.vault_is(self.sign_in.keep_accesskey(&account, accesskey).await);
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
            tracing::debug!("the engine has stopped; an outcome was dropped");
        }
    }
}

fn signed_in(company: SignedIn) -> Outcome {
    Outcome::SignedIn { company: company.company_name, company_code: company.company_code }
}

#[cfg(test)]
mod tests;
