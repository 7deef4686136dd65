//! The gateway's feed: each callback goes to the engine like one from the listener, and the position is kept once the callbacks before it
//! are stored.

use std::time::Duration;

use ringside_domain::{Delivery, Flaw, Passed, Receipt, ShellReport};
use ringside_fleet::{
    desk::{Fed, FedEvent},
    words::Position,
};
use ringside_wire::{Zone, callback};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, sleep_until},
};

use super::Fleet;

/// So many callbacks are passed on before the first of them is stored.
const UNDER_WAY: usize = 256;
/// The position is kept at most this often: the callbacks after it come again, and are recognised.
const KEPT_EVERY: Duration = Duration::from_secs(1);
/// A callback that could not be stored is offered again after this time.
const AGAIN: Duration = Duration::from_secs(1);

/// What was passed on, in order.
enum Step {
    Offered { delivery: Delivery, receipt: oneshot::Receiver<Receipt> },
    Position(Position),
}

pub(super) async fn run(fleet: &Fleet, desk: String, mut fed: mpsc::Receiver<Fed>) {
    let (steps, under_way) = mpsc::channel(UNDER_WAY);
    // It takes the sender with it: settling ends when this has ended.
    let offering = async move {
        while let Some(next) = fed.recv().await {
            let step = match next {
                Fed::Event(event) => {
                    let Some(delivery) = fleet.delivery(event).await else { continue };
                    let Some(receipt) = fleet.offer(delivery.clone()).await else { return };
                    Step::Offered { delivery, receipt }
                }
                Fed::Position(position) => Step::Position(position),
                Fed::Gap => {
                    tracing::warn!("callbacks for this desk are gone: the log is filled from the platform's records");
                    fleet.report(ShellReport::CallbacksGone);
                    continue;
                }
                Fed::Enrolled(enrolled) => {
                    fleet.renewed(enrolled).await;
                    continue;
                }
            };
            if steps.send(step).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(offering, settle(fleet, &desk, under_way));
}

/// Waits for the receipts in order.
async fn settle(fleet: &Fleet, desk: &str, mut under_way: mpsc::Receiver<Step>) {
    let mut kept_at: Option<Instant> = None;
    let mut pending: Option<Position> = None;
    loop {
        let due = kept_at.map_or_else(Instant::now, |at| at + KEPT_EVERY);
        let step = tokio::select! {
            biased;
            () = sleep_until(due), if pending.is_some() => {
                if let Some(position) = pending.take() {
                    fleet.keep_position(desk, position).await;
                    kept_at = Some(Instant::now());
                }
                continue;
            }
            step = under_way.recv() => step,
        };
        match step {
            Some(Step::Position(position)) => pending = Some(position),
            Some(Step::Offered { delivery, mut receipt }) => {
                // A callback without a receipt for its storage is not stored (L42), and nobody else will send it again.
                while receipt.await != Ok(Receipt::Kept) {
                    sleep(AGAIN).await;
                    let Some(again) = fleet.offer(delivery.clone()).await else { return };
                    receipt = again;
                }
            }
            None => return,
        }
    }
}

impl Fleet {
    /// None: the engine has stopped.
    async fn offer(&self, delivery: Delivery) -> Option<oneshot::Receiver<Receipt>> {
        let (receipt, received) = oneshot::channel();
        self.0.means.callbacks.send((delivery, receipt)).await.ok().map(|()| received)
    }

    async fn delivery(&self, event: FedEvent) -> Option<Delivery> {
        if event.oversize {
            tracing::warn!(notice = event.body, "a callback is too large for the gateway to pass on; the call's record will come");
            return None;
        }
        Some(delivered(event, &self.zone().await, self.0.means.clock.now().wall))
    }

    /// The platform's time zone, which the gateway says with its first welcome.
    async fn zone(&self) -> Zone {
        loop {
            if let Some(zone) = self.kept().and_then(|kept| kept.zone()) {
                return zone;
            }
            self.ask_company().await;
        }
    }
}

fn delivered(event: FedEvent, zone: &Zone, now: ringside_domain::Timestamp) -> Delivery {
    let by_its_clock = ringside_domain::Timestamp(event.received);
    let received_at = match event.age {
        Some(age) => now.minus(age),
        // What is heard live was received just now, whatever the clocks say.
        None if event.backlog => by_its_clock.min(now),
        None => now,
    };
    match callback::parse(event.body.as_bytes(), zone) {
        Ok(Delivery::Events { events, flaw, path, .. }) => {
            Delivery::Events { events, flaw, path, passed: Some(Passed { received_at, backlog: event.backlog }) }
        }
        Ok(malformed) => malformed,
        Err(error) => Delivery::Malformed(Flaw { body: event.body.into_bytes(), reason: error.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use ringside_domain::Timestamp;

    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn received(age: Option<u64>, backlog: bool, received: i64) -> Timestamp {
        let body = r#"{"event":"x","extnumber":"100001"}"#.to_owned();
        let event = FedEvent { seq: 1, age: age.map(Duration::from_secs), received, body, backlog, oversize: false };
        let Delivery::Events { passed: Some(passed), .. } = delivered(event, &Zone::default(), NOW) else { panic!() };
        assert_eq!(passed.backlog, backlog);
        passed.received_at
    }

    #[test]
    fn the_time_of_receipt_is_by_this_computers_clock() {
        let a_day_ago = NOW.0 - 86_400_000;
        assert_eq!(received(Some(3), true, a_day_ago), Timestamp(NOW.0 - 3000), "by the age, if it is known");
        assert_eq!(received(None, true, a_day_ago), Timestamp(a_day_ago));
        assert_eq!(received(None, true, NOW.0 + 86_400_000), NOW, "never in the future");
        assert_eq!(received(None, false, a_day_ago), NOW, "heard live");
    }

    #[test]
    fn g7_a_body_that_cannot_be_read_is_kept_aside_and_holds_nothing_up() {
        let event = FedEvent { seq: 1, age: None, received: 0, body: "not JSON".into(), backlog: false, oversize: false };
        assert!(matches!(delivered(event, &Zone::default(), NOW), Delivery::Malformed(flaw) if flaw.body == b"not JSON"));
    }
}
