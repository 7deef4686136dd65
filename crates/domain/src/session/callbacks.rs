//! Callbacks: whether they arrive, when the last one did, and the test callback.

use std::time::Duration;

use secrecy::SecretString;

use super::{Purpose, Session};
use crate::{
    CallId, CallRecord, CallbackTest, Effect, Event, Extension, LegEvent, LegStatus, ListenerView, Now, OtherCode, Owner, PhoneReading,
    PhoneState, Problem, ProblemCode, PublicPath, Request, Signal, TestRing, Timestamp, is_withheld,
};

/// The platform makes no uuid with this prefix.
const TEST_PREFIX: &str = "ringside-test-";
/// Callbacks count as alive for this long after the last one.
const ALIVE: Duration = Duration::from_secs(300);
const COUNTS_SHOWN: Duration = Duration::from_secs(1);
/// For this long after a ring under another company code, a reading of the phone can show that the ring was the agent's.
const TELLING: Duration = Duration::from_secs(30);
/// A test callback that has not arrived within this time has failed.
const TEST_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Callbacks {
    listening: Option<(SecretString, String, bool)>,
    problem: Option<Problem>,
    heard_at: Option<(Timestamp, Duration)>,
    /// A reading showed a call that no callback had reported.
    contradicted: bool,
    pub malformed: u32,
    pub foreign: u32,
    /// The appid and the company code that the platform gave at its sign-in; None before the first sign-in.
    company: Option<(String, String)>,
    /// A callback for the own extension came under the account's own company code.
    own_code_heard: bool,
    /// The last ring for the own extension under another company code.
    doubtful: Option<Doubtful>,
    /// How many callbacks for the own extension came under another company's code.
    pub other_company: u32,
    /// The counts as shown, and when they were last updated: the callbacks of the whole company must not redraw every desk each time.
    shown: (u32, u32, u32, Duration),
    test: Option<Test>,
    tests: u64,
}

/// A ring that may belong to another company.
#[derive(Debug)]
struct Doubtful {
    code: String,
    numbers: [String; 2],
    at: Duration,
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

    /// A callback came lately, and no reading has contradicted the callbacks since.
    pub fn alive(&self, now: Now) -> bool {
        self.heard_lately(now) && !self.contradicted
    }

    /// A reading showed a call that no callback had reported.
    pub fn contradict(&mut self) {
        self.contradicted = true;
    }

    /// A callback of a ring ends the contradiction. Callbacks of a call's end do not: rings are what must not be lost.
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

    /// The numbers of callbacks: unreadable, for other extensions, and for the own extension number at another company.
    pub fn counts(&self) -> (u32, u32, u32) {
        let (malformed, foreign, other_company, _) = self.shown;
        (malformed, foreign, other_company)
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
        if now.mono >= self.callbacks.shown.3 + COUNTS_SHOWN {
            let Callbacks { malformed, foreign, other_company, .. } = self.callbacks;
            self.callbacks.shown = (malformed, foreign, other_company, now.mono);
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
        // The company's gateway knows its own address.
        let gateways = self.gateway.as_ref().map(|_| SecretString::default());
        match gateways.or_else(|| self.callbacks.listening.as_ref().map(|(url, ..)| url.clone())) {
            Some(url) => {
                let extension = self.own_extension();
                let ring = TestRing { url, uuid, extension };
                self.ask(Request::PostTestRing(ring), Purpose::TestRing, now, out);
            }
            None => {
                let problem = Problem::new(ProblemCode::NoCallbackAddress, "", false);
                test.result = Some(CallbackTest::Failed { at: now.wall, problem });
            }
        }
        self.callbacks.test = Some(test);
    }

    /// The uuid, if the signal is a test ring. A test ring that comes too late is recognised, too, so that it never enters the log.
    pub(super) fn test_uuid(signal: &Signal) -> Option<String> {
        let Signal::Leg(event) = signal else { return None };
        event.uuid.clone().filter(|uuid| uuid.starts_with(TEST_PREFIX))
    }

    pub(super) fn test_arrived(&mut self, uuid: &str, path: PublicPath, now: Now) {
        let there = self.there(now.wall);
        let Some(test) = self.callbacks.test.as_mut().filter(|test| test.uuid == uuid && test.result.is_none()) else { return };
        let arrived_ms = elapsed_ms(test.began, now);
        test.result = Some(CallbackTest::Arrived { at: now.wall, arrived_ms, painted_ms: None, path });
        test.card = Some(self.calls.show_test_card(there, now));
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

    /// Keeps the company code that the sign-in returned.
    pub(super) fn know_company(&mut self, code: String) {
        let appid = self.saved.account.as_ref().map(|account| account.appid.clone()).unwrap_or_default();
        let next = Some((appid, code));
        if self.callbacks.company != next {
            self.callbacks.company = next;
            self.callbacks.own_code_heard = false;
            self.callbacks.doubtful = None;
            self.callbacks.other_company = 0;
        }
    }

    /// Notes the company code of a callback for the own extension.
    pub(super) fn hear_company(&mut self, event: &Event, now: Now) {
        let (Signal::Leg(LegEvent { extension, .. }) | Signal::Record(CallRecord { extension, .. })) = &*event.signal else { return };
        let Some(code) = event.company.as_deref().filter(|_| self.is_own(extension)) else { return };
        if !self.is_of_another_company(Some(code)) {
            self.callbacks.own_code_heard |= self.other_code().is_none();
            return;
        }
        self.callbacks.other_company += 1;
        if let Signal::Leg(LegEvent { status: LegStatus::Ring, caller, callee, .. }) = &*event.signal {
            let numbers = [caller.clone(), callee.clone()];
            self.callbacks.doubtful = Some(Doubtful { code: code.to_owned(), numbers, at: now.mono });
        }
    }

    /// The phone shows the call of a ring that came under another code, and no callback came under the account's own code: the platform
    /// uses another code for this company in callbacks than at the sign-in (FC14).
    pub(super) fn learn_company(&mut self, reading: &PhoneReading, now: Now, out: &mut Vec<Effect>) {
        if self.callbacks.own_code_heard || !matches!(reading.state, PhoneState::Ringing | PhoneState::Talking) {
            return;
        }
        let Some(doubtful) = self.callbacks.doubtful.as_ref().filter(|ring| now.mono < ring.at + TELLING) else { return };
        let own = self.own_extension();
        let numbers = &self.calls.numbers;
        let is_customer = |number: &&String| !is_withheld(number) && !numbers.same(number, &own.0);
        let shown = [&reading.caller, &reading.callee].into_iter().flatten().filter(is_customer);
        let told = || doubtful.numbers.iter().filter(is_customer);
        if shown.into_iter().any(|number| told().any(|other| numbers.same(number, other))) {
            let other = doubtful.code.clone();
            self.saved.other_code = self.callbacks.company.clone().map(|(appid, own)| OtherCode { appid, own, other });
            self.callbacks.doubtful = None;
            self.callbacks.other_company = 0;
            self.save(out);
        }
    }

    /// The company code that only callbacks use, if one was learnt.
    fn other_code(&self) -> Option<&str> {
        let (appid, own) = self.callbacks.company.as_ref()?;
        let learnt = self.saved.other_code.as_ref().filter(|learnt| (&learnt.appid, &learnt.own) == (appid, own))?;
        Some(&learnt.other)
    }

    /// Whether a callback names another company than the account's: an equal extension number is not the agent's then. A callback without a
    /// code, and each one before the own code is known, may be ours.
    pub fn is_of_another_company(&self, named: Option<&str>) -> bool {
        let appid = self.saved.account.as_ref().map(|account| account.appid.as_str());
        let own = self.callbacks.company.as_ref().filter(|(of, _)| Some(of.as_str()) == appid).map(|(_, code)| code.as_str());
        let is_of = |code: &str, named: &str| plain_code(code).is_empty() || is_same_code(code, named);
        let (Some(own), Some(named)) = (own, named.filter(|code| !plain_code(code).is_empty())) else { return false };
        !is_of(own, named) && !self.other_code().is_some_and(|other| is_same_code(other, named))
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

    /// No extension is our own while nobody is signed in: missed calls then come with the records.
    pub(super) fn is_own(&self, extension: &Extension) -> bool {
        !self.saved.signed_out && self.agent_number().is_some() && self.own_extension() == *extension
    }
}

/// The code is a number in some places and a text in others (N4).
fn plain_code(code: &str) -> &str {
    code.trim().trim_start_matches('0')
}

/// Leading zeros do not count. If one code is a number and the other is the same number with letters around it, they are the same.
fn is_same_code(one: &str, other: &str) -> bool {
    let digits = |code: &str| code.chars().filter(char::is_ascii_digit).collect::<String>();
    let is_number = |code: &str| plain_code(code).bytes().all(|byte| byte.is_ascii_digit());
    let (plain, number) = (plain_code(one).eq_ignore_ascii_case(plain_code(other)), plain_code(&digits(one)) == plain_code(&digits(other)));
    plain || (number && (is_number(one) || is_number(other)))
}

pub(super) fn elapsed_ms(began: Now, now: Now) -> u32 {
    u32::try_from(now.mono.saturating_sub(began.mono).as_millis()).unwrap_or(u32::MAX)
}
