//! Reports of the shell and the engine about this computer and the company's gateway.

use super::Session;
use crate::{Effect, NoticeKind, Now, Problem, ShellReport, ShortcutsView};

/// The last reports about the store, the vault and the desktop.
#[derive(Debug, Default)]
pub(super) struct Health {
    pub vault: Option<Problem>,
    pub store: Option<Problem>,
    pub notifications: Option<Problem>,
    pub tray: Option<Problem>,
    pub sound: Option<Problem>,
    pub shortcuts: ShortcutsView,
}

impl Session {
    pub(super) fn report(&mut self, report: ShellReport, now: Now, out: &mut Vec<Effect>) {
        match report {
            ShellReport::Listening { url, shown, public } => self.callbacks.listening(url, shown, public),
            ShellReport::NotListening(problem) => self.callbacks.not_listening(problem),
            ShellReport::Gateway { state, problem } => self.gateway_is(state, problem, now, out),
            ShellReport::Enrolled(enrolment) => self.enrolled(enrolment, now, out),
            ShellReport::CompanyCallback(at) => self.company_called_back(at, now),
            ShellReport::CallbacksGone => self.polling.records_by(now.mono),
            ShellReport::Vault(problem) => self.health.vault = problem,
            ShellReport::Store(problem) => self.health.store = problem,
            ShellReport::SetAside(problem) => self.notices.add(NoticeKind::SetAside { problem }, now.wall),
            ShellReport::Notifications(problem) => self.health.notifications = problem,
            ShellReport::Tray(problem) => self.health.tray = problem,
            ShellReport::Sound(problem) => self.health.sound = problem,
            ShellReport::Shortcuts(view) => self.health.shortcuts = view,
            ShellReport::Crm(problem) => self.crm.opened(problem),
            ShellReport::Leaving(occasion) => self.take_leave(occasion, now, out),
            ShellReport::Awake => self.wake(now, out),
        }
    }
}
