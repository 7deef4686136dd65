use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

fn queue() -> QueueName {
    QueueName("queue-1".into())
}

/// A desk that is available in queue-1, which has this wrap-up time.
pub struct Day {
    pub desk: Desk,
    pub wrap_up_seconds: u32,
}

impl Day {
    pub fn new(wrap_up_seconds: u32, rules: WrapUpRules) -> Self {
        let mut desk = Desk::new(Start { wrap_up: rules, ..start() });
        desk.sign_in(&["queue-1"]);
        desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
        let mut day = Self { desk, wrap_up_seconds };
        day.read(SeatState::Waiting);
        day
    }

    /// Time passes at a platform that answers at once with this state of the seat.
    pub fn pass(&mut self, seconds: u64, state: SeatState) {
        for _ in 0..seconds {
            self.desk.pass_seconds(1);
            self.answer(state);
        }
    }

    pub fn read(&mut self, state: SeatState) {
        self.desk.pass_seconds(1);
        self.answer(state);
    }

    pub fn answer(&mut self, state: SeatState) {
        let own = Seat { wrap_up_seconds: self.wrap_up_seconds, ..seat(OWN, state) };
        let reading = SeatsReading { queue: queue(), seats: vec![own], others: None };
        self.desk.accept_settings();
        self.desk.answer_where(|request| matches!(request, Request::ReadSeats { .. }), |_| Ok(Outcome::Seats(reading.clone())));
        self.desk.answer_where(|request| matches!(request, Request::ReadPhone { .. }), |_| Ok(phone(PhoneState::Idle)));
    }

    /// A call from its ring to its end, which is now; returns its id.
    pub fn call(&mut self, uuid: &str) -> CallId {
        self.talk(uuid);
        self.desk.leg(leg(LegStatus::Hangup, uuid));
        self.desk.snapshot().recent[0].id
    }

    pub fn talk(&mut self, uuid: &str) {
        self.desk.leg(leg(LegStatus::Ring, uuid));
        self.desk.leg(leg(LegStatus::Answer, uuid));
    }

    pub fn say(&mut self, call: CallId, text: &str) {
        self.desk.intent(Intent::EditNote { call, edit: NoteEdit::Text { text: text.into() } });
    }

    pub fn dispose(&mut self, call: CallId, disposition: Option<&str>) {
        let edit = NoteEdit::Disposition { disposition: disposition.map(Into::into) };
        self.desk.intent(Intent::EditNote { call, edit });
    }

    pub fn label(&self) -> Label {
        self.desk.snapshot().label
    }

    pub fn wrap_up(&self) -> WrapUpView {
        self.desk.snapshot().wrap_up.clone().unwrap()
    }

    /// The last unanswered request to change a seat.
    pub fn wanted(&self) -> Option<bool> {
        self.desk.asked.iter().rev().find_map(|(_, request)| match request {
            Request::SetSeat { busy, .. } => Some(*busy),
            _ => None,
        })
    }

    pub fn is_owed(&self, call: CallId) -> bool {
        self.desk.saved_notes.iter().any(|(of, edit)| *of == call && matches!(edit, Edit::Owed(Some(_))))
    }
}

fn required(disposition: &[&str], note: &[&str]) -> WrapUpRules {
    let names = |names: &[&str]| names.iter().map(|name| QueueName((*name).into())).collect();
    WrapUpRules { seconds: 0, disposition: names(disposition), note: names(note) }
}

#[test]
fn the_work_lasts_for_the_queues_wrap_up_time() {
    let mut day = Day::new(15, WrapUpRules::default());
    let call = day.call("a");
    let until = day.desk.now.wall.plus(Duration::from_secs(15));
    let snapshot = day.desk.snapshot();
    assert_eq!((snapshot.label, snapshot.held_until, snapshot.is_quiet()), (Label::WrapUp, Some(until), false));
    let wrap_up = day.wrap_up();
    assert_eq!((wrap_up.call, wrap_up.until, wrap_up.holds), (call, Some(until), false));
    day.pass(14, SeatState::Waiting);
    assert_eq!((day.label(), day.wanted()), (Label::WrapUp, None), "no request is sent for it");
    day.pass(1, SeatState::Waiting);
    assert_eq!((day.label(), day.desk.snapshot().wrap_up.clone()), (Label::Available, None));
    assert!(day.desk.snapshot().is_quiet());
    assert!(day.desk.saved_notes.contains(&(call, Edit::WrappedUp(Some(until)))), "{:?}", day.desk.saved_notes);
    assert!(!day.is_owed(call));
}

#[test]
fn without_a_time_and_a_rule_there_is_no_work() {
    let mut day = Day::new(0, WrapUpRules::default());
    day.call("a");
    assert_eq!((day.label(), day.desk.snapshot().wrap_up.clone()), (Label::Available, None));
}

#[test]
fn after_an_early_finish_the_rest_of_the_platforms_time_is_shown() {
    let mut day = Day::new(15, WrapUpRules::default());
    let call = day.call("a");
    day.pass(5, SeatState::Waiting);
    day.desk.intent(Intent::FinishWrapUp);
    let snapshot = day.desk.snapshot();
    assert_eq!((snapshot.label, snapshot.wrap_up.clone()), (Label::Available, None));
    assert_eq!(snapshot.held_until.map(|at| at.since(day.desk.now.wall).as_secs()), Some(10));
    assert!(day.desk.saved_notes.contains(&(call, Edit::WrappedUp(Some(day.desk.now.wall)))));
    day.pass(10, SeatState::Waiting);
    assert_eq!(day.desk.snapshot().held_until, None);
}

#[test]
fn more_time_makes_the_agent_busy_until_the_work_is_finished() {
    let mut day = Day::new(15, WrapUpRules::default());
    day.call("a");
    day.pass(5, SeatState::Waiting);
    day.desk.intent(Intent::ExtendWrapUp);
    assert_eq!((day.wanted(), day.wrap_up().until), (Some(true), None));
    assert!(day.wrap_up().holds);
    day.pass(60, SeatState::Paused);
    let snapshot = day.desk.snapshot();
    assert_eq!((snapshot.label, snapshot.wish.set.unwrap().by), (Label::WrapUp, SetBy::WrapUp));
    day.desk.intent(Intent::FinishWrapUp);
    assert_eq!(day.wanted(), Some(false));
    assert_eq!(day.label(), Label::Busy, "until the platform confirms it");
    day.pass(2, SeatState::Waiting);
    assert_eq!(day.label(), Label::Available);
}

#[test]
fn finishing_does_not_undo_a_wish_made_meanwhile() {
    for wanted in [Wish::Busy { reason: None }, Wish::Busy { reason: Some("Lunch".into()) }] {
        let mut day = Day::new(15, WrapUpRules::default());
        day.call("a");
        day.desk.intent(Intent::ExtendWrapUp);
        day.pass(5, SeatState::Paused);
        day.desk.intent(wish(wanted.clone()));
        day.pass(5, SeatState::Paused);
        let label = if wanted == (Wish::Busy { reason: None }) { Label::WrapUp } else { Label::Break };
        assert_eq!(day.label(), label);
        day.desk.intent(Intent::FinishWrapUp);
        assert_eq!(day.wanted(), None);
        assert_eq!(day.desk.snapshot().wish.wish, Some(wanted));
    }
}

#[test]
fn an_agent_who_becomes_available_during_the_work_is_shown_as_available() {
    let mut day = Day::new(15, WrapUpRules::default());
    day.call("a");
    day.desk.intent(Intent::ExtendWrapUp);
    day.pass(20, SeatState::Paused);
    day.desk.intent(wish(Wish::Available));
    day.pass(3, SeatState::Waiting);
    assert_eq!(day.label(), Label::Available, "a call can come now");
    assert!(day.desk.snapshot().wrap_up.is_some(), "the work is still open");
    day.pass(30, SeatState::Waiting);
    assert_eq!((day.label(), day.wanted()), (Label::Available, None), "the agent is not made busy again");
}

#[test]
fn an_agent_who_is_busy_already_is_not_made_busy_for_the_work() {
    let mut day = Day::new(15, required(&["*"], &[]));
    day.talk("a");
    day.desk.intent(wish(Wish::Busy { reason: None }));
    day.answer(SeatState::Talking);
    day.desk.leg(leg(LegStatus::Hangup, "a"));
    let call = day.desk.snapshot().recent[0].id;
    day.pass(60, SeatState::Paused);
    assert_eq!((day.label(), day.wanted(), day.wrap_up().holds), (Label::WrapUp, None, false));
    day.dispose(call, Some("Sold"));
    day.desk.intent(Intent::FinishWrapUp);
    assert_eq!((day.label(), day.wanted()), (Label::Busy, None));
}

#[test]
fn the_configured_time_applies_if_the_queue_has_none() {
    let mut day = Day::new(0, WrapUpRules { seconds: 30, ..WrapUpRules::default() });
    day.call("a");
    day.desk.wait_for(is_setting);
    assert_eq!(day.wanted(), Some(true), "otherwise the platform would give the next call at once");
    assert_eq!(day.label(), Label::Available, "the platform could still give a call");
    day.pass(3, SeatState::Paused);
    assert_eq!(day.label(), Label::WrapUp);
    assert!(matches!(day.wrap_up().until.map(|at| at.since(day.desk.now.wall).as_secs()), Some(26 | 27)));
    day.pass(26, SeatState::Paused);
    day.desk.pass_seconds(1);
    assert_eq!(day.wanted(), Some(false), "available again at its end");
    let mut own = Day::new(10, WrapUpRules { seconds: 30, ..WrapUpRules::default() });
    own.call("a");
    assert_eq!(own.wrap_up().until.map(|at| at.since(own.desk.now.wall).as_secs()), Some(10), "the queue's own time has priority");
}

#[test]
fn the_work_and_the_next_call_wait_for_required_entries() {
    let mut day = Day::new(15, required(&["queue-1"], &["*"]));
    let call = day.call("a");
    let lacks = |day: &Day| (day.wrap_up().disposition_lacks, day.wrap_up().note_lacks);
    assert_eq!(lacks(&day), (true, true));
    day.desk.intent(Intent::FinishWrapUp);
    assert!(day.desk.snapshot().wrap_up.is_some(), "it cannot be finished while an entry is missing");
    day.pass(11, SeatState::Waiting);
    assert_eq!(day.wanted(), None);
    day.desk.pass_seconds(1);
    assert_eq!(day.wanted(), Some(true), "busy before the platform's own time ends");
    day.pass(20, SeatState::Paused);
    assert_eq!((day.label(), day.wrap_up().until), (Label::WrapUp, None));
    day.dispose(call, Some("Sold"));
    day.say(call, "  ");
    assert_eq!(lacks(&day), (false, true), "spaces do not count as a note");
    day.say(call, "Wants a call on Monday");
    day.desk.intent(Intent::FinishWrapUp);
    assert_eq!((day.desk.snapshot().wrap_up.clone(), day.wanted()), (None, Some(false)));
}

#[test]
fn required_entries_given_in_time_need_no_more_time() {
    let mut day = Day::new(15, required(&["queue-1"], &[]));
    let call = day.call("a");
    day.dispose(call, Some("Sold"));
    day.pass(15, SeatState::Waiting);
    assert_eq!((day.label(), day.wanted(), day.is_owed(call)), (Label::Available, None, false));

    day.talk("b");
    let going_on = day.desk.snapshot().calls[0].id;
    day.dispose(going_on, Some("Sold"));
    day.desk.leg(leg(LegStatus::Hangup, "b"));
    assert!(!day.wrap_up().disposition_lacks, "it was given during the call");
    day.dispose(going_on, None);
    assert!(day.wrap_up().disposition_lacks, "it was removed again");
}

#[test]
fn other_queues_require_nothing() {
    let mut day = Day::new(15, required(&["queue-2"], &["queue-2"]));
    day.call("a");
    assert!(!day.wrap_up().disposition_lacks && !day.wrap_up().note_lacks);
}

#[test]
fn answering_the_next_call_breaks_the_work_off_and_leaves_it_to_do() {
    let mut day = Day::new(15, WrapUpRules::default());
    let call = day.call("a");
    day.pass(5, SeatState::Waiting);
    let next = LegEvent { callee: "013387525702".into(), ..leg(LegStatus::Ring, "b") };
    day.desk.leg(next.clone());
    assert_eq!((day.label(), day.wrap_up().call), (Label::Ringing, call), "a ring alone does not break off the work");
    assert!(!day.is_owed(call));
    day.desk.leg(LegEvent { status: LegStatus::Answer, ..next });
    assert_eq!(day.desk.snapshot().wrap_up, None);
    assert!(day.is_owed(call));
    assert!(day.desk.saved_notes.contains(&(call, Edit::WrappedUp(Some(day.desk.now.wall)))));
}

#[test]
fn the_agent_is_available_again_when_a_call_breaks_the_work_off() {
    let mut day = Day::new(15, WrapUpRules::default());
    let call = day.call("a");
    day.desk.intent(Intent::ExtendWrapUp);
    day.pass(20, SeatState::Paused);
    day.talk("b");
    assert!(day.is_owed(call));
    assert_eq!(day.wanted(), Some(false), "the agent is not kept busy for work that was broken off");
}

#[test]
fn work_broken_off_by_a_crash_is_to_do_after_the_next_start() {
    let mut day = Day::new(15, WrapUpRules::default());
    let call = day.call("a");
    assert_eq!(day.desk.saved.wrap_up, Some(call));
    let later = day.desk.restarted(SeatState::Waiting);
    assert!(later.saved_notes.iter().any(|(of, edit)| *of == call && matches!(edit, Edit::Owed(Some(_)))), "{:?}", later.saved_notes);
    assert_eq!(later.saved.wrap_up, None);
    day.pass(15, SeatState::Waiting);
    assert!(day.desk.restarted(SeatState::Waiting).saved_notes.is_empty(), "finished work is not to do");
}

#[test]
fn signing_out_breaks_the_work_off_and_changes_no_seat() {
    let mut day = Day::new(15, WrapUpRules::default());
    let call = day.call("a");
    day.desk.intent(Intent::ExtendWrapUp);
    day.pass(3, SeatState::Paused);
    day.desk.intent(Intent::SignOut);
    assert!(day.is_owed(call));
    assert_eq!(day.wanted(), None);
}

#[test]
fn an_unanswered_call_has_no_after_call_work() {
    let mut day = Day::new(15, WrapUpRules::default());
    day.desk.leg(leg(LegStatus::Ring, "a"));
    let snapshot = day.desk.leg(leg(LegStatus::Hangup, "a"));
    assert_eq!((snapshot.label, snapshot.wrap_up.clone()), (Label::Available, None));
}

/// It is unknown when a call of the last run ended, so its after-call work is over.
#[test]
fn a_call_that_ended_between_two_runs_has_no_after_call_work() {
    let mut before = Day::new(15, WrapUpRules::default());
    before.talk("a");
    let rules = WrapUpRules { seconds: 30, ..WrapUpRules::default() };
    let calls = before.desk.log().into_values().collect();
    let mut desk = Desk::new(Start { saved: before.desk.saved.clone(), wrap_up: rules, calls, next_call_id: 2, ..start() });
    desk.answer(
        |request| matches!(request, Request::SignIn { .. }),
        Ok(Outcome::SignedIn { company: "Acme".into(), company_code: "9024".into() }),
    );
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    desk.answer_seats(SeatState::Waiting);
    assert_eq!(desk.snapshot().calls.len(), 1);
    desk.answer_phone(phone(PhoneState::Idle));
    assert_eq!((desk.snapshot().calls.len(), desk.snapshot().recent.len()), (0, 1));
    assert_eq!(desk.snapshot().wrap_up, None);
}

#[test]
fn an_agent_who_gets_no_calls_is_not_made_busy_for_the_work() {
    let mut day = Day::new(15, required(&["queue-1"], &[]));
    day.talk("a");
    day.pass(12, SeatState::Talking);
    day.desk.leg(leg(LegStatus::Hangup, "a"));
    day.pass(40, SeatState::Paused);
    assert_eq!(day.desk.snapshot().wish.wish, None);
    assert!(day.wrap_up().disposition_lacks && !day.wrap_up().holds);
}

/// All requests stay open, so only the break sets deadlines.
#[test]
fn the_deadline_is_the_end_of_the_work() {
    let mut day = Day::new(60, WrapUpRules::default());
    day.call("a");
    let until = day.desk.now.mono + Duration::from_secs(60);
    day.desk.pass_seconds(58);
    assert_eq!(day.desk.session.next_deadline(), Some(until));
}
