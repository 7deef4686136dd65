//! The change to another installed version, and the end after a removal; never during a call.

use ringside_domain::Occasion;
use ringside_engine::Handle;
use tauri::{AppHandle, Manager};

use crate::{
    floor::{Desk, quiet::Quiet},
    life::{
        installed::{self, Change},
        quit::{Ending, Quit},
    },
};

pub async fn run(app: AppHandle) {
    let change = installed::changed().await;
    tracing::info!(?change, "another version is installed, or none; Ringside changes over when that interrupts nothing");
    Quiet::new(&app.state::<Handle>(), &app.state::<Desk>()).begins().await;
    app.state::<Quit>().ask(match change {
        Change::Replaced => Ending::Replaced,
        Change::Removed => Ending::For(Occasion::Quit),
    });
}
