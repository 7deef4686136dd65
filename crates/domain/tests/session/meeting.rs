//! Random calls, known from late callbacks, slow readings of the phone, and both kinds of records, with a restart in between: each call has
//! one row, its card shows while it rings, and no answered call is reported as missed.

use std::{collections::BTreeSet, time::Duration};

use proptest::prelude::*;
use ringside_domain::*;

use crate::desk::*;

const STEP: u64 = 250;
/// The platform's clock when the first call may begin.
const BEGIN: i64 = 1_700_000_100_000;
/// A lost callback is noticed within ten seconds; the card shows three seconds later.
const NOTICED: i64 = 13_000;
/// A reading of the phone within a second after a call's end may still show that call. For this time, and until the next step, a ring that
/// becomes visible by a late hang-up need not show.
const UNCOVERED: i64 = 1500;

/// One call as it happened; times in milliseconds.
#[derive(Clone, Debug)]
struct Talk {
    customer: u8,
    /// Time since the call before ended.
    gap: u64,
    /// The call was dialled this long before the agent's phone rings.
    dialled: u64,
    ring: u64,
    /// 0: nobody answered.
    talk: u64,
    /// Ring, answer and hang-up: None means lost, else the delay.
    told: [Option<u64>; 3],
    /// The delay of the bill's callback after the call's end.
    billed: Option<u64>,
    is_incoming: bool,
}

#[derive(Clone, Debug)]
struct World {
    talks: Vec<Talk>,
    /// How far our clock is ahead.
    skew: i64,
    /// Callbacks contain the start of their call.
    says_start: bool,
    /// A reading of a phone in a call contains the direction.
    reads_direction: bool,
    /// The number of steps until a reading is answered.
    slow: usize,
    restarts_after: Option<u64>,
    order: Vec<usize>,
    bills_at_end: bool,
}

fn talk(latest: u64) -> impl Strategy<Value = Talk> {
    let told = move || prop_oneof![2 => Just(None), 5 => (0..300u64).prop_map(Some), 3 => (0..=latest).prop_map(Some)];
    let talk = prop_oneof![1 => Just(0u64), 3 => 500..9000u64];
    let ring = prop_oneof![3 => 300..5000u64, 1 => 5000..25_000u64];
    let gap = prop_oneof![3 => 1000..5000u64, 1 => 5000..20_000u64];
    let billed = prop_oneof![Just(None), (0..2000u64).prop_map(Some), (0..30_000u64).prop_map(Some)];
    ((0..3u8, gap, 0..15_000u64, ring, talk), (told(), told(), told()), billed, any::<bool>()).prop_map(
        |((customer, gap, dialled, ring, talk), (r, a, h), billed, is_incoming)| {
            let dialled = dialled.min(gap - 500);
            Talk { customer, gap, dialled, ring, talk, told: [r, a, h], billed, is_incoming }
        },
    )
}

fn world(latest: u64) -> impl Strategy<Value = World> {
    let skew = prop_oneof![Just(0), -40_000..40_000i64];
    let restarts = proptest::option::weighted(0.3, 5000..60_000u64);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (proptest::collection::vec(talk(latest), 1..5), skew, flags, 0..4usize, restarts).prop_flat_map(
        |(talks, skew, (says_start, reads_direction, bills_at_end), slow, restarts_after)| {
            let order: Vec<usize> = (0..talks.len()).collect();
            Just(order).prop_shuffle().prop_map(move |order| World {
                talks: talks.clone(),
                skew,
                says_start,
                reads_direction,
                slow,
                restarts_after,
                order,
                bills_at_end,
            })
        },
    )
}

/// The times of a call by the platform's clock.
#[derive(Clone, Copy, Debug)]
struct Times {
    dialled: i64,
    rang: i64,
    answered: i64,
    ended: i64,
}

fn times(world: &World) -> Vec<Times> {
    let mut at = BEGIN;
    let add = |millis: u64| i64::try_from(millis).unwrap();
    let times = world.talks.iter().map(|talk| {
        let rang = at + add(talk.gap);
        let answered = rang + add(talk.ring);
        at = answered + add(talk.talk);
        Times { dialled: rang - add(talk.dialled), rang, answered, ended: at }
    });
    times.collect()
}

fn number(customer: u8) -> String {
    if customer == 2 { "anonymous".into() } else { format!("0133875257{customer:02}") }
}

fn direction(talk: &Talk) -> Direction {
    if talk.is_incoming { Direction::Incoming } else { Direction::Outgoing }
}

fn bill(world: &World, place: usize, asked: bool) -> CallRecord {
    let talk = &world.talks[place];
    let times = times(world)[place];
    let second = |at: i64| Timestamp(at).second();
    let (called, other) = if talk.is_incoming { (OWN.into(), number(talk.customer)) } else { (number(talk.customer), "2190170001".into()) };
    CallRecord {
        record_id: asked.then(|| format!("r{place}")),
        customer_number: called,
        display_number: other,
        direction: direction(talk),
        answered_at: (talk.talk > 0).then(|| second(times.answered)),
        ended_at: Some(second(times.ended)),
        waited_seconds: u32::try_from((talk.ring + talk.dialled) / 1000).unwrap(),
        talked_seconds: u32::try_from(talk.talk.div_ceil(1000)).unwrap(),
        ending: if talk.talk > 0 { Ending::Normal } else { Ending::Cancelled },
        maturity: Some(place.to_string()),
        ..record(Some(&uuid_made(times.dialled, place)).filter(|_| !asked).map(String::as_str), second(times.dialled))
    }
}

struct Play {
    desk: Desk,
    world: World,
    times: Vec<Times>,
    /// The callbacks that came, for each call: ring, answer, hang-up.
    came: Vec<[bool; 3]>,
    billed: Vec<bool>,
    /// The time at which the last hang-up or bill came.
    end_told: i64,
    /// Readings under way: steps left, and the answer.
    readings: Vec<(usize, RequestId, Outcome)>,
    has_restarted: bool,
    /// The calls that the runs before saved.
    log: Vec<Call>,
}

impl Play {
    fn new(world: World) -> Self {
        let mut desk = Desk::new(Self::start());
        desk.now.wall = Timestamp(BEGIN - 60_000 + world.skew);
        desk.sign_in(&["queue-1"]);
        desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
        desk.answer_seats(SeatState::Waiting);
        let count = world.talks.len();
        let times = times(&world);
        let (came, billed) = (vec![[false; 3]; count], vec![false; count]);
        Self { desk, world, times, came, billed, end_told: 0, readings: vec![], has_restarted: false, log: vec![] }
    }

    fn start() -> Start {
        Start { numbers: NumberRules { prefixes: vec!["0".into()] }, ..start() }
    }

    fn there(&self) -> i64 {
        self.desk.now.wall.0 - self.world.skew
    }

    fn rows(&self) -> Vec<Call> {
        let mut rows: std::collections::BTreeMap<CallId, Call> = self.log.iter().map(|call| (call.id, call.clone())).collect();
        rows.extend(self.desk.log());
        rows.into_values().collect()
    }

    fn restart(&mut self) {
        self.log = self.rows();
        let next_call_id = self.log.iter().map(|call| call.id.0).max().unwrap_or(0) + 1;
        let mut desk = Desk::new(Start { saved: self.desk.saved.clone(), calls: self.log.clone(), next_call_id, ..Self::start() });
        desk.now = self.desk.now;
        desk.answer(
            |request| matches!(request, Request::SignIn { .. }),
            Ok(Outcome::SignedIn { company: "Acme".into(), company_code: "9024".into() }),
        );
        desk.saved_calls.splice(0..0, self.log.iter().cloned());
        self.desk = desk;
        self.readings.clear();
    }

    /// The state of the phone, as the platform knows it.
    fn phone(&self) -> Outcome {
        let there = self.there();
        let going = self.times.iter().zip(&self.world.talks).find(|(times, _)| (times.rang..times.ended).contains(&there));
        let Some((times, talk)) = going else { return phone(PhoneState::Idle) };
        let state = if there < times.answered { PhoneState::Ringing } else { PhoneState::Talking };
        let Outcome::Phone(reading) = phone_with(state, &number(talk.customer)) else { unreachable!() };
        Outcome::Phone(PhoneReading { direction: self.world.reads_direction.then(|| direction(talk)), ..reading })
    }

    fn deliver(&mut self) {
        let there = self.there();
        for place in 0..self.times.len() {
            let (talk, times) = (self.world.talks[place].clone(), self.times[place]);
            let signs = [(LegStatus::Ring, times.rang), (LegStatus::Answer, times.answered), (LegStatus::Hangup, times.ended)];
            for (sign, (status, at)) in signs.into_iter().enumerate() {
                let Some(late) = talk.told[sign].filter(|_| sign != 1 || talk.talk > 0) else { continue };
                if !self.came[place][sign] && there >= at + i64::try_from(late).unwrap() {
                    self.came[place][sign] = true;
                    if status == LegStatus::Hangup {
                        self.end_told = there;
                    }
                    let (caller, callee) =
                        if talk.is_incoming { (number(talk.customer), OWN.into()) } else { (OWN.into(), number(talk.customer)) };
                    let uuid = uuid_made(times.dialled, place);
                    let started_at = self.world.says_start.then(|| Timestamp(times.dialled).second());
                    self.desk.leg(LegEvent { started_at, caller, callee, direction: direction(&talk), ..leg(status, &uuid) });
                }
            }
            if let Some(after) = talk.billed.filter(|_| !self.billed[place])
                && there >= times.ended + i64::try_from(after).unwrap()
            {
                self.billed[place] = true;
                self.end_told = there;
                self.desk.record(bill(&self.world, place, false));
            }
        }
    }

    fn step(&mut self) {
        self.desk.pass(Duration::from_millis(STEP));
        let there = self.there();
        self.desk.apply(Input::Clock(ClockReading {
            asked_at: self.desk.now.wall,
            stamped_at: Timestamp(there).second(),
            answered_at: self.desk.now.wall,
        }));
        if let Some(index) = self.desk.asked.iter().position(|(_, request)| matches!(request, Request::ReadPhone { .. })) {
            let (id, _) = self.desk.asked.remove(index);
            let ph = self.phone();
            self.readings.push((self.world.slow, id, ph));
        }
        for (left, id, outcome) in std::mem::take(&mut self.readings) {
            match left {
                0 => drop(self.desk.apply(Input::Answered { id, outcome: Ok(outcome) })),
                left => self.readings.push((left - 1, id, outcome)),
            }
        }
        self.desk.answer_where(
            |request| matches!(request, Request::ReadSeats { .. }),
            |request| {
                let Request::ReadSeats { queue } = request else { unreachable!() };
                Ok(seats(queue, SeatState::Waiting))
            },
        );
        self.desk.answer_where(|request| is_join(request, "queue-1"), |_| Ok(Outcome::Joined { already: true }));
        self.deliver();
    }

    fn is_live(&self, place: usize) -> bool {
        let uuid = uuid_made(self.times[place].dialled, place);
        self.rows().iter().any(|call| call.uuid.as_deref() == Some(&uuid) && call.ended_at.is_none())
    }

    fn records(&mut self, asked: bool) {
        let records: Vec<CallRecord> = self.world.order.iter().map(|place| bill(&self.world, *place, asked)).collect();
        if !asked {
            records.into_iter().for_each(|record| drop(self.desk.record(record)));
            return;
        }
        while !self.desk.is_asked(|request| matches!(request, Request::ReadRecords { .. })) {
            self.desk.pass_seconds(30);
        }
        self.desk.answer(|request| matches!(request, Request::ReadRecords { .. }), Ok(Outcome::Records(records)));
    }
}

fn play(world: World) -> Result<(), TestCaseError> {
    let mut play = Play::new(world.clone());
    let last = play.times.last().unwrap().ended + 45_000;
    while play.there() < last {
        play.step();
        let there = play.there();
        if let Some(after) = world.restarts_after
            && !play.has_restarted
            && there >= BEGIN + i64::try_from(after).unwrap()
        {
            play.has_restarted = true;
            play.restart();
        }
        for (place, times) in play.times.iter().enumerate() {
            let goes_on = there < times.ended && play.came[place][0];
            prop_assert!(!goes_on || play.is_live(place), "call {place} goes on, and its ring came: {:#?}", play.rows());
            let snapshot = play.desk.snapshot();
            let rings = there >= times.rang && there < times.answered && !play.has_restarted;
            let heard = world.talks[place].told[0].map_or(NOTICED, |late| i64::try_from(late).unwrap().min(NOTICED));
            if rings && there >= times.rang + heard + 3000 && there >= play.end_told + UNCOVERED {
                prop_assert!(snapshot.calls.iter().any(|call| call.card), "{place} rings: {:?}", snapshot.calls);
            }
        }
    }
    prop_assert!(play.desk.snapshot().calls.is_empty(), "{:?}", play.desk.snapshot().calls);
    if world.bills_at_end {
        play.records(false);
    }
    play.records(true);
    let rows = play.rows();
    prop_assert_eq!(rows.len(), world.talks.len(), "{:#?}", rows);
    let marks: BTreeSet<_> = rows.iter().map(|row| row.maturity.clone().unwrap_or_default()).collect();
    prop_assert_eq!(marks, (0..rows.len()).map(|place| place.to_string()).collect(), "each record belongs to one call: {:#?}", rows);
    for row in &rows {
        let place: usize = row.maturity.as_ref().unwrap().parse().unwrap();
        let is_own = row.uuid.as_ref().is_none_or(|of| *of == uuid_made(play.times[place].dialled, place));
        prop_assert!(is_own || play.came[place] == [false; 3], "each record is at its own call: {:#?}", rows);
        let talk = &world.talks[place];
        prop_assert_eq!(row.answered_at.is_some(), talk.talk > 0, "{:?}", row);
        prop_assert_eq!((row.direction, &row.customer_number), (direction(talk), &number(talk.customer)));
        let is_missed = |notice: &Notice| matches!(notice.what, NoticeKind::Missed { call, .. } if call == row.id);
        prop_assert!(talk.talk == 0 || !play.desk.snapshot().notices.iter().any(is_missed), "answered, but missed: {:?}", row);
    }
    for round in 0..3 {
        let before = (play.desk.saved_calls.len(), play.desk.entered.len());
        play.records(false);
        play.records(true);
        let after = (play.desk.saved_calls.len(), play.desk.entered.len());
        prop_assert!(round == 0 || before == after, "round {}: {:?} {:?}", round, before, after);
    }
    prop_assert_eq!(play.rows().len(), world.talks.len());
    Ok(())
}

proptest! {
    #![proptest_config(chances(24))]

    #[test]
    fn each_call_has_one_row_with_any_mixture_of_signals(world in world(3000)) {
        play(world)?;
    }

    #[test]
    fn each_call_has_one_row_even_if_signals_come_very_late(world in world(25_000)) {
        play(world)?;
    }
}

/// The hang-up of the first call is lost, and that of the last call comes while a reading is under way. Found by random input.
#[test]
fn a_reading_from_before_the_end_of_its_call_begins_no_new_call() {
    let talk = |customer, gap, dialled, ring, talk, told, billed, is_incoming| Talk {
        customer,
        gap,
        dialled,
        ring,
        talk,
        told,
        billed,
        is_incoming,
    };
    let talks = vec![
        talk(1, 5311, 4811, 3850, 0, [Some(70), None, None], None, true),
        talk(0, 3727, 3227, 1084, 8315, [Some(292), Some(2769), Some(228)], Some(3199), false),
        talk(0, 1691, 1191, 4063, 1760, [Some(1857), Some(44), Some(96)], None, false),
    ];
    let world = World {
        talks,
        skew: -21199,
        says_start: false,
        reads_direction: false,
        slow: 3,
        restarts_after: Some(15707),
        order: vec![0, 1, 2],
        bills_at_end: false,
    };
    play(world).unwrap();
}

/// No callback contains the start of its call, but each has a uuid that contains its time. Found by random input.
#[test]
fn a_call_whose_first_signal_is_late_began_when_its_uuid_was_made() {
    let talk = |gap, dialled, ring, told, billed| Talk { customer: 0, gap, dialled, ring, talk: 0, told, billed, is_incoming: false };
    let talks = vec![
        talk(2894, 2394, 2650, [Some(217), Some(215), None], Some(699)),
        talk(2468, 1968, 2142, [Some(15455), Some(19), Some(19205)], None),
    ];
    let world = World {
        talks,
        skew: 0,
        says_start: false,
        reads_direction: true,
        slow: 3,
        restarts_after: None,
        order: vec![0, 1],
        bills_at_end: false,
    };
    play(world).unwrap();
}
