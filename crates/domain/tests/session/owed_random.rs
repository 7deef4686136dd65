//! Random agents, answers and ends of the program: in the end no agent is in a queue that they left, and an accesskey is kept exactly as
//! long as it is needed.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use proptest::prelude::*;
use ringside_domain::*;

use crate::desk::*;

/// The client waits no longer for an answer.
const PATIENCE: Duration = Duration::from_secs(15);

#[derive(Clone, Debug)]
enum Step {
    /// Agent, account, and whether an accesskey is typed.
    SignIn(u8, u8, bool),
    SignOut,
    Join(u8),
    Leave(u8),
    Pass(u16),
    /// The index of an open request, and how it ends.
    Answer(u8, End),
    /// Whether the platform fails all requests from now on.
    Down(bool),
    Retry,
    Quit,
    Crash(bool),
    /// As `Crash`, and at the next start this agent and this account are provisioned.
    Provision(u8, u8),
    /// The engine fails and starts again.
    Panic(bool),
    Sleep,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Done,
    /// The request is carried out, and its answer is lost.
    Lost,
    Failed,
    /// The account's state forbids the request for now.
    Forbidden,
}

fn step() -> impl Strategy<Value = Step> {
    let end = || prop_oneof![4 => Just(End::Done), 2 => Just(End::Lost), 3 => Just(End::Failed), 1 => Just(End::Forbidden)];
    prop_oneof![
        4 => (0..2u8, 0..2u8, any::<bool>()).prop_map(|(agent, account, typed)| Step::SignIn(agent, account, typed)),
        3 => Just(Step::SignOut),
        2 => (0..3u8).prop_map(Step::Join),
        2 => (0..3u8).prop_map(Step::Leave),
        6 => (0..20_000u16).prop_map(Step::Pass),
        10 => (0..6u8, end()).prop_map(|(which, end)| Step::Answer(which, end)),
        2 => any::<bool>().prop_map(Step::Down),
        1 => Just(Step::Retry),
        1 => Just(Step::Quit),
        1 => any::<bool>().prop_map(Step::Crash),
        3 => (0..2u8, 0..2u8).prop_map(|(agent, account)| Step::Provision(agent, account)),
        1 => any::<bool>().prop_map(Step::Panic),
        1 => Just(Step::Sleep),
    ]
}

fn account(which: u8) -> Account {
    Account { url: "https://call.example.com/".into(), appid: format!("acme-{which}") }
}

fn numbered(who: u8) -> Agent {
    let agent = Agent { agent_id: format!("1{who}"), ..agent(&["queue-0", "queue-1"]) };
    Agent { extension: Extension(format!("10000{who}")), ..agent }
}

fn name(queue: u8) -> QueueName {
    QueueName(format!("queue-{queue}"))
}

/// The platform and this computer's keyring.
struct World {
    desk: Desk,
    /// The memberships: account, extension and queue.
    members: BTreeSet<(String, Extension, QueueName)>,
    /// Accounts whose accesskey is in the keyring.
    keys: BTreeSet<String>,
    /// The account that the client is logged in with.
    client: Option<String>,
    /// When each request was sent, and with which account the client was logged in.
    sent: BTreeMap<RequestId, (Duration, Option<String>)>,
    down: bool,
    hot: bool,
    /// What is provisioned: at a hot desk the extension.
    fresh: SavedState,
    /// The account and extension of the last sign-out.
    gone: Option<(String, Extension)>,
    /// The account whose accesskey was typed at the last sign-in, until it is refused or signed out.
    typed: Option<String>,
    said: usize,
    requests: u64,
}

fn is_told(request: &Request) -> bool {
    use Request::*;
    matches!(request, SignIn { .. } | LeaveQueue { .. } | JoinQueue { .. } | EndToken { .. } | ForgetSecrets { .. } | KeepAccesskey { .. })
}

fn is_at_door(request: &Request) -> bool {
    use Request::*;
    matches!(request, SignIn { .. } | EndToken { .. } | ForgetSecrets { .. } | KeepAccesskey { .. })
}

impl World {
    fn start(&self, after_failure: Option<AfterFailure>) -> Start {
        Start { saved: self.desk.saved.clone(), fresh: self.fresh.clone(), place: place(self.hot), after_failure, ..start() }
    }

    /// Carries out a request at the platform or in the keyring.
    fn carry_out(&mut self, request: &Request, client: Option<String>) -> Result<Outcome, Problem> {
        let refused = |code| Err(problem(code, false));
        match request {
            Request::SignIn { account, accesskey, .. } => {
                if accesskey.is_none() && !self.keys.contains(&account.appid) {
                    return refused(ProblemCode::AccesskeyMissing);
                }
                self.keys.insert(account.appid.clone());
                self.client = Some(account.appid.clone());
                Ok(Outcome::SignedIn { company: "Acme".into(), company_code: "9024".into() })
            }
            Request::KeepAccesskey { account, .. } => {
                self.keys.insert(account.appid.clone());
                Ok(Outcome::Done)
            }
            Request::LeaveQueue { account, queue, agent } => {
                let has_key = self.client.as_ref() == Some(&account.appid) || self.keys.contains(&account.appid);
                assert!(has_key, "the accesskey was forgotten before {account:?} had left {queue:?}");
                self.members.remove(&(account.appid.clone(), agent.extension.clone(), queue.clone()));
                Ok(Outcome::Done)
            }
            Request::EndToken { account } => {
                self.client.take_if(|client| *client == account.appid);
                Ok(Outcome::Done)
            }
            Request::ForgetSecrets { account } => {
                self.keys.remove(&account.appid);
                self.client.take_if(|client| *client == account.appid);
                Ok(Outcome::Done)
            }
            Request::JoinQueue { queue, agent } => {
                let Some(client) = client else { return refused(ProblemCode::Refused) };
                let already = !self.members.insert((client, agent.extension.clone(), queue.clone()));
                Ok(Outcome::Joined { already })
            }
            Request::ReadSeats { queue } => {
                let mut rows: Vec<Seat> = Vec::new();
                for (of, extension, member) in &self.members {
                    if self.client.as_ref() == Some(of) && member == queue {
                        rows.push(seat(&extension.0, SeatState::Paused));
                    }
                }
                Ok(Outcome::Seats(SeatsReading { queue: queue.clone(), seats: rows, others: None }))
            }
            Request::ReadPhone { .. } => Ok(phone(PhoneState::Idle)),
            Request::ReadRecords { .. } => Ok(Outcome::Records(Vec::new())),
            Request::ListQueues => Ok(Outcome::Queues(Vec::new())),
            _ => Ok(Outcome::Done),
        }
    }

    fn answer(&mut self, place: usize, end: End) {
        let (id, request) = self.desk.asked.remove(place);
        let client = self.sent.remove(&id).and_then(|(_, client)| client);
        let is_here = matches!(request, Request::ForgetSecrets { .. } | Request::KeepAccesskey { .. });
        let outcome = match end {
            End::Done => self.carry_out(&request, client),
            End::Lost => {
                let carried_out = self.carry_out(&request, client);
                if let Request::SignIn { .. } = request {
                    // If the answer to a login is lost, the client is not logged in, and the accesskey stays in the keyring.
                    self.client = None;
                }
                carried_out.and(Err(problem(if is_here { ProblemCode::KeyringTimeout } else { ProblemCode::Unreachable }, true)))
            }
            End::Failed => {
                if let Request::SignIn { account, accesskey: Some(_), .. } = &request {
                    self.keys.insert(account.appid.clone());
                }
                let missing = matches!(&request, Request::SignIn { account, accesskey: None, .. } if !self.keys.contains(&account.appid));
                match missing {
                    true => Err(problem(ProblemCode::AccesskeyMissing, false)),
                    false => Err(problem(if is_here { ProblemCode::KeyringLocked } else { ProblemCode::ServerError }, true)),
                }
            }
            End::Forbidden if is_here => Err(problem(ProblemCode::KeyringFailed, true)),
            End::Forbidden => {
                self.typed = None;
                Err(problem(ProblemCode::IpNotAuthorized, false))
            }
        };
        self.desk.apply(Input::Answered { id, outcome });
        self.look();
    }

    /// The conditions that must hold at every moment.
    fn look(&mut self) {
        let entries: Vec<LedgerEntry> = self.desk.entered.values().skip(self.said).cloned().collect();
        self.said += entries.len();
        for entry in entries {
            if let LedgerEntry::SignedOut = entry {
                let (account, extension) = self.gone.as_ref().expect("somebody signed out before");
                let still: Vec<_> = self.members.iter().filter(|(of, who, _)| of == account && who == extension).collect();
                assert!(still.is_empty(), "signed out by the ledger, but still in {still:?}");
            }
        }
        for (id, _) in &self.desk.asked {
            self.sent.entry(*id).or_insert((self.desk.now.mono, self.client.clone()));
            self.requests = self.requests.max(id.0 + 1);
        }
        let mut saved: SavedState = serde_json::from_str(&serde_json::to_string(&self.desk.saved).unwrap()).unwrap();
        // These are not stored, since the next start finds what is in effect then.
        (saved.account, saved.agent) = (self.desk.saved.account.clone(), self.desk.saved.agent.clone());
        assert_eq!(saved, self.desk.saved);
        assert!(serde_json::to_string(&*self.desk.snapshot()).unwrap().len() < 8192);
    }

    /// Answers the requests that only read at once, and ends those that the client has waited for too long.
    fn settle(&mut self) {
        self.look();
        while let Some(place) = self.desk.asked.iter().position(|(_, request)| !is_told(request)) {
            self.answer(place, if self.down { End::Failed } else { End::Done });
        }
        let now = self.desk.now.mono;
        while let Some(place) = self.desk.asked.iter().position(|(id, _)| self.sent.get(id).is_some_and(|(at, _)| now >= *at + PATIENCE)) {
            self.answer(place, if self.down { End::Failed } else { End::Lost });
        }
    }

    fn pass(&mut self, span: Duration) {
        let end = self.desk.now.mono + span;
        while self.desk.now.mono < end {
            self.desk.pass(Duration::from_millis(500).min(end.saturating_sub(self.desk.now.mono)));
            self.settle();
        }
    }

    fn begin_anew(&mut self, carried_out: bool, after_failure: Option<AfterFailure>) {
        for (id, request) in std::mem::take(&mut self.desk.asked) {
            let client = self.sent.remove(&id).and_then(|(_, client)| client);
            if carried_out {
                drop(self.carry_out(&request, client));
            }
        }
        self.typed = None;
        if after_failure.is_none() {
            self.client = None;
        }
        let (now, saved) = (self.desk.now, self.desk.saved.clone());
        let mut desk = Desk::new(self.start(after_failure));
        if desk.saved == SavedState::default() {
            desk.saved = saved;
        }
        // The clock of a new desk starts at its beginning.
        desk.pass(now.mono.saturating_sub(desk.now.mono));
        self.desk = desk;
        self.said = 0;
        self.settle();
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::SignIn(who, of, typed) => {
                let agent = numbered(*who);
                let accesskey = typed.then(|| "k".into());
                self.typed = typed.then(|| account(*of).appid);
                self.desk.intent(Intent::SignIn { account: account(*of), agent, accesskey });
            }
            Step::SignOut => {
                let saved = &self.desk.saved;
                if !saved.signed_out {
                    let (account, agent) = (saved.account.clone().unwrap_or_default(), saved.agent.clone().unwrap_or_default());
                    self.gone = Some((account.appid, agent.extension));
                }
                self.typed = None;
                self.desk.intent(Intent::SignOut);
            }
            Step::Join(queue) => drop(self.desk.intent(Intent::JoinQueue { queue: name(*queue) })),
            Step::Leave(queue) => drop(self.desk.intent(Intent::LeaveQueue { queue: name(*queue) })),
            Step::Pass(ms) => self.pass(Duration::from_millis(u64::from(*ms))),
            Step::Answer(which, end) => {
                let mut told: Vec<usize> = (0..self.desk.asked.len()).filter(|place| is_told(&self.desk.asked[*place].1)).collect();
                // Requests for signing in or out are answered one after the other.
                let mut door = false;
                told.retain(|place| !is_at_door(&self.desk.asked[*place].1) || !std::mem::replace(&mut door, true));
                if let Some(place) = told.get(usize::from(*which) % told.len().max(1)) {
                    self.answer(*place, *end);
                }
            }
            Step::Down(is_down) => self.down = *is_down,
            Step::Retry => drop(self.desk.intent(Intent::Retry)),
            Step::Quit => {
                self.desk.apply(Input::Report(ShellReport::Leaving(Occasion::Quit)));
                self.pass(Duration::from_secs(2));
                self.begin_anew(true, None);
            }
            Step::Crash(carried_out) => self.begin_anew(*carried_out, None),
            Step::Provision(who, of) => {
                self.fresh = provisioned(self.hot, *who);
                let saved = &mut self.desk.saved;
                (saved.account, saved.agent) = (Some(account(*of)), Some(numbered(*who)));
                self.begin_anew(true, None);
            }
            Step::Panic(carried_out) => {
                let revision = self.desk.snapshot().revision;
                let entries = self.desk.entered.keys().max().copied().unwrap_or_default();
                self.begin_anew(*carried_out, Some(AfterFailure { requests: self.requests, entries, revision }));
            }
            Step::Sleep => {
                self.desk.apply(Input::Report(ShellReport::Leaving(Occasion::Sleep)));
                self.pass(Duration::from_secs(1));
                self.desk.apply(Input::Report(ShellReport::Awake));
            }
        }
        self.settle();
    }

    /// The platform carries out all requests for this time.
    fn all_is_well(&mut self, span: Duration) {
        self.down = false;
        self.look();
        let end = self.desk.now.mono + span;
        while self.desk.now.mono < end {
            while !self.desk.asked.is_empty() {
                self.answer(0, End::Done);
            }
            self.desk.pass(Duration::from_secs(5));
            self.look();
        }
    }
}

fn provisioned(hot: bool, who: u8) -> SavedState {
    let agent = hot.then(|| Agent { extension: numbered(who).extension, ..Agent::default() });
    SavedState { agent, ..SavedState::default() }
}

fn place(hot: bool) -> Place {
    Place { locked: if hot { vec!["agent.extension".into()] } else { Vec::new() }, ..Place::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 300, ..chances(64) })]

    #[test]
    fn fs4_all_debts_are_settled_in_the_end(
        steps in proptest::collection::vec(step(), 1..30),
        hot in any::<bool>(),
        farewell in prop_oneof![Just(Farewell::Stay), Just(Farewell::Busy), Just(Farewell::SignOut)],
    ) {
        let fresh = provisioned(hot, 0);
        let mut desk = Desk::new(Start { saved: fresh.clone(), fresh: fresh.clone(), place: place(hot), ..start() });
        desk.leave_by(farewell);
        let (members, keys, sent) = Default::default();
        let mut world =
            World { desk, members, keys, client: None, sent, down: false, hot, fresh, gone: None, typed: None, said: 0, requests: 1 };
        for step in &steps {
            world.take(step);
        }

        // The platform works again, and allows everything.
        world.desk.intent(Intent::Retry);
        world.all_is_well(Duration::from_secs(90));
        let snapshot = world.desk.snapshot();
        prop_assert!(world.desk.saved.owed.is_empty(), "{:?}", world.desk.saved.owed);
        prop_assert_eq!(&snapshot.owed, &OwedView::default());
        let account = world.desk.saved.account.clone().unwrap_or_default().appid;
        let own = world.desk.saved.agent.clone().unwrap_or_default().extension;
        let wanted: BTreeSet<_> = match &snapshot.sign_in {
            SignInView::SignedIn { .. } => snapshot
                .queues
                .iter()
                .filter(|queue| queue.membership == Membership::In)
                .map(|queue| (account.clone(), own.clone(), queue.name.clone()))
                .collect(),
            _ => BTreeSet::new(),
        };
        prop_assert_eq!(&world.members, &wanted, "{:?} {:?} {:?}", &snapshot.sign_in, &snapshot.queues, &snapshot.notices);
        if let SignInView::SignedIn { .. } = &snapshot.sign_in {
            prop_assert!(world.keys.contains(&account), "the next start needs the accesskey");
        }
        if world.typed.as_ref() == Some(&account) {
            prop_assert!(matches!(snapshot.sign_in, SignInView::SignedIn { .. }), "the typed accesskey was forgotten: {:?}", snapshot.sign_in);
        }
        if world.desk.saved.signed_out && !hot {
            prop_assert!(!world.keys.contains(&account), "the accesskey is still kept after a sign-out");
        }
    }
}
