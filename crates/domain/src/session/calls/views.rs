//! Calls as they are shown.

use super::{Calls, Live};
use crate::{Call, CallId, CallState, CallView, LastContact, LogRow, Owner, Party, RecentCall, Timestamp, is_withheld};

/// The largest number of open calls in the snapshot; a person reads no more.
const IN_VIEW: usize = 5;
const RECENT: usize = 8;

impl Calls {
    /// `skew`: how far our clock is ahead of the platform's, in milliseconds. The views' times are by our clock.
    pub fn live_views(&self, skew: i64) -> (Vec<CallView>, u32) {
        let views = self.live.iter().take(IN_VIEW).map(|live| view(live, skew)).collect();
        (views, u32::try_from(self.live.len().saturating_sub(IN_VIEW)).unwrap_or(u32::MAX))
    }

    pub fn recent_views(&self) -> Vec<RecentCall> {
        self.recent.clone()
    }

    pub(super) fn refresh_recent(&mut self, owner: &Owner) {
        let mut newest: Vec<&Call> = self.ended.iter().filter(|call| call.is_of(owner)).collect();
        newest.sort_by_key(|call| std::cmp::Reverse((call.started_at, call.id)));
        self.recent = newest.into_iter().take(RECENT).map(recent_view).collect();
    }

    pub fn contact_found(&mut self, id: CallId, last: Option<&LogRow>) {
        if let Some(live) = self.live.iter_mut().find(|live| live.call.id == id) {
            live.contact = Some(last.map(last_contact));
        }
    }
}

/// Texts from outside can have any length; shown texts are cut (L38).
pub(in crate::session) fn shown(text: &str) -> String {
    const LONGEST: usize = 64;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A withheld number is shown as an empty text.
pub(in crate::session) fn shown_number(number: &str) -> String {
    if is_withheld(number) { String::new() } else { shown(number) }
}

fn last_contact(LogRow { call, note, .. }: &LogRow) -> LastContact {
    LastContact {
        at: call.started_at,
        answered: call.answered_at.is_some(),
        talked_seconds: talked(call),
        disposition: note.disposition.as_deref().map(shown),
        note: shown(&note.text),
    }
}

fn talked(call: &Call) -> u32 {
    call.talked_seconds.unwrap_or_else(|| match (call.answered_at, call.ended_at) {
        (Some(answered), Some(ended)) => u32::try_from(ended.since(answered).as_secs()).unwrap_or(u32::MAX),
        _ => 0,
    })
}

fn recent_view(call: &Call) -> RecentCall {
    RecentCall {
        id: call.id,
        direction: call.direction,
        method: call.method,
        customer_number: shown_number(&call.customer_number),
        started_at: call.started_at,
        answered: call.answered_at.is_some(),
        talked_seconds: talked(call),
        hung_up_by: call.hung_up_by,
        ending: call.ending,
        recording: call.recording.is_some(),
    }
}

fn view(live: &Live, skew: i64) -> CallView {
    let call = &live.call;
    let ours = |there: Timestamp| Timestamp(there.0.saturating_add(skew));
    CallView {
        id: call.id,
        state: live.state(),
        party: if live.state() == CallState::Calling { Party::Customer } else { Party::Agent },
        card: live.has_card(),
        silenced: live.silenced,
        test: live.test,
        direction: call.direction,
        method: call.method,
        queue: call.queue.clone(),
        customer_number: shown_number(&call.customer_number),
        display_number: shown(&call.display_number),
        member_id: call.member_id.as_deref().map(shown),
        customer_id: call.customer_id.as_deref().map(shown),
        maturity: call.maturity.as_deref().map(shown),
        started_at: ours(call.started_at),
        rang_at: call.rang_at.map(ours),
        answered_at: call.answered_at.map(ours),
        looked_up: live.contact.is_some(),
        last_contact: live.contact.clone().flatten(),
    }
}
