//! A company of ten thousand desks: how quickly callbacks reach them, how many are kept, and what is left after `kill -9`.
//!
//! `make fleet` builds the release and runs this: the real gateway, the pinned NATS server, desks in this process and in children of it,
//! and a source of callbacks over HTTP, all on this machine by loopback. The figures are printed as a table and as JSON, which is also
//! written to `target/fleet.json`; the exit status is 1 if one is not within its limit. Linux only: it reads `/proc`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod callbacks;
mod company;
mod crowd;
mod frame;
mod kills;
mod ledger;
mod light;
mod mosquitto;
mod outages;
mod power;
mod program;
mod run;
mod settings;
mod source;
mod tls;
mod told;
mod unread;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    run::run().await
}
