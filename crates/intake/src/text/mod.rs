//! Text with or without separators.

pub(crate) mod encoding;
pub(crate) mod record;
pub(crate) mod separator;
