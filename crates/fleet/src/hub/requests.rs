//! A desk's request in the hands of the gateway.

use serde::Serialize;

use super::DeskRecord;
use crate::words::{DeskId, Refusal};

/// One request of a desk that is registered and not revoked.
#[derive(Debug)]
pub struct Asked<T> {
    pub desk: DeskId,
    /// The desk's record when it asked: the extension, and at a personal desk the agent, are this one's, whatever the request says.
    pub record: DeskRecord,
    pub what: T,
    pub reply: Reply,
}

/// The way back to the desk that asked. Dropping it answers nothing, and the desk asks again.
#[derive(Debug)]
pub struct Reply {}

#[allow(unused_variables, clippy::unimplemented, clippy::unused_async)]
impl Reply {
    pub async fn answer<T: Serialize>(self, outcome: Result<T, Refusal>) {
        unimplemented!()
    }
}
