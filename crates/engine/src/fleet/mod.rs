//! The company's gateway in the place of the platform: enrolment, the feed of callbacks, and the session's requests.
//!
//! [`enrolment`] keeps what this desk is, [`connection`] keeps it connected, [`feed`] passes the callbacks to the engine, [`states`] reads the
//! states that the gateway tells, [`problem`] says in the domain's terms what went wrong.

mod connection;
mod enrolment;
mod examine;
mod feed;
mod floor;
mod problem;
mod states;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ringside_domain::{
    CallBackOrder, Enrolment, GatewayStart, GatewayState, Input, LinkAnswer, OfferedQueue, Outcome, Problem, ProblemCode, QueueName,
    Request, ShellReport, Timestamp,
};
use ringside_fleet::{
    desk::{Address, AskError, Desk, Way},
    words::{CallBack, Done, Operation, Welcome},
};
use ringside_vault::Vault;
use secrecy::SecretString;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::timeout,
};
use url::Url;

use crate::{Callback, Clock, handle::Mail, log::Reads, secrets};
pub(crate) use enrolment::Kept;
pub use examine::examine_gateway;
use problem::{of_ask, unreachable};

/// How long a request waits for the connection that is made at the start.
const CONNECTS: Duration = Duration::from_secs(5);
/// How long a request may take, by its kind.
const USUAL: Duration = Duration::from_secs(10);
const CALLS_BACK: Duration = Duration::from_secs(15);
const RECORDS: Duration = Duration::from_secs(60);
const LINK: Duration = Duration::from_secs(20);

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Fleet(Arc<Inner>);

/// What the desk's side of the gateway needs of the engine.
pub(crate) struct Means {
    pub url: Url,
    /// Empty: the system's certificates suffice.
    pub ca: String,
    /// A one-time code from the configuration.
    pub code: Option<SecretString>,
    /// This computer's name, and Ringside's version.
    pub host: String,
    pub version: String,
    pub vault: Vault,
    pub reads: Reads,
    pub clock: Arc<dyn Clock>,
    pub mail: mpsc::UnboundedSender<Mail>,
    pub callbacks: mpsc::Sender<Callback>,
}

struct Inner {
    means: Means,
    /// What this desk is; None: not enrolled.
    kept: Mutex<Option<Kept>>,
    link: watch::Sender<Link>,
    /// The task of the present connection.
    task: Mutex<Option<JoinHandle<()>>>,
    /// One enrolment at a time.
    enrolling: tokio::sync::Mutex<()>,
    /// One change of `kept` at a time.
    changing: tokio::sync::Mutex<()>,
}

/// The connection to the gateway.
#[derive(Clone)]
struct Link {
    state: GatewayState,
    problem: Option<Problem>,
    desk: Option<Desk>,
}

impl Fleet {
    /// `kept`: the enrolment in the store.
    pub fn new(means: Means, kept: Option<Kept>) -> Self {
        let state = if kept.is_some() { GatewayState::Connecting } else { GatewayState::NotEnrolled };
        let link = watch::Sender::new(Link { state, problem: None, desk: None });
        Self(Arc::new(Inner {
            means,
            kept: Mutex::new(kept),
            link,
            task: Mutex::default(),
            enrolling: Default::default(),
            changing: Default::default(),
        }))
    }

    /// The gateway's host as people read it, with its port unless it is the usual one.
    pub fn shown(&self) -> String {
        let url = &self.0.means.url;
        let host = url.host_str().unwrap_or_default();
        match url.port() {
            Some(port) if port != 4222 => format!("{host}:{port}"),
            _ => host.to_owned(),
        }
    }

    /// What a new session knows of the gateway.
    pub fn session_start(&self) -> GatewayStart {
        let state = self.0.link.borrow().state;
        let code = self.0.means.code.clone().filter(|_| state == GatewayState::NotEnrolled);
        GatewayStart { shown: self.shown(), state, enrolment: self.kept().map(|kept| self.enrolment(&kept)), code }
    }

    fn address(&self) -> Result<Address, Problem> {
        let Means { url, ca, .. } = &self.0.means;
        let ca = (!ca.is_empty()).then(|| PathBuf::from(ca));
        Address::parse(url.as_str(), ca)
            .map_err(|error| Problem::new(ProblemCode::GatewayUnreachable, error.to_string(), false).known_not_done(true))
    }

    fn report(&self, report: ShellReport) {
        self.input(Input::Report(report));
    }

    fn input(&self, input: Input) {
        // The engine may have stopped.
        drop(self.0.means.mail.send(Mail::Input(input)));
    }

    /// Notes the state of the connection, and tells the session of a change.
    fn is(&self, state: GatewayState, problem: Option<Problem>) {
        let changed = self.0.link.send_if_modified(|link| {
            let changed = link.state != state || link.problem != problem;
            (link.state, link.problem) = (state, problem.clone());
            changed
        });
        if changed {
            tracing::info!(?state, problem = problem.as_ref().map(ToString::to_string), "the company's gateway");
            self.report(ShellReport::Gateway { state, problem });
        }
    }

    /// The connected desk; waits for it while it is being connected.
    async fn desk(&self) -> Result<Desk, Problem> {
        let mut link = self.0.link.subscribe();
        let is_known = |link: &Link| match link.state {
            GatewayState::Revoked | GatewayState::NotEnrolled | GatewayState::Away | GatewayState::NoLeader => true,
            GatewayState::Enrolling | GatewayState::Connecting | GatewayState::Reached => link.desk.is_some(),
        };
        let known = async { link.wait_for(is_known).await.ok().map(|link| link.clone()) };
        let Ok(Some(link)) = timeout(CONNECTS, known).await else { return Err(unreachable("")) };
        let refused = |code| Err(Problem::new(code, "", false).known_not_done(true));
        match (link.state, &link.desk) {
            (GatewayState::Revoked, _) => refused(ProblemCode::DeskRevoked),
            (GatewayState::NotEnrolled, _) => refused(ProblemCode::NotEnrolled),
            (GatewayState::Away, _) => Err(link.problem.clone().unwrap_or_else(|| unreachable(""))),
            (_, Some(desk)) => {
                // After a short break it comes back by itself.
                let is_up = |way: &Way| !matches!(way, Way::Away { .. });
                let mut way = desk.way();
                let up = async { way.wait_for(is_up).await.is_ok() };
                // The request itself says what is wrong otherwise.
                let _ = timeout(CONNECTS, up).await;
                Ok(desk.clone())
            }
            (_, None) => Err(unreachable("")),
        }
    }

    pub async fn carry_out(&self, request: Request) -> Result<Outcome, Problem> {
        let (what, ttl) = match request {
            Request::Enrol { code } => return self.enrol(&code).await.map(Outcome::Enrolled),
            Request::SignIn { account, agent, .. } => {
                return self
                    .hello(&Enrolment { account, extension: agent.extension, agent_id: agent.agent_id, ..Enrolment::default() })
                    .await;
            }
            // Only an accesskey from the time before the gateway can be meant.
            Request::KeepAccesskey { .. } => return Ok(Outcome::Done),
            Request::ForgetSecrets { account } => {
                for key in [secrets::token(&account), secrets::accesskey(&account)] {
                    self.0.means.vault.delete(&key).await.map_err(|error| secrets::problem(&error))?;
                }
                return Ok(Outcome::Done);
            }
            Request::EndToken { .. } => return Err(Problem::new(ProblemCode::NotEnrolled, "", false).known_not_done(true)),
            Request::ReadSeats { queue } => return self.read_seats(queue).await.map(Outcome::Seats),
            Request::ReadPhone { .. } => return self.read_phone().await.map(Outcome::Phone),
            Request::LeaveQueue { account, queue, agent } => {
                // The gateway puts in the extension that this desk has now.
                let is_own = self.kept().is_some_and(|kept| kept.is_of(&account.appid, &agent.extension));
                if !is_own {
                    return Err(Problem::new(ProblemCode::NotEnrolled, agent.extension.0, false).known_not_done(true));
                }
                // At a hot desk another agent may be signed in meanwhile.
                let agent = Some(agent.agent_id).filter(|agent| !agent.is_empty());
                let left = self.ask_as(&self.new_id(), agent, Operation::LeaveQueue { queue: queue.0 }, USUAL).await?;
                return outcome(left.map_err(|error| of_ask(&error))?);
            }
            Request::EndTask { account, task_id } => {
                // A task of the time before the gateway may be another company's.
                if !self.kept().is_some_and(|kept| kept.is_at(&account.appid)) {
                    return Err(Problem::new(ProblemCode::NotEnrolled, "", false).known_not_done(true));
                }
                (Operation::EndTask { task_id }, USUAL)
            }
            Request::PostTestRing(ring) => (Operation::TestRing { uuid: ring.uuid }, USUAL),
            Request::CallBack(order) => (Operation::CallBack(call_back(order)), CALLS_BACK),
            Request::ListQueues => (Operation::ListQueues, USUAL),
            Request::JoinQueue { queue, .. } => (Operation::JoinQueue { queue: queue.0 }, USUAL),
            Request::SetSeat { queue, busy, .. } => (Operation::SetSeat { queue: queue.0, busy }, USUAL),
            Request::ReadRecords { from, to, .. } => (Operation::ReadRecords { from: from.0, to: to.0 }, RECORDS),
            Request::FetchLink { file } => return self.recording_link(&file).await.map(Outcome::Link),
        };
        outcome(self.ask(what, ttl).await?)
    }

    pub async fn recording_link(&self, file: &str) -> Result<LinkAnswer, Problem> {
        match self.ask(Operation::FetchLink { file: file.to_owned() }, LINK).await? {
            Done::Link { url, expires_at } => {
                // A link is valid for minutes; if the clocks cannot be compared, the gateway's time is the best guess.
                let expires_at = self.earliest(expires_at).unwrap_or(Timestamp(expires_at));
                Ok(LinkAnswer { url: url.into(), expires_at })
            }
            other => Err(not_understood(&other)),
        }
    }

    async fn ask(&self, what: Operation, ttl: Duration) -> Result<Done, Problem> {
        let asked = self.ask_as(&self.new_id(), self.agent(), what, ttl).await?;
        asked.map_err(|error| of_ask(&error))
    }

    /// The outer error: nothing was sent, since there is no connection.
    async fn ask_as(&self, id: &str, agent: Option<String>, what: Operation, ttl: Duration) -> Result<Result<Done, AskError>, Problem> {
        let desk = self.desk().await?;
        Ok(desk.ask(id, what, agent, ttl).await)
    }

    /// The agent who signed in last at a hot desk.
    fn agent(&self) -> Option<String> {
        self.kept().and_then(|kept| kept.agent)
    }

    /// Says hello as this agent. If the gateway says that the desk is something else, the session is told first.
    async fn hello(&self, wanted: &Enrolment) -> Result<Outcome, Problem> {
        let agent = self.kept().filter(|kept| kept.enrolled.hot).map(|_| wanted.agent_id.clone()).filter(|agent| !agent.is_empty());
        let welcome = self.say_hello(agent.clone()).await?;
        let said = self.welcomed(welcome.clone(), |_| agent).await;
        let is_as_wanted =
            said.account == wanted.account && said.extension == wanted.extension && (said.hot || said.agent_id == wanted.agent_id);
        if !is_as_wanted {
            self.report(ShellReport::Enrolled(said));
        }
        Ok(Outcome::SignedIn { company: welcome.company, company_code: welcome.company_code })
    }

    async fn say_hello(&self, agent: Option<String>) -> Result<Welcome, Problem> {
        let desk = self.desk().await?;
        desk.hello(agent).await.map_err(|error| of_ask(&error))
    }

    /// Asks for the company's data without a sign-in, such as at a hot desk: the session is told. Pauses after a failure.
    async fn ask_company(&self) {
        match self.say_hello(self.agent()).await {
            Ok(welcome) => {
                let said = self.welcomed(welcome, |agent| agent).await;
                self.report(ShellReport::Enrolled(said));
            }
            Err(problem) => {
                tracing::debug!(%problem, "the company's data are not known yet");
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
        }
    }

    fn kept(&self) -> Option<Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The id of a request, which no other desk and no other run makes.
    fn new_id(&self) -> String {
        let mut random = [0; 10];
        // Without random bytes the time alone tells requests apart.
        let _ = getrandom::fill(&mut random);
        format!("{:013x}-{}", self.0.means.clock.now().wall.0, data_encoding::HEXLOWER.encode(&random))
    }
}

fn call_back(order: CallBackOrder) -> CallBack {
    CallBack {
        number: order.number,
        task_name: order.task_name,
        at: order.at.0,
        member_id: order.member_id,
        maturity: order.maturity,
        customer_id: order.customer_id,
    }
}

fn outcome(done: Done) -> Result<Outcome, Problem> {
    Ok(match done {
        Done::Done => Outcome::Done,
        Done::Joined { already } => Outcome::Joined { already },
        Done::Queues { queues } => {
            let offered = |queue: ringside_fleet::words::Queue| OfferedQueue { name: QueueName(queue.name), remark: queue.remark };
            Outcome::Queues(queues.into_iter().map(offered).collect())
        }
        Done::TaskMade { task_id, accepted } => Outcome::TaskMade { task_id, accepted },
        Done::Records { records } => Outcome::Records(records.into_iter().map(Into::into).collect()),
        other => return Err(not_understood(&other)),
    })
}

/// The gateway answered something else than what was asked, so nothing is known of what it did.
fn not_understood(done: &Done) -> Problem {
    tracing::error!(?done, "the gateway's answer does not fit the request");
    Problem::new(ProblemCode::GatewayUnreachable, "its answer does not fit the request", false)
}
