//! Recordings on this computer: what is being fetched.

use super::Session;
use crate::{CallId, Effect, Now, RecordingsView, Transfer, TransferEnd};

/// A person can follow no more.
const TRANSFERS_SHOWN: usize = 4;

#[derive(Debug, Default)]
pub(super) struct Recordings {
    transfers: Vec<Transfer>,
}

impl Recordings {
    pub fn view(&self) -> RecordingsView {
        RecordingsView { transfers: self.transfers.iter().take(TRANSFERS_SHOWN).copied().collect() }
    }

    pub fn transferring(&mut self, call: CallId, bytes: u64, total: Option<u64>, now: Now) {
        match self.transfers.iter_mut().find(|transfer| transfer.call == call) {
            Some(transfer) => (transfer.bytes, transfer.total) = (bytes, total),
            None => self.transfers.push(Transfer { call, bytes, total, since: now.wall }),
        }
    }
}

impl Session {
    pub(super) fn transferred(&mut self, call: CallId, end: TransferEnd, out: &mut Vec<Effect>) {
        self.recordings.transfers.retain(|transfer| transfer.call != call);
        if let TransferEnd::Kept(file) = end {
            out.push(Effect::SaveRecording { call, file });
        }
    }
}
