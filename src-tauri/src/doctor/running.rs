//! The doctor in the window: the same checks inside the running app, except those that the app itself answers better.

use std::{path::Path, sync::Arc};

use ringside_domain::{CheckupLine, CheckupView, Problem, Snapshot, Timestamp};
use ringside_engine::{
    Clock, Handle,
    config::Config,
    doctor::{About, Check, Finding, examine_keyring},
};
use ringside_vault::Vault;
use tokio::sync::watch;

use super::{callbacks, disk, in_words, sound};
use crate::{floor::Desk, listener::CallbackAddress, texts::DoctorTexts};

/// Managed by Tauri; exists once.
pub struct Checkup {
    clock: Arc<dyn Clock>,
    config: Config,
    vault: Vault,
    /// The current checkup, or the last one.
    report: watch::Sender<Option<Report>>,
}

#[derive(Clone)]
pub struct Report {
    at: Timestamp,
    /// The supervisor's desk was switched on when the checkup began.
    has_desk: bool,
    /// The company's gateway is in the platform's place.
    has_gateway: bool,
    checks: Vec<Check>,
}

impl Report {
    /// Whether all checks are done.
    fn is_over(&self) -> bool {
        self.checks.len() == self.abouts().count()
    }

    fn abouts(&self) -> impl Iterator<Item = About> {
        let all = About::ALL.map(|about| if self.has_gateway { about.behind_gateway() } else { about });
        all.into_iter().chain(self.has_desk.then_some(About::Desk))
    }

    fn view(&self, texts: &DoctorTexts) -> CheckupView {
        let line = |check: &Check| {
            let (words, cure) = (texts.finding)(check.finding);
            CheckupLine {
                about: check.about,
                title: (texts.about)(check.about).to_owned(),
                verdict: check.finding.verdict(),
                words: words.to_owned(),
                detail: check.detail.clone(),
                cure: cure.to_owned(),
            }
        };
        CheckupView {
            at: self.at,
            lines: self.checks.iter().map(line).collect(),
            total: u32::try_from(self.abouts().count()).unwrap_or(u32::MAX),
            now: self.abouts().nth(self.checks.len()).map(|next| (texts.about)(next).to_owned()),
        }
    }
}

impl Checkup {
    pub fn new(clock: Arc<dyn Clock>, config: Config, vault: Vault) -> Self {
        Self { clock, config, vault, report: watch::Sender::new(None) }
    }

    /// Begins a checkup. False while another one runs.
    pub fn begin(&self, has_desk: bool) -> bool {
        self.report.send_if_modified(|report| {
            let free = report.as_ref().is_none_or(Report::is_over);
            if free {
                let has_gateway = self.config.values.fleet_url.is_some();
                *report = Some(Report { at: self.clock.now().wall, has_desk, has_gateway, checks: Vec::new() });
            }
            free
        })
    }

    fn tell(&self, check: Check) {
        self.report.send_modify(|report| report.iter_mut().for_each(|report| report.checks.push(check.clone())));
    }

    /// Runs all checks, one after the other. `data` is the data folder.
    pub async fn examine(&self, handle: &Handle, address: &CallbackAddress, desk: &Desk, data: &Path) {
        handle.examine_platform(|check| self.tell(check.warned(&self.config.warnings))).await;
        let snapshot = Arc::clone(&handle.snapshots().borrow());
        if snapshot.demo {
            self.tell(Check::new(About::Callbacks, Finding::NotInDemo, ""));
            self.tell(Check::new(About::Keyring, Finding::NotInDemo, ""));
        } else {
            self.tell(callbacks::examine_running(&self.config, address.get(), &snapshot).await);
            self.tell(examine_keyring(&self.vault).await);
        }
        desktop(&snapshot).into_iter().for_each(|check| self.tell(check));
        self.tell(sound::examine(snapshot.settings.sound.clone()).await);
        // A network drive may be slow.
        let disk = tokio::task::block_in_place(|| disk::examine(data));
        disk.into_iter().for_each(|check| self.tell(check));
        if self.report.borrow().as_ref().is_some_and(|report| report.has_desk) {
            self.tell(super::desk(desk.open_campaigns().await.map_err(|problem| problem.to_string())));
        }
    }

    pub fn view(&self, texts: &DoctorTexts) -> Option<CheckupView> {
        self.report.borrow().as_ref().map(|report| report.view(texts))
    }

    /// The report as text, for copying.
    pub fn in_words(&self, texts: &DoctorTexts) -> Option<String> {
        self.report.borrow().as_ref().map(|report| in_words(&report.checks, texts))
    }

    pub fn report(&self) -> watch::Receiver<Option<Report>> {
        self.report.subscribe()
    }
}

/// The app watches notifications and tray at all times.
fn desktop(snapshot: &Snapshot) -> [Check; 2] {
    let check = |about: About, problem: &Option<Problem>, well: Finding, ill: Finding| match problem {
        None => Check::new(about, well, ""),
        Some(problem) => Check::new(about, ill, &problem.detail),
    };
    [
        check(About::Notifications, &snapshot.notifications, Finding::NotificationsShown, Finding::NoNotifications),
        check(About::Tray, &snapshot.tray, Finding::TrayShown, Finding::NoTray),
    ]
}

#[cfg(test)]
mod tests {
    use ringside_domain::Language;

    use super::*;
    use crate::texts::Texts;

    #[test]
    fn a_report_shows_the_findings_and_the_next_check() {
        let mut report = Report {
            at: Timestamp(1),
            has_desk: false,
            has_gateway: false,
            checks: ["", ""].map(|detail| Check::new(About::Setup, Finding::NoAccount, detail)).to_vec(),
        };
        let view = report.view(&Texts::of(Language::English).doctor);
        assert_eq!((view.now.as_deref(), view.total), (Some("Platform's name"), 19));
        report.has_gateway = true;
        assert_eq!(report.view(&Texts::of(Language::English).doctor).now.as_deref(), Some("Gateway's name"));
        assert_eq!((view.lines[0].about, view.lines[0].title.as_str()), (About::Setup, "Setup"));
        assert!(!view.lines[0].cure.is_empty());
        assert_eq!(report.view(&Texts::of(Language::Chinese).doctor).lines[0].title, "配置");
        report.checks = About::ALL.map(|about| Check::new(about, Finding::NeedsOthers, "")).to_vec();
        assert_eq!(report.view(&Texts::of(Language::English).doctor).now, None);
        assert!(report.is_over());
        report.has_desk = true;
        let view = report.view(&Texts::of(Language::English).doctor);
        assert_eq!((view.now.as_deref(), view.total, report.is_over()), (Some("Supervisor's desk"), 20, false));
    }

    #[test]
    fn only_one_checkup_runs_at_a_time() {
        let clock = Arc::new(ringside_engine::SystemClock::new());
        let checkup = Checkup::new(clock, Config::default(), Vault::memory());
        assert!(checkup.begin(false) && !checkup.begin(false));
        for about in About::ALL {
            checkup.tell(Check::new(about, Finding::NeedsOthers, ""));
        }
        assert!(checkup.begin(true));
        assert!(checkup.report.borrow().as_ref().unwrap().checks.is_empty(), "a new report");
    }
}
