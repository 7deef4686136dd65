//! Puts the parts together: platform or demo, store, vault, engine.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::Arc,
};

use jiff::tz::TimeZone;
use ringside_domain::{Place, Problem, ProblemCode, ShellReport, Timestamp};
use ringside_engine::{
    Clock, Exports, Handle, Parts, RecordingFolders, StartError, SystemClock, TransferLimits, config::Config, free_space,
};
use ringside_platform::{Client, ClientOptions, DownloadOptions, Downloads};
use ringside_store::{Opened, Store, StoreError};
use ringside_vault::Vault;
use secrecy::SecretString;
use tokio::sync::oneshot;

use crate::life::{
    demo::{self, Demo},
    environment::Secrets,
    paths::Paths,
    provision::{self, Flags, ProvisionError, Provisioned},
    versions,
};

/// The key of the setting for the start with the system. No intent changes it, since the system itself stores it.
pub const START_WITH_SYSTEM: &str = "window.start_with_system";

/// The running engine, and the other parts that the shell needs.
pub struct Started {
    pub handle: Handle,
    pub config: Config,
    pub vault: Vault,
    pub clock: Arc<SystemClock>,
    pub demo: Option<Arc<Demo>>,
    /// Random; differs in each run.
    pub seed: u64,
    /// Whether an administrator wants Ringside to start with the system. None: it stays as the user has it.
    pub start_with_system: Option<bool>,
    /// When the copy of the data was made with which this version can go on in place of what a newer one has written.
    pub backup_at: Option<Timestamp>,
}

#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    #[error("the demo's platform did not start: {0}")]
    Demo(io::Error),
    #[error("the system gave no random bytes: {0}")]
    Random(getrandom::Error),
    #[error("no keyring thread: {0}")]
    Vault(io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the start ended before its time: {0}")]
    Died(tokio::task::JoinError),
    #[error(transparent)]
    Engine(#[from] StartError),
}

/// Where the configuration comes from.
pub enum Setup {
    /// The files, the environment and these flags.
    Own(Box<Flags>),
    /// The demo configures itself; with the supervisor's desk if it is asked for.
    Demo { supervisor: bool },
}

/// What a start needs.
pub struct Means {
    pub setup: Setup,
    pub secrets: Secrets,
    pub paths: Paths,
    /// The log's path as shown to people.
    pub log: PathBuf,
    /// `RUST_LOG` sets the log's level for this run.
    pub log_given: bool,
    /// Why this run is in safe mode.
    pub safe: Option<ProblemCode>,
    /// Opens a page in the user's browser.
    pub open: fn(&str) -> Result<(), String>,
    /// What the first sign-in waits for.
    pub sign_in_after: Option<oneshot::Receiver<()>>,
}

/// Starts the engine.
pub async fn begin(means: Means) -> Result<Started, BeginError> {
    let Means { setup, secrets, paths, log, log_given, safe, open, mut sign_in_after } = means;
    let (config, refused, accesskey, demo) = match setup {
        Setup::Own(flags) => {
            let Provisioned { config, refused, .. } = provision::read(*flags, &secrets)?;
            (config, refused, secrets.accesskey, None)
        }
        Setup::Demo { supervisor } => {
            demo::forget(&paths);
            let demo = Demo::start(supervisor).await.map_err(BeginError::Demo)?;
            (demo.config.clone(), None, Some(demo.accesskey.clone()), Some(Arc::new(demo)))
        }
    };
    for warning in config.warnings.iter().chain(&refused) {
        tracing::warn!(%warning, "not all settings are used");
    }
    let vault = if demo.is_some() { Vault::memory() } else { Vault::keyring(&namespace(&paths)).map_err(BeginError::Vault)? };
    let clock = Arc::new(SystemClock::new());
    let place = Place {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        data_folder: paths.data.display().to_string(),
        log_file: log.display().to_string(),
        archive_folder: paths.recordings().display().to_string(),
        locked: config.locked.iter().cloned().chain(log_given.then(|| "log.detailed".to_owned())).collect(),
        hidden_views: config.values.hidden_views.clone(),
        config_file: config.file.as_ref().map(|file| file.display().to_string()),
        platform_offset: config.values.utc_offset.offset_at(clock.now().wall) / 60,
        platform_zone: config.values.utc_offset.name().map(str::to_owned),
        safe_mode: safe.map(|code| Problem::new(code, "", false)),
    };
    let seed = getrandom::u64().map_err(BeginError::Random)?;
    let options =
        ClientOptions { zone: config.values.utc_offset.clone(), seed, proxy: config.values.proxy.clone(), ..ClientOptions::default() };
    let wall = Arc::clone(&clock);
    let client = Client::new(options, Arc::new(move || wall.now().wall));
    let downloads = Downloads::new(DownloadOptions {
        hosts: config.values.recording_hosts.clone(),
        proxy: config.values.proxy.clone(),
        ..DownloadOptions::default()
    });
    let mut engine = |store: Store, accesskey: Option<SecretString>| {
        ringside_engine::start(Parts {
            store,
            vault: vault.clone(),
            client: client.clone(),
            clock: clock.clone(),
            config: config.clone(),
            accesskey,
            demo: demo.is_some(),
            place: place.clone(),
            exports: Exports { folder: paths.exports(), zone: TimeZone::system() },
            downloads: downloads.clone(),
            recordings: RecordingFolders { archive: paths.recordings(), cache: paths.cache(), free: free_space },
            limits: TransferLimits::default(),
            host: gethostname::gethostname().to_string_lossy().into_owned(),
            open,
            seed,
            sign_in_after: sign_in_after.take(),
        })
    };
    let prepared = versions::prepare(&paths, env!("CARGO_PKG_VERSION"), clock.now().wall);
    // After a restoration that was interrupted the database is missing until here.
    let start_with_system = start_with_system(&config, &paths);
    let backup_at = versions::backup_at(&paths);
    let of_versions = prepared.as_ref().ok().cloned().flatten();
    let opened = match prepared.and_then(|_| Store::open(&paths.data, clock.now().wall).map_err(|error| Problem::from(&error))) {
        Ok((store, found)) => {
            // The engine reads the stored data here. Data that causes a panic is left unchanged, like data that cannot be read.
            let started = catch_unwind(AssertUnwindSafe(|| engine(store, accesskey.clone()).map_err(|error| error.to_string())));
            let started = started.unwrap_or_else(|_| Err("a panic while it was read; the log says where".to_owned()));
            let report = found_problem(&found).map(ShellReport::SetAside);
            started.map(|handle| (handle, report)).map_err(|text| Problem::new(ProblemCode::StoreFailed, text, false))
        }
        Err(problem) => Err(problem),
    };
    let (handle, report) = match opened {
        Ok(running) => running,
        // The stored data is left unchanged; this run stores nothing and reports that (S3, S10).
        Err(problem) => {
            tracing::error!(%problem, "this run stores nothing");
            (engine(Store::in_memory()?, accesskey)?, Some(ShellReport::Store(Some(problem))))
        }
    };
    if let Some(report) = report {
        handle.report(report);
    }
    if let Some(problem) = of_versions {
        handle.report(ShellReport::SetAside(problem));
    }
    if let Some(reason) = refused {
        handle.report(ShellReport::SetAside(Problem::new(ProblemCode::PolicyRefused, reason, false)));
    }
    Ok(Started { handle, config, vault, clock, demo, seed, start_with_system, backup_at })
}

/// A locked key counts at each start, another one only at the first: then the user has not chosen yet.
fn start_with_system(config: &Config, paths: &Paths) -> Option<bool> {
    if config.is_locked(START_WITH_SYSTEM) {
        return Some(config.values.start_with_system.unwrap_or(false));
    }
    config.values.start_with_system.filter(|_| matches!(Store::open_to_read(&paths.data), Ok(None)))
}

fn found_problem(opened: &Opened) -> Option<Problem> {
    if opened.on_network {
        tracing::warn!(file = %opened.file.display(), "the data folder is on a network: safe, but slower");
    }
    if opened.log_lost {
        tracing::warn!("the last data that the previous run stored may be missing");
    }
    let aside = opened.damaged.as_ref()?;
    Some(Problem::new(ProblemCode::StoreDamaged, aside.display().to_string(), false))
}

/// The vault's namespace; each data folder has its own secrets.
pub fn namespace(paths: &Paths) -> String {
    if paths.is_default { "ringside".to_owned() } else { format!("ringside {}", paths.key()) }
}
