//! The events of a shift: calls, wishes and outages, drawn from a seed.

use std::{collections::VecDeque, time::Duration};

use fastrand::Rng;
use ringside_simulator::{Direction, Fault, Method, Network, Party, RingSpec};
use ringside_tests::OWN;

pub const QUEUES: [&str; 3] = ["queue-1", "queue-2", "queue-3"];

/// Seconds in the Retry-After of an overloaded platform.
pub const RETRY_AFTER: u32 = 20;

/// Index of a call in the script.
pub type Key = usize;

#[derive(Clone, Debug)]
pub enum Act {
    Ring(Key, Box<RingSpec>),
    Answer(Key),
    HangUp(Key, Party),
    Miss(Key),
    Network(Network),
    /// The next request for this service meets this fault.
    Fault(&'static str, Fault),
    /// The program ends and starts again.
    Restart,
    /// The agent becomes busy, or available again.
    Busy(bool),
}

/// A random time between these numbers of seconds.
fn seconds(chance: &mut Rng, least: u64, most: u64) -> Duration {
    Duration::from_millis(chance.u64(least * 1000..=most * 1000))
}

pub struct Script {
    /// Ordered by time.
    pub acts: Vec<(Duration, Act)>,
    calls: usize,
    /// Outages still to come: each happens in the first answered call after so many calls.
    outages: VecDeque<(usize, Outage)>,
    /// Restarts still to come: the first in the first answered call after so many, the second between two calls after so many.
    restarts: VecDeque<usize>,
    /// From this time on the network works, and both sides have had time to notice.
    calm_from: Duration,
}

/// When the network fails. In the second outage requests get no answer; in the others every connection is reset.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outage {
    InRing,
    InCall,
    Between,
}

/// Number of calls after which the agent takes a break.
const BREAK_AFTER: usize = 6;
/// Time after which the effects of an outage (longer pauses) are over.
const CALM: Duration = Duration::from_secs(90);

impl Script {
    /// A shift of this length, plus the time of its last call.
    pub fn new(seed: u64, length: Duration, falters: bool, restarts: bool) -> Self {
        let mut chance = Rng::with_seed(seed);
        let outages = [(4, Outage::InRing), (10, Outage::InCall), (16, Outage::Between)].into();
        let restarts = if restarts { [13, 20].into() } else { VecDeque::new() };
        let mut script = Self { acts: Vec::new(), calls: 0, outages, restarts, calm_from: Duration::ZERO };
        let mut at = Duration::from_secs(20);
        let mut since_break = 0;
        while at < length {
            let before = script.calls;
            at = script.encounter(at, &mut chance);
            since_break += script.calls - before;
            at += match chance.u64(..3) {
                // The next ring comes as soon as the agent has hung up.
                0 => seconds(&mut chance, 1, 3),
                _ => seconds(&mut chance, 5, 45),
            };
            if script.restarts.len() == 1 && script.restarts[0] < script.calls && at >= script.calm_from {
                script.restarts.clear();
                script.act(at, Act::Restart);
                at += Duration::from_secs(30);
            }
            if since_break >= BREAK_AFTER && at >= script.calm_from {
                since_break = 0;
                script.act(at, Act::Busy(true));
                script.act(at + Duration::from_secs(25), Act::Busy(false));
                at += Duration::from_secs(45);
            }
        }
        if falters {
            script.falter(length, &mut chance);
        }
        script.acts.sort_by_key(|(at, _)| *at);
        script
    }

    /// Adds a faulty answer about every minute.
    fn falter(&mut self, length: Duration, chance: &mut Rng) {
        const READINGS: [&str; 3] = ["GetQueueSipStatus", "GetSipCallStatus", "GetBill"];
        let mut at = Duration::from_secs(30);
        while at < length {
            let reading = READINGS[chance.usize(..3)];
            let (service, fault) = match chance.u64(..11) {
                0 => ("*", Fault::RetryAfter(429, RETRY_AFTER)),
                1 => (reading, Fault::HttpStatus(502)),
                2 => (reading, Fault::Timeout),
                3 => (reading, Fault::Nulls),
                4 => (reading, Fault::PhpNotice),
                5 => (reading, Fault::ByteOrderMark),
                6 => (reading, Fault::Gbk),
                7 => (reading, Fault::ListsAsObjects),
                8 => ("SetSeatsStatus", Fault::Lost),
                9 => ("SetSeatsStatus", Fault::DoneButHttp(502)),
                _ => (reading, Fault::Slow(seconds(chance, 1, 6))),
            };
            self.act(at, Act::Fault(service, fault));
            at += seconds(chance, 20, 100);
        }
        // A token that becomes invalid once is renewed; with more, Ringside would say «taken elsewhere».
        self.act(length / 2, Act::Fault("GetQueueSipStatus", Fault::Ret(600)));
        // A fault during the sign-out, which is then repeated.
        self.act(length, Act::Fault("SipSignOut", Fault::HttpStatus(502)));
    }

    fn act(&mut self, at: Duration, act: Act) {
        self.acts.push((at, act));
    }

    /// One or several calls. Returns the time at which the last one ends.
    fn encounter(&mut self, at: Duration, chance: &mut Rng) -> Duration {
        let queue = QUEUES[chance.usize(..QUEUES.len())];
        let customer = format!("0133875257{:02}", chance.u64(..40));
        let out = RingSpec::predictive(OWN, &customer, queue);
        let call_in = RingSpec { direction: Direction::CallIn, method: Method::IvrOrGroup, ..out.clone() };
        match chance.u64(..12) {
            0..=3 => self.talked(at, out, chance),
            4 | 5 => self.talked(at, call_in, chance),
            6 => {
                let withheld = ["anonymous", "Restricted", "unknown", "匿名"][chance.usize(..4)];
                let spec = RingSpec { customer: withheld.into(), ..call_in };
                if chance.bool() { self.talked(at, spec, chance) } else { self.unanswered(at, spec, chance) }
            }
            7 => self.unanswered(at, out, chance),
            8 => self.unanswered(at, call_in, chance),
            // The customer gives up and calls again at once.
            9 => {
                let over = self.unanswered(at, call_in.clone(), chance);
                self.talked(over + seconds(chance, 1, 4), call_in, chance)
            }
            10 => {
                let over = self.short(at, out.clone(), chance);
                let over = self.short(over + seconds(chance, 1, 2), out.clone(), chance);
                self.talked(over + seconds(chance, 1, 6), out, chance)
            }
            _ => {
                let colleague = RingSpec {
                    extension: OWN.into(),
                    customer: "100002".into(),
                    direction: Direction::CallIn,
                    method: Method::BetweenExtensions,
                    ..RingSpec::default()
                };
                self.talked(at, colleague, chance)
            }
        }
    }

    fn ring(&mut self, at: Duration, spec: RingSpec) -> Key {
        let key = self.calls;
        self.calls += 1;
        self.act(at, Act::Ring(key, Box::new(spec)));
        key
    }

    fn talked(&mut self, at: Duration, spec: RingSpec, chance: &mut Rng) -> Duration {
        let key = self.ring(at, spec);
        let answer = at + seconds(chance, 2, 9);
        let over = answer + seconds(chance, 4, 75);
        self.act(answer, Act::Answer(key));
        let by = if chance.bool() { Party::Agent } else { Party::Customer };
        self.act(over, Act::HangUp(key, by));
        if self.restarts.len() == 2 && self.restarts[0] < self.calls {
            self.restarts.pop_front();
            self.act(answer + (over - answer) / 2, Act::Restart);
        } else {
            self.lose_network((at, answer, over), chance);
        }
        over
    }

    fn unanswered(&mut self, at: Duration, spec: RingSpec, chance: &mut Rng) -> Duration {
        let key = self.ring(at, spec);
        let over = at + seconds(chance, 3, 20);
        let end = match chance.u64(..3) {
            0 => Act::Miss(key),
            1 => Act::HangUp(key, Party::Agent),
            _ => Act::HangUp(key, Party::Customer),
        };
        self.act(over, end);
        over
    }

    /// A call that is answered quickly and ends at once.
    fn short(&mut self, at: Duration, spec: RingSpec, chance: &mut Rng) -> Duration {
        let key = self.ring(at, spec);
        let answer = at + seconds(chance, 1, 2);
        let over = answer + Duration::from_millis(1000 + chance.u64(..500));
        self.act(answer, Act::Answer(key));
        self.act(over, Act::HangUp(key, Party::Customer));
        over
    }

    fn lose_network(&mut self, (rang, answered, over): (Duration, Duration, Duration), chance: &mut Rng) {
        let Some((after, outage)) = self.outages.front().copied() else { return };
        if self.calls <= after {
            return;
        }
        self.outages.pop_front();
        let (from, network) = match outage {
            Outage::InRing => (rang + (answered - rang) / 2, Network::Cut),
            Outage::InCall => (answered + (over - answered) / 2, Network::Silent),
            Outage::Between => (over + Duration::from_millis(500), Network::Cut),
        };
        let until = from + seconds(chance, 8, 50);
        self.act(from, Act::Network(network));
        self.act(until, Act::Network(Network::Up));
        self.calm_from = until + CALM;
    }
}
