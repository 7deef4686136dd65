//! Files of numbers while they are imported: received in pieces, kept in a folder that only the user can read, deleted at the end.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use data_encoding::BASE64;
use ringside_domain::{
    Account, CheckRules, DoubtFound, ImportView, NumberRules, Problem, ProblemCode, RefusedWords, SheetError, SheetLayout, SheetPreview,
    Span, Timestamp,
};
use ringside_intake::SheetFailure;
use ringside_store::StoreError;
use ringside_wire::Zone;
use tokio::sync::{mpsc, watch};

use super::{
    day::PlatformZone,
    files, saved, staging,
    task::Mail,
    uploads::{self, Uploads},
    worker::Worker,
};
use crate::supervise::part_failed;

/// The largest file.
const LARGEST: u64 = 1 << 30;
/// The largest piece, in Base64.
const LARGEST_PIECE: usize = 16 << 20;

#[derive(Clone)]
pub(super) struct Imports(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    numbers: NumberRules,
    zone: PlatformZone,
    worker: Worker,
    mail: mpsc::UnboundedSender<Mail>,
    next: AtomicU64,
    all: Mutex<HashMap<u64, Arc<Import>>>,
    uploads: watch::Sender<Uploads>,
}

/// One import. Its lock is held during blocking work on its file and its rows, so that they never run at the same time.
pub(super) struct Import {
    pub id: u64,
    pub name: String,
    bytes: u64,
    pub path: PathBuf,
    /// The rows come from Ringside's own database, not from a person's file.
    pub is_known: bool,
    /// Its customers are to be called back.
    pub is_rescue: bool,
    /// The account whose customers are in its file. None: any account may call them, as those of a person's file.
    of: Option<Account>,
    /// Set to true to stop the reading that is under way.
    pub stop: Mutex<Arc<AtomicBool>>,
    pub state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    file: Option<File>,
    received: u64,
    failure: Option<SheetFailure>,
    pub staged: Option<Staged>,
    /// It was dropped or taken; its file is gone.
    pub ended: bool,
}

/// All rows are in the store.
pub(super) struct Staged {
    /// How they were read.
    pub layout: SheetLayout,
    /// The questions that they raise, answered or not.
    pub doubts: Vec<DoubtFound>,
}

impl Imports {
    /// Deletes the files that an earlier run left.
    pub fn new(
        folder: PathBuf,
        now: Timestamp,
        numbers: NumberRules,
        zone: PlatformZone,
        worker: Worker,
        mail: mpsc::UnboundedSender<Mail>,
        uploads: watch::Sender<Uploads>,
    ) -> Self {
        files::remove_left(&folder);
        // A page that is older than this run must not meet another import under its number.
        let next = AtomicU64::new(u64::try_from(now.0).unwrap_or(0));
        Self(Arc::new(Inner { folder, numbers, zone, worker, mail, next, all: Mutex::default(), uploads }))
    }

    pub async fn begin(&self, name: String, bytes: u64) -> Result<u64, Problem> {
        let imports = self.clone();
        blocking(move || {
            let (id, path) = imports.place();
            let mut state = State::default();
            if bytes > LARGEST {
                let detail = format!("{bytes} bytes; at most {LARGEST} can be read");
                state.failure = Some(SheetFailure { error: SheetError::TooLarge, detail });
            } else {
                state.file = Some(imports.create(&path)?);
            }
            imports.add(Import {
                id,
                name,
                bytes,
                path,
                is_known: false,
                is_rescue: false,
                of: None,
                stop: Mutex::default(),
                state: Mutex::new(state),
            });
            Ok(id)
        })
        .await
    }

    /// The number of a new import, and the path of its file.
    pub(super) fn place(&self) -> (u64, PathBuf) {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        (id, self.0.folder.join(format!("{id}.import")))
    }

    pub(super) fn create(&self, path: &Path) -> Result<File, Problem> {
        files::create(&self.0.folder, path).map_err(|error| file_failed(&error))
    }

    pub(super) fn add(&self, import: Import) {
        self.show_state(&import);
        self.change(|all| drop(all.insert(import.id, Arc::new(import))));
    }

    /// Changes the imports that have not ended, and tells their number.
    fn change<T>(&self, change: impl FnOnce(&mut HashMap<u64, Arc<Import>>) -> T) -> T {
        let mut all = lock(&self.0.all);
        let changed = change(&mut all);
        uploads::set(&self.0.uploads, |uploads| &mut uploads.imports, all.len());
        changed
    }

    pub async fn piece(&self, id: u64, piece: String) -> Result<(), Problem> {
        let (imports, import) = (self.clone(), self.get(id)?);
        blocking(move || {
            let added = import.append(&piece);
            imports.show_state(&import);
            added
        })
        .await
    }

    /// Looks at the first rows, and at what becomes of them in a campaign of this account.
    pub async fn preview(
        &self,
        id: u64,
        account: Account,
        layout: Option<SheetLayout>,
    ) -> Result<Result<SheetPreview, SheetError>, Problem> {
        let (imports, import) = (self.clone(), self.get(id)?);
        blocking(move || {
            let state = lock(&import.state);
            let read = state.ready(import.bytes).and_then(|()| staging::preview(&imports, &import, &account, layout));
            drop(state);
            if let Err(failure) = &read {
                tracing::warn!(%failure, "a file of numbers could not be read");
                imports.show(&import, ImportView::Failed { error: failure.error, detail: failure.detail.clone() });
            }
            Ok(read.map_err(|failure| failure.error))
        })
        .await
    }

    /// Checks the rows for a campaign of this account. Returns when the reading has begun.
    pub async fn check(&self, id: u64, account: Account, layout: SheetLayout, rules: CheckRules, today: Span) -> Result<(), Problem> {
        let (imports, import) = (self.clone(), self.get(id)?);
        if import.of.as_ref().is_some_and(|of| *of != account) {
            return Err(Problem::new(ProblemCode::BadRequest, "the customers are another account's", false));
        }
        let stop = import.renew();
        let mail = self.clone();
        let shown = Arc::clone(&import);
        let checking = tokio::task::spawn_blocking(move || {
            let mut state = lock(&import.state);
            if stop.load(Ordering::Relaxed) {
                // A later check, or the end of the import.
                return;
            }
            let view = match state.ready(import.bytes) {
                Ok(()) => staging::check(&imports, &import, &mut state, &layout, (&account, &rules, today), &stop),
                Err(failure) => Some(ImportView::Failed { error: failure.error, detail: failure.detail }),
            };
            if let Some(view) = view {
                imports.show(&import, view);
            }
        });
        tokio::spawn(async move {
            if let Err(error) = checking.await {
                let problem = part_failed("check of a file of numbers", &error);
                mail.show(&shown, ImportView::NotStored { problem });
            }
        });
        Ok(())
    }

    /// Writes the rows that the last check refused to a new file in the folder, and returns its path.
    pub async fn save_refused(&self, id: u64, words: RefusedWords, folder: PathBuf, at: Timestamp) -> Result<PathBuf, Problem> {
        let (imports, import) = (self.clone(), self.get(id)?);
        blocking(move || {
            let state = lock(&import.state);
            let unchecked = || Problem::new(ProblemCode::BadRequest, format!("the import {id} was not checked, or has ended"), false);
            let staged = state.staged.as_ref().filter(|_| !state.ended).ok_or_else(unchecked)?;
            let saved = saved::refused(&imports, &import, &staged.layout, &words, &folder, at);
            saved.map_err(|error| Problem::from(&error))
        })
        .await
    }

    /// Ends the import: stops its reading, deletes its file and its rows.
    pub async fn forget(&self, id: u64) -> Result<(), Problem> {
        let Some(import) = self.change(|all| all.remove(&id)) else { return Ok(()) };
        let imports = self.clone();
        import.renew().store(true, Ordering::Relaxed);
        blocking(move || {
            let mut state = lock(&import.state);
            import.end(&mut state);
            imports.show(&import, ImportView::None);
            imports.store().drop_import(id).map_err(|error| Problem::from(&error))
        })
        .await
    }

    /// The ids of the imports that have not ended.
    pub fn ids(&self) -> Vec<u64> {
        lock(&self.0.all).keys().copied().collect()
    }

    /// A campaign has its rows.
    pub fn taken(&self, id: u64) {
        let Some(import) = self.change(|all| all.remove(&id)) else { return };
        import.renew().store(true, Ordering::Relaxed);
        tokio::task::spawn_blocking(move || import.end(&mut lock(&import.state)));
    }

    /// Deletes all files.
    pub async fn close(&self) {
        let all: Vec<Arc<Import>> = self.change(|all| all.drain().map(|(_, import)| import).collect());
        all.iter().for_each(|import| import.renew().store(true, Ordering::Relaxed));
        let ended = tokio::task::spawn_blocking(move || all.iter().for_each(|import| import.end(&mut lock(&import.state))));
        if let Err(error) = ended.await {
            part_failed("deletion of imported files", &error);
        }
    }

    fn get(&self, id: u64) -> Result<Arc<Import>, Problem> {
        let found = lock(&self.0.all).get(&id).cloned();
        found.ok_or_else(|| Problem::new(ProblemCode::BadRequest, format!("there is no import {id}"), false))
    }

    pub(super) fn show(&self, import: &Import, view: ImportView) {
        // The desk may have stopped.
        drop(self.0.mail.send(Mail::Import { import: import.id, file: import.name.clone(), view }));
    }

    fn show_state(&self, import: &Import) {
        let state = lock(&import.state);
        let view = match &state.failure {
            Some(failure) => ImportView::Failed { error: failure.error, detail: failure.detail.clone() },
            None if state.file.is_none() => ImportView::Received,
            None => ImportView::Receiving { bytes: state.received },
        };
        drop(state);
        self.show(import, view);
    }

    pub(super) fn store(&self) -> &ringside_store::FloorStore {
        self.0.worker.store()
    }

    pub(super) fn numbers(&self) -> &NumberRules {
        &self.0.numbers
    }

    pub(super) fn zone(&self) -> Zone {
        self.0.zone.now()
    }
}

impl Import {
    /// Its file is complete.
    pub fn known(id: u64, name: String, bytes: u64, path: PathBuf, is_rescue: bool, of: Account) -> Self {
        let state = State { received: bytes, ..State::default() };
        // Before the first sign-in there is no account.
        let of = Some(of).filter(|account| !account.appid.is_empty());
        Self { id, name, bytes, path, is_known: true, is_rescue, of, stop: Mutex::default(), state: Mutex::new(state) }
    }

    /// Stops the reading that is under way, and returns the flag of the next one.
    fn renew(&self) -> Arc<AtomicBool> {
        let next = Arc::<AtomicBool>::default();
        std::mem::replace(&mut *lock(&self.stop), Arc::clone(&next)).store(true, Ordering::Relaxed);
        next
    }

    fn append(&self, piece: &str) -> Result<(), Problem> {
        let mut state = lock(&self.state);
        let bad = |what: &str| Problem::new(ProblemCode::BadRequest, what, false);
        if state.failure.is_some() || state.ended {
            return Err(bad("the import has failed or ended"));
        }
        if piece.len() > LARGEST_PIECE {
            return Err(bad("the piece is too large"));
        }
        let piece = BASE64.decode(piece.as_bytes()).map_err(|_| bad("the piece is not Base64"))?;
        let received = state.received + piece.len() as u64;
        if received > self.bytes {
            state.fail(self.bytes, received);
            return Err(bad("the file is larger than was said"));
        }
        let Some(file) = &mut state.file else { return Err(bad("the file is complete")) };
        if let Err(error) = file.write_all(&piece) {
            // Some of the piece may be in the file.
            state.failure = Some(SheetFailure { error: SheetError::Unreadable, detail: error.to_string() });
            state.file = None;
            return Err(file_failed(&error));
        }
        state.received = received;
        if received == self.bytes {
            state.file = None;
        }
        Ok(())
    }

    fn end(&self, state: &mut State) {
        state.file = None;
        state.ended = true;
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => tracing::warn!(%error, "an imported file could not be deleted"),
            _ => {}
        }
    }
}

impl State {
    fn fail(&mut self, said: u64, received: u64) {
        self.file = None;
        self.failure = Some(SheetFailure { error: SheetError::Changed, detail: format!("{said} bytes were said, {received} came") });
    }

    /// Whether the whole file is there.
    fn ready(&self, bytes: u64) -> Result<(), SheetFailure> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        if self.ended {
            return Err(SheetFailure { error: SheetError::Unreadable, detail: "the import has ended".to_owned() });
        }
        if self.received < bytes {
            let detail = format!("{bytes} bytes were said, {} came", self.received);
            return Err(SheetFailure { error: SheetError::Changed, detail });
        }
        Ok(())
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn file_failed(error: &io::Error) -> Problem {
    tracing::warn!(%error, "an imported file could not be written");
    Problem::from(&StoreError::from(io::Error::new(error.kind(), error.to_string())))
}

pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(part_failed("import of a file", &error)))
}
