//! The database of the supervisor's desk, `floor.db`: campaigns, their numbers and calls, the do-not-call list. A file of code per table.

mod account;
mod apply;
mod assign;
mod attempts;
mod campaign;
mod check;
mod clean;
mod counts;
mod dialled;
mod do_not_call;
mod elsewhere;
mod fate;
mod foresee;
mod import;
mod ledger;
mod mapping;
mod number;
mod number_key;
mod page;
mod part;
mod phones;
mod reached;
mod removal;
mod sheet;
mod store;
mod take;
mod team_break;
mod unreached;

use crate::{migration::Steps, setting};

pub use import::RefusedRow;
pub use number::StagedRow;
pub use store::FloorStore;

/// Append only: a released step is never changed, not even its comments, which SQLite stores in the schema.
pub(crate) const STEPS: Steps = &[
    &[
        setting::V1,
        campaign::V1,
        sheet::V1,
        number::V1,
        number_key::V1,
        part::V1,
        phones::V1,
        dialled::V1,
        do_not_call::V1,
        mapping::V1,
        ledger::V1,
        team_break::V1,
    ],
    &[do_not_call::V2],
    &[account::V3, dialled::V3, removal::V3],
    &[reached::V4, elsewhere::V4],
    &[dialled::V5],
];
