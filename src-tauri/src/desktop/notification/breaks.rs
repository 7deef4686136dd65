//! Notifications about the limit of a break: one before it and one at it, removed when the break ends.

use jiff::tz::TimeZone;
use ringside_domain::{BreakStage, Label, Snapshot, Timestamp};

use super::{Notice, NotificationCommand};
use crate::texts::Texts;

/// No call has these tags.
const ENDS_SOON: i32 = i32::MAX;
const OVER: i32 = i32::MAX - 1;

pub(super) struct Limits {
    /// The last known break, by its beginning, and its stage. The first stage seen of a break is not notified.
    known: Option<(Timestamp, BreakStage)>,
    shown: Option<i32>,
    zone: TimeZone,
}

impl Limits {
    pub fn new() -> Self {
        Self { known: None, shown: None, zone: TimeZone::system() }
    }

    pub fn sync(&mut self, next: &Snapshot, texts: &Texts) -> Vec<NotificationCommand> {
        let Some(view) = &next.on_break else {
            // The break may continue while it is not confirmed.
            let gone = self.shown.take_if(|_| next.label != Label::Unconfirmed);
            return gone.map(NotificationCommand::Remove).into_iter().collect();
        };
        let further = matches!(self.known, Some((began, stage)) if began == view.began_at && stage < view.stage);
        let same = matches!(self.known, Some((began, _)) if began == view.began_at);
        self.known = Some((view.began_at, view.stage));
        let mut commands = Vec::new();
        if further || !same {
            commands.extend(self.shown.take().map(NotificationCommand::Remove));
        }
        if further {
            let (tag, title) = if view.stage == BreakStage::Over { (OVER, texts.break_over) } else { (ENDS_SOON, texts.ends_soon) };
            let reason = next.reason.as_deref().map(|reason| texts.reason(reason).to_owned());
            let body = [reason, texts.limit(view, &self.zone)].into_iter().flatten().collect::<Vec<_>>().join(" · ");
            self.shown = Some(tag);
            commands.push(NotificationCommand::Show(Notice { tag, call: None, title: title.to_owned(), body }));
        }
        commands
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ringside_domain::{BreakView, Language, Now, Session, Start};

    use super::*;

    fn snapshot(on_break: Option<BreakView>, label: Label) -> Snapshot {
        let (session, _) = Session::new(Start::default(), Now { wall: Timestamp(0), mono: Duration::ZERO });
        Snapshot { on_break, label, ..Snapshot::clone(&session.snapshot()) }
    }

    #[test]
    fn each_limit_is_notified_once_and_only_if_it_was_reached_in_this_run() {
        let mut limits = Limits::new();
        let view = |began, stage| Some(BreakView { began_at: Timestamp(began), limit_at: Some(Timestamp(60_000)), stage });
        let mut said = |on_break, label| {
            let commands = limits.sync(&snapshot(on_break, label), Texts::of(Language::English));
            let words = |command: &NotificationCommand| match command {
                NotificationCommand::Show(Notice { title, .. }) => title.clone(),
                NotificationCommand::Remove(tag) => format!("-{tag}"),
                NotificationCommand::End(_) => String::new(),
            };
            commands.iter().map(words).collect::<Vec<_>>().join(" ")
        };
        let (soon, over) = (format!("-{ENDS_SOON}"), format!("-{OVER}"));
        assert_eq!(said(view(1, BreakStage::Running), Label::Break), "");
        assert_eq!(said(view(1, BreakStage::EndsSoon), Label::Break), "Your break ends soon");
        assert_eq!(said(None, Label::Unconfirmed), "");
        assert_eq!(said(view(1, BreakStage::EndsSoon), Label::Break), "", "notified once");
        assert_eq!(said(view(1, BreakStage::Over), Label::Break), format!("{soon} Your break is over"));
        assert_eq!(said(view(2, BreakStage::Running), Label::Break), over, "another break");
        assert_eq!(said(view(2, BreakStage::Over), Label::Break), "Your break is over", "states may be skipped");
        assert_eq!(said(None, Label::Available), over);
        assert_eq!(said(view(3, BreakStage::Over), Label::Break), "", "it was already over when this run began");
    }
}
