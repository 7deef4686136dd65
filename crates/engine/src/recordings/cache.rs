//! The cache of recordings for this run. If it is full, the least recently used files are removed first.

use std::{collections::VecDeque, fs, io, path::PathBuf};

use ringside_domain::{CallId, KeptFile};

use super::folder::gone;

#[derive(Debug)]
pub(super) struct Cache {
    /// The limit in bytes.
    limit: u64,
    /// The most recently used file is last.
    files: VecDeque<(CallId, KeptFile)>,
}

impl Cache {
    pub fn new(limit: u64) -> Self {
        Self { limit, files: VecDeque::new() }
    }

    pub fn get(&mut self, call: CallId) -> Option<PathBuf> {
        let at = self.files.iter().position(|(of, _)| *of == call)?;
        let found = self.files.remove(at)?;
        let path = PathBuf::from(&found.1.file);
        let is_there = path.is_file();
        if is_there {
            self.files.push_back(found);
        }
        is_there.then_some(path)
    }

    /// Adds a file, which stays even if it alone exceeds the limit. A file that cannot be removed because it is being played (Windows)
    /// stays until a later call (R12).
    pub fn add(&mut self, call: CallId, file: KeptFile) {
        self.files.push_back((call, file));
        let mut bytes: u64 = self.files.iter().map(|(_, file)| file.size).sum();
        let mut stuck = VecDeque::new();
        while bytes > self.limit && self.files.len() > 1 {
            let Some((of, file)) = self.files.pop_front() else { break };
            bytes -= file.size;
            if let Err(error) = remove(&file) {
                tracing::debug!(%error, "a cached recording is in use");
                stuck.push_back((of, file));
            }
        }
        stuck.append(&mut self.files);
        self.files = stuck;
    }
}

fn remove(file: &KeptFile) -> io::Result<()> {
    gone(fs::remove_file(&file.file))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn file(folder: &tempfile::TempDir, call: u64, size: usize) -> (CallId, KeptFile) {
        let path = folder.path().join(format!("call-{call}.wav"));
        fs::write(&path, vec![7; size]).unwrap();
        (CallId(call), KeptFile { file: path.to_str().unwrap().to_owned(), sha256: [0; 32], size: size as u64 })
    }

    #[test]
    fn the_least_recently_used_file_is_removed_first_and_the_newest_never() {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = Cache::new(100);
        for call in 1..=3 {
            let (call, file) = file(&folder, call, 30);
            cache.add(call, file);
        }
        assert!(cache.get(CallId(1)).is_some());
        let (fourth, file_of_it) = file(&folder, 4, 30);
        cache.add(fourth, file_of_it);
        assert!(cache.get(CallId(2)).is_none() && !folder.path().join("call-2.wav").exists());
        assert!([1, 3, 4].into_iter().all(|call| cache.get(CallId(call)).is_some()));
        let (large, file_of_it) = file(&folder, 5, 500);
        cache.add(large, file_of_it);
        assert!(cache.get(large).is_some());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn r12_a_recording_that_is_removed_while_it_plays_is_played_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = Cache::new(100);
        let (first, file_of_it) = file(&folder, 1, 80);
        cache.add(first, file_of_it);
        let mut playing = fs::File::open(cache.get(first).unwrap()).unwrap();
        let mut heard = vec![0; 40];
        playing.read_exact(&mut heard).unwrap();
        let (second, file_of_it) = file(&folder, 2, 80);
        cache.add(second, file_of_it);
        assert!(cache.get(first).is_none());
        assert_eq!(playing.read_to_end(&mut heard).unwrap(), 40);
    }
}
