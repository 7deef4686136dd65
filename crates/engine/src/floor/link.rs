//! The way from the session's task to the supervisor's desk, while there is one. Sending never waits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ringside_domain::{Delivery, Dialled, NumberRules, Problem, ProblemCode, ReachedOtherwise, Signal, TurnId};
use ringside_platform::floor::dialled;
use ringside_store::FloorStore;
use tokio::sync::mpsc;

/// What the session's task tells the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// This turn has come.
    Turn(TurnId),
    /// The session begins anew and knows no turns.
    TurnsLost,
    /// The platform has called all numbers of this task.
    TaskFinished(String),
    /// Bills of the dialler arrived, and proofs that other calls reached customers.
    Arrived { calls: Vec<Dialled>, reached: Vec<ReachedOtherwise> },
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Link(Arc<Mutex<Option<Connected>>>);

#[derive(Debug)]
struct Connected {
    news: mpsc::UnboundedSender<News>,
    store: FloorStore,
    numbers: NumberRules,
}

impl Link {
    /// Connects a desk in place of the one before.
    pub fn connect(&self, store: FloorStore, numbers: NumberRules) -> mpsc::UnboundedReceiver<News> {
        let (news, receiver) = mpsc::unbounded_channel();
        *self.connected() = Some(Connected { news, store, numbers });
        receiver
    }

    /// The desk has ended, and its database is closed.
    pub fn disconnect(&self) {
        *self.connected() = None;
    }

    fn connected(&self) -> MutexGuard<'_, Option<Connected>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why this customer must not be called: the number is on the do-not-call list, or the list of a desk that is switched on cannot be read.
    /// Blocks.
    pub fn refusal(&self, phone: &str, is_on: bool) -> Option<Problem> {
        let store = self.connected().as_ref().map(|desk| desk.store.clone());
        match store.map(|store| store.must_not_call(phone)) {
            Some(Ok(false)) => None,
            Some(Ok(true)) => Some(Problem::new(ProblemCode::DoNotCall, phone, false).known_not_done(true)),
            Some(Err(error)) => Some(Problem::from(&error)),
            None => is_on.then(|| Problem::new(ProblemCode::PartFailed, "the do-not-call list cannot be read", true)),
        }
    }

    /// Returns false if no desk hears it.
    pub fn tell(&self, news: News) -> bool {
        self.connected().as_ref().is_some_and(|desk| desk.news.send(news).is_ok())
    }

    /// Tells the desk what concerns it in a callback, whichever extension it is for. Two companies can use one address: calls of the other one,
    /// told by its code, are left out. A task is known by its id.
    pub fn hear(&self, delivery: &Delivery, is_another: impl Fn(Option<&str>) -> bool) {
        let Delivery::Events { events, .. } = delivery else { return };
        let Some(numbers) = self.connected().as_ref().map(|desk| desk.numbers.clone()) else { return };
        for event in events {
            if let Signal::TaskFinished { task_id } = &*event.signal {
                self.tell(News::TaskFinished(task_id.clone()));
            }
        }
        let signals = || events.iter().filter(|event| !is_another(event.company.as_deref())).map(|event| &*event.signal);
        // Without a time of its own, a bill is taken from the next reading.
        let is_dated = |signal: &&Signal| !matches!(signal, Signal::Record(record) if record.undated);
        let calls: Vec<Dialled> = signals().filter(is_dated).filter_map(dialled).collect();
        let reached = signals().filter(is_dated).filter_map(|signal| ReachedOtherwise::by(signal, &numbers));
        let reached: Vec<ReachedOtherwise> = reached.collect();
        if !(calls.is_empty() && reached.is_empty()) {
            self.tell(News::Arrived { calls, reached });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(json: &[serde_json::Value]) -> Delivery {
        let event = |json: &serde_json::Value| {
            let fields: ringside_wire::callback::Fields = serde_json::from_value(json.clone()).unwrap();
            let signal = Box::new(Signal::Record(ringside_wire::callback::record(&fields, &ringside_wire::Zone::default())));
            ringside_domain::Event { signal, company: None, payload: String::new() }
        };
        Delivery::Events {
            events: json.iter().map(event).collect(),
            flaw: None,
            path: ringside_domain::PublicPath::default(),
            passed: None,
        }
    }

    #[test]
    fn bills_of_the_dialler_and_of_other_calls_that_reached_a_customer_are_told_at_once() {
        let link = Link::default();
        let mut news = link.connect(FloorStore::in_memory().unwrap(), NumberRules::default());
        let bill = |id: u32, method: u32, extension: &str, talked: u32, started: &str| {
            serde_json::json!({"id": id, "callmethod": method, "extnumber": extension, "destnumber": "013800138000", "disnumber": "2190170001",
                "type": "callout", "billsec": talked, "starttime": started, "endtime": started})
        };
        let at = "2024-01-01 12:00:00";
        link.hear(
            &delivery(&[bill(1, 5, "", 4, at), bill(2, 2, "7005", 9, at), bill(3, 2, "7005", 0, at), bill(4, 5, "7005", 4, "")]),
            |_| false,
        );
        let News::Arrived { calls, reached } = news.try_recv().unwrap() else { panic!() };
        assert_eq!(calls.iter().map(|call| (call.key.as_str(), call.shown.as_str())).collect::<Vec<_>>(), [("1", "2190170001")]);
        assert_eq!(reached.iter().map(|reached| reached.phone.as_str()).collect::<Vec<_>>(), ["013800138000"]);
        link.hear(&delivery(&[bill(5, 2, "7005", 0, at)]), |_| false);
        assert!(news.try_recv().is_err(), "nothing that concerns the desk");
    }

    #[test]
    fn a_list_that_cannot_be_read_forbids_every_call_back_while_the_desk_is_switched_on() {
        let link = Link::default();
        assert_eq!(link.refusal("013800138000", false), None);
        assert_eq!(link.refusal("013800138000", true).unwrap().code, ProblemCode::PartFailed);
        let news = link.connect(FloorStore::in_memory().unwrap(), NumberRules::default());
        assert_eq!(link.refusal("013800138000", true), None);
        link.disconnect();
        assert!(news.is_closed() && link.refusal("013800138000", true).is_some());
    }
}
