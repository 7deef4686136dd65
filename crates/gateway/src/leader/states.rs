//! Tells each desk its state: a change of its own seat or phone at once, all else regularly, evenly spread over the interval.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{PoisonError, atomic::Ordering},
    time::Duration,
};

use ringside_fleet::{
    hub::DeskRecord,
    words::{DeskId, State, VERSION},
};

use super::Leader;

/// How often desks are looked at. Each step sends some twenty states, and callbacks do not wait longer for them.
const STEP: Duration = Duration::from_millis(20);
/// Desks that are looked at in one go; then other tasks of the thread have their turn.
const AT_ONCE: usize = 100;
const SHORTEST: u64 = 2;
const LONGEST: u64 = 10;

/// The time between two states of one desk: 1,000 states a second at most.
pub fn interval(desks: usize) -> Duration {
    Duration::from_secs((desks as u64 / 1000).clamp(SHORTEST, LONGEST))
}

/// The time over which desks are spread that connect again after the server's end, in ms: 1,000 connections a second. All at once would wait for one
/// another's TLS, and for the server's one lock, until each gives up and begins again.
fn reconnect_within(desks: usize) -> u64 {
    (desks as u64).min(10_000)
}

struct Desk {
    id: DeskId,
    extension: String,
    last: Option<LastState>,
}

#[derive(Clone, Copy)]
struct LastState {
    digest: u64,
    at: Duration,
}

impl Leader {
    pub(super) async fn tell_states(&self) {
        let mut desks: Vec<Desk> = Vec::new();
        let (mut seen, mut registry_seen) = (0, None);
        loop {
            let revision = self.revision.load(Ordering::Acquire);
            let is_news = std::mem::replace(&mut seen, revision) != revision;
            let begun = self.clock.mono();
            let registry_is = Some(self.registry_revision());
            if std::mem::replace(&mut registry_seen, registry_is) != registry_is {
                desks = self.registered(desks);
            }
            let count = desks.len();
            let every = interval(count);
            for (place, Desk { id, extension, last }) in desks.iter_mut().enumerate() {
                if place % AT_ONCE == AT_ONCE - 1 {
                    tokio::task::yield_now().await;
                }
                if !is_news && last.is_some_and(|last| begun < last.at + every) {
                    continue;
                }
                let now = self.clock.mono();
                let mut state = self.state_of(extension, count);
                let digest = digest(&state);
                if last.is_some_and(|last| last.digest == digest && now < last.at + every) {
                    continue;
                }
                // The first states of a new leader are all told at once; the next ones are spread over one interval.
                let ahead = if last.is_some() { Duration::ZERO } else { every.mul_f64(place as f64 / count as f64) };
                state.last = self.intake.stream.last(id).await;
                state.now = self.clock.wall().0;
                match self.hub.tell(id, &state).await {
                    Ok(()) => *last = Some(LastState { digest, at: now.saturating_sub(ahead) }),
                    Err(error) => tracing::debug!(%error, "a state was not told"),
                }
            }
            tokio::select! {
                () = self.news.notified() => {}
                () = tokio::time::sleep(STEP) => {}
            }
        }
    }

    fn state_of(&self, extension: &str, desks: usize) -> State {
        let (read, phone) = self.readings().of(extension);
        State {
            v: VERSION,
            gateway: self.gateway.clone(),
            every_ms: u64::try_from(interval(desks).as_millis()).unwrap_or(u64::MAX),
            reconnect_ms: reconnect_within(desks),
            company_callback_at: self.counters.heard_at(),
            read,
            phone,
            trouble: self.trouble(),
            ..State::default()
        }
    }

    /// The desks that are not revoked, with their extensions and what they were told last.
    fn registered(&self, before: Vec<Desk>) -> Vec<Desk> {
        let last_states: HashMap<DeskId, LastState> = before.into_iter().filter_map(|desk| Some((desk.id, desk.last?))).collect();
        let registry = self.intake.registry.read().unwrap_or_else(PoisonError::into_inner);
        let desks = registry.desks().iter().filter(|(_, record)| record.revoked_at.is_none());
        let desk = |(id, record): (&DeskId, &DeskRecord)| {
            let last = last_states.get(id).copied();
            Desk { id: id.clone(), extension: record.of.extension.clone(), last }
        };
        desks.map(desk).collect()
    }

    fn registry_revision(&self) -> u64 {
        self.intake.registry.read().unwrap_or_else(PoisonError::into_inner).revision()
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
        assert_eq!([1, 2_000, 5_000, 10_000, 50_000].map(reconnect_within), [1, 2000, 5000, 10_000, 10_000]);
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
