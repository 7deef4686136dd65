//! What the gateway tells by itself: whether it is reached, and the readings of the own seats and the own phone.

use std::{sync::Arc, time::Duration};

use ringside_domain::{
    ClockReading, GatewayState, Phone, PhoneReading, PhoneState, Problem, ProblemCode, QueueName, SeatsReading, ShellReport, Timestamp,
};
use ringside_fleet::desk::{Desk, TimedState, Way};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{
    Fleet,
    problem::{of_refusal, unreachable},
};

/// A connection that breaks for less than this is not shown as broken.
const BREAKS: Duration = Duration::from_secs(5);
/// Until the gateway has a reading of the seats that it began after a question: at most 5 s until it begins one, and then the platform's answer.
/// The next state brings it.
const SEATS_READ: Duration = Duration::from_secs(10);
const PHONE: Duration = Duration::from_secs(4);
/// The time of the company's last callback is told again when it is this much later: callbacks count as alive for longer.
const COMPANY: Duration = Duration::from_secs(60);

/// Why a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Revoked,
    /// The gateway does not know this desk's key.
    NotKnown,
    /// The desk's task ended by a fault.
    Lost,
}

/// Tells the session whether the gateway is reached, until the connection ends.
pub(super) async fn watch(fleet: &Fleet, desk: Desk) -> End {
    let (mut way, mut state) = (desk.way(), desk.state());
    let mut company = Timestamp::default();
    let mut has_ended = false;
    loop {
        let now = Instant::now();
        let last = state.borrow_and_update().clone();
        let every = last.as_ref().map_or(BREAKS, |last| last.every);
        let Judged { state: judged, detail, again_at } = judge(&way.borrow_and_update(), every, now);
        match judged {
            Some(GatewayState::Revoked) => {
                fleet.revoked().await;
                return End::Revoked;
            }
            Some(GatewayState::NotEnrolled) => return End::NotKnown,
            // The last way is no longer true.
            _ if has_ended => return End::Lost,
            Some(reached @ (GatewayState::Reached | GatewayState::Connecting)) => fleet.is(reached, None),
            Some(away) => fleet.is(away, Some(unreachable(detail))),
            None => {}
        }
        let heard = last.and_then(|last| last.company_callback_at).map(|at| fleet.wall_of(at));
        if let Some(heard) = heard.filter(|heard| heard.since(company) >= COMPANY) {
            company = heard;
            fleet.report(ShellReport::CompanyCallback(heard));
        }
        let again = async {
            match again_at {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // When the desk ends, its way says why, whichever of the two is noticed first.
            changed = way.changed() => has_ended = changed.is_err(),
            changed = state.changed() => has_ended = changed.is_err(),
            () = again => {}
        }
    }
}

struct Judged {
    /// None: it is too early to tell.
    state: Option<GatewayState>,
    detail: &'static str,
    /// When to look again although nothing was heard.
    again_at: Option<Instant>,
}

/// `every`: the next state of the leader comes within this time.
fn judge(way: &Way, every: Duration, now: Instant) -> Judged {
    let judged = |state, detail, again_at| Judged { state, detail, again_at };
    match way {
        Way::Revoked => judged(Some(GatewayState::Revoked), "", None),
        Way::NotKnown => judged(Some(GatewayState::NotEnrolled), "", None),
        Way::Away { since, refused } => {
            let detail = if *refused { "the server does not accept this desk's token" } else { "no connection" };
            let shown_at = *since + BREAKS;
            if now >= shown_at { judged(Some(GatewayState::Away), detail, None) } else { judged(None, "", Some(shown_at)) }
        }
        Way::Up { since, leader_at } => {
            let patience = BREAKS.max(every * 2);
            let silent_at = leader_at.unwrap_or(*since) + patience;
            match leader_at {
                _ if now >= silent_at => judged(Some(GatewayState::NoLeader), "no gateway leads", None),
                Some(_) => judged(Some(GatewayState::Reached), "", Some(silent_at)),
                None => judged(None, "", Some(silent_at)),
            }
        }
    }
}

/// How long a question waits for a reading of the seats that was begun after it. `every`: the next state comes within this time; with ten
/// thousand desks that is 10 s.
fn seats_come_within(every: Duration) -> Duration {
    SEATS_READ + every
}

/// Converts a time of the leader's clock to this computer's monotonic clock. The result is the earliest possible moment.
fn earliest(of: &TimedState, time: i64) -> Option<Instant> {
    let read = of.state.read.iter().zip(&of.asked_at).map(|(read, at)| (Some(read.asked_at), *at));
    let phone = (of.state.phone.as_ref().map(|phone| phone.asked_at), of.phone_asked_at);
    let company = (of.state.company_callback_at, of.company_callback_at);
    let (known, at) = read.chain([phone, company]).find_map(|(known, at)| known.zip(at))?;
    let apart = Duration::from_millis(known.abs_diff(time));
    if time >= known { at.checked_add(apart) } else { at.checked_sub(apart) }
}

impl Fleet {
    /// The leader's clock against this computer's, as its last state shows it; the gateway's clock stands for the platform's.
    pub fn clock_reading(&self) -> Option<ClockReading> {
        let last = self.last_state()?;
        let asked_at = self.wall_of(earliest(&last, last.state.now)?);
        Some(ClockReading { asked_at, stamped_at: Timestamp(last.state.now), answered_at: self.wall_of(last.heard_at) })
    }

    /// A time of the leader's clock by this computer's wall clock, at the earliest; None: the clocks cannot be compared yet.
    pub(super) fn earliest(&self, time: i64) -> Option<Timestamp> {
        earliest(&*self.last_state()?, time).map(|at| self.wall_of(at))
    }

    pub(super) fn last_state(&self) -> Option<Arc<TimedState>> {
        let desk = self.0.link.borrow().desk.clone()?;
        desk.state().borrow().clone()
    }

    fn wall_of(&self, instant: Instant) -> Timestamp {
        let (now, wall) = (Instant::now(), self.0.means.clock.now().wall);
        match now.checked_duration_since(instant) {
            Some(ago) => wall.minus(ago),
            None => wall.plus(instant.saturating_duration_since(now)),
        }
    }

    /// A reading of the own seat in this queue that was begun after now.
    pub(super) async fn read_seats(&self, queue: QueueName) -> Result<SeatsReading, Problem> {
        let asked = Instant::now();
        let find = |state: &TimedState| {
            let read = state.state.read.iter().zip(&state.asked_at);
            let (read, _) = read.filter(|(read, _)| read.queue == queue.0).find(|(_, at)| at.is_some_and(|at| at >= asked))?;
            let seats = read.seat.clone().map(Into::into).into_iter().collect();
            Some(SeatsReading { queue: queue.clone(), seats, others: Some(read.others.into()) })
        };
        match self.find_in_states(asked, seats_come_within, find).await? {
            Some(reading) => Ok(reading),
            None if self.reads_others(asked).await => Err(Problem::new(ProblemCode::QueueUnknown, queue.0, true)),
            None => Err(unreachable("the gateway tells no reading")),
        }
    }

    /// Whether another queue was read since.
    async fn reads_others(&self, asked: Instant) -> bool {
        let Ok(desk) = self.desk().await else { return false };
        let last = desk.state().borrow().clone();
        last.is_some_and(|last| last.asked_at.iter().flatten().any(|at| *at >= asked))
    }

    /// A reading of the own phone that was begun after now. The gateway reads a phone only if something depends on it; without a reading
    /// nothing is known.
    pub(super) async fn read_phone(&self) -> Result<PhoneReading, Problem> {
        let asked = Instant::now();
        let find = |state: &TimedState| {
            let phone = state.state.phone.as_ref().filter(|_| state.phone_asked_at.is_some_and(|at| at >= asked))?;
            Some(PhoneReading::from(phone.row.clone()))
        };
        let reading = self.find_in_states(asked, |_| PHONE, find).await?;
        Ok(reading.unwrap_or(PhoneReading {
            phone: Phone::Unknown,
            state: PhoneState::Unknown,
            caller: None,
            callee: None,
            display_number: None,
            direction: None,
        }))
    }

    /// What is found in a state, the last one or one that comes within the time, which depends on the time between two states; an error as soon
    /// as no state can come.
    async fn find_in_states<T>(
        &self,
        asked: Instant,
        within: impl Fn(Duration) -> Duration,
        find: impl Fn(&TimedState) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let desk = self.desk().await?;
        let began = Instant::now();
        let (mut state, mut link) = (desk.state(), self.0.link.subscribe());
        loop {
            if let Some(problem) = self.silence(&link.borrow_and_update()) {
                return Err(problem);
            }
            let last: Option<Arc<TimedState>> = state.borrow_and_update().clone();
            let mut every = BREAKS;
            if let Some(last) = last {
                if let Some(found) = find(&last) {
                    return Ok(Some(found));
                }
                // The leader cannot ask the platform.
                if let Some(trouble) = last.state.trouble.as_ref().filter(|_| last.heard_at >= asked) {
                    return Err(of_refusal(trouble));
                }
                every = last.every;
            }
            let changed = async {
                tokio::select! {
                    changed = state.changed() => changed,
                    changed = link.changed() => changed,
                }
            };
            match timeout_at(began + within(every), changed).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(unreachable("")),
                Err(_) => return Ok(None),
            }
        }
    }

    /// Why no state can come at present.
    fn silence(&self, link: &super::Link) -> Option<Problem> {
        match link.state {
            GatewayState::Reached | GatewayState::Connecting => None,
            GatewayState::Revoked => Some(Problem::new(ProblemCode::DeskRevoked, "", false)),
            GatewayState::NotEnrolled | GatewayState::Enrolling => Some(Problem::new(ProblemCode::NotEnrolled, "", false)),
            GatewayState::Away | GatewayState::NoLeader => Some(link.problem.clone().unwrap_or_else(|| unreachable(""))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_break_is_not_shown_and_a_silent_leader_is() {
        let now = Instant::now() + Duration::from_secs(3600);
        let ago = |seconds: u64| now - Duration::from_secs(seconds);
        let every = Duration::from_secs(2);
        let state = |way: &Way| judge(way, every, now).state;
        for refused in [false, true] {
            assert_eq!(state(&Way::Away { since: ago(4), refused }), None);
            assert_eq!(state(&Way::Away { since: ago(5), refused }), Some(GatewayState::Away));
        }
        let up = |leader_at: Option<u64>, since: u64| Way::Up { since: ago(since), leader_at: leader_at.map(ago) };
        assert_eq!(state(&up(None, 1)), None);
        assert_eq!(state(&up(None, 5)), Some(GatewayState::NoLeader));
        assert_eq!(state(&up(Some(4), 60)), Some(GatewayState::Reached));
        assert_eq!(state(&up(Some(5), 60)), Some(GatewayState::NoLeader));
        let slow = |seconds| judge(&up(Some(seconds), 60), Duration::from_secs(10), now).state;
        assert_eq!((slow(19), slow(20)), (Some(GatewayState::Reached), Some(GatewayState::NoLeader)), "with ten thousand desks");
        assert_eq!(judge(&up(Some(4), 60), every, now).again_at, Some(now + Duration::from_secs(1)), "silence is noticed in time");
        assert_eq!([state(&Way::Revoked), state(&Way::NotKnown)], [Some(GatewayState::Revoked), Some(GatewayState::NotEnrolled)]);
    }
}
