//! The main window's commands for updates, and for the copy of the data.

use ringside_domain::{Problem, ProblemCode, UpdateView};
use ringside_engine::Handle;
use tauri::{Manager, Window};

use super::Answer;
use crate::{
    floor::{Desk, quiet::Quiet},
    life::{
        paths::Paths,
        quit::{Ending, Quit},
        versions,
    },
    updates::Updates,
};

pub fn update(window: &Window) -> Answer<UpdateView> {
    Ok(window.state::<Updates>().view(&quiet(window)))
}

pub fn look_for_update(window: &Window) -> Answer {
    window.state::<Updates>().look()
}

pub fn install_update(window: &Window) -> Answer {
    window.state::<Updates>().install()
}

pub fn use_backup(window: &Window) -> Answer {
    quiet(window).permits_end()?;
    versions::want_backup(&window.state::<Paths>()).map_err(|error| Problem::new(ProblemCode::StoreReadOnly, error.to_string(), true))?;
    window.state::<Quit>().ask(Ending::Replaced);
    Ok(())
}

fn quiet(window: &Window) -> Quiet {
    Quiet::new(&window.state::<Handle>(), &window.state::<Desk>())
}
