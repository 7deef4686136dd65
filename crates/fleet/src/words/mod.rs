//! The words between gateway and desk.
//!
//! They have types of their own, so that a desk and a gateway of different versions understand each other although the domain's types
//! changed. A reader ignores fields that it does not know; [`VERSION`] grows only if a field changes its meaning. Times are milliseconds
//! since 1970 by the gateway's clock.

mod answer;
mod ask;
mod enrol;
mod packed;
mod record;
mod refusal;
mod role;
mod seat;
mod secret;
mod state;
pub mod subject;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

pub use answer::*;
pub use ask::*;
pub use enrol::*;
pub use packed::{Unreadable, pack, unpack};
pub use record::*;
pub use refusal::{ErrorCode, Refusal};
pub use role::{ENROL_PAYLOAD, Role};
pub use seat::*;
pub use secret::Secret;
pub use state::*;

/// The version of the words; each message says it as `v`.
pub const VERSION: u32 = 1;

/// The largest request of a desk, and the largest body of an event, in bytes. The server closes the connection of a desk that sends more.
pub const LARGEST: usize = 64 * 1024;

/// The largest request of a supervisor's desk, as it is sent: 10,000 numbers with data of their own, packed.
pub const LARGEST_OF_SUPERVISOR: usize = 2 * 1024 * 1024;

/// The same before it is packed.
pub const LARGEST_UNPACKED: usize = 32 * 1024 * 1024;

/// The largest message of the server: an answer with a thousand calls, or with ten thousand extensions, packed.
pub const LARGEST_MESSAGE: usize = 4 * 1024 * 1024;

/// Names of the headers of an event or a state.
pub mod header {
    /// The event's key, by which the stream drops a second copy: [`super::event_key`] of the body.
    pub const MESSAGE_ID: &str = "Nats-Msg-Id";
    /// When a gateway received the callback.
    pub const RECEIVED: &str = "Rs-Received";
    /// The gateway that received it, and by whose clock.
    pub const GATEWAY: &str = "Rs-Gateway";
    /// How long before it was given to the connection with NATS, in milliseconds, for a desk that cannot compare its clock with that gateway's.
    /// It may have been longer on its way.
    pub const AGE: &str = "Rs-Age";
    pub const VERSION: &str = "Rs-V";
    /// `state`, or `oversize` for the notice of a callback that is too large to be sent.
    pub const KIND: &str = "Rs-Kind";
    pub const STATE: &str = "state";
    pub const OVERSIZE: &str = "oversize";
    /// The stream, the message's number in it, and the number of the message before it with the same subject; set by the server.
    pub const STREAM: &str = "Nats-Stream";
    pub const SEQUENCE: &str = "Nats-Sequence";
    pub const LAST_SEQUENCE: &str = "Nats-Last-Sequence";
}

/// The key of an event: equal bodies have equal keys at every gateway.
pub fn event_key(body: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    data_encoding::HEXLOWER.encode(&Sha256::digest(body))
}

/// Identifies a desk: 80 random bits in lower-case base32, so that nobody can guess the subjects of another desk, and so that it is one
/// token of a subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct DeskId(String);

impl DeskId {
    pub const LENGTH: usize = 16;

    /// The id made of these random bytes.
    pub fn of(random: [u8; 10]) -> Self {
        Self(data_encoding::BASE32_NOPAD.encode(&random).to_ascii_lowercase())
    }

    pub fn parse(text: &str) -> Option<Self> {
        let is_of_id = |byte: u8| byte.is_ascii_lowercase() || (b'2'..=b'7').contains(&byte);
        (text.len() == Self::LENGTH && text.bytes().all(is_of_id)).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for DeskId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("not the id of a desk"))
    }
}

/// How far a desk has taken its events: it has all up to `seq`, counted in `epoch`. A new epoch begins when the stream has lost its tail,
/// since its numbers are then given again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    pub epoch: u64,
    pub seq: u64,
}

fn version() -> u32 {
    VERSION
}

#[cfg(test)]
mod tests;
