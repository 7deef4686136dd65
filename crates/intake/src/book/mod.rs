//! Workbooks.

pub(crate) mod archive;
pub(crate) mod ods;
mod styles;
mod texts;
pub(crate) mod xls;
pub(crate) mod xlsx;
mod xml;
