//! The way of callbacks: whether it is open, when it was last heard of, and its test.

use std::time::Duration;

use secrecy::SecretString;

use super::{About, Session};
use crate::{
    CallId, CallbackTest, Effect, Extension, LegStatus, ListenerView, Now, Owner, Problem, ProblemCode, PublicPath, Request, Signal,
    TestRing, Timestamp,
};

/// No uuid of the platform's begins so.
const TEST_PREFIX: &str = "ringside-test-";
/// Callbacks count as alive for this long after the last one.
const ALIVE: Duration = Duration::from_secs(300);
const COUNTS_SHOWN: Duration = Duration::from_secs(1);
/// A test that has not arrived by then does not.
const TEST_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Callbacks {
    listening: Option<(SecretString, String, bool)>,
    problem: Option<Problem>,
    heard_at: Option<(Timestamp, Duration)>,
    /// The platform showed a call that no callback told of.
    contradicted: bool,
    pub malformed: u32,
    pub foreign: u32,
    /// The company's code at the platform, and the appid that it was said for; none before the first sign-in.
    company: Option<(String, String)>,
    /// The counts as shown, and when they were brought up to date: a company's traffic shall not redraw every desk.
    shown: (u32, u32, Duration),
    test: Option<Test>,
    tests: u64,
}

#[derive(Debug)]
struct Test {
    uuid: String,
    began: Now,
    card: Option<CallId>,
    result: Option<CallbackTest>,
}

impl Callbacks {
    pub fn listening(&mut self, url: SecretString, shown: String, public: bool) {
        self.listening = Some((url, shown, public));
        self.problem = None;
    }

    pub fn not_listening(&mut self, problem: Problem) {
        self.listening = None;
        self.problem = Some(problem);
    }

    pub fn heard(&mut self, now: Now) {
        self.heard_at = Some((now.wall, now.mono));
    }

    pub fn heard_at(&self) -> Option<Timestamp> {
        self.heard_at.map(|(wall, _)| wall)
    }

    /// Heard of lately, and not contradicted since.
    pub fn alive(&self, now: Now) -> bool {
        self.heard_lately(now) && !self.contradicted
    }

    /// A reading showed a call that they had not told of.
    pub fn contradict(&mut self) {
        self.contradicted = true;
    }

    /// They tell of a ring again. What tells of a call's end alone does not: the ring is what matters.
    pub fn agree(&mut self, status: LegStatus) {
        if status == LegStatus::Ring {
            self.contradicted = false;
        }
    }

    pub fn is_contradicted(&self, now: Now) -> bool {
        self.heard_lately(now) && self.contradicted
    }

    fn heard_lately(&self, now: Now) -> bool {
        self.heard_at.is_some_and(|(_, mono)| now.mono < mono + ALIVE)
    }

    pub fn forget(&mut self) {
        self.heard_at = None;
        self.contradicted = false;
    }

    /// Callbacks that could not be read, and those for other extensions.
    pub fn counts(&self) -> (u32, u32) {
        (self.shown.0, self.shown.1)
    }

    pub fn view(&self) -> ListenerView {
        ListenerView {
            shown: self.listening.as_ref().map(|(_, shown, _)| shown.clone()),
            public: self.listening.as_ref().is_some_and(|(_, _, public)| *public),
            problem: self.problem.clone(),
            test: self.test.as_ref().map(|test| match &test.result {
                Some(result) => result.clone(),
                None => CallbackTest::Running { since: test.began.wall },
            }),
        }
    }
}

impl Session {
    pub(super) fn callbacks_deadline(&self) -> Option<Duration> {
        let dies = self.callbacks.heard_at.map(|(_, mono)| mono + ALIVE).filter(|at| *at > self.last_now.mono);
        let test = self.callbacks.test.as_ref().filter(|test| test.result.is_none()).map(|test| test.began.mono + TEST_TIMEOUT);
        [dies, test].into_iter().flatten().min()
    }

    pub(super) fn settle_callbacks(&mut self, now: Now) {
        if now.mono >= self.callbacks.shown.2 + COUNTS_SHOWN {
            self.callbacks.shown = (self.callbacks.malformed, self.callbacks.foreign, now.mono);
        }
        if let Some(test) = self.callbacks.test.as_mut().filter(|test| test.result.is_none())
            && now.mono >= test.began.mono + TEST_TIMEOUT
        {
            let problem = Problem::new(ProblemCode::CallbackNotArrived, "", true);
            test.result = Some(CallbackTest::Failed { at: now.wall, problem });
        }
    }

    pub(super) fn test_callback(&mut self, now: Now, out: &mut Vec<Effect>) {
        if self.callbacks.test.as_ref().is_some_and(|test| test.result.is_none()) {
            return;
        }
        self.callbacks.tests += 1;
        let uuid = format!("{TEST_PREFIX}{}-{}", now.wall.0, self.callbacks.tests);
        let mut test = Test { uuid: uuid.clone(), began: now, card: None, result: None };
        match &self.callbacks.listening {
            Some((url, ..)) => {
                let extension = self.own_extension();
                let ring = TestRing { url: url.clone(), uuid, extension };
                self.ask(Request::PostTestRing(ring), About::TestRing, now, out);
            }
            None => {
                let problem = Problem::new(ProblemCode::NoCallbackAddress, "", false);
                test.result = Some(CallbackTest::Failed { at: now.wall, problem });
            }
        }
        self.callbacks.test = Some(test);
    }

    /// The uuid of a ring of our own making; also one that comes too late never enters the log.
    pub(super) fn test_uuid(signal: &Signal) -> Option<String> {
        let Signal::Leg(event) = signal else { return None };
        event.uuid.clone().filter(|uuid| uuid.starts_with(TEST_PREFIX))
    }

    pub(super) fn test_arrived(&mut self, uuid: &str, path: PublicPath, now: Now) {
        let Some(test) = self.callbacks.test.as_mut().filter(|test| test.uuid == uuid && test.result.is_none()) else { return };
        let arrived_ms = elapsed_ms(test.began, now);
        test.result = Some(CallbackTest::Arrived { at: now.wall, arrived_ms, painted_ms: None, path });
        test.card = Some(self.calls.show_test_card(now));
        self.callbacks.heard(now);
    }

    pub(super) fn test_failed(&mut self, problem: Problem, now: Now) {
        if let Some(test) = self.callbacks.test.as_mut().filter(|test| test.result.is_none()) {
            test.result = Some(CallbackTest::Failed { at: now.wall, problem });
        }
    }

    pub(super) fn card_painted(&mut self, call: CallId, now: Now) {
        self.ways.card_painted(call, now);
        let Some(test) = self.callbacks.test.as_mut().filter(|test| test.card == Some(call)) else { return };
        let elapsed = elapsed_ms(test.began, now);
        if let Some(CallbackTest::Arrived { painted_ms: painted_ms @ None, .. }) = &mut test.result {
            *painted_ms = Some(elapsed);
        }
    }

    /// The sign-in said this code.
    pub(super) fn know_company(&mut self, code: String) {
        let appid = self.saved.account.as_ref().map(|account| account.appid.clone()).unwrap_or_default();
        self.callbacks.company = Some((appid, code));
    }

    /// Whether a callback names a company that is not the account's: its extension's number is not ours then. One that names none, and
    /// each one before the own code is known, may be ours.
    pub(super) fn is_of_another_company(&self, named: Option<&str>) -> bool {
        let appid = self.saved.account.as_ref().map(|account| account.appid.as_str());
        let own = self.callbacks.company.as_ref().filter(|(of, _)| Some(of.as_str()) == appid).map(|(_, code)| plain_code(code));
        let named = named.map(plain_code).filter(|code| !code.is_empty());
        own.filter(|code| !code.is_empty()).zip(named).is_some_and(|(own, named)| !own.eq_ignore_ascii_case(named))
    }

    pub(super) fn own_extension(&self) -> Extension {
        self.saved.agent.as_ref().map(|agent| agent.extension.clone()).unwrap_or_default()
    }

    pub(super) fn owner(&self) -> Owner {
        self.saved.owner(&self.place)
    }

    pub(super) fn agent_number(&self) -> Option<String> {
        self.saved.agent.as_ref().map(|agent| agent.agent_id.clone()).filter(|number| !number.is_empty())
    }

    /// Nobody's while nobody is signed in: what was missed comes with the records.
    pub(super) fn is_own(&self, extension: &Extension) -> bool {
        !self.saved.signed_out && self.agent_number().is_some() && self.own_extension() == *extension
    }
}

/// The code is a number in one place and a text in another (N4).
fn plain_code(code: &str) -> &str {
    code.trim().trim_start_matches('0')
}

pub(super) fn elapsed_ms(began: Now, now: Now) -> u32 {
    u32::try_from(now.mono.saturating_sub(began.mono).as_millis()).unwrap_or(u32::MAX)
}
