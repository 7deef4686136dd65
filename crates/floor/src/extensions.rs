//! Extensions: read while a page shows them, or a campaign that calls for one of them.

use std::time::Duration;

use ringside_domain::{Extension, ExtensionDetail, ExtensionsView, FloorAnswer, FloorExtension, Now, Priority, Problem, Target, Topic};

use crate::{
    Floor,
    readings::Reading,
    turns::{Ended, Purpose, Want},
};

/// Each reading is four requests.
const INTERVAL: Duration = Duration::from_secs(15);

#[derive(Debug, Default)]
pub(crate) struct Extensions {
    reading: Reading,
    list: Vec<FloorExtension>,
    /// What the last reading could not tell.
    untold: Vec<(ExtensionDetail, Problem)>,
}

impl Extensions {
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    pub fn of(&self, extension: &Extension) -> Option<&FloorExtension> {
        self.list.iter().find(|known| known.extension == *extension)
    }

    pub fn read_now(&mut self, now: Now) {
        self.reading.now(now);
    }
}

impl Floor {
    pub(crate) fn extension_wants(&self, wants: &mut Vec<Want>) {
        let is_watched = self.watched.contains(&Topic::Extensions);
        if is_watched || self.shown_targets().any(|target| matches!(target, Target::Extension(_))) {
            wants.push(Want { purpose: Purpose::Extensions, priority: Priority::Seats, due: self.extensions.reading.due(INTERVAL) });
        }
    }

    pub(crate) fn extensions_answered(&mut self, ended: &Ended, outcome: Result<FloorAnswer, Problem>, now: Now) {
        let unit = self.desk.unit();
        match outcome {
            Ok(FloorAnswer::Extensions { extensions, untold }) => {
                self.extensions.reading.succeeded(ended.asked_at, unit, now);
                self.extensions.list = extensions;
                self.extensions.untold = untold;
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
            untold: self.extensions.untold.clone(),
        }
    }
}
