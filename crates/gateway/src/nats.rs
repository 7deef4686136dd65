//! The gateway's own NATS server: a process that outlives the gateway, so that an upgrade of the gateway leaves the desks alone.

use std::{
    env, fs, io,
    net::{Ipv4Addr, Ipv6Addr},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use data_encoding::HEXLOWER;
use ringside_domain::{Backoff, Timestamp};
use ringside_fleet::hub::{ClusterOptions, Keys, ServerOptions, ServerVersion, TooOld, server_config};
use sha2::{Digest, Sha256};

use crate::{authority::Certificate, config::Nats, secrets::write_private};

/// The server's program has this name.
const PROGRAM: &str = "nats-server";
const CONFIG: &str = "--config";
const PAUSES: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
/// How often it is looked whether the server still runs.
const STEP: Duration = Duration::from_millis(500);
/// A server that ran this long had a good start: the next pause is short again.
const GOOD: Duration = Duration::from_secs(60);
const CONNECTIONS: u32 = 65_536;
/// What the streams may reserve together. Each has its own limit; this one is never near, so that no new company and no other limit needs
/// another server.
const STORAGE: u64 = 1 << 40;

#[derive(Debug, thiserror::Error)]
pub enum NatsError {
    #[error("nats-server was not found: install version {least} or newer, or name it in nats.program", least = ServerVersion::LEAST)]
    NotFound,
    #[error(transparent)]
    TooOld(#[from] TooOld),
    #[error("{0} does not say its version")]
    NoVersion(PathBuf),
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
}

/// The own server of a gateway.
#[derive(Debug)]
pub struct Server {
    program: PathBuf,
    folder: PathBuf,
    /// What a running server must have been started with; else it is started again. Not the whole configuration: its tokens are new each time.
    started_with: String,
}

impl Server {
    /// Finds the program, and writes the server's configuration.
    pub fn prepare(
        keys: &Keys,
        settings: &Nats,
        certificate: Option<&Certificate>,
        name: &str,
        folder: PathBuf,
        now: Timestamp,
    ) -> Result<Self, NatsError> {
        let program = find(settings.program.as_deref())?;
        let options = ServerOptions {
            name: name.to_owned(),
            listen: settings.listen,
            websocket: settings.websocket,
            monitor: None,
            tls: certificate
                .map(|made| (made.certificate.clone(), made.key.clone()))
                .or_else(|| settings.tls_cert.clone().zip(settings.tls_key.clone())),
            folder: folder.clone(),
            max_bytes: STORAGE,
            max_connections: CONNECTIONS,
            cluster: settings.cluster.map(|listen| ClusterOptions {
                listen,
                peers: settings.peers.clone(),
                ca: certificate.map(|made| made.authority.clone()).or_else(|| settings.ca.clone()),
            }),
        };
        let started_with = started_with(&program, &options)?;
        let server = Self { program, folder, started_with };
        let file = server.config();
        write_private(&file, server_config(keys, &options, now.0).as_bytes()).map_err(|error| NatsError::File(file, error))?;
        Ok(server)
    }

    fn config(&self) -> PathBuf {
        self.folder.join("server.conf")
    }

    /// Keeps a server running until this is dropped: takes over one that runs, and starts another when it ends.
    pub async fn keep(self) {
        let mut pauses = PAUSES;
        loop {
            let ran = tokio::time::Instant::now();
            match running(&self.folder) {
                Some(process) if fs::read_to_string(self.started()).is_ok_and(|with| with == self.started_with) => {
                    tracing::info!(process, "nats-server runs already");
                }
                Some(process) => {
                    tracing::warn!(process, "nats-server runs with other settings; it is started again");
                    end(process);
                    self.ended().await;
                    continue;
                }
                None => match self.start() {
                    Ok(process) => {
                        tracing::info!(process, program = %self.program.display(), "nats-server was started");
                        self.begun().await;
                    }
                    Err(error) => tracing::error!(%error, "nats-server could not be started"),
                },
            }
            self.ended().await;
            if ran.elapsed() >= GOOD {
                pauses.succeeded();
            }
            let pause = pauses.failed(None, 1.0);
            tracing::error!(log = %log_file(&self.folder).display(), ?pause, "nats-server has ended; it is started again");
            tokio::time::sleep(pause).await;
        }
    }

    /// A process that was just made has its own name a moment later.
    async fn begun(&self) {
        let named = async {
            while running(&self.folder).is_none() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        // A server that ended at once never gets there.
        let _ = tokio::time::timeout(STEP, named).await;
    }

    async fn ended(&self) {
        while running(&self.folder).is_some() {
            tokio::time::sleep(STEP).await;
        }
    }

    fn started(&self) -> PathBuf {
        self.folder.join("server.started")
    }

    fn start(&self) -> io::Result<u32> {
        let log = fs::OpenOptions::new().create(true).append(true).open(log_file(&self.folder))?;
        let mut command = Command::new(&self.program);
        command.arg(CONFIG).arg(self.config()).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        // A group of its own: what ends the gateway does not end the server.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let process = child.id();
        fs::write(self.started(), &self.started_with)?;
        fs::write(pid_file(&self.folder), process.to_string())?;
        // Takes the ended process off the system's list.
        std::thread::Builder::new().name("nats".to_owned()).spawn(move || drop(child.wait()))?;
        Ok(process)
    }
}

/// The program, the settings and the certificate: under the same name there may be a new one.
fn started_with(program: &Path, options: &ServerOptions) -> Result<String, NatsError> {
    let certificate = match &options.tls {
        Some((file, _)) => fs::read(file).map_err(|error| NatsError::File(file.clone(), error))?,
        None => Vec::new(),
    };
    Ok(format!("{} {options:?} {}", program.display(), HEXLOWER.encode(&Sha256::digest(certificate))))
}

/// The address of the gateway's own server for the gateway itself. With a configured certificate it is the public one, the first if there are
/// several, since the certificate names it; ours names this machine too.
pub fn own_url(settings: &Nats) -> String {
    if let (Some(_), Some(url)) = (&settings.tls_cert, &settings.public_url) {
        return url.split(',').next().unwrap_or_default().trim().to_owned();
    }
    let mut address = settings.listen;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    let scheme = if settings.needs_certificate() { "tls" } else { "nats" };
    format!("{scheme}://{address}")
}

fn pid_file(folder: &Path) -> PathBuf {
    folder.join("server.pid")
}

fn log_file(folder: &Path) -> PathBuf {
    folder.join("server.log")
}

/// The process of the server that was started for this folder, if it still runs.
pub fn running(folder: &Path) -> Option<u32> {
    let noted = fs::read_to_string(pid_file(folder)).ok().and_then(|text| text.trim().parse().ok());
    if let Some(process) = noted.filter(|process| is_server(folder, *process)) {
        return Some(process);
    }
    // A gateway that was killed between the start and the note left a server whose number nobody has. A second one on the same files
    // would destroy them.
    let processes = fs::read_dir("/proc").ok()?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    processes.into_iter().find(|process| is_server(folder, *process))
}

/// Whether the process was started with the configuration of this folder, by whatever path. After a restart of the computer a noted number may
/// be another program's.
fn is_server(folder: &Path, process: u32) -> bool {
    let own = folder.join("server.conf");
    // Another user's current folder cannot be read; then only the same text is the same file.
    let there = fs::read_link(format!("/proc/{process}/cwd")).unwrap_or_default();
    let is_own = |named: &str| {
        let file = fs::canonicalize(there.join(named));
        Path::new(named) == own || file.is_ok_and(|file| fs::canonicalize(&own).is_ok_and(|own| own == file))
    };
    let command = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    let command = String::from_utf8_lossy(&command).into_owned();
    let words: Vec<&str> = command.split('\0').collect();
    words.windows(2).any(|pair| pair[0] == CONFIG && is_own(pair[1]))
}

/// Asks a process to end. False: there is none.
#[cfg(unix)]
pub fn end(process: u32) -> bool {
    let Some(process) = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw) else { return false };
    rustix::process::kill_process(process, rustix::process::Signal::TERM).is_ok()
}

#[cfg(not(unix))]
pub fn end(_process: u32) -> bool {
    false
}

/// The program: the configured one, else one beside this program, in its library folder, or in the PATH, the first that is new enough.
pub fn find(configured: Option<&Path>) -> Result<PathBuf, NatsError> {
    if let Some(program) = configured {
        check(program)?;
        return Ok(program.to_owned());
    }
    let beside = env::current_exe().ok().and_then(|program| Some(program.parent()?.join(PROGRAM)));
    let path = env::var_os("PATH").unwrap_or_default();
    let in_path: Vec<PathBuf> = env::split_paths(&path).map(|folder| folder.join(PROGRAM)).collect();
    let packaged = PathBuf::from("/usr/lib/ringside-gateway").join(PROGRAM);
    let mut refused = NatsError::NotFound;
    for program in beside.into_iter().chain(in_path).chain([packaged]).filter(|program| program.is_file()) {
        match check(&program) {
            Ok(()) => return Ok(program),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

fn check(program: &Path) -> Result<(), NatsError> {
    let said = Command::new(program).arg("--version").output().map_err(|error| NatsError::File(program.to_owned(), error))?;
    let version = ServerVersion::parse(&String::from_utf8_lossy(&said.stdout)).ok_or_else(|| NatsError::NoVersion(program.to_owned()))?;
    Ok(version.check()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_server_that_is_too_old_is_refused_with_a_sentence() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join(PROGRAM);
        let say = |text: &str| {
            fs::write(&program, format!("#!/bin/sh\necho '{text}'\n")).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
            find(Some(&program)).map_err(|error| error.to_string())
        };
        assert_eq!(say("nats-server: v2.9.10").unwrap_err(), "nats-server 2.9.10 is too old: 2.11.2 or newer is needed");
        assert!(say("hello").unwrap_err().contains("does not say its version"));
        assert!(say("nats-server: v2.14.0").is_ok());
        assert!(matches!(find(Some(&folder.path().join("none"))), Err(NatsError::File(..))));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_server_without_a_pid_file_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new("sh")
            .args(["-c", "read wait; exit", "sh", CONFIG])
            .arg(folder.path().join("server.conf"))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let begun = tokio::time::Instant::now();
        while running(folder.path()) != Some(child.id()) {
            assert!(begun.elapsed() < Duration::from_secs(20));
        }
        // The command line can name the folder by another path than the one that the server was started with.
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path(), &link).unwrap();
        fs::write(folder.path().join("server.conf"), "").unwrap();
        assert_eq!(running(&link), Some(child.id()));
        drop(child.stdin.take());
        child.wait().unwrap();
        assert_eq!(running(folder.path()), None);
    }

    #[test]
    fn a_renewed_certificate_under_the_same_name_needs_another_server() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cert.pem");
        let options = ServerOptions {
            name: "a".to_owned(),
            listen: (Ipv4Addr::LOCALHOST, 4222).into(),
            websocket: None,
            monitor: None,
            tls: Some((file.clone(), folder.path().join("key.pem"))),
            folder: folder.path().to_owned(),
            max_bytes: STORAGE,
            max_connections: CONNECTIONS,
            cluster: None,
        };
        let with = |certificate: &str| {
            fs::write(&file, certificate).unwrap();
            started_with(Path::new(PROGRAM), &options).unwrap()
        };
        assert_eq!(with("one"), with("one"));
        assert_ne!(with("one"), with("two"));
        fs::remove_file(&file).unwrap();
        assert!(started_with(Path::new(PROGRAM), &options).unwrap_err().to_string().contains("cert.pem"));
    }

    #[test]
    fn a_number_of_another_process_is_not_taken_for_the_server() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(pid_file(folder.path()), std::process::id().to_string()).unwrap();
        assert_eq!(running(folder.path()), None);
    }

    #[test]
    fn the_gateway_connects_to_its_own_server_on_this_machine_or_by_the_name_of_its_certificate() {
        let url = |listen: &str, cert: Option<&str>| {
            own_url(&Nats {
                listen: listen.parse().unwrap(),
                tls_cert: cert.map(PathBuf::from),
                public_url: Some("tls://gateway.example.com:4222, tls://other.example.com:4222".to_owned()),
                ..Nats::default()
            })
        };
        assert_eq!(url("0.0.0.0:4222", Some("cert.pem")), "tls://gateway.example.com:4222", "of three servers its own is the first");
        assert_eq!(url("127.0.0.1:4222", None), "nats://127.0.0.1:4222");
        assert_eq!(url("[::]:4222", None), "tls://[::1]:4222");
    }
}
