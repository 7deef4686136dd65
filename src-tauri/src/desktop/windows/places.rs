//! Positions of the windows: a small file in the data folder, since they belong to the desk and not to an agent.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};

use super::display::{Corner, Frame};
use crate::life::paths::replace_private;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedPlaces {
    /// The positions to which the ring card was dragged, by display.
    pub cards: BTreeMap<String, Corner>,
    /// The main window's frame while it was not maximised.
    pub main: Option<Frame>,
    pub maximized: bool,
    /// The same for the supervisor's window.
    pub supervisor: Option<Frame>,
    pub supervisor_maximized: bool,
    /// The sizes of the pages in percent, by window.
    pub zooms: BTreeMap<String, u32>,
    /// What the supervisor's page keeps of its wallboard; only the page reads it.
    pub board: String,
    /// Whether a notification has said that closing hides the window.
    pub told_hidden: bool,
}

/// The name of a file that could not be read.
const ASIDE: &str = "windows-damaged.json";

#[derive(Debug)]
pub struct Places {
    /// None: positions are kept for this run only.
    file: Option<PathBuf>,
    /// The current state, and the state on disk.
    kept: Mutex<(SavedPlaces, SavedPlaces)>,
}

impl Places {
    /// Reads the saved positions. If they cannot be read, windows get their default positions.
    pub fn read(file: PathBuf) -> Self {
        let kept = read(&file).unwrap_or_else(|error| {
            // Kept unchanged for diagnosis.
            let aside = fs::rename(&file, file.with_file_name(ASIDE));
            tracing::warn!(%error, file = %file.display(), ?aside, "where the windows were is not known");
            SavedPlaces::default()
        });
        Self { file: Some(file), kept: Mutex::new((kept.clone(), kept)) }
    }

    /// Without saved positions; the file is not changed.
    pub fn forgotten() -> Self {
        Self { file: None, kept: Mutex::default() }
    }

    pub fn get(&self) -> SavedPlaces {
        self.locked().0.clone()
    }

    pub fn change(&self, change: impl FnOnce(&mut SavedPlaces)) {
        change(&mut self.locked().0);
    }

    /// Writes the positions if they changed.
    pub fn save(&self) {
        let Some(file) = &self.file else { return };
        let mut kept = self.locked();
        if kept.0 == kept.1 {
            return;
        }
        match write(file, &kept.0) {
            Ok(()) => kept.1 = kept.0.clone(),
            Err(error) => tracing::warn!(%error, "where the windows are was not kept"),
        }
    }

    fn locked(&self) -> MutexGuard<'_, (SavedPlaces, SavedPlaces)> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(file: &Path) -> io::Result<SavedPlaces> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(serde_json::from_str(&text)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(SavedPlaces::default()),
        Err(error) => Err(error),
    }
}

fn write(file: &Path, kept: &SavedPlaces) -> io::Result<()> {
    replace_private(file, &serde_json::to_string(kept)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saved_positions_are_read_again_and_a_damaged_file_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("windows.json");
        let places = Places::read(file.clone());
        assert_eq!(places.get(), SavedPlaces::default());
        places.save();
        assert!(!file.exists(), "nothing to keep");
        places.change(|kept| {
            kept.cards = [("A".to_owned(), Corner { right: 40.0, bottom: 300.5 })].into();
            kept.zooms = [("main".to_owned(), 125)].into();
            kept.board = "{\"queues\":[]}".to_owned();
        });
        places.save();
        assert_eq!(Places::read(file.clone()).get(), places.get());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::write(&file, "{\"cards\":[").unwrap();
        assert_eq!(Places::read(file).get(), SavedPlaces::default());
        assert_eq!(fs::read_to_string(folder.path().join(ASIDE)).unwrap(), "{\"cards\":[", "kept for diagnosis");
    }

    #[test]
    fn positions_are_kept_in_memory_if_the_folder_does_not_exist() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::read(folder.path().join("gone/windows.json"));
        places.change(|kept| kept.cards = [("A".to_owned(), Corner::default())].into());
        places.save();
        assert_eq!(places.get().cards.len(), 1, "kept for this run");
    }
}
