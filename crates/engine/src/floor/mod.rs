//! The supervisor's desk.

pub(crate) mod link;
