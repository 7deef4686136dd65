//! One instance per data folder, and the way to talk to it: a lock on a file, and one JSON line each way on a local socket.

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

/// A socket's path must fit into 108 bytes, less on some systems.
#[cfg(unix)]
const LONGEST_PATH: usize = 100;
/// Bytes of a line that is read.
const LONGEST_LINE: u64 = 64 << 10;
/// For a running instance to take a request; a wish takes up to 10 s more to be confirmed.
const PATIENCE: Duration = Duration::from_secs(5);
const WISH: Duration = Duration::from_secs(12);
/// The doctor asks the platform some questions, one after the other.
const EXAMINATION: Duration = Duration::from_secs(90);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase")]
pub enum Request {
    Show,
    Silence,
    Set {
        /// Another version may be at either end.
        #[serde(rename = "availability")]
        wish: Wish,
    },
    /// The doctor's look at the platform, with the token that is in use here.
    Examine,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "camelCase")]
pub enum Reply {
    Shown,
    /// It is taking its leave, and shows nothing any more.
    Ending,
    Silenced,
    Examined {
        checks: Vec<Check>,
    },
    Confirmed,
    /// Taken; it holds when the call is over.
    AfterCall,
    /// Not seen at the platform in time.
    Unconfirmed,
    Refused {
        problem: Problem,
    },
    /// Not the same in each queue.
    InPart {
        queues: Vec<(QueueName, WishStage)>,
    },
    NotSignedIn,
    /// There is no such reason for a break; these there are.
    UnknownBreak {
        known: Vec<String>,
    },
}

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("not running")]
    NotRunning,
    /// It runs, or something else holds its socket, and does not answer (T18).
    #[error("does not answer")]
    Silent,
}

/// Held as long as this instance lives; the system lets go of it whatever happens.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// None: another instance has the data folder.
pub fn lock(paths: &Paths) -> io::Result<Option<Lock>> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(paths.lock())?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// In the data folder; under a short name elsewhere where its path is too long.
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

/// Listens for requests; the lock must be held, so that what is left of an earlier socket can be taken away. Nobody takes it away at
/// the end: by then it may be the next instance's.
pub fn listen(paths: &Paths) -> io::Result<Listener> {
    let options = ListenerOptions::new().name(name(paths)?).try_overwrite(true).reclaim_name(false);
    #[cfg(unix)]
    let options = interprocess::os::unix::local_socket::ListenerOptionsExt::mode(options, 0o600);
    options.create_tokio()
}

/// Answers requests for ever, each on a task of its own.
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

/// Whether an instance takes requests.
pub async fn is_there(paths: &Paths) -> bool {
    match name(paths) {
        Ok(name) => Stream::connect(name).await.is_ok(),
        Err(_) => false,
    }
}

/// Asks the running instance.
pub async fn ask(paths: &Paths, request: &Request) -> Result<Reply, AskError> {
    let name = name(paths).map_err(|_| AskError::NotRunning)?;
    let stream = Stream::connect(name).await.map_err(|_| AskError::NotRunning)?;
    let patience = PATIENCE
        + match request {
            Request::Set { .. } => WISH,
            Request::Examine => EXAMINATION,
            Request::Show | Request::Silence => Duration::ZERO,
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
