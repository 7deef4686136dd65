//! The turns that the supervisor's desk wants in the budget.

use std::{collections::BTreeMap, time::Duration};

use crate::{Priority, TurnId};

#[derive(Debug)]
struct Turn {
    kind: String,
    priority: Priority,
    since: Duration,
    /// None: it waits.
    given_at: Option<Duration>,
}

#[derive(Debug, Default)]
pub(super) struct Turns(BTreeMap<TurnId, Turn>);

impl Turns {
    pub fn want(&mut self, id: TurnId, kind: String, priority: Priority, now: Duration) {
        self.0.entry(id).or_insert(Turn { kind, priority, since: now, given_at: None });
    }

    pub fn drop(&mut self, id: TurnId) {
        self.0.remove(&id);
    }

    pub fn give(&mut self, id: TurnId, now: Duration) {
        if let Some(turn) = self.0.get_mut(&id) {
            turn.given_at = Some(now);
        }
    }

    /// The kind of the request, and when it was sent; None if the turn was not given.
    pub fn end(&mut self, id: TurnId) -> Option<(String, Duration)> {
        let turn = self.0.remove(&id)?;
        Some((turn.kind, turn.given_at?))
    }

    pub fn newest_given(&self) -> Option<Duration> {
        self.0.values().filter_map(|turn| turn.given_at).max()
    }

    /// Of the waiting turns, the oldest of each kind and priority: the others come after it.
    pub fn oldest(&self) -> impl Iterator<Item = (TurnId, &str, Priority, Duration)> {
        let mut oldest: BTreeMap<(&str, Priority), (TurnId, Duration)> = BTreeMap::new();
        for (id, turn) in self.0.iter().filter(|(_, turn)| turn.given_at.is_none()) {
            let first = oldest.entry((&turn.kind, turn.priority)).or_insert((*id, turn.since));
            if turn.since < first.1 {
                *first = (*id, turn.since);
            }
        }
        oldest.into_iter().map(|((kind, priority), (id, since))| (id, kind, priority, since))
    }
}
