//! What the callbacks of one body become: own ones signals, others only counted.

use super::Session;
use crate::{CallRecord, Delivery, Effect, Event, Flaw, LegEvent, Now, PublicPath, Signal};

impl Session {
    /// All of a body is kept in one commit, which its acknowledgement waits for.
    pub(super) fn delivery(&mut self, delivery: Delivery, now: Now, out: &mut Vec<Effect>) {
        match delivery {
            Delivery::Malformed(Flaw { body, reason }) => {
                self.callbacks.malformed += 1;
                out.push(Effect::KeepMalformed { body, reason });
            }
            Delivery::Events { events, flaw, path } => {
                // What is wrong with others' callbacks is not ours to keep, nor are their customers' numbers.
                let is_ours = !events.iter().all(|event| self.is_foreign(event));
                out.extend(flaw.filter(|_| is_ours).map(|Flaw { body, reason }| Effect::KeepMalformed { body, reason }));
                for event in events {
                    self.event(event, path, now, out);
                }
            }
        }
    }

    fn is_foreign(&self, event: &Event) -> bool {
        self.is_of_another_company(event.company.as_deref())
            || match &*event.signal {
                Signal::Leg(LegEvent { extension, .. }) | Signal::Record(CallRecord { extension, .. }) => !self.is_own(extension),
                Signal::TaskFinished { .. } | Signal::Unknown => false,
            }
    }

    fn event(&mut self, event: Event, path: PublicPath, now: Now, out: &mut Vec<Effect>) {
        let is_foreign = self.is_foreign(&event);
        let Event { signal, payload, .. } = event;
        if let Some(uuid) = Self::test_uuid(&signal) {
            self.test_arrived(&uuid, path, now);
            return;
        }
        if is_foreign {
            self.callbacks.foreign += 1;
            out.push(Effect::AppendForeign { payload });
            return;
        }
        out.push(Effect::Append { payload });
        match *signal {
            Signal::Leg(event) => {
                self.callbacks.heard(now);
                self.callbacks.agree(event.status);
                self.leg(event, now, out);
            }
            Signal::Record(mut record) => {
                record.received_at(self.there(now.wall));
                self.callbacks.heard(now);
                self.record(record, now, out);
            }
            Signal::TaskFinished { task_id } => self.task_finished(&task_id, out),
            Signal::Unknown => {}
        }
    }
}
