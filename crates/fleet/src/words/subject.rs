//! The subjects. Each ends with, or contains, the id of one desk, and no subject contains an extension: an extension may hold characters
//! that a subject does not take, and can be guessed.

use sha2::{Digest, Sha256};

use super::DeskId;

/// Asked by a machine that is no desk yet, and by a desk whose token has expired.
pub const ENROL: &str = "rs.enrol";
/// What the stream stores.
pub const EVENTS: &str = "rs.ev.*";
/// Where the stream publishes what it has stored; the desk's id is taken over.
pub const REPUBLISHED: &str = "rs.dl.{{wildcard(1)}}";
pub const DELIVERIES: &str = "rs.dl.*";
pub const STATES: &str = "rs.st.*";
pub const REQUESTS: &str = "rs.req.*.>";
/// The inboxes of enrolling machines begin with this.
pub const ENROL_INBOX: &str = "_E";

/// The addressee of an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Addressee {
    Desk(DeskId),
    /// No desk has this extension yet; an administrator sees the list of such events.
    Unmapped {
        extension: String,
    },
    /// The event names no extension.
    Company,
}

impl Addressee {
    /// The last token of the event's subject.
    pub fn token(&self) -> String {
        match self {
            Self::Desk(desk) => desk.to_string(),
            Self::Unmapped { extension } => {
                let digest = Sha256::digest(extension.as_bytes());
                format!("_{}", data_encoding::HEXLOWER.encode(&digest[..10]))
            }
            Self::Company => "_company".to_owned(),
        }
    }

    pub fn event_subject(&self) -> String {
        format!("rs.ev.{}", self.token())
    }
}

pub fn delivery(desk: &DeskId) -> String {
    format!("rs.dl.{desk}")
}

pub fn state(desk: &DeskId) -> String {
    format!("rs.st.{desk}")
}

pub fn request(desk: &DeskId, name: &str) -> String {
    format!("rs.req.{desk}.{name}")
}

/// The inboxes of a desk begin with this.
pub fn inbox(desk: &DeskId) -> String {
    format!("_I.{desk}")
}

/// The desk and the name of a request, from its subject.
pub fn asked(subject: &str) -> Option<(DeskId, &str)> {
    let (desk, name) = subject.strip_prefix("rs.req.")?.split_once('.')?;
    Some((DeskId::parse(desk)?, name))
}
