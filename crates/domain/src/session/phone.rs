//! The phone, as the platform says it is.

use std::time::Duration;

use crate::{Now, Phone, Timestamp};

/// The phone, as last read or reported.
#[derive(Debug, Default)]
pub(super) struct PhoneAxis {
    pub phone: Phone,
    pub at: Option<Timestamp>,
    /// As it was last read by itself.
    seen: Phone,
}

impl PhoneAxis {
    pub fn say(&mut self, phone: Phone, now: Now) {
        // Where the clock was set back, what was said before it lies in the future.
        if self.phone != phone || self.at.is_none_or(|at| now.wall < at || now.wall.since(at) >= Duration::from_secs(10)) {
            self.at = Some(now.wall);
        }
        self.phone = phone;
    }

    /// Known not to be able to ring.
    pub fn is_not_ready(&self) -> bool {
        matches!(self.phone, Phone::NotRegistered | Phone::Disabled | Phone::NotFound)
    }

    /// Read by itself; gives what it was before.
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
