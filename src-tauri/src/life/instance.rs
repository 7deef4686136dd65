//! One instance per data folder, and requests to it: a lock on a file, and one JSON line in each direction on a local socket.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    sync::Arc,
    time::Duration,
};

use interprocess::local_socket::{
    ListenerOptions, Name,
    tokio::{Listener, Stream, prelude::*},
};
use ringside_domain::{Problem, QueueName, Wish, WishStage};
use ringside_engine::doctor::Check;
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    time::timeout,
};

use crate::life::paths::Paths;

/// A socket's path must fit into 108 bytes, on some systems fewer.
#[cfg(unix)]
const LONGEST_PATH: usize = 100;
/// Longest line to read, in bytes: an answer of the platform, which has at most 8 MiB, in a JSON text.
const LONGEST_LINE: u64 = 16 << 20;
/// Time for a running instance to accept a request; the confirmation of a wish takes up to 10 s more.
const PATIENCE: Duration = Duration::from_secs(5);
const WISH: Duration = Duration::from_secs(12);
/// A request to the platform; the wait for its turn, of 30 s, and a login may come before it.
const CALL: Duration = Duration::from_secs(90);
/// The doctor sends several requests to the platform, one after the other.
const EXAMINATION: Duration = Duration::from_secs(90);
/// The server may be asked already, for another request: up to half an hour for each of the two files. Then an administrator consents, and
/// the setup program has a quarter of an hour.
const UPDATE: Duration = Duration::from_secs(2 * 60 * 60);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase")]
pub enum Request {
    Show,
    Silence,
    Set {
        /// The old name, since the other process may be of another version.
        #[serde(rename = "availability")]
        wish: Wish,
    },
    /// Shows the supervisor's window.
    Supervisor,
    /// Calls a service of the platform for `ringside api`.
    Call {
        service: String,
        fields: Vec<(String, String)>,
        show_secrets: bool,
    },
    /// Runs the doctor's checks of the platform with this instance's token.
    Examine,
    /// Installs a newer version, if there is one.
    Update,
}

/// The outcome of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "camelCase")]
pub enum Reply {
    Shown,
    SupervisorShown,
    /// The supervisor's desk is switched off.
    SupervisorOff,
    /// The answer of a service, or why it failed.
    Called {
        answer: String,
        problem: Option<Problem>,
    },
    /// The instance is ending, and shows nothing more.
    Ending,
    Silenced,
    Examined {
        checks: Vec<Check>,
    },
    Confirmed,
    /// Accepted; takes effect after the call.
    AfterCall,
    /// The platform did not confirm it in time.
    Unconfirmed,
    Refused {
        problem: Problem,
    },
    /// The outcome differs between the queues.
    InPart {
        queues: Vec<(QueueName, WishStage)>,
    },
    NotSignedIn,
    /// This version is the newest for this computer.
    Newest,
    /// A newer version is installed; the instance changes over to it.
    Updated {
        version: String,
    },
    /// There is no break reason of this name; `known` lists those that exist.
    UnknownBreak {
        known: Vec<String>,
    },
}

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("not running")]
    NotRunning,
    /// An instance runs, or another program holds its socket, and there is no answer (T18).
    #[error("does not answer")]
    Silent,
}

/// Held while this instance runs; the system releases it even after a crash.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Locks the data folder. None: another instance holds the lock.
pub fn lock(paths: &Paths) -> io::Result<Option<Lock>> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(paths.lock())?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The socket is in the data folder, or under a short name elsewhere if that path is too long.
#[cfg(unix)]
fn name(paths: &Paths) -> io::Result<Name<'static>> {
    use interprocess::local_socket::GenericFilePath;
    let beside = paths.data.join("ringside.sock");
    if beside.as_os_str().len() <= LONGEST_PATH {
        return beside.to_fs_name::<GenericFilePath>();
    }
    let folder = dirs::runtime_dir().unwrap_or_else(std::env::temp_dir);
    folder.join(format!("ringside-{}.sock", paths.key())).to_fs_name::<GenericFilePath>()
}

#[cfg(windows)]
fn name(paths: &Paths) -> io::Result<Name<'static>> {
    use interprocess::local_socket::GenericNamespaced;
    format!("ringside-{}", paths.key()).to_ns_name::<GenericNamespaced>()
}

/// Listens for requests. The lock must be held, so that an earlier socket can be replaced. The socket is not removed at the end: by then it
/// may belong to the next instance.
pub fn listen(paths: &Paths) -> io::Result<Listener> {
    let options = ListenerOptions::new().name(name(paths)?).try_overwrite(true).reclaim_name(false);
    #[cfg(unix)]
    let options = interprocess::os::unix::local_socket::ListenerOptionsExt::mode(options, 0o600);
    options.create_tokio()
}

/// Answers requests forever, each in a task of its own.
pub async fn serve<F>(listener: Arc<Listener>, answer: impl Fn(Request) -> F + Clone + Send + 'static)
where
    F: Future<Output = Reply> + Send + 'static,
{
    loop {
        match listener.accept().await {
            Ok(stream) => {
                let answer = answer.clone();
                tokio::spawn(async move {
                    if let Err(error) = converse(&stream, answer).await {
                        tracing::debug!(%error, "a request on the local socket was not answered");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the local socket failed");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn converse<F: Future<Output = Reply>>(stream: &Stream, answer: impl Fn(Request) -> F) -> io::Result<()> {
    let line = timeout(PATIENCE, read(stream)).await??;
    let reply = answer(serde_json::from_str(&line)?).await;
    write(stream, &serde_json::to_string(&reply)?).await
}

/// Whether an instance accepts requests.
pub async fn is_there(paths: &Paths) -> bool {
    match name(paths) {
        Ok(name) => Stream::connect(name).await.is_ok(),
        Err(_) => false,
    }
}

/// Sends a request to the running instance.
pub async fn ask(paths: &Paths, request: &Request) -> Result<Reply, AskError> {
    let name = name(paths).map_err(|_| AskError::NotRunning)?;
    let stream = Stream::connect(name).await.map_err(|_| AskError::NotRunning)?;
    let patience = PATIENCE
        + match request {
            Request::Set { .. } => WISH,
            Request::Examine => EXAMINATION,
            Request::Update => UPDATE,
            Request::Call { .. } => CALL,
            Request::Show | Request::Supervisor | Request::Silence => Duration::ZERO,
        };
    let reply = timeout(patience, async {
        write(&stream, &serde_json::to_string(request)?).await?;
        io::Result::Ok(serde_json::from_str(&read(&stream).await?)?)
    });
    reply.await.ok().and_then(Result::ok).ok_or(AskError::Silent)
}

async fn read(stream: &Stream) -> io::Result<String> {
    let mut line = String::new();
    BufReader::new(stream.take(LONGEST_LINE)).read_line(&mut line).await?;
    Ok(line)
}

async fn write(mut stream: &Stream, line: &str) -> io::Result<()> {
    stream.write_all(format!("{line}\n").as_bytes()).await?;
    stream.flush().await
}
