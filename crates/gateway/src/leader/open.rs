//! The desks' requests that are under way or were just answered, by their idempotency keys. A desk asks again with the same key.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ringside_fleet::words::{DeskId, Done, ErrorCode, Refusal};

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
enum Ask<R> {
    /// The first: carry it out.
    CarryOut,
    /// Another of the same is under way, and its outcome goes to this one too.
    Waits,
    Answer(R, Outcome),
}

#[derive(Debug)]
struct Table<R>(HashMap<(DeskId, String), Slot<R>>);

impl<R> Default for Table<R> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<R> Table<R> {
    fn ask(&mut self, desk: &DeskId, id: &str, reply: R, now: Duration) -> Ask<R> {
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
    fn ended(&mut self, desk: &DeskId, id: &str, outcome: Option<Outcome>, now: Duration) -> Vec<R> {
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
#[derive(Debug)]
pub struct Open<R> {
    table: Mutex<Table<R>>,
    seats: Mutex<HashMap<(DeskId, String), Seat>>,
}

impl<R> Default for Open<R> {
    fn default() -> Self {
        Self { table: Mutex::default(), seats: Mutex::default() }
    }
}

/// Held by the request that changes the seat.
type Seat = Arc<tokio::sync::Mutex<()>>;

/// One request: its key, and what its outcome is to the requests after it.
#[derive(Clone, Debug)]
pub struct Request {
    pub desk: DeskId,
    pub id: String,
    /// The outcome is kept for a desk that did not hear it.
    pub keeps: bool,
    /// It would call a customer twice.
    pub must_not_repeat: bool,
}

/// What became of a request.
#[derive(Debug)]
pub enum Handled<R> {
    /// Another of the same was carried out before.
    Before(R, Outcome),
    /// Another of the same is under way, and its outcome goes to this one too.
    UnderWay,
    /// It was carried out; all who asked meanwhile get the outcome. None: it is under way at another gateway, and they ask again.
    CarriedOut(Option<Outcome>, Vec<R>),
}

impl<R> Open<R> {
    /// Carries a request out, unless another of the same was or is. A panic of the work is an outcome too: else all who ask again would wait for
    /// it without end.
    pub async fn handle<W>(&self, request: &Request, reply: R, mono: impl Fn() -> Duration, work: impl FnOnce() -> W) -> Handled<R>
    where
        W: Future<Output = Option<Outcome>> + Send + 'static,
    {
        let Request { desk, id, keeps, must_not_repeat } = request;
        let ask = self.table().ask(desk, id, reply, mono());
        match ask {
            Ask::Answer(reply, outcome) => return Handled::Before(reply, outcome),
            Ask::Waits => return Handled::UnderWay,
            Ask::CarryOut => {}
        }
        let outcome = tokio::spawn(work()).await.unwrap_or_else(|error| {
            tracing::error!(%error, "a request has failed within the gateway");
            let code = if *must_not_repeat { ErrorCode::FateUnknown } else { ErrorCode::GatewayFailed };
            Some(Err(Refusal::new(code, "a fault of the gateway", !must_not_repeat)))
        });
        let waiting = self.table().ended(desk, id, outcome.clone().filter(|_| *keeps), mono());
        Handled::CarriedOut(outcome, waiting)
    }

    fn table(&self) -> MutexGuard<'_, Table<R>> {
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

    #[tokio::test]
    async fn a_request_whose_work_panics_is_answered_and_can_be_asked_again_unless_it_calls_customers() {
        let open = Open::default();
        let handle = async |id: &str, must_not_repeat, panics: bool| {
            let request = Request { desk: DeskId::of([1; 10]), id: id.to_owned(), keeps: true, must_not_repeat };
            let work = || async move { if panics { panic!("a fault") } else { Some(Ok(Done::Done)) } };
            open.handle(&request, id.to_owned(), || Duration::ZERO, work).await
        };
        for (id, must_not_repeat, code) in [("once", true, ErrorCode::FateUnknown), ("freely", false, ErrorCode::GatewayFailed)] {
            let Handled::CarriedOut(Some(Err(refusal)), replies) = handle(id, must_not_repeat, true).await else { panic!("{id}") };
            assert_eq!((refusal.code, refusal.retryable, refusal.not_done), (code, !must_not_repeat, false));
            assert_eq!(replies, [id]);
            let Handled::Before(reply, Err(again)) = handle(id, must_not_repeat, false).await else { panic!("{id}: it waits without end") };
            assert_eq!((reply.as_str(), again), (id, refusal), "the same request has the same outcome");
        }
        assert!(matches!(handle("other", false, false).await, Handled::CarriedOut(Some(Ok(Done::Done)), _)));
    }
}
