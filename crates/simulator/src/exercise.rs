//! Exercises with names: how fast calls come, how callers behave, and whether the network works.

use jiff::Timestamp;

use crate::options::Pace;
use crate::world::{Due, World};

/// A kind of hour to practise in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exercise {
    /// A call every minute or two, friendly and long.
    CalmHour,
    /// The next call comes as soon as the wrap-up is over.
    BusyHour,
    /// Callers hang up while it rings, or after a few words.
    AngryCallers,
    /// For 20 of every 90 seconds no request is answered and no callback arrives.
    DroppingNetwork,
}

/// Seconds from the beginning of one outage to that of the next, and seconds that each lasts.
const OUTAGES: (i64, i64) = (90, 20);

impl Exercise {
    /// All exercises, the easiest first.
    pub const ALL: [Self; 4] = [Self::CalmHour, Self::BusyHour, Self::AngryCallers, Self::DroppingNetwork];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::CalmHour => "calm",
            Self::BusyHour => "busy",
            Self::AngryCallers => "angry",
            Self::DroppingNetwork => "dropping",
        }
    }

    /// The pace of this exercise.
    pub fn pace(self) -> Pace {
        let usual = Pace::default();
        match self {
            Self::CalmHour => Pace { first: (5, 10), between: (45, 100), talk: (40, 150), miss_one_in: 0, ..usual },
            Self::BusyHour => Pace { first: (1, 2), between: (0, 4), talk: (15, 60), miss_one_in: 0, ..usual },
            Self::AngryCallers => Pace { talk: (2, 20), cancel_one_in: 3, miss_one_in: 0, ..usual },
            Self::DroppingNetwork => usual,
        }
    }
}

impl World {
    /// Begins an exercise, or goes back to the usual pace.
    pub(crate) fn practise(&mut self, exercise: Option<Exercise>, now: Timestamp) {
        self.options.pace = Some(exercise.map_or_else(Pace::default, Exercise::pace));
        self.exercise = exercise.map(|exercise| (exercise, now));
        self.schedule(now, 0, Due::Dial);
    }

    /// Whether the exercise's network is down at this time. Each period ends with its outage, so that the first call gets through.
    pub(crate) fn exercise_has_no_network(&self, now: Timestamp) -> bool {
        let (every, lasts) = OUTAGES;
        self.exercise.is_some_and(|(exercise, since)| {
            let elapsed = now.duration_since(since).as_secs();
            exercise == Exercise::DroppingNetwork && elapsed % every >= every - lasts
        })
    }
}
