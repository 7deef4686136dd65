//! Signing in to the platform, and the state of the connection to it.

use std::time::Duration;

use secrecy::SecretString;

use super::{Asked, Purpose, Session, sign_in::SignIn, wish::CurrentWish};
use crate::{
    Absent, Account, Agent, Backoff, ConnectionState, Effect, Intent, LedgerEntry, NAMED, Now, Outcome, OwnAgent, Owner, Problem,
    ProblemCode, QUEUES, QueueName, Request, SettingChange, Settings, Timestamp, named, named_mut,
};

/// The pause after the first failure; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
pub(super) const PAUSES: Backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
/// How many absent agents' settings are kept.
const ABSENT: usize = 100;
/// The shown time of the last answer is renewed after this time.
const SHOWN_ANSWER: Duration = Duration::from_secs(10);

/// The connection to the platform, by the last answers to any request.
#[derive(Debug)]
pub(super) struct Connection {
    pub since: Timestamp,
    pub problem: Option<Problem>,
    pub answer: Option<(Timestamp, u32)>,
    shown: Option<Duration>,
    state: ConnectionState,
}

impl Connection {
    pub fn new(now: Now) -> Self {
        Self { since: now.wall, problem: None, answer: None, shown: None, state: ConnectionState::Off }
    }

    pub fn state(&self) -> ConnectionState {
        self.state
    }

    fn turn(&mut self, state: ConnectionState, now: Now) {
        if self.state != state {
            self.state = state;
            self.since = now.wall;
        }
    }
}

/// Whether the connection failed, rather than the request being refused.
fn is_of_the_way(code: ProblemCode) -> bool {
    use ProblemCode::*;
    matches!(code, Unreachable | Tls | ProxyRefused | NotThePlatform | ServerError | TokenTaken | BadUrl | FateUnknown | GatewayUnreachable)
}

/// Repetition is useless until a person acts (N8).
fn is_permanent(code: ProblemCode) -> bool {
    use ProblemCode::*;
    matches!(
        code,
        AppidUnknown | AppidExpired | ModuleNotLicensed | IpNotAuthorized | WrongAccesskey | AccesskeyMissing | NotEnrolled | DeskRevoked
    )
}

impl Session {
    /// Whether a locked key forbids the intent. A sign-in that is forbidden says so where a failed one does.
    pub(super) fn forbids(&mut self, intent: &Intent, now: Now) -> bool {
        let account = self.saved.account.clone().unwrap_or_default();
        let Some(key) = self.place.forbids(intent, &account, &self.agent()) else { return false };
        if self.sign_in.is_out() && matches!(intent, Intent::SignIn { .. }) {
            self.sign_in_failed(Problem::new(ProblemCode::SettingLocked, key, false), now);
        }
        true
    }

    pub(super) fn sign_in(
        &mut self,
        mut account: Account,
        mut agent: Agent,
        accesskey: Option<SecretString>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        self.keep_locked(&mut account, &mut agent);
        let owner = Owner::of(&account, &agent, self.place.is_hot_desk());
        let before = self.agent();
        let is_owner = owner == self.owner();
        if is_owner && agent.queues.is_empty() && !self.place.is_locked(QUEUES) {
            agent.queues.clone_from(&before.queues);
        }
        let is_same =
            self.saved.account.as_ref() == Some(&account) && before.extension == agent.extension && before.agent_id == agent.agent_id;
        // Whoever signs in, the platform must stop sending calls to the agent before.
        self.owe_what_is_open(if is_same { &agent.queues } else { &[] }, now, out);
        if let Some(of) = self.saved.signed_in_as.take().filter(|of| of.account != account) {
            self.forget_account(&of.account, &before, now, out);
        }
        self.forget_desk(now, out);
        if !is_owner {
            self.clear_desk(out);
            self.find_desk(&owner, &mut agent);
            self.saved.agent_since = None;
        }
        self.saved.agent_since.get_or_insert(now.wall);
        self.note_choice(&account, &agent);
        self.saved.account = Some(account);
        self.saved.agent = Some(agent);
        self.saved.signed_out = false;
        self.saved.signed_in_as = Some(self.identity());
        self.calls.owner_changed(&owner, now);
        self.save(out);
        if accesskey.is_none()
            && self.gateway.is_none()
            && self.saved.account.as_ref().is_some_and(|account| self.is_to_be_forgotten(account))
        {
            self.sign_in_failed(Problem::new(ProblemCode::AccesskeyMissing, "", false), now);
            return;
        }
        self.request_sign_in(accesskey, PAUSES, now, out);
    }

    /// Keys that the administrator locked keep their provisioned values, whatever the form says.
    fn keep_locked(&self, account: &mut Account, agent: &mut Agent) {
        let (of, who) = (self.fresh.account.clone().unwrap_or_default(), self.fresh.agent.clone().unwrap_or_default());
        let fixed = named(&of, &who.extension, &who.agent_id);
        for ((key, have), fixed) in NAMED.iter().zip(named_mut(account, &mut agent.extension, &mut agent.agent_id)).zip(fixed) {
            if self.place.is_locked(key) {
                have.clone_from(fixed);
            }
        }
        if self.place.is_locked(QUEUES) {
            agent.queues = who.queues;
        }
    }

    /// Notes what a person chose by signing in: what is not provisioned, or only for this run. Under a lock nobody chooses, so what was chosen
    /// before it is kept.
    fn note_choice(&mut self, account: &Account, agent: &Agent) {
        let (of, who) = (self.fresh.account.clone().unwrap_or_default(), self.fresh.agent.clone().unwrap_or_default());
        let (own_account, own) = (self.saved.own_account.get_or_insert_default(), self.saved.own_agent.get_or_insert_default());
        let is_passing = |key| self.passing.contains(&key);
        let is_kept = |key| self.place.is_locked(key) && !is_passing(key);
        let values = named(account, &agent.extension, &agent.agent_id).into_iter().zip(named(&of, &who.extension, &who.agent_id));
        for ((key, own), (value, provisioned)) in
            NAMED.iter().zip(named_mut(own_account, &mut own.extension, &mut own.agent_id)).zip(values)
        {
            if !is_kept(key) {
                let is_own = is_passing(key) || value != provisioned;
                *own = if is_own { value.clone() } else { String::new() };
            }
        }
        if !is_kept(QUEUES) {
            own.queues = Some(agent.queues.clone()).filter(|queues| is_passing(QUEUES) || *queues != who.queues);
        }
    }

    /// A hot desk keeps its secrets for the next agent. At the company's gateway the desk stays enrolled, whoever is signed in.
    fn forget_account(&mut self, account: &Account, agent: &Agent, now: Now, out: &mut Vec<Effect>) {
        if !self.place.is_hot_desk() && self.gateway.is_none() {
            self.owe_forgetting(account, agent, now, out);
        }
    }

    /// Removes the agent's data from view; their settings and queues are kept until they come back.
    fn clear_desk(&mut self, out: &mut Vec<Effect>) {
        let owner = self.owner();
        let provisioned = Settings { recordings: self.saved.settings.recordings.clone(), ..self.fresh.settings.clone() };
        let before = std::mem::replace(&mut self.saved.agent, self.fresh.agent.clone());
        let own = self.saved.own_agent.take();
        if before.is_some_and(|agent| !self.saved.signed_out && !agent.agent_id.is_empty()) {
            let settings = std::mem::replace(&mut self.saved.settings, provisioned);
            let (of_desk, choices) = std::mem::take(&mut self.saved.choices).into_iter().partition(SettingChange::is_of_desk);
            self.saved.choices = of_desk;
            self.saved.absent.insert(0, Absent { owner, queues: own.and_then(|own| own.queues), choices, settings });
            self.saved.absent.truncate(ABSENT);
        }
        self.saved.fetch_stopped = false;
        self.forget_wish();
        self.notices.clear();
        self.link = None;
        self.end_export(out);
    }

    /// Restores the settings of an agent who has worked here before, and their queues unless others were named or are provisioned for all.
    fn find_desk(&mut self, owner: &Owner, agent: &mut Agent) {
        let found = self.saved.absent.iter().position(|absent| absent.owner == *owner).map(|place| self.saved.absent.remove(place));
        let mut own = None;
        if let Some(Absent { queues, choices, settings, .. }) = found {
            let recordings = self.saved.settings.recordings.clone();
            self.saved.settings = Settings { recordings, ..settings };
            self.saved.choices.retain(SettingChange::is_of_desk);
            self.saved.choices.extend(choices);
            self.saved.own_agent = Some(OwnAgent { queues: queues.clone(), ..OwnAgent::default() });
            own = queues;
        }
        if agent.queues.is_empty() {
            let is_fixed = self.place.is_locked(QUEUES) || self.passing.contains(&QUEUES);
            let provisioned = self.fresh.agent.as_ref().map(|agent| agent.queues.clone()).unwrap_or_default();
            agent.queues = own.filter(|_| !is_fixed).unwrap_or(provisioned);
        }
    }

    /// Signs in with the kept accesskey: at the start, and after a temporary failure.
    pub(super) fn sign_in_again(&mut self, now: Now, out: &mut Vec<Effect>) {
        let backoff = match &self.sign_in {
            SignIn::Failed { backoff, .. } => *backoff,
            _ => PAUSES,
        };
        self.request_sign_in(None, backoff, now, out);
    }

    /// Does nothing if no account is known.
    pub(super) fn request_sign_in(&mut self, accesskey: Option<SecretString>, backoff: Backoff, now: Now, out: &mut Vec<Effect>) {
        let Some(account) = self.saved.account.clone() else { return };
        self.sign_in = SignIn::Pending { backoff };
        self.connection.turn(ConnectionState::Connecting, now);
        let agent = self.agent();
        self.ask(Request::SignIn { account, agent, accesskey }, Purpose::SignIn, now, out);
    }

    pub(super) fn signed_in(&mut self, company: String, now: Now, out: &mut Vec<Effect>) {
        self.sign_in = SignIn::In { company };
        self.owed_signed_in(now, out);
        let Agent { extension, agent_id, .. } = self.agent();
        self.ledger.enter(LedgerEntry::SignedIn { extension, agent_id }, out);
        self.ask(Request::ListQueues, Purpose::QueueList, now, out);
        self.begin_log(out);
        let wanted: Vec<QueueName> = self.saved.agent.iter().flat_map(|agent| agent.queues.clone()).collect();
        for queue in wanted {
            self.join(queue, now, out);
        }
        self.polling.all_due(now);
    }

    pub(super) fn sign_in_failed(&mut self, problem: Problem, now: Now) {
        let mut backoff = match &self.sign_in {
            SignIn::Pending { backoff } => *backoff,
            _ => PAUSES,
        };
        let unit = self.polling.unit();
        let pause = backoff.failed(problem.retry_after, unit);
        let next = problem.retryable.then(|| (now.mono + pause, now.wall.plus(pause)));
        self.sign_in = SignIn::Failed { problem, backoff, next };
    }

    pub(super) fn sign_out(&mut self, now: Now, out: &mut Vec<Effect>) {
        if self.saved.signed_out {
            return;
        }
        let queues = self.owe_what_is_open(&[], now, out);
        self.forget_desk(now, out);
        self.ledger.enter(LedgerEntry::SigningOut { queues }, out);
        if let Some(account) = self.saved.account.clone() {
            self.forget_account(&account, &self.agent(), now, out);
        }
        self.sign_out_begun(out);
        self.sign_in = SignIn::Out;
        self.connection = Connection::new(now);
        self.clear_desk(out);
        self.saved.signed_out = true;
        self.saved.signed_in_as = None;
        self.calls.owner_changed(&self.saved.owner(&self.place), now);
        self.save(out);
    }

    /// For a start as another account or agent: the calls, the break and the wish of an owner before are not those of the present one.
    pub(super) fn work_of_before_ends(&mut self, account: &Account, agent: &Agent, now: Now) {
        let owner = Owner::of(account, agent, self.place.is_hot_desk());
        if owner == self.owner() {
            return;
        }
        if !agent.agent_id.is_empty() {
            self.end_shift_of(Owner { agent: Some(agent.agent_id.clone()), ..owner }, now);
        }
        self.saved.agent_since = None;
        self.forget_wish();
    }

    pub(super) fn forget_wish(&mut self) {
        self.saved.wish = None;
        self.saved.set = None;
        self.saved.on_break = None;
        self.wish = CurrentWish::restored(&self.saved);
    }

    /// The state of queues and phone belongs to the agent before; answers to their requests are ignored.
    fn forget_desk(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.break_off_wrap_up(now, out);
        self.end_shift(now);
        self.asked.retain(|_, asked| matches!(asked.purpose, Purpose::Owed(_)));
        self.budget.forget();
        self.licence = super::licence::Licence::default();
        self.seats.clear();
        self.offered.clear();
        self.phone.forget();
        self.log.forget(self.saved.fetch_stopped);
        self.leave_call_back();
        self.wish = CurrentWish::restored(&self.saved);
    }

    pub(super) fn retry(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.owed_again(now);
        match &self.sign_in {
            _ if self.sign_in.is_out() => {}
            SignIn::Failed { .. } => {
                self.budget.hurry_all();
                self.sign_in_again(now, out);
            }
            SignIn::In { .. } => {
                self.budget.hurry_all();
                for queue in self.seats.failed() {
                    self.join(queue, now, out);
                }
                self.polling.all_due(now);
            }
            SignIn::Out | SignIn::Pending { .. } => {}
        }
    }

    pub(super) fn account_deadline(&self) -> Option<Duration> {
        match &self.sign_in {
            SignIn::Failed { next: Some((mono, _)), .. } => Some(*mono),
            _ => None,
        }
    }

    pub(super) fn settle_account(&mut self, now: Now, out: &mut Vec<Effect>) {
        if self.account_deadline().is_some_and(|at| at <= now.mono) {
            self.sign_in_again(now, out);
        }
    }

    pub(super) fn connection_answered(&mut self, asked: &Asked, outcome: Result<&Outcome, &Problem>, now: Now) {
        // A test ring goes to our own address and the vault is local: neither is an answer of the platform.
        if asked.purpose.is_local() || self.sign_in.is_out() {
            return;
        }
        let took = now.mono.saturating_sub(asked.at);
        // The gateway reads seats and phones by its own plan, so the time until its next reading does not tell how quick it is.
        let is_told = self.gateway.is_some() && matches!(asked.purpose, Purpose::Seats(_) | Purpose::Phone);
        if !is_told {
            self.polling.answered_in(took);
        }
        match outcome {
            Err(problem) if self.is_of_the_account(&asked.purpose, problem.code) => {
                self.connection.problem = Some(problem.clone());
                self.connection.turn(ConnectionState::Failed, now);
            }
            Err(problem) if is_of_the_way(problem.code) => {
                self.connection.problem = Some(problem.clone());
                if self.connection.state == ConnectionState::Connected {
                    self.seats.read_now(now);
                }
                let state = if problem.retryable { ConnectionState::Disconnected } else { ConnectionState::Failed };
                self.connection.turn(state, now);
            }
            // A refusal is an answer, too.
            Ok(_) | Err(_) => {
                self.connection.problem = None;
                self.connection.turn(ConnectionState::Connected, now);
                if self.connection.shown.is_none_or(|shown| now.mono >= shown + SHOWN_ANSWER) {
                    self.connection.shown = Some(now.mono);
                    let took = if is_told { Duration::ZERO } else { took };
                    self.connection.answer = Some((now.wall, u32::try_from(took.as_millis()).unwrap_or(u32::MAX)));
                }
            }
        }
    }

    /// No request can be answered at present, whoever asks.
    pub(super) fn way_is_lost(&mut self, problem: Problem, now: Now) {
        if self.sign_in.is_out() {
            return;
        }
        self.connection.problem = Some(problem);
        self.connection.turn(ConnectionState::Disconnected, now);
        self.seats.read_now(now);
    }

    /// The gateway does not know this desk any more: nothing that is shown can be confirmed.
    pub(super) fn desk_is_out(&mut self, problem: Problem, now: Now, out: &mut Vec<Effect>) {
        self.give_up_wish(&problem, now, out);
        self.connection.problem = Some(problem.clone());
        self.connection.turn(ConnectionState::Failed, now);
        self.sign_in = SignIn::Failed { problem, backoff: PAUSES, next: None };
    }

    /// The platform refuses the account itself, and would refuse every further request.
    pub(super) fn give_up_if_permanent(&mut self, purpose: &Purpose, problem: Problem, now: Now, out: &mut Vec<Effect>) {
        if self.sign_in.is_in() && self.is_of_the_account(purpose, problem.code) {
            self.desk_is_out(problem, now, out);
        }
    }

    /// If one part is not licensed, the others go on; if the sign-in or every part is refused, the account itself is.
    fn is_of_the_account(&self, purpose: &Purpose, code: ProblemCode) -> bool {
        is_permanent(code) && (code != ProblemCode::ModuleNotLicensed || *purpose == Purpose::SignIn || self.licence.is_of_nothing())
    }
}
