//! Extensions: read while a page shows them.

use std::time::Duration;

use ringside_domain::{ExtensionsView, FloorAnswer, FloorExtension, Now, Priority, Problem, Topic};

use crate::{
    Floor,
    readings::Reading,
    turns::{Ended, Purpose, Want},
};

/// Each reading is three requests.
const INTERVAL: Duration = Duration::from_secs(15);

#[derive(Debug, Default)]
pub(crate) struct Extensions {
    reading: Reading,
    list: Vec<FloorExtension>,
}

impl Extensions {
    pub fn read_now(&mut self, now: Now) {
        self.reading.now(now);
    }
}

impl Floor {
    pub(crate) fn extension_wants(&self, wants: &mut Vec<Want>) {
        if self.watched.contains(&Topic::Extensions) {
            wants.push(Want { purpose: Purpose::Extensions, priority: Priority::Seats, due: self.extensions.reading.due(INTERVAL) });
        }
    }

    pub(crate) fn extensions_answered(&mut self, ended: &Ended, outcome: Result<FloorAnswer, Problem>, now: Now) {
        let unit = self.desk.unit();
        match outcome {
            Ok(FloorAnswer::Extensions(list)) => {
                self.extensions.reading.succeeded(ended.asked_at, unit, now);
                self.extensions.list = list;
            }
            Ok(_) => {}
            Err(problem) => self.extensions.reading.failed(problem, unit, now),
        }
    }

    pub(crate) fn extensions_view(&self) -> ExtensionsView {
        ExtensionsView {
            read_at: self.extensions.reading.read_at(),
            problem: self.extensions.reading.problem(),
            extensions: self.extensions.list.clone(),
        }
    }
}
