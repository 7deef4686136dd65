//! The supervisor's desk.

mod convert;
pub(crate) mod link;
mod requests;
