//! The desks' requests: each once, however often it is asked, and what must not happen twice is journalled first.

use std::{sync::Arc, time::Duration};

use ringside_domain::Timestamp;
use ringside_fleet::{
    hub::{Asked, Bucket, DeskRecord},
    words::{DeskId, Do, Done, ErrorCode, Operation, Refusal},
};
use ringside_store::OutboxWrite;
use tokio::sync::mpsc;

use super::{
    Leader,
    journal::{self, Entry, Step},
    open::{Handled, Outcome, Request},
};

/// Requests that wait to be looked at.
const WAITING: usize = 1024;
const RETRY: Duration = Duration::from_secs(1);

impl Leader {
    pub(super) async fn serve(self: Arc<Self>) {
        let (sink, mut asked) = mpsc::channel(WAITING);
        let _serving = loop {
            match self.hub.serve_do(sink.clone()).await {
                Ok(serving) => break serving,
                Err(error) => tracing::error!(%error, "the desks' requests cannot be heard"),
            }
            tokio::time::sleep(RETRY).await;
        };
        while let Some(asked) = asked.recv().await {
            let leader = Arc::clone(&self);
            // Not ended with the lead: a request that was sent is answered.
            tokio::spawn(async move { leader.one(asked).await });
        }
    }

    async fn one(self: Arc<Self>, asked: Asked<Do>) {
        let Asked { desk, record, what, reply } = asked;
        // A reading is large, and a password is kept nowhere (N21): a desk that did not hear it has it read again.
        let keeps = !(what.what.is_reading_of_floor() || matches!(what.what, Operation::Password { .. }));
        let must_not_repeat = what.what.must_not_repeat();
        let request = Request { desk: desk.clone(), id: what.id.clone(), keeps, must_not_repeat };
        let leader = Arc::clone(&self);
        let work = || async move {
            if must_not_repeat {
                leader.once(&desk, &record, what).await
            } else {
                Some(Box::pin(leader.carry_out(&desk, &record, what)).await)
            }
        };
        match self.open.handle(&request, reply, || self.clock.mono(), work).await {
            Handled::Before(reply, outcome) => reply.answer(outcome).await,
            Handled::UnderWay | Handled::CarriedOut(None, _) => {}
            Handled::CarriedOut(Some(outcome), replies) => {
                let counter = if outcome.is_ok() { &self.counters.carried_out } else { &self.counters.refused };
                counter.add(1);
                for reply in replies {
                    reply.answer(outcome.clone()).await;
                }
            }
        }
    }

    /// A request that would call a customer twice: begun once in the world. None: it is under way elsewhere.
    async fn once(&self, desk: &DeskId, record: &DeskRecord, what: Do) -> Option<Outcome> {
        let key = format!("w.{}", what.id);
        let own_key = format!("{desk}.{}", what.id);
        let failed = |error: String| Some(Err(Refusal::not_done(ErrorCode::GatewayFailed, error, true)));
        let shared = match self.hub.record::<Entry>(Bucket::Wish, &key).await {
            Ok(shared) => shared,
            Err(error) => return failed(error.to_string()),
        };
        let own = match self.intake.outbox.wish(&own_key) {
            Ok(own) => own.map(|wish| Entry { begun_at: wish.begun_at.0, by: self.gateway.clone(), outcome: wish.outcome }),
            Err(error) => return failed(error.to_string()),
        };
        let shared = shared.map(|stored| stored.value);
        match journal::step(shared.as_ref(), own.as_ref(), &self.gateway, self.clock.wall()) {
            Step::Begin => {}
            Step::Answer(json) => return Some(read_outcome(&json)),
            Step::Wait => return None,
            Step::FateUnknown => return Some(Err(Refusal::new(ErrorCode::FateUnknown, "a gateway ended while it asked", false))),
        }
        let begun = Entry { begun_at: self.clock.wall().0, by: self.gateway.clone(), outcome: None };
        // Compare and set: one gateway in the world.
        let revision = match self.hub.write_record(Bucket::Wish, &key, &begun, None).await {
            Ok(revision) => revision,
            Err(error) => {
                tracing::debug!(%error, "a request was not begun");
                return None;
            }
        };
        let at = Timestamp(begun.begun_at);
        if let Err(error) = self.intake.outbox.write(vec![OutboxWrite::WishBegun { id: own_key.clone(), at }]).await {
            // The platform was not asked: a repeat may begin anew.
            if let Err(error) = self.hub.delete_entry(Bucket::Wish, &key, revision).await {
                tracing::warn!(%error, "a request that was not begun stays in the journal; a repeat is told that its fate is unknown");
            }
            return failed(error.to_string());
        }
        let outcome = Box::pin(self.carry_out(desk, record, what)).await;
        let json = write_outcome(&outcome);
        let ended = Entry { outcome: Some(json.clone()), ..begun };
        let written = self.intake.outbox.write(vec![OutboxWrite::WishEnded { id: own_key, outcome: json }]);
        if let Err(error) = self.hub.write_record(Bucket::Wish, &key, &ended, Some(revision)).await {
            tracing::warn!(%error, "an outcome was not shared with the other gateways");
        }
        if let Err(error) = written.await {
            tracing::warn!(%error, "an outcome was not stored; it is tried again");
        }
        Some(outcome)
    }
}

/// The outcome in the journal: a desk's answer without its envelope.
fn write_outcome(outcome: &Outcome) -> String {
    let words: ringside_fleet::words::Outcome<Done> = outcome.clone().into();
    serde_json::to_string(&words).unwrap_or_default()
}

fn read_outcome(json: &str) -> Outcome {
    let unreadable = || Err(Refusal::new(ErrorCode::FateUnknown, "the outcome in the journal cannot be read", false));
    serde_json::from_str::<ringside_fleet::words::Outcome<Done>>(json).map_or_else(|_| unreadable(), Result::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_read_from_the_journal_as_it_was_written() {
        for outcome in
            [Ok(Done::TaskMade { task_id: "t".to_owned(), accepted: true }), Err(Refusal::new(ErrorCode::QueueUnknown, "no", true))]
        {
            assert_eq!(read_outcome(&write_outcome(&outcome)), outcome);
        }
        assert_eq!(read_outcome("").unwrap_err().code, ErrorCode::FateUnknown);
    }
}
