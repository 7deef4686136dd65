//! Updates: asks the server that an administrator named, fetches a newer version, offers it when that interrupts nothing, and installs it
//! when a person wants it.

mod install;
mod release;
#[cfg(all(test, target_os = "linux"))]
mod tests;

use std::{future::pending, path::PathBuf, sync::Arc, time::Duration};

use ringside_domain::{Problem, ProblemCode, UpdateStage, UpdateView, contract::Main};
use ringside_engine::{Clock, Handle};
use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_updater::Update;
use tokio::{
    select,
    sync::{Mutex, mpsc, oneshot, watch},
    task::{JoinError, spawn_blocking},
};

use crate::{
    desktop::windows,
    floor::{Desk, quiet::Quiet},
    life::{
        paths::Paths,
        quit::{Ending, Quit},
        start::Started,
    },
};
use install::Installation;
use release::Source;

/// From the start of a run to the first question, and then between two; up to half of it is added, so that not all computers ask at once.
const FIRST: Duration = Duration::from_secs(3 * 60);
const PAUSE: Duration = Duration::from_secs(4 * 60 * 60);

/// How an attempt to update at once ended, if nothing failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Updated {
    /// This version is the newest for this computer.
    Newest,
    Installed {
        version: String,
    },
}

/// What a person asks of the task.
enum Wish {
    Look,
    /// Installs this version, and no other that was found meanwhile.
    Install(String),
    /// Looks, and installs what is found.
    Update(oneshot::Sender<Result<Updated, Problem>>),
}

/// What the task needs to update this program.
struct Means {
    source: Source,
    installation: Installation,
    clock: Arc<dyn Clock>,
    seed: u64,
    /// The version, until it is installed.
    folder: PathBuf,
}

/// Managed by Tauri; exists once.
pub struct Updates {
    /// None: no server was named, or something else replaces this program.
    means: Option<Means>,
    view: watch::Sender<UpdateView>,
    wishes: mpsc::UnboundedSender<Wish>,
    /// Outlives a failure of the task.
    inbox: Mutex<Inbox>,
}

struct Inbox {
    wishes: mpsc::UnboundedReceiver<Wish>,
    /// The update that is ready, with its file.
    ready: Option<(Update, PathBuf)>,
}

impl Updates {
    pub fn new(started: &Started, paths: &Paths) -> Self {
        let Started { config, clock, seed, backup_at, .. } = started;
        let view = UpdateView { backup_at: *backup_at, ..UpdateView::default() };
        let values = &config.values;
        let server = values.update_address.clone().filter(|_| !values.update_key.is_empty());
        let Some(server) = server else { return Self::with(None, view) };
        let host = server.host_str().unwrap_or_default().to_owned();
        let view = UpdateView { server: Some(host), ..view };
        let Some(installation) = Installation::of_this_program() else { return Self::with(None, UpdateView { by_others: true, ..view }) };
        let source = Source {
            server,
            key: values.update_key.clone(),
            target: installation.target(),
            proxy: values.proxy.clone(),
            desk: format!("{} {}", gethostname::gethostname().to_string_lossy(), paths.key()),
        };
        let view = UpdateView { needs_consent: installation.needs_consent(), ..view };
        Self::with(Some(Means { source, installation, clock: clock.clone(), seed: *seed, folder: paths.updates() }), view)
    }

    fn with(means: Option<Means>, view: UpdateView) -> Self {
        let (wishes, inbox) = mpsc::unbounded_channel();
        Self { means, view: watch::Sender::new(view), wishes, inbox: Mutex::new(Inbox { wishes: inbox, ready: None }) }
    }

    /// What a person may see now.
    pub fn view(&self, quiet: &Quiet) -> UpdateView {
        offered(self.view.borrow().clone(), quiet.is_now())
    }

    pub fn look(&self) -> Result<(), Problem> {
        self.wish(Wish::Look)
    }

    /// Installs the version that is offered.
    pub fn install(&self) -> Result<(), Problem> {
        let UpdateStage::Ready { version, .. } = self.view.borrow().stage.clone() else { return Err(not_now("no newer version is ready")) };
        self.wish(Wish::Install(version))
    }

    /// Looks for a newer version, and installs it.
    pub async fn update(&self) -> Result<Updated, Problem> {
        if let UpdateStage::Installed { version } = &self.view.borrow().stage {
            return Ok(Updated::Installed { version: version.clone() });
        }
        let (reply, updated) = oneshot::channel();
        self.wish(Wish::Update(reply))?;
        updated.await.map_err(|_| Problem::new(ProblemCode::PartFailed, "the update", true))?
    }

    fn wish(&self, wish: Wish) -> Result<(), Problem> {
        if self.means.is_none() {
            let why = if self.view.borrow().by_others { "something else updates this program" } else { "no update server is set" };
            return Err(not_now(why));
        }
        // The receiver lives as long as this.
        let _ = self.wishes.send(wish);
        Ok(())
    }
}

fn not_now(why: &str) -> Problem {
    Problem::new(ProblemCode::NoUpdateNow, why, true)
}

/// The view without an offer that would interrupt somebody.
fn offered(mut view: UpdateView, is_quiet: bool) -> UpdateView {
    view.backup_offered = view.backup_at.is_some() && is_quiet;
    if let UpdateStage::Ready { offered, .. } = &mut view.stage {
        *offered = is_quiet;
    }
    view
}

/// Tells the main window whenever the view changes, or whether it may be offered.
pub async fn show(app: AppHandle) {
    let updates = app.state::<Updates>();
    let mut views = updates.view.subscribe();
    let mut quiet = Quiet::new(&app.state::<Handle>(), &app.state::<Desk>());
    let mut shown = None;
    loop {
        let view = offered(views.borrow_and_update().clone(), quiet.is_now());
        if shown.as_ref() != Some(&view) {
            windows::tell(&app, Main::update(), &view);
            shown = Some(view);
        }
        let goes_on = select! {
            changed = views.changed() => changed.is_ok(),
            goes_on = quiet.changed() => goes_on,
        };
        if !goes_on {
            return;
        }
    }
}

/// Looks from time to time, carries out what a person asks for, and changes over to the new version.
pub async fn run(app: AppHandle) {
    let mut quiet = Quiet::new(&app.state::<Handle>(), &app.state::<Desk>());
    app.state::<Updates>().serve(&app, &quiet).await;
    quiet.begins().await;
    app.state::<Quit>().ask(Ending::Replaced);
}

impl Updates {
    /// Returns when a newer version is installed.
    async fn serve<R: Runtime>(&self, app: &AppHandle<R>, quiet: &Quiet) {
        let Some(means) = &self.means else { return pending().await };
        let mut inbox = self.inbox.lock().await;
        // An earlier run of this task may have failed in the middle, or after the installation.
        if matches!(self.view.borrow().stage, UpdateStage::Installed { .. }) {
            return self.answer_rest(&mut inbox.wishes);
        }
        self.stage(inbox.ready.as_ref().map_or(UpdateStage::None, |(update, _)| is_ready(update)));
        let mut random = fastrand::Rng::with_seed(means.seed);
        let mut after = |pause: Duration| means.clock.now().mono + pause.mul_f64(1.0 + random.f64() / 2.0);
        let mut due = after(FIRST);
        loop {
            let wish = select! {
                Some(wish) = inbox.wishes.recv() => wish,
                () = means.clock.sleep_until(due) => Wish::Look,
            };
            let ready = &mut inbox.ready;
            match wish {
                Wish::Look => {
                    due = after(PAUSE);
                    // The view says it.
                    let _ = self.say(self.find(means, app, ready).await);
                }
                Wish::Install(version) => {
                    let is_it = ready.as_ref().is_some_and(|(update, _)| update.version == version);
                    let installed =
                        if is_it { self.put_in_place(means, ready, quiet).await } else { Err(not_now("another version is ready")) };
                    if self.say(installed).is_ok() {
                        return self.answer_rest(&mut inbox.wishes);
                    }
                }
                Wish::Update(reply) => {
                    due = after(PAUSE);
                    let found = self.say(self.find(means, app, ready).await);
                    let updated = match found {
                        Ok(()) if ready.is_none() => Ok(Updated::Newest),
                        Ok(()) => self.say(self.put_in_place(means, ready, quiet).await).map(|version| Updated::Installed { version }),
                        Err(problem) => Err(problem),
                    };
                    let is_installed = matches!(updated, Ok(Updated::Installed { .. }));
                    // Nobody may wait for it any more.
                    let _ = reply.send(updated);
                    if is_installed {
                        return self.answer_rest(&mut inbox.wishes);
                    }
                }
            }
        }
    }

    /// A version is installed: answers who asked for it meanwhile.
    fn answer_rest(&self, wishes: &mut mpsc::UnboundedReceiver<Wish>) {
        let UpdateStage::Installed { version } = &self.view.borrow().stage else { return };
        wishes.close();
        while let Ok(wish) = wishes.try_recv() {
            if let Wish::Update(reply) = wish {
                let _ = reply.send(Ok(Updated::Installed { version: version.clone() }));
            }
        }
    }

    /// Shows a failure until the next attempt succeeds.
    fn say<T>(&self, outcome: Result<T, Problem>) -> Result<T, Problem> {
        let problem = outcome.as_ref().err().cloned();
        if let Some(problem) = &problem {
            tracing::warn!(%problem, "the update goes no further");
        }
        self.view.send_modify(|view| view.problem = problem);
        outcome
    }

    fn stage(&self, stage: UpdateStage) {
        self.view.send_modify(|view| view.stage = stage);
    }

    /// Asks the server, and fetches what is newer.
    async fn find<R: Runtime>(&self, means: &Means, app: &AppHandle<R>, ready: &mut Option<(Update, PathBuf)>) -> Result<(), Problem> {
        let before = self.view.borrow().stage.clone();
        // An offer stays in view while it is asked whether there is a newer one.
        if ready.is_none() {
            self.stage(UpdateStage::Looking);
        }
        let found = means.source.look(app).await.inspect_err(|_| self.stage(before.clone()))?;
        let now = means.clock.now().wall;
        self.view.send_modify(|view| view.looked_at = Some(now));
        let Some(update) = found else {
            *ready = None;
            self.stage(UpdateStage::None);
            let folder = means.folder.clone();
            if let Ok(Err(error)) = spawn_blocking(move || release::forget(&folder)).await {
                tracing::warn!(%error, "an update that was not installed stays until the next look");
            }
            return Ok(());
        };
        let version = update.version.clone();
        // The file of a known version is checked again, since it may have been changed or removed.
        let is_known = ready.as_ref().is_some_and(|(known, _)| known.version == version && known.signature == update.signature);
        if !is_known {
            tracing::info!(version, "a newer version is fetched");
            self.stage(UpdateStage::Loading { version: version.clone(), percent: None });
        }
        let progress = |received: u64, length: Option<u64>| {
            let percent = length.filter(|length| *length > 0).and_then(|length| u8::try_from(received.saturating_mul(100) / length).ok());
            self.view.send_if_modified(|view| {
                let stage = UpdateStage::Loading { version: version.clone(), percent: percent.map(|percent| percent.min(100)) };
                std::mem::replace(&mut view.stage, stage.clone()) != stage
            });
        };
        *ready = None;
        let file = release::fetch(&update, &means.folder, progress).await.inspect_err(|_| self.stage(UpdateStage::None))?;
        self.stage(is_ready(&update));
        *ready = Some((update, file));
        Ok(())
    }

    /// Installs what is ready, unless that would interrupt somebody. Returns the version.
    async fn put_in_place(&self, means: &Means, ready: &mut Option<(Update, PathBuf)>, quiet: &Quiet) -> Result<String, Problem> {
        let Some((update, file)) = ready.clone() else { return Err(not_now("no newer version is ready")) };
        quiet.permits_end()?;
        let version = update.version.clone();
        self.stage(UpdateStage::Installing { version: version.clone() });
        let installation = means.installation.clone();
        let installing = {
            let (update, quiet) = (update.clone(), quiet.clone());
            spawn_blocking(move || installation.install(&update, &file, || quiet.permits_end()))
        };
        let failed = |error: JoinError| Problem::new(ProblemCode::UpdateFailed, error.to_string(), true);
        if let Err(problem) = installing.await.map_err(failed).flatten() {
            if problem.code == ProblemCode::UpdateRefused {
                // The file is not what was checked; it is fetched again.
                *ready = None;
                self.stage(UpdateStage::None);
            } else {
                self.stage(is_ready(&update));
            }
            return Err(problem);
        }
        tracing::info!(version, "a newer version is installed");
        self.stage(UpdateStage::Installed { version: version.clone() });
        Ok(version)
    }
}

fn is_ready(update: &Update) -> UpdateStage {
    let notes = update.body.clone().unwrap_or_default();
    UpdateStage::Ready { version: update.version.clone(), notes, offered: false }
}
