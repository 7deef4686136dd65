//! The services, one file a group of the documentation.

mod cdr;
mod queue;
mod status;
