//! Notices: events that must be seen once, shown until they are dismissed.

use crate::{CallId, Notice, NoticeKind, Timestamp};

/// The oldest notice is dropped beyond this number; what it reports is in the log, too.
const KEPT: usize = 6;

#[derive(Debug, Default)]
pub(super) struct Notices {
    standing: Vec<Notice>,
    last_id: u64,
}

impl Notices {
    pub fn add(&mut self, what: NoticeKind, at: Timestamp) {
        self.standing.retain(|notice| notice.what != what);
        self.last_id += 1;
        self.standing.push(Notice { id: self.last_id, at, what });
        if self.standing.len() > KEPT {
            self.standing.remove(0);
        }
    }

    pub fn dismiss(&mut self, id: u64) {
        self.standing.retain(|notice| notice.id != id);
    }

    /// Removes the notice of a missed call that was answered after all.
    pub fn not_missed(&mut self, of: CallId) {
        self.standing.retain(|notice| !matches!(notice.what, NoticeKind::Missed { call, .. } if call == of));
    }

    /// A new wish makes the result of the earlier one irrelevant.
    pub fn wish_changed(&mut self) {
        self.standing.retain(|notice| !matches!(notice.what, NoticeKind::RolledBack { .. } | NoticeKind::Benched { .. }));
    }

    /// Another agent signs in; only notices about this computer stay.
    pub fn clear(&mut self) {
        self.standing.retain(|notice| matches!(notice.what, NoticeKind::SetAside { .. }));
    }

    pub fn all(&self) -> &[Notice] {
        &self.standing
    }
}
