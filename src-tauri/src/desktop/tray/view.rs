//! The tray's view of a snapshot. It contains no running time, so that it changes only if something else did.

use jiff::tz::TimeZone;
use ringside_domain::{BreakReason, Label, Membership, QueueName, RecentCall, Snapshot, Wish, WishProgress};

use crate::texts::{Texts, grouped, hour, shown};

/// Number of recent calls in the menu.
const RECENT: usize = 5;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub label: Label,
    /// A wish is not confirmed yet.
    pub pending: bool,
    pub state: Line,
    pub available: Line,
    pub busy: Line,
    pub reasons_title: Line,
    pub reasons: Vec<Line>,
    pub queues_title: Line,
    pub queues: Vec<Line>,
    pub recent_title: Line,
    pub recent: Vec<Line>,
    pub show: Line,
    /// None: the supervisor's desk is switched off.
    pub supervisor: Option<Line>,
    pub quit: Line,
}

/// One line of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub id: String,
    pub text: String,
    pub enabled: bool,
    /// None: a line without a check mark.
    pub checked: Option<bool>,
}

impl Line {
    fn plain(id: impl AsRef<str>, text: impl AsRef<str>, enabled: bool) -> Self {
        Self { id: shown(id.as_ref()), text: shown(text.as_ref()), enabled, checked: None }
    }

    fn check(id: impl AsRef<str>, text: impl AsRef<str>, enabled: bool, checked: bool) -> Self {
        Self { checked: Some(checked), ..Self::plain(id, text, enabled) }
    }
}

impl View {
    pub fn of(snapshot: &Snapshot, texts: &Texts, zone: &TimeZone) -> Self {
        let in_any = snapshot.queues.iter().any(|queue| queue.membership == Membership::In);
        let held = held(snapshot);
        let reasons = snapshot.breaks.iter().map(|BreakReason { name, .. }| {
            let checked = matches!(&held, Some(Wish::Busy { reason: Some(held) }) if held == name);
            Line::check(format!("reason:{name}"), texts.reason(name), in_any, checked)
        });
        Self {
            label: snapshot.label,
            pending: matches!(snapshot.wish.progress, WishProgress::Pending | WishProgress::AfterCall | WishProgress::Overdue),
            state: Line::plain("state", texts.state(snapshot, zone), false),
            available: Line::check("available", texts.available, in_any, held == Some(Wish::Available)),
            busy: Line::check("busy", texts.busy, in_any, held == Some(Wish::Busy { reason: None })),
            reasons_title: Line::plain("reasons", texts.break_, in_any && !snapshot.breaks.is_empty()),
            reasons: reasons.collect(),
            queues_title: Line::plain("queues", texts.queues, true),
            queues: queues(snapshot, texts),
            recent_title: Line::plain("recent", texts.recent, true),
            recent: recent(snapshot, texts, zone),
            show: Line::plain("show", texts.show, true),
            supervisor: snapshot.settings.has_supervisor().then(|| Line::plain("supervisor", texts.supervisor, true)),
            quit: Line::plain("quit", texts.quit, true),
        }
    }
}

/// The marked line: the state that the platform confirms, never one that is only wished.
fn held(snapshot: &Snapshot) -> Option<Wish> {
    match snapshot.label {
        Label::Available => Some(Wish::Available),
        Label::Busy => Some(Wish::Busy { reason: None }),
        Label::Break => Some(Wish::Busy { reason: snapshot.reason.clone() }),
        Label::Ringing | Label::OnCall | Label::WrapUp if snapshot.wish.progress == WishProgress::Settled => snapshot.wish.wish.clone(),
        _ => None,
    }
}

/// The agent's own queues, then the account's other queues.
fn queues(snapshot: &Snapshot, texts: &Texts) -> Vec<Line> {
    let signed_in = matches!(snapshot.sign_in, ringside_domain::SignInView::SignedIn { .. });
    let line = |name: &QueueName, remark: &str, membership: &Membership| {
        let mut text = name.0.clone();
        if !remark.is_empty() {
            text = format!("{text} · {remark}");
        }
        if let Some(change) = texts.membership(membership) {
            text = format!("{text} · {change}");
        }
        let settled = !matches!(membership, Membership::Joining | Membership::Leaving);
        Line::check(format!("queue:{name}"), text, signed_in && settled, *membership == Membership::In)
    };
    let own = snapshot.queues.iter().map(|queue| line(&queue.name, &queue.remark, &queue.membership));
    let is_own = |name: &QueueName| snapshot.queues.iter().any(|queue| queue.name == *name);
    let others = snapshot.offered.iter().filter(|queue| !is_own(&queue.name));
    let lines: Vec<_> = own.chain(others.map(|queue| line(&queue.name, &queue.remark, &Membership::Out))).collect();
    if lines.is_empty() { vec![Line::plain("no-queues", texts.no_queues, false)] } else { lines }
}

fn recent(snapshot: &Snapshot, texts: &Texts, zone: &TimeZone) -> Vec<Line> {
    let lines: Vec<_> = snapshot.recent.iter().take(RECENT).map(|call| recent_line(call, texts, zone)).collect();
    if lines.is_empty() { vec![Line::plain("no-recent", texts.no_recent, false)] } else { lines }
}

fn recent_line(call: &RecentCall, texts: &Texts, zone: &TimeZone) -> Line {
    let number = if call.customer_number.is_empty() { texts.withheld.to_owned() } else { grouped(&call.customer_number) };
    let mut text = match hour(call.started_at, zone) {
        Some(hour) => format!("{hour}  {number}"),
        None => number,
    };
    if !call.answered {
        text = format!("{text} · {}", texts.missed);
    }
    Line::plain(format!("call:{}", call.id.0), text, true)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ringside_domain::{CallId, Direction, Language, Method, Now, Session, Start, Timestamp};

    use super::*;

    /// GTK ends the program if a text contains NUL.
    #[test]
    fn fc15_menu_lines_contain_no_nul_and_no_direction_controls() {
        let (session, _) = Session::new(Start::default(), Now { wall: Timestamp(0), mono: Duration::ZERO });
        let recent = |customer_number: &str, started_at| RecentCall {
            id: CallId(1),
            direction: Direction::Incoming,
            method: Method::Predictive,
            customer_number: customer_number.to_owned(),
            started_at: Timestamp(started_at),
            answered: true,
            talked_seconds: 1,
            hung_up_by: None,
            ending: None,
            recording: false,
        };
        let snapshot = Snapshot {
            label: Label::Break,
            reason: Some("Lun\0ch".to_owned()),
            breaks: vec![BreakReason { name: "Lun\0ch".to_owned(), minutes: None }],
            offered: vec![ringside_domain::OfferedQueue { name: QueueName("queue\0-1".to_owned()), remark: "\u{202e}Sales\0".to_owned() }],
            recent: vec![recent("138\0\u{202e}", 0), recent("139", i64::MAX), recent("", i64::MIN)],
            ..Snapshot::clone(&session.snapshot())
        };
        for language in [Language::English, Language::Chinese] {
            let view = View::of(&snapshot, Texts::of(language), &TimeZone::UTC);
            let lists = [&view.reasons, &view.queues, &view.recent].map(Vec::len);
            assert_eq!(lists, [1, 1, 3]);
            let all = [&view.reasons, &view.queues, &view.recent].into_iter().flatten().chain([&view.state]);
            for line in all {
                let texts = format!("{}{}", line.id, line.text);
                assert!(!texts.is_empty() && !texts.contains(['\0', '\u{202e}']), "{texts:?}");
            }
            assert!(view.recent[0].text.ends_with("138"), "{}", view.recent[0].text);
        }
    }
}
