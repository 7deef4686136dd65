//! The gateway's data folder, which one gateway uses at a time.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use crate::secrets::{private_folder, write_private};

/// A program that a gateway was about to start when it was killed holds the gateway's lock until it begins.
const TRIES: u32 = 100;
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// The beginning of the name of a folder with a copy of the databases.
const BACKUP: &str = "backup-";

#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    #[error("another gateway uses {0}")]
    InUse(PathBuf),
}

/// Where everything is.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    pub fn nats(&self) -> PathBuf {
        self.0.join("nats")
    }

    pub fn company(&self, name: &str) -> PathBuf {
        self.0.join("company").join(name)
    }

    /// The gateway's name, made at the first start: what it began is known as its own after a restart.
    pub fn gateway_name(&self) -> Result<String, FolderError> {
        let file = self.0.join("name");
        let failed = |error| FolderError::File(file.clone(), error);
        match fs::read_to_string(&file) {
            Ok(name) if !name.trim().is_empty() => Ok(name.trim().to_owned()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
            _ => {
                let name = format!("gateway-{:08x}", fastrand::u32(..));
                write_private(&file, name.as_bytes()).map_err(failed)?;
                Ok(name)
            }
        }
    }

    /// A new folder for a copy of the databases.
    pub fn new_backup(&self) -> PathBuf {
        self.0.join(format!("{BACKUP}{:08x}", fastrand::u32(..)))
    }

    /// Removes the copies of the commands so far. A command that still takes its copy away finds it gone as a whole, never a part of it.
    pub fn remove_backups(&self) {
        let left = fs::read_dir(&self.0).into_iter().flatten().flatten();
        for entry in left.filter(|entry| entry.file_name().to_string_lossy().starts_with(BACKUP)) {
            let gone = self.new_backup();
            if let Err(error) = fs::rename(entry.path(), &gone).and_then(|()| fs::remove_dir_all(&gone)) {
                tracing::warn!(path = %entry.path().display(), %error, "a copy of the databases stays");
            }
        }
    }

    fn pid_file(&self) -> PathBuf {
        self.0.join("gateway.pid")
    }

    /// Makes the folder, and locks it for this process until the file is dropped.
    pub fn lock(&self) -> Result<File, FolderError> {
        let failed = |error| FolderError::File(self.0.clone(), error);
        private_folder(&self.0).map_err(failed)?;
        let lock = File::options().create(true).truncate(false).write(true).open(self.0.join("lock")).map_err(failed)?;
        let mut tries = 0;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(fs::TryLockError::WouldBlock) if tries < TRIES => {
                    tries += 1;
                    thread::sleep(LOOK_AGAIN);
                }
                Err(fs::TryLockError::WouldBlock) => return Err(FolderError::InUse(self.0.clone())),
                Err(fs::TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        fs::write(self.pid_file(), std::process::id().to_string()).map_err(failed)?;
        self.remove_backups();
        Ok(lock)
    }

    /// The process of the gateway that uses the folder.
    pub fn running(&self) -> Option<u32> {
        let lock = File::options().write(true).open(self.0.join("lock")).ok()?;
        match lock.try_lock() {
            Err(fs::TryLockError::WouldBlock) => fs::read_to_string(self.pid_file()).ok()?.trim().parse().ok(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_gateway_uses_a_folder_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Folder::new(folder.path().join("data"));
        assert_eq!(folder.running(), None);
        let left = folder.new_backup();
        fs::create_dir_all(&left).unwrap();
        let lock = folder.lock().unwrap();
        assert!(!left.exists(), "a copy that a killed command has left");
        assert!(matches!(folder.lock(), Err(FolderError::InUse(_))));
        assert_eq!(folder.running(), Some(std::process::id()));
        assert_eq!(folder.gateway_name().unwrap(), folder.gateway_name().unwrap());
        drop(lock);
        assert_eq!(folder.running(), None, "a killed gateway leaves its file, and no lock");
        let lock = folder.lock().unwrap();
        let lets_go = thread::spawn(move || {
            thread::sleep(10 * LOOK_AGAIN);
            drop(lock);
        });
        folder.lock().unwrap();
        lets_go.join().unwrap();
    }
}
