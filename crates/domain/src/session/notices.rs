//! What must be seen once: it stands until dismissed.

use crate::{CallId, Notice, NoticeKind, Timestamp};

/// More than these would hide each other; the oldest goes, and stands in the log anyway.
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

    /// It turns out that the call was answered.
    pub fn not_missed(&mut self, of: CallId) {
        self.standing.retain(|notice| !matches!(notice.what, NoticeKind::Missed { call, .. } if call == of));
    }

    /// A later wish makes what became of the earlier one old news.
    pub fn wish_changed(&mut self) {
        self.standing.retain(|notice| !matches!(notice.what, NoticeKind::RolledBack { .. } | NoticeKind::Benched { .. }));
    }

    /// Others sign in: what is of this computer stays.
    pub fn clear(&mut self) {
        self.standing.retain(|notice| matches!(notice.what, NoticeKind::SetAside { .. }));
    }

    pub fn all(&self) -> &[Notice] {
        &self.standing
    }
}
