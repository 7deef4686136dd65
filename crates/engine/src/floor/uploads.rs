//! What a person has under way at the desk that an end of Ringside would interrupt.

use tokio::sync::watch;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uploads {
    /// Imports that have not ended.
    pub imports: usize,
    /// The numbers of a campaign are being sent to the dialler.
    pub sending: bool,
}

impl Uploads {
    pub fn is_any(self) -> bool {
        self.imports > 0 || self.sending
    }
}

/// Changes one field, and tells that only if its value is another one.
pub(super) fn set<T: PartialEq>(uploads: &watch::Sender<Uploads>, field: impl FnOnce(&mut Uploads) -> &mut T, value: T) {
    uploads.send_if_modified(|uploads| {
        let field = field(uploads);
        let has_changed = *field != value;
        *field = value;
        has_changed
    });
}
