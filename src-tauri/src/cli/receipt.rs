//! `ringside receipt`: prints a day's receipt or checks the ledger, without a window, also while Ringside runs.

use std::{io, process::ExitCode};

use jiff::{civil::Date, tz::TimeZone};
use ringside_domain::Timestamp;
use ringside_engine::{Clock, ShiftReceipt, SystemClock};
use ringside_store::{Store, StoreError};

use super::{Receipt, Verify, console};
use crate::{
    life::paths::{self, Paths},
    receipt::{Page, as_json, is_sound, zoned},
    texts::Texts,
};

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("nothing is kept in {0} yet")]
    Nothing(String),
    #[error("--day is no day of this calendar: {0}")]
    Day(#[from] jiff::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the file could not be written: {0}")]
    File(#[from] io::Error),
}

/// Prints the page, or the path of its file. Status 0: done, 1: failed, or the ledger is not sound.
pub fn run(paths: &Paths, wanted: &Receipt) -> ExitCode {
    let done = match wanted.verify() {
        Some(verify) => check(paths, verify),
        None => page(paths, wanted),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            console::report(&failure.to_string());
            ExitCode::FAILURE
        }
    }
}

fn page(paths: &Paths, wanted: &Receipt) -> Result<bool, Failure> {
    let zone = TimeZone::system();
    let now = SystemClock::new().now().wall;
    let day = wanted.day.unwrap_or_else(|| zoned(now, &zone).date());
    let begins = |day: Date| day.to_zoned(zone.clone()).map(|at| Timestamp(at.timestamp().as_millisecond()));
    let receipt = ShiftReceipt::read(&open(paths)?, None, begins(day)?, begins(day.tomorrow()?)?)?;
    let text = Page { texts: &Texts::system().receipt, zone, now }.of(&receipt);
    match &wanted.out {
        Some(file) => {
            paths::write_private(file, &text)?;
            console::say(&file.display().to_string());
        }
        None => console::say(text.trim_end()),
    }
    Ok(is_sound(&receipt.chain))
}

fn check(paths: &Paths, verify: &Verify) -> Result<bool, Failure> {
    let chain = open(paths)?.ledger(verify.noted, |_| {})?;
    let is_noted = verify.noted.is_none() || chain.noted.is_some();
    if verify.json {
        console::say(&as_json(&chain, verify.noted).to_string());
    } else {
        let page = Page { texts: &Texts::system().receipt, zone: TimeZone::system(), now: SystemClock::new().now().wall };
        console::say(page.verdict(&chain, verify.noted).trim_end());
    }
    Ok(is_sound(&chain) && is_noted)
}

fn open(paths: &Paths) -> Result<Store, Failure> {
    Store::open_to_read(&paths.data)?.ok_or_else(|| Failure::Nothing(paths.data.display().to_string()))
}
