//! The platform's records of calls that have ended, for tests to compare with.

use jiff::Timestamp;

use crate::call::{Bill, CallId, Direction};
use crate::world::World;

/// The platform's own record of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// `None`: the call is from before the simulator's start.
    pub call: Option<CallId>,
    pub id: u64,
    pub uuid: String,
    pub extension: String,
    pub customer: String,
    pub direction: Direction,
    pub queue: Option<String>,
    pub started: Timestamp,
    pub answered: Option<Timestamp>,
    pub ended: Timestamp,
    /// The recording's file name; empty if nobody answered.
    pub recording: String,
}

impl From<&Bill> for Record {
    fn from(bill: &Bill) -> Self {
        Self {
            call: bill.call,
            id: bill.id,
            uuid: bill.uuid.clone(),
            extension: bill.extension.clone(),
            customer: bill.customer.clone(),
            direction: bill.direction,
            queue: bill.queue.clone(),
            started: bill.started,
            answered: bill.answered,
            ended: bill.ended,
            recording: bill.recording.clone(),
        }
    }
}

impl World {
    pub(crate) fn records(&self, extension: &str) -> Vec<Record> {
        self.bills.iter().filter(|bill| bill.extension == extension).map(Record::from).collect()
    }
}
