//! What the gateway tells by itself: whether it is reached, and the readings of the own seats and the own phone.

use std::{sync::Arc, time::Duration};

use ringside_domain::{
    ClockReading, GatewayState, Phone, PhoneReading, PhoneState, Problem, ProblemCode, QueueName, SeatsReading, ShellReport, Timestamp,
};
use ringside_fleet::desk::{Desk, ToldState, Way};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{
    Fleet,
    problem::{of_refusal, unreachable},
};

/// A connection that breaks for less than this is not shown as broken.
const BREAKS: Duration = Duration::from_secs(5);
/// How long a question waits for a reading that was begun after it. With ten thousand desks that takes up to 16 s: 5 s until the gateway
/// begins the next reading, 1 s for the platform's answer, and 10 s until the gateway tells this desk.
const SEATS: Duration = Duration::from_secs(20);
const PHONE: Duration = Duration::from_secs(4);
/// The time of the company's last callback is told again when it is this much later: callbacks count as alive for longer.
const COMPANY: Duration = Duration::from_secs(60);

/// Why a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Revoked,
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
        let told = state.borrow_and_update().clone();
        let every = told.as_ref().map_or(BREAKS, |told| Duration::from_millis(told.state.every_ms));
        let Judged { state: judged, detail, again_at } = judge(&way.borrow_and_update(), every, now);
        match judged {
            Some(GatewayState::Revoked) => {
                fleet.revoked().await;
                return End::Revoked;
            }
            // The last way is no longer true.
            _ if has_ended => return End::Lost,
            Some(reached @ (GatewayState::Reached | GatewayState::Connecting)) => fleet.is(reached, None),
            Some(away) => fleet.is(away, Some(unreachable(detail))),
            None => {}
        }
        let heard = told.and_then(|told| told.company_callback_at).map(|at| fleet.wall_of(at));
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

/// Converts a time of the leader's clock to this computer's monotonic clock. The result is the earliest possible moment.
fn earliest(told: &ToldState, time: i64) -> Option<Instant> {
    let read = told.state.read.iter().zip(&told.asked_at).map(|(read, at)| (Some(read.asked_at), *at));
    let phone = (told.state.phone.as_ref().map(|phone| phone.asked_at), told.phone_asked_at);
    let company = (told.state.company_callback_at, told.company_callback_at);
    let (known, at) = read.chain([phone, company]).find_map(|(known, at)| known.zip(at))?;
    let apart = Duration::from_millis(known.abs_diff(time));
    if time >= known { at.checked_add(apart) } else { at.checked_sub(apart) }
}

impl Fleet {
    /// The leader's clock against this computer's, as its last state shows it; the gateway's clock stands for the platform's.
    pub fn clock_reading(&self) -> Option<ClockReading> {
        let desk = self.0.link.borrow().desk.clone()?;
        let told = desk.state().borrow().clone()?;
        let asked_at = self.wall_of(earliest(&told, told.state.now)?);
        Some(ClockReading { asked_at, stamped_at: Timestamp(told.state.now), answered_at: self.wall_of(told.heard_at) })
    }

    /// A time of the leader's clock by this computer's wall clock, at the earliest; None: the clocks cannot be compared yet.
    pub(super) fn earliest(&self, time: i64) -> Option<Timestamp> {
        let desk = self.0.link.borrow().desk.clone()?;
        let told = desk.state().borrow().clone()?;
        earliest(&told, time).map(|at| self.wall_of(at))
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
        let of = |told: &ToldState| {
            let read = told.state.read.iter().zip(&told.asked_at);
            let (read, _) = read.filter(|(read, _)| read.queue == queue.0).find(|(_, at)| at.is_some_and(|at| at >= asked))?;
            let seats = read.seat.clone().map(Into::into).into_iter().collect();
            Some(SeatsReading { queue: queue.clone(), seats, others: Some(read.others.into()) })
        };
        match self.told(asked, SEATS, of).await? {
            Some(reading) => Ok(reading),
            None if self.reads_others(asked).await => Err(Problem::new(ProblemCode::QueueUnknown, queue.0, true)),
            None => Err(unreachable("the gateway tells no reading")),
        }
    }

    /// Whether another queue was read since.
    async fn reads_others(&self, asked: Instant) -> bool {
        let Ok(desk) = self.desk().await else { return false };
        let told = desk.state().borrow().clone();
        told.is_some_and(|told| told.asked_at.iter().flatten().any(|at| *at >= asked))
    }

    /// A reading of the own phone that was begun after now. The gateway reads a phone only if something depends on it; without a reading
    /// nothing is known.
    pub(super) async fn read_phone(&self) -> Result<PhoneReading, Problem> {
        let asked = Instant::now();
        let of = |told: &ToldState| {
            let phone = told.state.phone.as_ref().filter(|_| told.phone_asked_at.is_some_and(|at| at >= asked))?;
            Some(PhoneReading::from(phone.row.clone()))
        };
        let reading = self.told(asked, PHONE, of).await?;
        Ok(reading.unwrap_or(PhoneReading {
            phone: Phone::Unknown,
            state: PhoneState::Unknown,
            caller: None,
            callee: None,
            display_number: None,
            direction: None,
        }))
    }

    /// What `of` finds in a state, now or within the time; an error as soon as no answer can come.
    async fn told<T>(&self, asked: Instant, within: Duration, of: impl Fn(&ToldState) -> Option<T>) -> Result<Option<T>, Problem> {
        let desk = self.desk().await?;
        let end = Instant::now() + within;
        let (mut state, mut link) = (desk.state(), self.0.link.subscribe());
        loop {
            if let Some(problem) = self.silence(&link.borrow_and_update()) {
                return Err(problem);
            }
            let told: Option<Arc<ToldState>> = state.borrow_and_update().clone();
            if let Some(told) = told {
                if let Some(found) = of(&told) {
                    return Ok(Some(found));
                }
                // The leader cannot ask the platform.
                if let Some(trouble) = told.state.trouble.as_ref().filter(|_| told.heard_at >= asked) {
                    return Err(of_refusal(trouble));
                }
            }
            let changed = async {
                tokio::select! {
                    changed = state.changed() => changed,
                    changed = link.changed() => changed,
                }
            };
            match timeout_at(end, changed).await {
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
        assert_eq!(state(&Way::Revoked), Some(GatewayState::Revoked));
    }
}
