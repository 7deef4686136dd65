//! The supervisor's desk: the types of its rules, requests, tables and pages. «The floor» is the company's whole call floor: all queues,
//! campaigns, groups and extensions. The rules are in `crates/floor`.

mod campaign;
mod command;
mod elsewhere;
mod number;
mod people;
mod request;
mod sheet;
mod stored;
mod topic;
mod why;

pub use campaign::*;
pub use command::*;
pub use elsewhere::*;
pub use number::*;
pub use people::*;
pub use request::*;
pub use sheet::*;
pub use stored::*;
pub use topic::*;
pub use why::*;
