//! Random inputs in any order and number: the conditions that must always hold.

use std::{collections::HashSet, time::Duration};

use proptest::prelude::*;
use ringside_domain::*;

use crate::desk::*;

#[derive(Clone, Debug)]
enum Step {
    Leg { call: u8, status: u8, is_b_leg: bool },
    Record { call: u8 },
    Phone(u8),
    Seats(bool),
    Wish(bool),
    Hide,
    Pass(u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..4u8, 0..3u8, any::<bool>()).prop_map(|(call, status, is_b_leg)| Step::Leg { call, status, is_b_leg }),
        2 => (0..4u8).prop_map(|call| Step::Record { call }),
        1 => (0..4u8).prop_map(Step::Phone),
        1 => any::<bool>().prop_map(Step::Seats),
        1 => any::<bool>().prop_map(Step::Wish),
        1 => Just(Step::Hide),
        2 => (0..20_000u16).prop_map(Step::Pass),
    ]
}

fn number(call: u8) -> String {
    format!("01338752570{call}")
}

fn take(desk: &mut Desk, step: &Step) {
    match step {
        Step::Leg { call, status, is_b_leg } => {
            let status = [LegStatus::Ring, LegStatus::Answer, LegStatus::Hangup][usize::from(*status)];
            desk.leg(LegEvent { callee: number(*call), is_b_leg: *is_b_leg, method: Method::Api, ..leg(status, &format!("u{call}")) });
        }
        Step::Record { call } => {
            let uuid = format!("u{call}");
            let at = desk.now.wall.minus(Duration::from_secs(34));
            let id = Some(format!("r{call}"));
            desk.record(CallRecord { customer_number: number(*call), record_id: id, ..record(Some(&uuid), at) });
        }
        Step::Phone(state) => {
            let state = [PhoneState::Idle, PhoneState::Ringing, PhoneState::Talking, PhoneState::OffHook][usize::from(*state)];
            desk.answer_where(|request| matches!(request, Request::ReadPhone { .. }), |_| Ok(phone_with(state, &number(0))));
        }
        Step::Seats(idle) => {
            let state = if *idle { SeatState::Waiting } else { SeatState::Paused };
            desk.answer_where(
                |request| matches!(request, Request::ReadSeats { .. }),
                |request| {
                    let Request::ReadSeats { queue } = request else { unreachable!() };
                    Ok(seats(queue, state))
                },
            );
            desk.accept_settings();
        }
        Step::Wish(idle) => {
            let wanted = if *idle { Wish::Available } else { Wish::Busy { reason: None } };
            desk.intent(wish(wanted));
        }
        Step::Hide => {
            if let Some(call) = desk.snapshot().calls.first() {
                let call = call.id;
                desk.intent(Intent::HideCard { call });
            }
        }
        Step::Pass(ms) => desk.pass(Duration::from_millis(u64::from(*ms))),
    }
}

proptest! {
    #![proptest_config(chances(256))]

    #[test]
    fn the_conditions_hold_after_any_inputs(steps in proptest::collection::vec(step(), 1..60)) {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        for step in &steps {
            take(&mut desk, step);
            let snapshot = desk.snapshot();
            let mut ids = HashSet::new();
            prop_assert!(snapshot.calls.iter().all(|call| ids.insert(call.id)), "a call is shown as open once");
            let numbers: HashSet<_> = snapshot.calls.iter().map(|call| &call.customer_number).collect();
            prop_assert_eq!(numbers.len(), snapshot.calls.len(), "there are never two open calls on one leg");
            prop_assert!(snapshot.recent.iter().all(|call| !ids.contains(&call.id)), "an ended call is not open");
            if snapshot.label == Label::Available {
                let fresh = |queue: &QueueView| {
                    let read = queue.read_at.is_some_and(|at| desk.now.wall.since(at) < Duration::from_secs(30));
                    read && queue.problem.is_none() && queue.seat.is_some_and(SeatState::takes_calls)
                };
                prop_assert!(snapshot.queues.iter().any(fresh), "available only if a recent reading says so");
            }
            prop_assert!(serde_json::to_string(&*snapshot).unwrap().len() < 8192);
        }

        // End all ringing calls: each uuid has exactly one finished row, whatever its signals were.
        for call in 0..4u8 {
            let told = steps.iter().any(|step| matches!(step, Step::Leg { call: of, .. } if *of == call));
            if told {
                desk.leg(LegEvent { callee: number(call), method: Method::Api, ..leg(LegStatus::Hangup, &format!("u{call}")) });
            }
            let uuid = format!("u{call}");
            let rows: HashSet<CallId> = desk
                .saved_calls
                .iter()
                .filter(|row| row.uuid.as_deref() == Some(&uuid) && row.ended_at.is_some())
                .map(|row| row.id)
                .collect();
            if told {
                prop_assert_eq!(rows.len(), 1, "one row for the leg {}", uuid);
            }
        }
        prop_assert!(desk.snapshot().calls.len() <= 1, "only a polled call without a uuid may be left");
    }

    /// The result does not depend on the order or the number of a call's signals.
    #[test]
    fn any_order_of_signals_gives_the_same_result(order in Just(vec![0usize, 1, 2, 0, 1, 2]).prop_shuffle()) {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        for sign in order {
            let status = [LegStatus::Ring, LegStatus::Answer, LegStatus::Hangup][sign];
            desk.leg(leg(status, "a"));
        }
        let snapshot = desk.snapshot();
        prop_assert_eq!((snapshot.calls.len(), snapshot.recent.len()), (0, 1));
        prop_assert!(snapshot.recent[0].answered);
    }
}
