//! The intervals of the leader's readings.

use std::time::Duration;

/// Between two readings of all seats.
const SEATS: Duration = Duration::from_secs(5);
/// The same while a wish waits for its confirmation.
const SEATS_AWAITED: Duration = Duration::from_secs(2);
/// Between two readings of the phones of agents in a call.
const PHONES: Duration = Duration::from_secs(5);
/// Between two readings of all phones while no callbacks come.
const ALL_PHONES: Duration = Duration::from_secs(15);
const QUEUES: Duration = Duration::from_secs(60);
const BILLS: Duration = Duration::from_secs(600);
/// Without a callback for the company during this time, callbacks may have stopped.
const SILENCE: Duration = Duration::from_secs(300);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Poll {
    Seats,
    /// Of agents in a call only.
    Phones,
    AllPhones,
    Queues,
    Bills,
}

/// What decides which readings are due.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// A desk has changed a seat, and no reading that was asked for later has come.
    pub wish_open: bool,
    pub any_in_call: bool,
    /// When the last callback of the company came, or the leader's begin.
    pub heard_at: Duration,
}

/// One reading of each kind is on its way at a time.
#[derive(Debug, Default)]
pub struct Schedule {
    asked: [Option<Duration>; 5],
    under_way: [bool; 5],
}

impl Schedule {
    const ALL: [Poll; 5] = [Poll::Seats, Poll::Phones, Poll::AllPhones, Poll::Queues, Poll::Bills];

    pub fn due(&self, facts: Facts, now: Duration) -> Vec<Poll> {
        let is_due = |poll: &Poll| {
            let place = *poll as usize;
            !self.under_way[place]
                && interval(*poll, facts, now).is_some_and(|interval| self.asked[place].is_none_or(|at| at + interval <= now))
        };
        Self::ALL.into_iter().filter(is_due).collect()
    }

    pub fn asked(&mut self, poll: Poll, now: Duration) {
        self.asked[poll as usize] = Some(now);
        self.under_way[poll as usize] = true;
    }

    /// The answer came, or the failure.
    pub fn ended(&mut self, poll: Poll) {
        self.under_way[poll as usize] = false;
    }
}

/// None: this is not read now.
fn interval(poll: Poll, facts: Facts, now: Duration) -> Option<Duration> {
    let silent = now.saturating_sub(facts.heard_at) >= SILENCE;
    match poll {
        Poll::Seats if facts.wish_open => Some(SEATS_AWAITED),
        Poll::Seats => Some(SEATS),
        Poll::Phones => (facts.any_in_call && !silent).then_some(PHONES),
        Poll::AllPhones => silent.then_some(ALL_PHONES),
        Poll::Queues => Some(QUEUES),
        Poll::Bills => Some(BILLS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seconds at which each poll is made, if each is answered after a second.
    fn made(facts: impl Fn(u64) -> Facts, until: u64) -> Vec<(Poll, Vec<u64>)> {
        let mut schedule = Schedule::default();
        let mut made = Schedule::ALL.map(|poll| (poll, Vec::new()));
        for second in 0..until {
            let now = Duration::from_secs(second);
            for poll in Schedule::ALL {
                if schedule.asked[poll as usize].is_some_and(|at| at < now) {
                    schedule.ended(poll);
                }
            }
            for poll in schedule.due(facts(second), now) {
                schedule.asked(poll, now);
                made[poll as usize].1.push(second);
            }
        }
        made.to_vec()
    }

    #[test]
    fn seats_are_read_every_five_seconds_and_every_two_while_a_wish_is_open() {
        let made = made(|second| Facts { wish_open: second >= 10, ..Facts::default() }, 20);
        assert_eq!(made[0].1, [0, 5, 10, 12, 14, 16, 18]);
        assert_eq!(made[3].1, [0], "queues each minute");
        assert_eq!(made[4].1, [0]);
        assert!(made[1].1.is_empty() && made[2].1.is_empty(), "no phone is read without a reason");
    }

    #[test]
    fn phones_are_read_only_in_a_call_or_if_callbacks_have_stopped() {
        let made = made(|second| Facts { any_in_call: second >= 100, heard_at: Duration::ZERO, wish_open: false }, 340);
        assert_eq!((made[1].1.first(), made[1].1.last()), (Some(&100), Some(&295)));
        assert_eq!(made[2].1, [300, 315, 330]);
    }

    #[test]
    fn a_reading_that_takes_long_is_not_asked_for_twice() {
        let mut schedule = Schedule::default();
        schedule.asked(Poll::Seats, Duration::ZERO);
        assert!(!schedule.due(Facts::default(), Duration::from_secs(100)).contains(&Poll::Seats));
        schedule.ended(Poll::Seats);
        assert!(schedule.due(Facts::default(), Duration::from_secs(100)).contains(&Poll::Seats));
    }
}
