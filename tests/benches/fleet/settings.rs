//! How large a run is: each figure from the environment, so that a person or a test can make a short one.

use std::{env, time::Duration};

#[derive(Clone, Debug)]
pub struct Settings {
    /// `FLEET_DESKS`: desks of the crowd, which speak NATS's protocol by themselves.
    pub desks: usize,
    /// `FLEET_REAL`: how many of them run the desk's own code.
    pub real: usize,
    /// `FLEET_SECONDS`: how long each rate is held.
    pub held: Duration,
    /// `FLEET_KILLS`: processes that are killed.
    pub kills: u32,
    /// `FLEET_KILLED_DESKS`: desks with stores of their own, whose programs are killed.
    pub killed_desks: usize,
    /// `FLEET_UNREAD`: for how long the callers that do not read leave their events.
    pub unread: Duration,
}

impl Settings {
    pub fn read() -> Self {
        let desks = number("FLEET_DESKS", 10_000).clamp(10, 60_000);
        Self {
            desks,
            real: number("FLEET_REAL", 20).min(desks),
            held: Duration::from_secs(number("FLEET_SECONDS", 30) as u64),
            kills: number("FLEET_KILLS", 1000) as u32,
            killed_desks: number("FLEET_KILLED_DESKS", 20).max(1),
            unread: Duration::from_secs(number("FLEET_UNREAD", 20) as u64),
        }
    }
}

fn number(name: &str, usual: usize) -> usize {
    env::var(name).ok().filter(|text| !text.is_empty()).map_or(usual, |text| text.parse().expect("a whole number"))
}
