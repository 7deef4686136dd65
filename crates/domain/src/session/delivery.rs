//! The events of a callback's body: those for the own extension become signals, others are only counted.

use std::time::Duration;

use super::Session;
use crate::{CallRecord, Delivery, Effect, Event, Flaw, LegEvent, Now, Passed, PublicPath, Signal, number::same_extension};

/// A callback that the company's gateway received longer ago than this says nothing about the present (G5).
const PRESENT: Duration = Duration::from_secs(30);

/// How a body came to this desk.
#[derive(Clone, Copy, Debug)]
struct Passage {
    path: PublicPath,
    /// When it was received, by this desk's listener or by the company's gateway.
    received: Now,
    is_past: bool,
    /// Later callbacks may follow at once.
    backlog: bool,
}

impl Passage {
    fn of(path: PublicPath, passed: Option<Passed>, now: Now) -> Self {
        // By a wrong clock it may be of the future.
        let wall = passed.map_or(now.wall, |passed| passed.received_at.min(now.wall));
        let is_past = now.wall.since(wall) >= PRESENT;
        Self { path, received: Now { wall, ..now }, is_past, backlog: passed.is_some_and(|passed| passed.backlog) }
    }
}

impl Session {
    /// All events of a body are stored in one commit, before the callback is acknowledged.
    pub(super) fn delivery(&mut self, delivery: Delivery, now: Now, out: &mut Vec<Effect>) {
        match delivery {
            Delivery::Malformed(Flaw { body, reason }) => {
                self.callbacks.malformed += 1;
                out.push(Effect::KeepMalformed { body, reason });
            }
            Delivery::Events { mut events, flaw, path, passed } => {
                let passage = Passage::of(path, passed, now);
                events.iter_mut().for_each(|event| self.recognise(&mut event.signal));
                out.extend(flaw.and_then(|flaw| self.flaw_of_ours(flaw, &events)));
                for event in events {
                    self.event(event, passage, now, out);
                }
            }
        }
    }

    /// The part of a flawed body that is stored. Callbacks for other extensions, and their customers' numbers, are not ours to keep: only
    /// our own events of the body are stored, and nothing if there is none.
    fn flaw_of_ours(&self, Flaw { body, reason }: Flaw, events: &[Event]) -> Option<Effect> {
        let ours: Vec<&str> = events.iter().filter(|event| !self.is_foreign(event)).map(|event| event.payload.as_str()).collect();
        let body = if ours.len() == events.len() { body } else { ours.join("\n").into_bytes() };
        (!body.is_empty()).then_some(Effect::KeepMalformed { body, reason })
    }

    fn is_foreign(&self, event: &Event) -> bool {
        self.is_of_another_company(event.company.as_deref())
            || match &*event.signal {
                Signal::Leg(LegEvent { extension, .. }) | Signal::Record(CallRecord { extension, .. }) => !self.is_own(extension),
                Signal::Unknown { extension } => !extension.0.is_empty() && !self.is_own(extension),
                Signal::TaskFinished { .. } => false,
            }
    }

    /// Replaces the event's extension by the own one if it is spelt differently, or if it is missing and a number is the own extension.
    fn recognise(&self, signal: &mut Signal) {
        let own = self.own_extension();
        let extension = match signal {
            Signal::Leg(event) => {
                let names_own = [&event.caller, &event.callee].into_iter().any(|number| same_extension(number, &own.0));
                if names_own && event.extension.is_nobodys() {
                    event.extension = own;
                    return;
                }
                &mut event.extension
            }
            Signal::Record(CallRecord { extension, .. }) | Signal::Unknown { extension } => extension,
            Signal::TaskFinished { .. } => return,
        };
        if same_extension(&extension.0, &own.0) {
            *extension = own;
        }
    }

    fn event(&mut self, event: Event, passage: Passage, now: Now, out: &mut Vec<Effect>) {
        let is_foreign = self.is_foreign(&event);
        let received_at = passage.received.wall;
        if !passage.is_past {
            self.hear_company(&event, now);
        }
        let Event { signal, payload, .. } = event;
        if let Some(uuid) = Self::test_uuid(&signal) {
            self.test_arrived(&uuid, passage.path, now);
            return;
        }
        if is_foreign {
            self.callbacks.foreign += 1;
            out.push(Effect::AppendForeign { payload, received_at });
            return;
        }
        out.push(Effect::Append { payload, received_at });
        match *signal {
            Signal::Leg(event) if passage.is_past => self.past_leg(event, passage.received, out),
            Signal::Leg(event) => {
                self.callbacks.heard(now);
                self.callbacks.agree(event.status);
                self.leg(event, passage.backlog, now, out);
            }
            Signal::Record(mut record) => {
                record.received_at(self.there(received_at));
                if !passage.is_past {
                    self.callbacks.heard(now);
                }
                self.record(record, now, out);
            }
            Signal::TaskFinished { task_id } => self.task_finished(&task_id, out),
            Signal::Unknown { .. } => {}
        }
    }
}
