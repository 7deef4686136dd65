//! The state of the agent's phone, as the platform says it.

use std::time::Duration;

use crate::{Now, Phone, Timestamp};

/// The phone's state, as last read or reported.
#[derive(Debug, Default)]
pub(super) struct PhoneAxis {
    pub phone: Phone,
    pub at: Option<Timestamp>,
    /// As the last reading of the phone itself said.
    seen: Phone,
}

impl PhoneAxis {
    pub fn say(&mut self, phone: Phone, now: Now) {
        // If the clock was set back, the time of the last report lies in the future.
        if self.phone != phone || self.at.is_none_or(|at| now.wall < at || now.wall.since(at) >= Duration::from_secs(10)) {
            self.at = Some(now.wall);
        }
        self.phone = phone;
    }

    /// Whether the phone is known to be unable to ring.
    pub fn is_not_ready(&self) -> bool {
        matches!(self.phone, Phone::NotRegistered | Phone::Disabled | Phone::NotFound)
    }

    /// Notes a reading of the phone itself; returns the one before.
    pub fn seen(&mut self, phone: Phone) -> Phone {
        match phone {
            Phone::Unknown => self.seen,
            phone => std::mem::replace(&mut self.seen, phone),
        }
    }

    pub fn forget(&mut self) {
        *self = Self::default();
    }
}
