//! Which bills the desks have: the leader reads the company's records, and publishes those that no callback has brought.

use std::{collections::HashMap, time::Duration};

use ringside_domain::{CallRecord, Timestamp};

/// Rows of one page.
pub const PAGE: u32 = 1000;
/// How long a bill is known: longer than the readings go back.
pub const KEPT: Duration = Duration::from_secs(2 * 3600);

/// The bills of the last hours, by the ids that both a callback and a record have.
#[derive(Debug, Default)]
pub struct Heard(HashMap<String, Timestamp>);

impl Heard {
    /// A bill was published.
    pub fn add(&mut self, record: &CallRecord, now: Timestamp) {
        self.0.extend(keys(record).map(|key| (key, now)));
    }

    /// Whether the bill was not published yet; it is taken as published from now on.
    pub fn is_new(&mut self, record: &CallRecord, now: Timestamp) -> bool {
        let is_new = !keys(record).any(|key| self.0.contains_key(&key));
        self.add(record, now);
        is_new
    }

    /// Forgets the bills that were last seen before this time.
    pub fn forget(&mut self, before: Timestamp) {
        self.0.retain(|_, at| *at >= before);
    }
}

fn keys(record: &CallRecord) -> impl Iterator<Item = String> {
    let id = record.record_id.as_ref().map(|id| format!("r{id}"));
    // A call that went to several agents has several bills with one uuid.
    let leg = record.uuid.as_ref().map(|uuid| format!("u{uuid} {}", record.extension));
    id.into_iter().chain(leg)
}

#[cfg(test)]
mod tests {
    use ringside_domain::Extension;

    use super::*;

    fn record(id: Option<&str>, uuid: Option<&str>, extension: &str) -> CallRecord {
        let wire = ringside_fleet::words::CallRecord { started_at: 5, ..ringside_fleet::words::CallRecord::default() };
        CallRecord {
            record_id: id.map(str::to_owned),
            uuid: uuid.map(str::to_owned),
            extension: Extension(extension.to_owned()),
            ..CallRecord::from(wire)
        }
    }

    #[test]
    fn a_bill_that_a_callback_brought_is_not_published_again() {
        let mut heard = Heard::default();
        // Bills by callback have no record's id at some systems.
        heard.add(&record(None, Some("a"), "7001"), Timestamp(1));
        assert!(!heard.is_new(&record(Some("77"), Some("a"), "7001"), Timestamp(2)));
        assert!(heard.is_new(&record(Some("78"), Some("a"), "7002"), Timestamp(2)), "another agent's leg");
        assert!(!heard.is_new(&record(Some("78"), None, "7002"), Timestamp(3)), "the next reading overlaps");
        assert!(heard.is_new(&record(None, None, "7001"), Timestamp(3)));
        heard.forget(Timestamp(4));
        assert!(heard.is_new(&record(Some("78"), None, "7002"), Timestamp(5)));
    }
}
