//! The projection: one function from all axes to the label, one to the snapshot.

use std::{sync::Arc, time::Duration};

use super::{Session, account::SignIn, calls::Activity, queues::Queue};
use crate::{Label, Membership, Now, OfferedQueue, Phone, Snapshot, Timestamp};

/// What was read longer ago than this is not shown as true.
pub(super) const STALE: Duration = Duration::from_secs(30);
/// More would not fit a list in view, and the snapshot is kept small.
const OFFERED: usize = 40;

impl Session {
    pub(super) fn stale_deadline(&self) -> Option<Duration> {
        let reads = self.queues.iter().filter(|queue| queue.is_in()).filter_map(|queue| queue.read());
        reads.map(|read| read.mono + STALE).filter(|at| *at > self.last_now.mono).min()
    }

    /// The one word for the agent's state.
    pub(super) fn label(&self, now: Now) -> Label {
        match self.calls.activity() {
            Activity::OnCall => return Label::OnCall,
            Activity::Ringing => return Label::Ringing,
            Activity::None => {}
        }
        let joined: Vec<_> = self.queues.iter().filter(|queue| queue.is_in()).collect();
        if !self.sign_in.is_in() {
            // The platform may well believe us to be in our queues; only it could say.
            let wanted = self.saved.agent.as_ref().is_some_and(|agent| !agent.queues.is_empty());
            let will_try = matches!(&self.sign_in, SignIn::Failed { next: Some(_), .. });
            return if (wanted && will_try) || self.owed.is_still_in() { Label::Unconfirmed } else { Label::SignedOut };
        }
        if joined.is_empty() {
            if self.owed.is_still_in() {
                return Label::Unconfirmed;
            }
            // Joined by itself once the phone is there.
            let joins = |queue: &Queue| queue.waits_for_phone() || queue.membership == Membership::Joining;
            let waits = self.phone.is_not_ready() && self.queues.iter().any(joins);
            return if waits { Label::PhoneNotReady } else { Label::SignedOut };
        }
        if self.asleep.is_some() {
            return Label::Unconfirmed;
        }
        if self.phone.is_not_ready() {
            return Label::PhoneNotReady;
        }
        if self.wish.is_overdue() {
            return Label::Unconfirmed;
        }
        let seats = || joined.iter().filter(|queue| queue.is_fresh(now)).filter_map(|queue| queue.seat.as_ref());
        if seats().count() < joined.len() && !seats().any(|seat| seat.state.takes_calls()) {
            return Label::Unconfirmed;
        }
        let takes_calls = seats().any(|seat| seat.state.takes_calls());
        // Never where a call can come all the same.
        if self.wrap_ups.is_on() && self.wish.held_reason().is_none() && (!takes_calls || self.wrap_ups.holds(now)) {
            return Label::WrapUp;
        }
        if takes_calls {
            return Label::Available;
        }
        if seats().any(|seat| matches!(seat.state, crate::SeatState::Other(_))) {
            return Label::Unconfirmed;
        }
        if self.wish.held_reason().is_some() { Label::Break } else { Label::Busy }
    }

    fn remark(&self, queue: &Queue) -> String {
        self.offered.iter().find(|offer| offer.name == queue.name).map(|offer| offer.remark.clone()).unwrap_or_default()
    }

    /// Builds the snapshot anew; its revision grows only where something changed.
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
        let confirmed_at = self.queues.iter().filter(|queue| queue.is_in()).filter_map(|queue| queue.read()).map(|read| read.wall).min();
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
            availability: self.wish.view(confirmed_at),
            phone: self.phone.phone,
            phone_at: self.phone.at,
            queues: self.queues.iter().map(|queue| queue.view(self.remark(queue), self.setting_view(queue))).collect(),
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
            // The bounds tighten with each answer; what is shown shall not move with them.
            skew_ms: self.punctuality.skew().map(|skew| (skew + 50).div_euclid(100) * 100),
            malformed,
            foreign,
            other_company,
        }
    }
}

impl Snapshot {
    /// Of a session that failed: nothing of the state is known any more, and no ring can be over.
    pub fn unknown(&self, problem: crate::Problem) -> Self {
        let mut next = Self { revision: self.revision + 1, label: Label::Unconfirmed, calls: Vec::new(), more_calls: 0, ..self.clone() };
        (next.on_break, next.reason, next.wrap_up, next.held_until) = (None, None, None, None);
        for queue in &mut next.queues {
            queue.problem = Some(problem.clone());
        }
        if next.availability.progress == crate::WishProgress::Pending {
            // Nobody waits for what will not be heard any more.
            next.availability.progress = crate::WishProgress::Overdue;
        }
        next.connection.state = crate::ConnectionState::Failed;
        next.connection.problem = Some(problem);
        next
    }

    /// What is shown before anything is known.
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
            availability: crate::AvailabilityView {
                wish_id: 0,
                wish: None,
                set: None,
                progress: crate::WishProgress::Settled,
                confirmed_at: None,
            },
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
