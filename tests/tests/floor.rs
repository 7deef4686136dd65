//! The supervisor's desk with a real store and a simulated platform, over real connections.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "floor/campaigns.rs"]
mod campaigns;
#[path = "floor/copies.rs"]
mod copies;
#[path = "floor/desk.rs"]
mod desk;
#[path = "floor/imports.rs"]
mod imports;
#[path = "floor/listed.rs"]
mod listed;
#[path = "floor/rescue.rs"]
mod rescue;
#[path = "floor/seats.rs"]
mod seats;
#[path = "floor/services.rs"]
mod services;
#[path = "floor/supervision.rs"]
mod supervision;
