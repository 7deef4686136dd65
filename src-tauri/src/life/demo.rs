//! `--demo`: an embedded simulator of the platform, with an agent who is signed in and available, in a data folder of its own.

use std::{io, process::Command, sync::Mutex};

use ringside_domain::{Exercise, Extension, QueueName, SignInPolicy, Snapshot, Timestamp};
use ringside_engine::config::{Config, ConfigError, Given, Sources};
use ringside_simulator::{Options, Simulator};
use secrecy::{ExposeSecret, SecretString};

use super::{environment::restore_environment, locked, paths::Paths, program};

/// The embedded simulator, and the data needed to sign in to it.
pub struct Demo {
    simulator: Simulator,
    /// The current exercise, and when it began.
    exercise: Mutex<Option<(Exercise, Timestamp)>>,
    pub config: Config,
    pub accesskey: SecretString,
}

impl Demo {
    pub async fn start(supervisor: bool) -> io::Result<Self> {
        let options = Options::demo();
        let account = options.account.clone();
        let (Some(own), Some(queue)) = (options.extensions.first().cloned(), options.queues.first().cloned()) else {
            return Err(io::Error::other("the embedded platform has no agent"));
        };
        let simulator = Simulator::local(options).await?;
        let given = Given {
            url: Some(simulator.url().to_string()),
            appid: Some(account.appid),
            extension: Some(Extension(own.number)),
            agent_id: Some(own.agent),
            queues: Some(vec![QueueName(queue.name)]),
            after_sign_in: Some(SignInPolicy::Available),
            bind: Some(([127, 0, 0, 1], 0).into()),
            supervisor: supervisor.then_some(true),
            ..Given::default()
        };
        let config =
            Config::read(Sources { command_line: given, ..Sources::default() }).map_err(|error: ConfigError| io::Error::other(error))?;
        Ok(Self { simulator, exercise: Mutex::default(), config, accesskey: account.accesskey.into() })
    }
}

impl Demo {
    /// Starts in the simulator the exercise that the session is in, or ends it.
    pub fn sync(&self, next: &Snapshot) {
        let wanted = next.practice.as_ref().filter(|practice| practice.ended_at.is_none());
        let wanted = wanted.map(|practice| (practice.exercise, practice.began_at));
        let mut current = locked(&self.exercise);
        if *current != wanted {
            *current = wanted;
            self.simulator.practise(wanted.map(|(exercise, _)| match exercise {
                Exercise::CalmHour => ringside_simulator::Exercise::CalmHour,
                Exercise::BusyHour => ringside_simulator::Exercise::BusyHour,
                Exercise::AngryCallers => ringside_simulator::Exercise::AngryCallers,
                Exercise::DroppingNetwork => ringside_simulator::Exercise::DroppingNetwork,
            }));
        }
    }

    /// Sets the URL to which the simulator posts its callbacks.
    pub fn call_back(&self, url: Option<&SecretString>) {
        let url = url.and_then(|url| url.expose_secret().parse().ok());
        self.simulator.set_callback_url(url);
    }
}

/// Deletes the last demo's data: the simulator's calls of the last demo do not exist any more.
pub fn forget(paths: &Paths) {
    for name in ["ringside.db", "ringside.db-wal", "ringside.db-shm", "floor.db", "floor.db-wal", "floor.db-shm"] {
        match std::fs::remove_file(paths.data.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => tracing::warn!(%error, name, "the old data was not deleted"),
            _ => {}
        }
    }
    match std::fs::remove_dir_all(paths.recordings()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => tracing::warn!(%error, "the old recordings were not deleted"),
        _ => {}
    }
}

/// Starts a demo beside this instance.
pub fn spawn(paths: &Paths) -> io::Result<()> {
    let mut command = Command::new(program::file()?);
    command.arg("--demo");
    if let Some(folder) = &paths.given_data {
        command.arg("--data-dir").arg(folder);
    }
    let mut child = restore_environment(&mut command).spawn()?;
    // Waits for the child, so that it does not become a zombie.
    std::thread::spawn(move || child.wait());
    Ok(())
}
