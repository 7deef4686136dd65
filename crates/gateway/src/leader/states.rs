//! Tells each desk its state: a change of its own seat or phone at once, all else regularly, evenly spread over the interval.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{PoisonError, atomic::Ordering},
    time::Duration,
};

use ringside_fleet::words::{DeskId, State, VERSION};

use super::Leader;

/// How often desks are looked at.
const STEP: Duration = Duration::from_millis(200);
/// Desks that are looked at in one go; then other tasks of the thread have their turn.
const AT_ONCE: usize = 100;
const SHORTEST: u64 = 2;
const LONGEST: u64 = 10;

/// The time between two states of one desk: 1,000 states a second at most.
pub fn interval(desks: usize) -> Duration {
    Duration::from_secs((desks as u64 / 1000).clamp(SHORTEST, LONGEST))
}

/// The last state of a desk.
struct LastState {
    digest: u64,
    at: Duration,
}

impl Leader {
    pub(super) async fn tell_states(&self) {
        let mut last_states: HashMap<DeskId, LastState> = HashMap::new();
        let mut seen = 0;
        loop {
            let revision = self.revision.load(Ordering::Acquire);
            let is_news = std::mem::replace(&mut seen, revision) != revision;
            let desks = self.registered();
            if last_states.len() > desks.len() {
                let known: HashSet<&DeskId> = desks.iter().map(|(id, _)| id).collect();
                last_states.retain(|id, _| known.contains(id));
            }
            let every = interval(desks.len());
            for (place, (id, extension)) in desks.iter().enumerate() {
                if place % AT_ONCE == AT_ONCE - 1 {
                    tokio::task::yield_now().await;
                }
                let now = self.clock.mono();
                let last = last_states.get(id);
                if !is_news && last.is_some_and(|last| now < last.at + every) {
                    continue;
                }
                let mut state = self.state_of(extension, every);
                let digest = digest(&state);
                if last.is_some_and(|last| last.digest == digest && now < last.at + every) {
                    continue;
                }
                // The first states of a new leader are all told at once; the next ones are spread over one interval.
                let ahead = if last.is_some() { Duration::ZERO } else { every.mul_f64(place as f64 / desks.len() as f64) };
                state.last = self.intake.stream.last(id).await;
                state.now = self.clock.wall().0;
                match self.hub.tell(id, &state).await {
                    Ok(()) => drop(last_states.insert(id.clone(), LastState { digest, at: now.saturating_sub(ahead) })),
                    Err(error) => tracing::debug!(%error, "a state was not told"),
                }
            }
            tokio::select! {
                () = self.news.notified() => {}
                () = tokio::time::sleep(STEP) => {}
            }
        }
    }

    fn state_of(&self, extension: &str, every: Duration) -> State {
        let (read, phone) = self.readings().of(extension);
        State {
            v: VERSION,
            gateway: self.gateway.clone(),
            every_ms: u64::try_from(every.as_millis()).unwrap_or(u64::MAX),
            company_callback_at: self.counters.heard_at(),
            read,
            phone,
            trouble: self.trouble(),
            ..State::default()
        }
    }

    /// The desks that are not revoked, with their extensions.
    fn registered(&self) -> Vec<(DeskId, String)> {
        let registry = self.intake.registry.read().unwrap_or_else(PoisonError::into_inner);
        let desks = registry.desks().iter().filter(|(_, record)| record.revoked_at.is_none());
        desks.map(|(id, record)| (id.clone(), record.of.extension.clone())).collect()
    }
}

/// A digest of the fields whose change a desk is told at once. Counts of other agents change all the time and are left out.
fn digest(state: &State) -> u64 {
    let mut hasher = DefaultHasher::new();
    for read in &state.read {
        (&read.queue, format!("{:?}", read.seat)).hash(&mut hasher);
    }
    format!("{:?} {:?}", state.phone.as_ref().map(|phone| &phone.row), state.trouble).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use ringside_fleet::words::{Counts, QueueRead, Seat};

    use super::*;

    #[test]
    fn ten_thousand_desks_are_told_a_thousand_states_a_second_and_few_are_told_often() {
        assert_eq!([1, 2_000, 5_000, 10_000, 50_000].map(|desks| interval(desks).as_secs()), [2, 2, 5, 10, 10]);
    }

    #[test]
    fn only_a_change_of_the_desk_itself_is_told_at_once() {
        let read = |asked_at, available, answered| State {
            read: vec![QueueRead {
                queue: "a".into(),
                asked_at,
                seat: Some(Seat { answered, ..Seat::default() }),
                others: Counts { available, ..Counts::default() },
            }],
            ..State::default()
        };
        assert_eq!(digest(&read(1, 2, 0)), digest(&read(9, 3, 0)));
        assert_ne!(digest(&read(1, 2, 0)), digest(&read(1, 2, 1)));
    }
}
