use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

pub const HOUR: Duration = Duration::from_secs(3600);
pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// A signed-in desk with no fetched spans.
pub fn fresh() -> Desk {
    let mut desk = Desk::new(start());
    desk.fetched.clear();
    desk.sign_in(&[]);
    desk
}

fn is_records(request: &Request) -> bool {
    matches!(request, Request::ReadRecords { .. })
}

/// The span of the next request for records, if one is sent within a minute.
fn asked(desk: &mut Desk) -> Option<(Timestamp, Timestamp)> {
    for _ in 0..60 {
        let found = desk.asked.iter().find_map(|(_, request)| match request {
            Request::ReadRecords { from, to, .. } => Some((*from, *to)),
            _ => None,
        });
        if found.is_some() {
            return found;
        }
        desk.pass_seconds(1);
    }
    None
}

fn give(desk: &mut Desk, records: Vec<CallRecord>) {
    asked(desk).expect("a request for records");
    desk.answer(is_records, Ok(Outcome::Records(records)));
}

pub fn numbered(id: u32, started_at: Timestamp) -> CallRecord {
    CallRecord { record_id: Some(id.to_string()), customer_number: format!("0133{id:08}"), ..record(None, started_at) }
}

#[test]
fn the_first_fetch_covers_three_months_in_days_the_newest_first() {
    let mut desk = fresh();
    let began = desk.now.wall;
    give(&mut desk, vec![]);
    assert_eq!(desk.snapshot().log.complete, Some(Span { since: began.minus(4 * HOUR), until: began }));
    let mut until = began.minus(4 * HOUR);
    for day in 0..90 {
        let fetch = desk.snapshot().log.fetch.unwrap();
        assert_eq!((fetch.on, fetch.done, fetch.total), (true, day, 90));
        assert_eq!(desk.snapshot().log.gaps.first().map(|gap| gap.until), Some(until));
        let (from, to) = asked(&mut desk).unwrap();
        assert_eq!(to, Timestamp(until.0 - 1));
        assert!(from >= until.minus(DAY) && desk.asked.iter().filter(|(_, request)| is_records(request)).count() == 1);
        give(&mut desk, vec![]);
        until = from;
    }
    assert_eq!(until, began.minus(90 * DAY));
    let log = desk.snapshot().log.clone();
    assert_eq!((log.fetch, log.gaps.len()), (None, 0));
    assert_eq!(log.complete.unwrap().since, until);
    desk.pass(HOUR);
    assert_eq!(desk.asked.iter().filter(|(_, request)| is_records(request)).count(), 1, "the last hours are read again");
}

#[test]
fn a_stopped_fetch_stays_stopped_over_a_restart_and_resumes_where_it_was() {
    let mut desk = fresh();
    give(&mut desk, vec![]);
    (0..10).for_each(|_| give(&mut desk, vec![]));
    desk.intent(Intent::FetchLog { on: false });
    assert_eq!(desk.snapshot().log.fetch, Some(FetchView { on: false, done: 10, total: 90 }));
    desk.answer_where(is_records, |_| Ok(Outcome::Records(vec![])));
    assert_eq!(asked(&mut desk), None, "stopped");
    let next = desk.fetched.last().unwrap().since;

    let mut again = Desk::new(Start { saved: desk.saved.clone(), ..start() });
    again.fetched.clone_from(&desk.fetched);
    again.answer(
        |request| matches!(request, Request::SignIn { .. }),
        Ok(Outcome::SignedIn { company: "Acme".into(), company_code: "9024".into() }),
    );
    give(&mut again, vec![]);
    assert!(again.snapshot().log.fetch.is_some_and(|fetch| !fetch.on));
    assert_eq!(asked(&mut again), None, "still stopped");

    for desk in [&mut desk, &mut again] {
        desk.intent(Intent::FetchLog { on: true });
        assert!(asked(desk).unwrap().0 > next, "first the time since the last fetch");
        give(desk, vec![]);
        assert_eq!(asked(desk).unwrap().1, Timestamp(next.0 - 1));
    }
    let other = Agent { extension: Extension("100002".into()), ..agent(&[]) };
    desk.intent(Intent::FetchLog { on: false });
    desk.intent(Intent::SignIn { account: Account::default(), agent: other, accesskey: None });
    assert!(!desk.saved.fetch_stopped, "another agent has not stopped the fetch");
}

#[test]
fn a_call_longer_than_four_hours_keeps_the_span_open_until_its_record_comes() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.answer_where(is_records, |_| Ok(Outcome::Records(vec![])));
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.leg(leg(LegStatus::Answer, "a"));
    let began = desk.snapshot().calls[0].started_at;
    let settled = |desk: &Desk| desk.fetched.last().unwrap().until;
    // The records are read now and then during the call, and once after its end, when its record has not come yet.
    let pass = |desk: &mut Desk, hours: u32| {
        for _ in 0..hours * 6 {
            desk.pass(HOUR / 6);
            desk.answer_where(|request| matches!(request, Request::ReadPhone { .. }), |_| Ok(phone(PhoneState::Talking)));
            desk.answer_where(is_records, |_| Ok(Outcome::Records(vec![])));
        }
    };
    pass(&mut desk, 6);
    assert_eq!(desk.snapshot().calls.len(), 1);
    assert_eq!(settled(&desk), began, "later calls do not count as complete");
    desk.leg(leg(LegStatus::Hangup, "a"));
    desk.pass_seconds(30);
    let (from, _) = asked(&mut desk).unwrap();
    assert!(from <= began);
    give(&mut desk, vec![]);
    assert_eq!(settled(&desk), began, "its record has not come");
    desk.pass(HOUR / 5);
    assert!(asked(&mut desk).unwrap().0 <= began, "the record is asked for again");
    let ended = desk.now.wall;
    give(&mut desk, vec![CallRecord { ended_at: Some(ended), ..record(Some("a"), began) }]);
    assert_eq!(desk.log().len(), 1);
    desk.pass(HOUR / 5);
    give(&mut desk, vec![]);
    assert!(settled(&desk) > began.plus(HOUR), "now the record has come");
}

#[test]
fn after_a_short_break_one_request_joins_the_spans_and_after_a_long_one_the_gap_is_fetched() {
    let mut desk = fresh();
    desk.fetched = vec![Span { since: Timestamp(0), until: desk.now.wall.minus(8 * HOUR) }];
    desk.intent(Intent::SignOut);
    desk.asked.clear();
    desk.sign_in(&[]);
    give(&mut desk, vec![]);
    desk.pass(HOUR / 6);
    let (from, _) = asked(&mut desk).unwrap();
    assert!(from <= desk.now.wall.minus(4 * HOUR), "windows overlap by hours (N11)");
    give(&mut desk, vec![]);
    while desk.snapshot().log.fetch.is_some() {
        give(&mut desk, vec![]);
    }
    desk.answer_where(is_records, |_| Ok(Outcome::Records(vec![])));
    let until = desk.snapshot().log.complete.unwrap().until;

    // Asleep for three days: only the wall clock advances.
    desk.now.wall = desk.now.wall.plus(3 * DAY - HOUR);
    desk.apply(Input::Tick);
    let mut windows = Vec::new();
    while let Some((from, to)) = asked(&mut desk).filter(|_| windows.len() < 5) {
        windows.push((from, to));
        give(&mut desk, vec![]);
    }
    assert_eq!(windows.len(), 4, "the last hours and three days: {windows:?}");
    assert!(windows.windows(2).all(|pair| pair[1].1 == Timestamp(pair[0].0.0 - 1)), "without a gap: {windows:?}");
    assert!(windows[3].0 <= until.minus(4 * HOUR));
}

#[test]
fn a_failed_fetch_is_shown_and_tried_again_and_does_not_count_as_fetched() {
    let mut desk = fresh();
    give(&mut desk, vec![]);
    let (from, to) = asked(&mut desk).unwrap();
    desk.answer(is_records, Err(problem(ProblemCode::Unreachable, true)));
    assert_eq!(desk.snapshot().log.problem.as_ref().unwrap().code, ProblemCode::Unreachable);
    assert!(!desk.is_asked(is_records), "not tried again at once");
    desk.pass_seconds(30);
    assert!(!desk.is_asked(is_records), "not tried again at once");
    give(&mut desk, vec![]);
    let again = asked(&mut desk).unwrap();
    assert!(again.1 >= to && again.0 < from.plus(HOUR), "the same day: {again:?}");
    assert_eq!(desk.snapshot().log.problem, None);

    desk.forgetful = true;
    let at = from.plus(HOUR);
    give(&mut desk, vec![numbered(1, at)]);
    assert_eq!(desk.snapshot().log.problem.as_ref().unwrap().code, ProblemCode::StoreFailed);
    assert!(desk.log().is_empty(), "it is unknown whether the store has the call");
    desk.forgetful = false;
    while asked(&mut desk).is_none_or(|(from, to)| !(from..to).contains(&at)) {
        give(&mut desk, vec![]);
    }
    give(&mut desk, vec![numbered(1, at)]);
    assert_eq!(desk.log().len(), 1);
}

#[test]
fn a_record_of_a_call_that_is_only_in_the_store_completes_its_row() {
    let mut desk = fresh();
    let long_ago = desk.now.wall.minus(20 * DAY);
    desk.record(numbered(1, long_ago));
    let row = desk.saved_calls.last().cloned().unwrap();
    let mut later = Desk::new(Start { next_call_id: 500, ..start() });
    later.saved_calls = vec![row.clone()];
    later.sign_in(&[]);

    later.record(numbered(1, long_ago));
    assert_eq!(later.log().into_values().collect::<Vec<_>>(), std::slice::from_ref(&row), "nothing new");
    later.record(CallRecord { talked_seconds: 99, ..numbered(1, long_ago) });
    later.record(CallRecord { record_id: None, talked_seconds: 98, ..numbered(1, long_ago) });
    assert_eq!(later.log().len(), 1, "recognised by customer and time (N12)");
    assert_eq!(later.log()[&row.id].talked_seconds, Some(98));
    later.record(numbered(2, long_ago));
    assert_eq!(later.log().len(), 2);
}

#[test]
fn thousands_of_old_records_leave_the_last_calls_in_memory() {
    let mut desk = fresh();
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.leg(leg(LegStatus::Hangup, "a"));
    let at_hand = desk.snapshot().recent[0].id;
    give(&mut desk, vec![]);
    let (from, _) = asked(&mut desk).unwrap();
    give(&mut desk, (0..2000).map(|id| numbered(id, from.plus(Duration::from_secs(u64::from(id) * 40)))).collect());
    assert_eq!(desk.log().len(), 2001);
    assert_eq!(desk.snapshot().recent[0].id, at_hand);
    desk.leg(leg(LegStatus::Answer, "a"));
    assert_eq!(desk.log().len(), 2001, "a late signal finds its call");
    assert!(serde_json::to_string(&*desk.snapshot()).unwrap().len() < 8192);
}

#[test]
fn the_fetch_does_not_delay_readings_of_phone_and_seats() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.fetched.clear();
    desk.intent(Intent::SignOut);
    desk.answer_where(|_| true, |_| Ok(Outcome::Done));
    desk.sign_in(&["queue-1"]);
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    let (mut phones, mut days) = (0, 0);
    for _ in 0..1000 {
        desk.pass(Duration::from_millis(100));
        phones += desk.asked.iter().filter(|(_, request)| matches!(request, Request::ReadPhone { .. })).count();
        days += desk.asked.iter().filter(|(_, request)| is_records(request)).count();
        desk.answer_where(
            |_| true,
            |request| match request {
                Request::ReadPhone { .. } => Ok(phone(PhoneState::Idle)),
                Request::ReadSeats { queue } => Ok(seats(queue, SeatState::Waiting)),
                Request::ReadRecords { .. } => Ok(Outcome::Records(vec![])),
                _ => Ok(Outcome::Queues(vec![])),
            },
        );
    }
    assert!((80..=110).contains(&phones), "the phone is read each second: {phones}");
    assert!(days >= 20, "the rest of the budget goes to the past: {days}");
    assert!(phones + days <= 155, "within the budget: {phones} + {days}");
}

#[test]
fn a_large_answer_counts_as_several_requests() {
    let pauses = |records: u32| {
        let mut desk = fresh();
        give(&mut desk, vec![]);
        let (from, _) = asked(&mut desk).unwrap();
        give(&mut desk, (0..records).map(|id| numbered(id, from)).collect());
        let answered = desk.now.mono;
        asked(&mut desk).unwrap();
        desk.now.mono - answered
    };
    assert!(pauses(9000) > pauses(1) + Duration::from_secs(4));
}

#[test]
fn fetching_the_past_waits_while_a_call_changes() {
    let mut desk = fresh();
    give(&mut desk, vec![]);
    asked(&mut desk).expect("a request of the past");
    // This loop ends before the records of the first call are due.
    for n in 0..4 {
        let uuid = format!("a{n}");
        desk.leg(leg(LegStatus::Ring, &uuid));
        desk.answer_where(is_records, |_| Ok(Outcome::Records(vec![])));
        desk.pass_seconds(4);
        desk.leg(leg(LegStatus::Hangup, &uuid));
        desk.pass(Duration::from_millis(500));
        assert!(!desk.asked.iter().any(|(_, request)| is_records(request)), "ring {n}");
    }
    let began = desk.now.mono;
    asked(&mut desk).expect("fetching goes on");
    assert!(desk.now.mono - began >= Duration::from_secs(4));
}

#[test]
fn a_sign_in_uses_only_the_fetched_spans_of_its_owner() {
    let mut desk = Desk::new(start());
    let account = Account { url: "https://call.example.com/".into(), appid: "acme".into() };
    desk.intent(Intent::SignIn { account, agent: agent(&[]), accesskey: None });
    desk.wait_for(|request| matches!(request, Request::SignIn { .. }));
    let (id, _) = desk.asked.remove(0);
    let signed_in = || Ok(Outcome::SignedIn { company: "Acme".into(), company_code: "9024".into() });
    let effects = desk.session.apply(Input::Answered { id, outcome: signed_in() }, desk.now);
    let scope =
        effects.iter().find_map(|effect| if let Effect::ReadFetched { scope } = effect { Some(scope.clone()) } else { None }).unwrap();
    let spans = || Ok(vec![Span { since: Timestamp(0), until: desk.now.wall }]);
    let (others, own) = (spans(), spans());
    let complete = |snapshot: &Snapshot| snapshot.log.complete;
    assert_eq!(complete(&desk.apply(Input::Fetched { scope: "another".into(), spans: others })), None);
    assert!(complete(&desk.apply(Input::Fetched { scope, spans: own })).is_some());
}
