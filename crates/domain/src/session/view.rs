//! The projection: one function from the session's state to the snapshot.

use std::sync::Arc;

use super::{Session, seat::OwnSeat};
use crate::{Label, Now, OfferedQueue, Phone, QueueName, Snapshot, Timestamp};

/// The list shows no more, and the snapshot stays small.
const OFFERED: usize = 40;

impl Session {
    fn remark(&self, queue: &QueueName) -> String {
        self.offered.iter().find(|offer| offer.name == *queue).map(|offer| offer.remark.clone()).unwrap_or_default()
    }

    /// Builds the snapshot; its revision grows only if something changed.
    pub(super) fn refresh(&mut self, now: Now) {
        let label = self.label(now);
        if self.label.0 != label {
            self.label = (label, now.wall);
            if let Some(practice) = &mut self.practice {
                practice.label_changed(label, now);
            }
        }
        let on_break = self.break_view(label, now);
        let (calls, more_calls) = self.calls.live_views(self.punctuality.skew().unwrap_or(0));
        let confirmed_at = self.seats.joined().filter_map(OwnSeat::read).map(|read| read.wall).min();
        let next = Snapshot {
            revision: self.snapshot.revision,
            demo: self.demo,
            sign_in: self.sign_in.view(),
            account: self.saved.account.clone().unwrap_or_default(),
            agent: self.saved.agent.clone().unwrap_or_default(),
            label,
            label_since: on_break.map_or(self.label.1, |on_break| on_break.began_at),
            reason: matches!(label, Label::Break).then(|| self.wish.held_reason()).flatten(),
            on_break,
            breaks: self.breaks.clone(),
            wrap_up: self.wrap_ups.view(),
            held_until: self.wrap_ups.held_until(now),
            wish: self.wish.view(confirmed_at),
            phone: self.phone.phone,
            phone_at: self.phone.at,
            queues: self.seats.all().map(|seat| seat.view(self.remark(seat.queue()), self.wish.id())).collect(),
            offered: self.offered.iter().take(OFFERED).cloned().collect(),
            calls,
            more_calls,
            recent: self.calls.recent_views(),
            link: self.link.as_ref().map(super::link::RecordingLink::view),
            log: self.log_view(),
            call_back: self.call_back_view(now),
            recordings: self.recordings_view(),
            crm: self.crm_view(),
            notices: self.notices.all().to_vec(),
            owed: self.owed.view(),
            connection: self.connection_view(now),
            gateway: self.gateway.as_ref().map(super::gateway::Gateway::view),
            listener: self.callbacks.view(),
            ways: self.ways.view(),
            vault: self.health.vault.clone(),
            store: self.health.store.clone(),
            notifications: self.health.notifications.clone(),
            tray: self.health.tray.clone(),
            sound: self.health.sound.clone(),
            shortcuts: self.health.shortcuts.clone(),
            settings: self.saved.settings.clone(),
            place: self.place.clone(),
            practice: self.practice.as_ref().map(super::practice::Practice::view),
        };
        if next != *self.snapshot {
            self.snapshot = Arc::new(Snapshot { revision: next.revision + 1, ..next });
        }
    }

    fn connection_view(&self, now: Now) -> crate::ConnectionView {
        let (malformed, foreign, other_company) = self.callbacks.counts();
        crate::ConnectionView {
            state: self.connection.state(),
            since: self.connection.since,
            problem: self.connection.problem.clone(),
            callback_at: self.callbacks.heard_at().map(Timestamp::second),
            callbacks_alive: self.callbacks.alive(now),
            callbacks_contradicted: self.callbacks.is_contradicted(now),
            rate_too_low: self.sign_in.is_in() && self.rate_is_too_low(),
            unlicensed: self.licence.view(),
            answer_at: self.connection.answer.map(|(at, _)| at),
            answer_ms: self.connection.answer.map(|(_, ms)| ms),
            lateness_ms: self.punctuality.lateness().map(|late| u32::try_from(late.as_millis()).unwrap_or(u32::MAX)),
            // The measured value changes slightly with each answer; the shown value must not.
            skew_ms: self.punctuality.skew().map(|skew| (skew + 50).div_euclid(100) * 100),
            malformed,
            foreign,
            other_company,
        }
    }
}

impl Snapshot {
    /// The snapshot after the session failed: the state is unknown, and no ring is shown, since its end could not be seen.
    pub fn unknown(&self, problem: crate::Problem) -> Self {
        let mut next = Self { revision: self.revision + 1, label: Label::Unconfirmed, calls: Vec::new(), more_calls: 0, ..self.clone() };
        (next.on_break, next.reason, next.wrap_up, next.held_until) = (None, None, None, None);
        for queue in &mut next.queues {
            queue.problem = Some(problem.clone());
        }
        if next.wish.progress == crate::WishProgress::Pending {
            // Nothing can confirm the wish any more.
            next.wish.progress = crate::WishProgress::Overdue;
        }
        next.connection.state = crate::ConnectionState::Failed;
        next.connection.problem = Some(problem);
        next
    }

    /// The snapshot before anything is known.
    pub fn empty(at: Timestamp) -> Self {
        Self {
            revision: 0,
            demo: false,
            sign_in: crate::SignInView::SignedOut,
            account: crate::Account::default(),
            agent: crate::Agent::default(),
            label: Label::SignedOut,
            label_since: at,
            reason: None,
            on_break: None,
            breaks: Vec::new(),
            wrap_up: None,
            held_until: None,
            wish: crate::WishView { id: 0, wish: None, set: None, progress: crate::WishProgress::Settled, confirmed_at: None },
            phone: Phone::Unknown,
            phone_at: None,
            queues: Vec::new(),
            offered: Vec::<OfferedQueue>::new(),
            calls: Vec::new(),
            more_calls: 0,
            recent: Vec::new(),
            link: None,
            log: crate::LogView::default(),
            call_back: crate::CallBackView::default(),
            recordings: crate::RecordingsView::default(),
            crm: crate::CrmView { ready: false, schemes: Vec::new(), problem: None },
            notices: Vec::new(),
            owed: crate::OwedView::default(),
            connection: crate::ConnectionView {
                state: crate::ConnectionState::Off,
                since: at,
                problem: None,
                callback_at: None,
                callbacks_alive: false,
                callbacks_contradicted: false,
                rate_too_low: false,
                unlicensed: Vec::new(),
                answer_at: None,
                answer_ms: None,
                lateness_ms: None,
                skew_ms: None,
                malformed: 0,
                foreign: 0,
                other_company: 0,
            },
            gateway: None,
            listener: crate::ListenerView { shown: None, public: false, problem: None, test: None },
            ways: crate::WaysView::default(),
            vault: None,
            store: None,
            notifications: None,
            tray: None,
            sound: None,
            shortcuts: crate::ShortcutsView::default(),
            settings: crate::Settings::default(),
            place: crate::Place::default(),
            practice: None,
        }
    }
}
