//! The company's gateway in the place of the platform: whether it is reached, and as what this desk is enrolled there.

use std::time::Duration;

use secrecy::SecretString;

use super::{Purpose, Session, account::PAUSES, sign_in::SignIn};
use crate::{
    Agent, ArchiveScope, Backoff, Effect, Enrolment, GatewayState, GatewayView, NAMED, Now, Problem, ProblemCode, Request, Timestamp,
};

/// A hot desk's agents say their own number.
const AGENT_ID: &str = NAMED[3];

/// The company's gateway, as known when the session begins.
#[derive(Debug)]
pub struct GatewayStart {
    /// Its address as it is shown.
    pub shown: String,
    pub state: GatewayState,
    pub enrolment: Option<Enrolment>,
    /// A one-time code, used if this desk is not enrolled.
    pub code: Option<SecretString>,
}

#[derive(Debug)]
pub(super) struct Gateway {
    shown: String,
    state: GatewayState,
    since: Timestamp,
    problem: Option<Problem>,
    enrolment: Option<Enrolment>,
    /// A code that no gateway has answered yet: it is sent again at this time.
    code: Option<(SecretString, Option<Duration>)>,
    backoff: Backoff,
}

impl Gateway {
    pub fn new(start: &GatewayStart, now: Now) -> Self {
        let state = if start.enrolment.is_some() { start.state } else { GatewayState::NotEnrolled };
        let GatewayStart { shown, .. } = start;
        Self { shown: shown.clone(), state, since: now.wall, problem: None, enrolment: None, code: None, backoff: PAUSES }
    }

    fn turn(&mut self, state: GatewayState, problem: Option<Problem>, now: Now) {
        if self.state != state {
            self.state = state;
            self.since = now.wall;
        }
        self.problem = problem;
    }

    pub fn view(&self) -> GatewayView {
        let enrolment = self.enrolment.as_ref();
        GatewayView {
            shown: self.shown.clone(),
            state: self.state,
            since: self.since,
            problem: self.problem.clone(),
            extension: enrolment.map(|enrolment| enrolment.extension.clone()),
            hot: enrolment.is_some_and(|enrolment| enrolment.hot),
        }
    }

    /// Why no request can be carried out at present.
    fn trouble(&self) -> Option<Problem> {
        let code = match self.state {
            GatewayState::Connecting | GatewayState::Reached => return None,
            GatewayState::NoLeader | GatewayState::Away => ProblemCode::GatewayUnreachable,
            GatewayState::NotEnrolled | GatewayState::Enrolling => ProblemCode::NotEnrolled,
            GatewayState::Revoked => ProblemCode::DeskRevoked,
        };
        let retryable = code == ProblemCode::GatewayUnreachable;
        let said = self.problem.clone().filter(|problem| problem.code == code);
        Some(said.unwrap_or_else(|| Problem::new(code, "", retryable).known_not_done(true)))
    }
}

impl Session {
    /// True: the saved agent is the enrolled one and can be signed in like at a desk without a gateway.
    pub(super) fn gateway_at_start(&mut self, start: GatewayStart, now: Now, out: &mut Vec<Effect>) -> bool {
        self.limit_archive();
        let Some(enrolment) = start.enrolment else {
            if let Some(code) = start.code {
                self.enrol(code, now, out);
            }
            return false;
        };
        self.fix(&enrolment);
        let is_same = self.is_enrolled_agent(&enrolment);
        if !is_same {
            self.enrolled(enrolment, now, out);
        } else if let Some(gateway) = &mut self.gateway {
            gateway.enrolment = Some(enrolment);
        }
        is_same
    }

    /// Each desk would ask the platform for the recordings of the whole company.
    pub(super) fn limit_archive(&mut self) {
        let archive = &mut self.saved.settings.recordings.archive;
        if self.gateway.is_some() && *archive == Some(ArchiveScope::All) {
            *archive = Some(ArchiveScope::Mine);
        }
    }

    pub(super) fn enrol(&mut self, code: SecretString, now: Now, out: &mut Vec<Effect>) {
        let is_asking = self.is_asking(&Purpose::Enrol);
        let Some(gateway) = &mut self.gateway else { return };
        let is_out = matches!(gateway.state, GatewayState::NotEnrolled | GatewayState::Revoked);
        // A code that no gateway has answered can be replaced.
        if is_asking || !(is_out || gateway.state == GatewayState::Enrolling) {
            return;
        }
        gateway.turn(GatewayState::Enrolling, None, now);
        gateway.code = Some((code.clone(), None));
        gateway.backoff = PAUSES;
        self.ask(Request::Enrol { code }, Purpose::Enrol, now, out);
    }

    pub(super) fn enrolment_failed(&mut self, problem: Problem, now: Now) {
        let unit = self.polling.unit();
        let Some(gateway) = &mut self.gateway else { return };
        let again = problem.retryable.then(|| now.mono + gateway.backoff.failed(problem.retry_after, unit));
        gateway.code = gateway.code.take().filter(|_| again.is_some()).map(|(code, _)| (code, again));
        let state = if again.is_some() { GatewayState::Enrolling } else { GatewayState::NotEnrolled };
        gateway.turn(state, Some(problem), now);
    }

    /// The gateway says what this desk is: after the enrolment, and whenever it is something else than before.
    pub(super) fn enrolled(&mut self, enrolment: Enrolment, now: Now, out: &mut Vec<Effect>) {
        let Some(gateway) = &mut self.gateway else { return };
        gateway.code = None;
        gateway.enrolment = Some(enrolment.clone());
        if matches!(gateway.state, GatewayState::NotEnrolled | GatewayState::Enrolling | GatewayState::Revoked) {
            gateway.turn(GatewayState::Connecting, None, now);
        }
        self.fix(&enrolment);
        let is_same = self.is_enrolled_agent(&enrolment);
        let agent = self.agent();
        let is_here = !self.saved.signed_out && !self.sign_in.is_out();
        if is_here && is_same {
            if matches!(self.sign_in, SignIn::Failed { .. }) {
                self.sign_in_again(now, out);
            }
        } else if is_here || !(enrolment.hot || self.saved.signed_out) {
            let agent_id = if enrolment.hot { agent.agent_id } else { enrolment.agent_id };
            let agent = Agent { extension: enrolment.extension, agent_id, queues: agent.queues };
            self.sign_in(enrolment.account, agent, None, now, out);
        } else {
            self.owe_what_is_open(&[], now, out);
            // The form shows what the gateway said.
            self.saved.account.clone_from(&self.fresh.account);
            self.saved.signed_in_as = None;
            self.saved.agent = Some(Agent { extension: enrolment.extension, ..agent });
            self.save(out);
        }
    }

    /// Only the gateway decides on these values, and nobody here can change them.
    fn fix(&mut self, enrolment: &Enrolment) {
        let fixed = NAMED.iter().filter(|key| !enrolment.hot || **key != AGENT_ID);
        self.place.locked.retain(|key| !NAMED.contains(&key.as_str()));
        self.place.locked.extend(fixed.map(|key| (*key).to_owned()));
        let agent = self.fresh.agent.take().unwrap_or_default();
        let agent_id = if enrolment.hot { String::new() } else { enrolment.agent_id.clone() };
        self.fresh.agent = Some(Agent { extension: enrolment.extension.clone(), agent_id, queues: agent.queues });
        self.fresh.account = Some(enrolment.account.clone());
        self.passing.retain(|key| !NAMED.contains(key));
        self.passing.extend(NAMED);
        self.place.platform_offset = enrolment.platform_offset;
        self.place.platform_zone.clone_from(&enrolment.platform_zone);
        if !enrolment.breaks.is_empty() {
            self.breaks = super::breaks::shown(enrolment.breaks.clone());
        }
    }

    fn is_enrolled_agent(&self, enrolment: &Enrolment) -> bool {
        let agent = self.agent();
        self.saved.account.as_ref() == Some(&enrolment.account)
            && agent.extension == enrolment.extension
            && (enrolment.hot || agent.agent_id == enrolment.agent_id)
    }

    pub(super) fn gateway_is(&mut self, state: GatewayState, problem: Option<Problem>, now: Now, out: &mut Vec<Effect>) {
        let Some(gateway) = &mut self.gateway else { return };
        // A desk that is being enrolled is told of a failure by the answer; it connects once it has succeeded.
        if gateway.state == GatewayState::Enrolling && matches!(state, GatewayState::NotEnrolled | GatewayState::Revoked) {
            return;
        }
        let before = gateway.state;
        gateway.turn(state, problem, now);
        let trouble = gateway.trouble();
        match (state, trouble) {
            (GatewayState::Reached, _) if before != state => {
                self.budget.hurry_all();
                match &self.sign_in {
                    SignIn::Failed { next: Some(_), .. } => self.sign_in_again(now, out),
                    SignIn::In { .. } => self.seats.read_now(now),
                    _ => {}
                }
            }
            (GatewayState::NoLeader, Some(problem)) => self.way_is_lost(problem, now),
            (GatewayState::Away, Some(problem)) => {
                // No callback can come, however lately the last one came.
                self.callbacks.forget();
                self.way_is_lost(problem, now);
            }
            (GatewayState::Revoked | GatewayState::NotEnrolled, Some(problem)) if !self.sign_in.is_out() => {
                self.desk_is_out(problem, now, out);
            }
            _ => {}
        }
    }

    /// Why the gateway carries out no request at present. None: there is no gateway, or it is reached or being connected.
    pub(super) fn gateway_problem(&self) -> Option<Problem> {
        self.gateway.as_ref().and_then(Gateway::trouble)
    }

    /// Callbacks of the company come, so those of this desk would come, too.
    pub(super) fn company_called_back(&mut self, at: Timestamp, now: Now) {
        let at = at.min(now.wall);
        let age = now.wall.since(at);
        if self.callbacks.heard_at().is_none_or(|heard| heard < at) && age < now.mono {
            self.callbacks.heard(Now { wall: at, mono: now.mono - age });
        }
    }

    pub(super) fn gateway_deadline(&self) -> Option<Duration> {
        self.gateway.as_ref().and_then(|gateway| gateway.code.as_ref()?.1)
    }

    pub(super) fn settle_gateway(&mut self, now: Now, out: &mut Vec<Effect>) {
        let due = self.gateway.as_mut().and_then(|gateway| gateway.code.as_mut()).filter(|(_, at)| at.is_some_and(|at| at <= now.mono));
        let Some((code, at)) = due else { return };
        *at = None;
        let code = code.clone();
        self.ask(Request::Enrol { code }, Purpose::Enrol, now, out);
    }
}
