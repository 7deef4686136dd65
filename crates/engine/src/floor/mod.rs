//! The supervisor's desk: the task that owns the floor's rules, its handle, and the parts that carry out its effects.
//!
//! [`start_floor`] makes the desk beside a running session. It sends nothing to the platform without a turn in the session's budget.

mod console;
mod day;
mod effects;
mod files;
mod handle;
mod imports;
mod known;
pub(crate) mod link;
mod listed;
mod saved;
mod staging;
mod supervise;
mod task;
mod trust;
mod turns;
mod uploads;
mod worker;

pub use console::{Called, Entered, call_by_hand, not_through_gateway};
pub use handle::FloorHandle;
pub use task::{FloorParts, start_floor};
pub use uploads::Uploads;
