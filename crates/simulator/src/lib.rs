//! A simulation of the hosted predictive-dialler platform, written from the platform's documentation with types of its own.
//!
//! [`Simulator::start`] runs it on a given socket; [`Options`] set it up. It can simulate a dialler, agents and customers by itself, or
//! stand still until a test causes events, and it fails on demand. N4 and the like cite `docs/platform.md`, A6 and the like
//! `docs/faults.md`.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod auth;
mod call;
mod callbacks;
mod calls;
mod cdr;
mod clock;
mod codes;
mod courier;
mod customers;
mod dialler;
mod disfigure;
mod envelope;
mod exercise;
mod extension;
mod faults;
mod form;
mod group;
mod ledger;
mod life;
mod network;
mod options;
mod page;
mod past;
mod queue;
mod random;
mod recording;
mod records;
mod replies;
mod rules;
mod seat;
mod server;
mod services;
mod shared;
mod simulator;
mod status;
mod task;
mod uuid;
mod wire;
mod world;

pub use call::{CallId, Custom, Direction, Method, Party, RingSpec};
pub use callbacks::{CallbackKind, Encoding, IsBLeg, Phase};
pub use calls::CallError;
pub use clock::Clock;
pub use exercise::Exercise;
pub use extension::Phone;
pub use faults::{CallbackFault, Disturbance, Fault};
pub use ledger::{Callback, Delivery, Download, Entry, Ledger, ReplyKind, Request, Seen, WaitError};
pub use network::Network;
pub use options::{Account, Answering, BillDialect, ExtensionSpec, Options, Pace, QueueSpec};
pub use records::Record;
pub use rules::{CallbackFaultRule, FaultRule};
pub use seat::SeatState;
pub use services::service_names;
pub use simulator::{Simulator, TaskSeen};
