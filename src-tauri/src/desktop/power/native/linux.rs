//! logind reports when the computer is about to sleep or to shut down, and waits a little for processes that asked for a delay.

use futures_util::StreamExt;
use ringside_domain::{Occasion, ShellReport};
use ringside_engine::Handle;
use zbus::{Connection, Message, Proxy, zvariant::OwnedFd};

use super::{WITHIN, take_leave};
use crate::life::tasks;

const NAME: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";

/// Here the event loop ends only when it was asked to.
pub fn occasion_of_exit() -> Occasion {
    Occasion::Quit
}

/// The end of a session is a signal to this process; `_at_log_off` is for systems that wait for an answer.
pub fn watch(handle: &Handle, _at_log_off: impl Fn() + Send + Sync + 'static) {
    let handle = handle.clone();
    let listening = move || {
        let handle = handle.clone();
        async move {
            if let Err(error) = listen(&handle).await {
                tracing::info!(%error, "logind is not heard: a sleep is noticed after it, not before");
            }
        }
    };
    tasks::keep("the ear for logind", listening, |_, _| {});
}

async fn listen(handle: &Handle) -> zbus::Result<()> {
    let bus = Connection::system().await?;
    let manager = Proxy::new(&bus, NAME, PATH, MANAGER).await?;
    let mut sleeps = manager.receive_signal("PrepareForSleep").await?;
    let mut shutdowns = manager.receive_signal("PrepareForShutdown").await?;
    let mut inhibitor = Some(inhibit(&manager).await?);
    loop {
        let (message, occasion) = tokio::select! {
            Some(message) = sleeps.next() => (message, Occasion::Sleep),
            Some(message) = shutdowns.next() => (message, Occasion::LogOff),
            else => return Err(zbus::Error::Failure("the bus went away".to_owned())),
        };
        if is_before(&message)? {
            take_leave(handle, occasion, WITHIN).await;
            // Closing the inhibitor lets the system continue.
            drop(inhibitor.take());
        } else {
            handle.report(ShellReport::Awake);
            inhibitor = Some(inhibit(&manager).await?);
        }
    }
}

/// The signal is sent before and after the event.
fn is_before(message: &Message) -> zbus::Result<bool> {
    message.body().deserialize()
}

async fn inhibit(manager: &Proxy<'_>) -> zbus::Result<OwnedFd> {
    manager.call("Inhibit", &("sleep:shutdown", "Ringside", "tells the calling platform that the agent leaves", "delay")).await
}
