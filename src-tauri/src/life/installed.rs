//! What becomes of the installed program while it runs. The installers for Windows end no program: they set its file aside, and a running
//! Ringside sees that another version is there, or none.

use std::{
    env, fs,
    future::pending,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::sleep;

/// Between two looks. A change counts when it is seen twice, since an installer may be at work at one of them.
const PAUSE: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Another version is in this program's place.
    Replaced,
    Removed,
}

/// The installer's record of what it installed.
#[derive(Clone, Debug)]
struct Record {
    version: String,
    folder: PathBuf,
}

impl Record {
    fn is_of(&self, program: &Path) -> bool {
        let same = |folder: &Path| fs::canonicalize(folder).ok();
        program.parent().and_then(same).is_some_and(|folder| same(&self.folder) == Some(folder))
    }
}

/// Resolves when this program was replaced or removed; never, if no installer brought it.
pub async fn changed() -> Change {
    match env::current_exe() {
        Ok(program) => changed_at(&program, env!("CARGO_PKG_VERSION"), record, PAUSE).await,
        Err(_) => pending().await,
    }
}

async fn changed_at(program: &Path, version: &str, record: impl Fn() -> Option<Record>, pause: Duration) -> Change {
    let Some(first) = record().filter(|record| record.is_of(program)) else { return pending().await };
    let mut last = None;
    loop {
        sleep(pause).await;
        let record = record();
        // A record that named another version from the start, with this program beside it, would restart every run.
        let is_new = record.as_ref().is_none_or(|record| record.version != first.version);
        let now = change(program, version, record.as_ref()).filter(|change| is_new || *change == Change::Removed);
        match now {
            Some(change) if now == last => return change,
            _ => last = now,
        }
    }
}

fn change(program: &Path, version: &str, record: Option<&Record>) -> Option<Change> {
    match record.filter(|record| record.is_of(program)) {
        Some(record) => (record.version != version && program.exists()).then_some(Change::Replaced),
        None => (!program.exists()).then_some(Change::Removed),
    }
}

#[cfg(windows)]
fn record() -> Option<Record> {
    Some(Record { version: value("Version")?, folder: value("Folder")?.into() })
}

/// Whether the setup program brought this program, not group policy by the package of Windows Installer.
#[cfg(windows)]
pub fn is_by_setup() -> bool {
    let is_ours = || record()?.is_of(&env::current_exe().ok()?).then_some(());
    is_ours().is_some() && value("Installer").is_some_and(|by| by == "setup")
}

#[cfg(not(windows))]
fn record() -> Option<Record> {
    None
}

/// A text of the key that only installers can write.
#[cfg(windows)]
fn value(name: &str) -> Option<String> {
    windows_registry::LOCAL_MACHINE.open(r"Software\Ringside").ok()?.get_string(name).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tokio::time::timeout;

    use super::*;
    use crate::life::locked;

    const SHORT: Duration = Duration::from_millis(1);

    /// A folder with a program of version 1, and the installer's record of it.
    fn installed() -> (tempfile::TempDir, PathBuf, Arc<Mutex<Option<Record>>>) {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("ringside.exe");
        fs::write(&program, "1").unwrap();
        let record = Record { version: "1".into(), folder: folder.path().to_owned() };
        (folder, program, Arc::new(Mutex::new(Some(record))))
    }

    fn watch(program: &Path, record: &Arc<Mutex<Option<Record>>>) -> impl Future<Output = Change> + Send + use<> {
        let (program, record) = (program.to_owned(), Arc::clone(record));
        async move { changed_at(&program, "1", || locked(&record).clone(), SHORT).await }
    }

    /// Whether nothing is seen in the time of many looks.
    async fn sees_nothing(watching: impl Future<Output = Change>) -> bool {
        timeout(SHORT * 50, watching).await.is_err()
    }

    #[tokio::test]
    async fn another_version_in_its_place_is_seen() {
        let (_folder, program, record) = installed();
        let mut watching = Box::pin(watch(&program, &record));
        assert!(sees_nothing(&mut watching).await);
        locked(&record).as_mut().unwrap().version = "2".into();
        assert_eq!(watching.await, Change::Replaced);
    }

    #[tokio::test]
    async fn a_record_that_names_another_version_from_the_start_restarts_nothing() {
        let (_folder, program, record) = installed();
        locked(&record).as_mut().unwrap().version = "2".into();
        let mut watching = Box::pin(watch(&program, &record));
        assert!(sees_nothing(&mut watching).await);
        locked(&record).as_mut().unwrap().version = "3".into();
        assert_eq!(watching.await, Change::Replaced);
    }

    #[tokio::test]
    async fn a_removal_is_seen_but_not_the_moment_in_which_an_installer_has_taken_the_file_away() {
        let (_folder, program, record) = installed();
        let mut watching = Box::pin(watch(&program, &record));
        assert!(sees_nothing(&mut watching).await);
        fs::remove_file(&program).unwrap();
        assert!(sees_nothing(&mut watching).await, "the record is there, so the installer will bring a file");
        *locked(&record) = None;
        assert_eq!(watching.await, Change::Removed);
    }

    #[tokio::test]
    async fn a_program_that_no_installer_brought_is_left_alone() {
        let (_folder, program, record) = installed();
        let elsewhere = tempfile::tempdir().unwrap();
        locked(&record).as_mut().unwrap().folder = elsewhere.path().to_owned();
        let mut watching = Box::pin(watch(&program, &record));
        assert!(sees_nothing(&mut watching).await);
        locked(&record).as_mut().unwrap().version = "2".into();
        assert!(sees_nothing(&mut watching).await);
    }
}
