//! The system's notifications. One per ringing call, which is removed when the phone stops ringing and opens the call at a click; and one
//! for a break's limit.

mod breaks;
mod daemon;
#[cfg_attr(target_os = "linux", path = "native/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "native/other.rs")]
mod native;
#[cfg(target_os = "linux")]
mod plugin;

use std::{collections::BTreeSet, sync::Arc};

use ringside_domain::{CallId, CallView, Snapshot};
use ringside_engine::Handle;
use tauri::{AppHandle, Manager};
use tokio::sync::{Mutex, mpsc, oneshot};

use daemon::Daemon;
use native::Shown;
#[cfg(target_os = "linux")]
pub use plugin::plugin;

use crate::{
    life::tasks,
    system::notifications::{Clicked, escaped},
    texts::{Texts, grouped, shown as cleaned},
};

struct Notice {
    tag: i32,
    call: Option<CallId>,
    title: String,
    body: String,
}

enum NotificationCommand {
    Show(Notice),
    Remove(i32),
    /// Removes all; nothing is shown after it.
    End(oneshot::Sender<()>),
}

/// Decides which notifications to show. A task of its own shows them, since the bus may be slow.
pub struct Notifications {
    commands: mpsc::UnboundedSender<NotificationCommand>,
    shown: BTreeSet<CallId>,
    breaks: breaks::Limits,
}

impl Notifications {
    /// `show` is called at a click, with the call of the notification.
    pub fn start(app: &AppHandle, handle: &Handle, show: fn(&AppHandle, Option<CallId>)) -> Self {
        let daemon = native::watch(app, handle.clone());
        let target = app.clone();
        let clicked: Clicked = Arc::new(move |call| on_click(&target, call, show));
        let (commands, inbox) = mpsc::unbounded_channel();
        app.manage(Teller(commands.clone()));
        let target = app.clone();
        let begin = Box::new(move || native::begin(&target, Arc::clone(&clicked)));
        let screen = Arc::new(Mutex::new(Screen { shown: None, begin, daemon, inbox }));
        tasks::keep("the notifications", move || carry_out(Arc::clone(&screen)), |_, _| {});
        Self { commands, shown: BTreeSet::new(), breaks: breaks::Limits::new() }
    }

    /// Shows a notification when the agent's phone rings, and removes it when the phone stops ringing.
    pub fn sync(&mut self, next: &Snapshot, texts: &Texts) {
        let calls = || next.calls.iter().filter(|call| call.rings() && !next.settings.is_quiet(call.direction));
        let ringing: BTreeSet<_> = calls().map(|call| call.id).collect();
        for call in self.shown.difference(&ringing) {
            self.command(NotificationCommand::Remove(tag(*call)));
        }
        for call in calls().filter(|call| !self.shown.contains(&call.id)) {
            let (title, body) = words(call, next.settings.card.discreet, texts);
            self.command(NotificationCommand::Show(Notice { tag: tag(call.id), call: Some(call.id), title, body }));
        }
        self.shown = ringing;
        for command in self.breaks.sync(next, texts) {
            self.command(command);
        }
    }

    fn command(&self, command: NotificationCommand) {
        // After the end nobody receives it.
        let _ = self.commands.send(command);
    }
}

/// No call has this tag.
const TOLD: i32 = i32::MAX - 2;

/// Shows notifications that belong to no call; managed by Tauri.
pub struct Teller(mpsc::UnboundedSender<NotificationCommand>);

impl Teller {
    pub fn say(&self, title: &str, body: &str) {
        // After the end nobody receives it.
        let _ = self.0.send(NotificationCommand::Show(Notice { tag: TOLD, call: None, title: title.to_owned(), body: body.to_owned() }));
    }

    /// Removes all notifications of this run, at its end, also those that are not shown yet. Resolves when they are gone.
    pub fn end(&self) -> impl Future<Output = ()> + Send + use<> {
        let (tell, told) = oneshot::channel();
        // After the end nobody receives it.
        let _ = self.0.send(NotificationCommand::End(tell));
        async { drop(told.await) }
    }

    /// Removes the notification.
    pub fn take_back(&self) {
        let _ = self.0.send(NotificationCommand::Remove(TOLD));
    }
}

fn words(call: &CallView, discreet: bool, texts: &Texts) -> (String, String) {
    if discreet {
        return (texts.direction(call.direction).to_owned(), texts.answer_on_phone.to_owned());
    }
    let mut title = texts.direction(call.direction).to_owned();
    if let Some(queue) = &call.queue {
        title = format!("{title} · {queue}");
    }
    let number = if call.customer_number.is_empty() { texts.withheld.to_owned() } else { grouped(&call.customer_number) };
    (title, format!("{number}\n{}", texts.answer_on_phone))
}

/// The call's id, cut to the size of a notification's tag.
fn tag(call: CallId) -> i32 {
    i32::try_from(call.0 & 0x7fff_ffff).unwrap_or(0)
}

fn on_click(app: &AppHandle, call: Option<u64>, show: fn(&AppHandle, Option<CallId>)) {
    let clicked = app.clone();
    // A click can come long after the call (T6). The window then finds the call in the log.
    if let Err(error) = app.run_on_main_thread(move || show(&clicked, call.map(CallId))) {
        tracing::warn!(%error, "a click on a notification was lost");
    }
}

/// What the task that shows notifications works with. It is kept outside that task, so that it survives a panic of it.
struct Screen {
    /// None before the task runs: the system may be slow.
    shown: Option<Shown>,
    begin: Box<dyn Fn() -> Shown + Send>,
    daemon: Daemon,
    inbox: mpsc::UnboundedReceiver<NotificationCommand>,
}

/// If a command fails with a panic, only that command is lost.
async fn carry_out(screen: Arc<Mutex<Screen>>) {
    let mut screen = screen.lock().await;
    let Screen { shown, begin, daemon, inbox } = &mut *screen;
    let shown = shown.get_or_insert_with(&**begin);
    loop {
        let command = tokio::select! {
            command = inbox.recv() => command,
            never = shown.attend() => match never {},
        };
        match command {
            Some(NotificationCommand::Show(Notice { tag, call, title, body })) => {
                let Some(features) = daemon.features() else { continue };
                let body = cleaned(&body);
                let body = if features.markup { escaped(&body) } else { body };
                shown.show(tag, call.map(|call| call.0), &cleaned(&title), &body);
            }
            Some(NotificationCommand::Remove(tag)) => shown.remove(tag),
            Some(NotificationCommand::End(done)) => {
                inbox.close();
                shown.end().await;
                // The receiver is gone if the farewell took too long.
                let _ = done.send(());
                return;
            }
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use ringside_domain::{Language, Method, Party, QueueName, Timestamp};

    use super::*;

    /// T16.
    #[test]
    fn a_discreet_notification_does_not_show_the_caller() {
        let call = CallView {
            id: CallId(1),
            state: ringside_domain::CallState::Ringing,
            party: Party::Agent,
            card: true,
            silenced: false,
            test: false,
            direction: ringside_domain::Direction::Incoming,
            method: Method::Predictive,
            queue: Some(QueueName("queue-1".into())),
            customer_number: "13387525701".into(),
            display_number: String::new(),
            member_id: None,
            customer_id: None,
            maturity: None,
            started_at: Timestamp(0),
            rang_at: None,
            answered_at: None,
            looked_up: true,
            last_contact: None,
        };
        let said = |discreet| words(&call, discreet, Texts::of(Language::English));
        assert_eq!(said(false), ("Incoming call · queue-1".to_owned(), "133 8752 5701\nAnswer on your phone".to_owned()));
        assert_eq!(said(true), ("Incoming call".to_owned(), "Answer on your phone".to_owned()));
    }
}
