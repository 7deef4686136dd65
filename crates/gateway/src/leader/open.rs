//! The desks' requests that are under way or were just answered, by their idempotency keys. A desk asks again with the same key.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ringside_fleet::words::{DeskId, Done, Refusal};

pub type Outcome = Result<Done, Refusal>;

/// How long an outcome is kept for a desk that did not hear it.
const KEPT: Duration = Duration::from_secs(60);

#[derive(Debug)]
enum Slot<R> {
    /// The replies that wait for the outcome.
    UnderWay(Vec<R>),
    Ended(Outcome, Duration),
}

/// What to do with a request.
#[derive(Debug)]
pub enum Ask<R> {
    /// The first: carry it out.
    CarryOut,
    /// Another of the same is under way, and its outcome goes to this one too.
    Waits,
    Answer(R, Outcome),
}

#[derive(Debug)]
pub struct Table<R>(HashMap<(DeskId, String), Slot<R>>);

impl<R> Default for Table<R> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<R> Table<R> {
    pub fn ask(&mut self, desk: &DeskId, id: &str, reply: R, now: Duration) -> Ask<R> {
        self.0.retain(|_, slot| !matches!(slot, Slot::Ended(_, at) if now.saturating_sub(*at) > KEPT));
        match self.0.entry((desk.clone(), id.to_owned())).or_insert_with(|| Slot::UnderWay(Vec::new())) {
            Slot::Ended(outcome, _) => Ask::Answer(reply, outcome.clone()),
            Slot::UnderWay(waiting) => {
                waiting.push(reply);
                if waiting.len() == 1 { Ask::CarryOut } else { Ask::Waits }
            }
        }
    }

    /// The outcome came: those who wait for it. None: it is not known, so the next one who asks begins anew.
    pub fn ended(&mut self, desk: &DeskId, id: &str, outcome: Option<Outcome>, now: Duration) -> Vec<R> {
        let key = (desk.clone(), id.to_owned());
        let slot = match outcome {
            Some(outcome) => self.0.insert(key, Slot::Ended(outcome, now)),
            None => self.0.remove(&key),
        };
        match slot {
            Some(Slot::UnderWay(waiting)) => waiting,
            _ => Vec::new(),
        }
    }
}

/// The table, and the order of requests that change one seat: one at a time, so that the last wish is the last to arrive.
#[derive(Debug, Default)]
pub struct Open {
    table: Mutex<Table<ringside_fleet::hub::Reply>>,
    seats: Mutex<HashMap<(DeskId, String), Seat>>,
}

/// Held by the request that changes the seat.
type Seat = Arc<tokio::sync::Mutex<()>>;

impl Open {
    pub fn table(&self) -> MutexGuard<'_, Table<ringside_fleet::hub::Reply>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The turn at one seat; the caller holds it until the platform has answered.
    pub async fn at_seat(&self, desk: &DeskId, queue: &str) -> tokio::sync::OwnedMutexGuard<()> {
        let seat = {
            let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
            seats.retain(|_, seat| Arc::strong_count(seat) > 1);
            Arc::clone(seats.entry((desk.clone(), queue.to_owned())).or_default())
        };
        seat.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_request_asked_again_and_again_is_carried_out_once_and_all_who_asked_get_its_outcome() {
        let (mut table, desk, now) = (Table::default(), DeskId::of([1; 10]), Duration::ZERO);
        assert!(matches!(table.ask(&desk, "a", 1, now), Ask::CarryOut));
        assert!(matches!(table.ask(&desk, "a", 2, now), Ask::Waits));
        assert!(matches!(table.ask(&desk, "b", 3, now), Ask::CarryOut));
        assert!(matches!(table.ask(&DeskId::of([2; 10]), "a", 4, now), Ask::CarryOut), "another desk's key is another request");
        assert_eq!(table.ended(&desk, "a", Some(Ok(Done::Done)), now), [1, 2]);
        assert!(matches!(table.ask(&desk, "a", 5, now + KEPT), Ask::Answer(5, Ok(Done::Done))));
        assert!(matches!(table.ask(&desk, "a", 6, now + KEPT * 3), Ask::CarryOut), "forgotten");
        assert_eq!(table.ended(&desk, "b", None, now), [3]);
        assert!(matches!(table.ask(&desk, "b", 7, now), Ask::CarryOut));
    }
}
