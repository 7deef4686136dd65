//! The services, one file per group of the documentation.

mod auth;
mod bills;
mod cdr;
mod extension;
mod group;
mod queue;
mod status;
mod task;

pub use cdr::{Bill, BillPage, BillQuery};
pub use extension::{ExtensionFilter, ExtensionInfo, Registration};
pub use group::{Group, GroupFilter, GroupMember, MemberState};
pub use queue::{QueueMember, SeatFilter};
pub use status::{CallStatus, RegisteredFrom};
pub use task::{NewTask, TaskError, TaskReport};

use ringside_domain::Extension;

/// Extensions in the form that the platform expects.
fn comma_separated(extensions: &[Extension]) -> String {
    extensions.iter().map(|extension| extension.0.as_str()).collect::<Vec<_>>().join(",")
}
