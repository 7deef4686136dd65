use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn want(kind: u32, priority: Priority, due: Duration) -> Want<u32> {
    Want { kind, priority, due, latest: None, of_floor: false }
}

fn failure(asked_at: Duration, of_the_way: bool, retry_after: Option<Duration>) -> Failure {
    Failure { asked_at, of_the_way, of_a_reading: false, retry_after, pauses: (5 * SECOND, 60 * SECOND), unit: 1.0 }
}

/// A budget of one request per second, without turns left.
fn spent() -> Budget<u32> {
    let mut budget = Budget::new(1.0, SECOND);
    while budget.take(&[want(0, Priority::Person, SECOND)], None, SECOND).is_some() {}
    budget
}

#[test]
fn a_persons_request_comes_first_and_the_oldest_of_each_priority() {
    let mut budget = spent();
    let wants = [
        want(1, Priority::Past, SECOND),
        want(2, Priority::Seats, SECOND),
        want(3, Priority::Ring, SECOND),
        want(4, Priority::Person, 2 * SECOND),
        want(5, Priority::Person, SECOND),
    ];
    let mut left = wants.to_vec();
    let mut order = Vec::new();
    for second in 3..30 {
        if let Some(index) = budget.take(&left, None, second * SECOND) {
            order.push(left.remove(index).kind);
        }
    }
    assert_eq!(order, [5, 4, 3, 2, 1]);
}

#[test]
fn a_low_priority_request_does_not_wait_for_ever() {
    let mut budget = spent();
    let mut taken = 0;
    for second in 2..200 {
        let now = second * SECOND;
        let wants = [want(1, Priority::Person, now), want(2, Priority::Past, SECOND)];
        taken += u32::from(budget.take(&wants, None, now) == Some(1));
    }
    assert!((8..=13).contains(&taken), "a sixteenth: {taken} of 198");
}

#[test]
fn a_request_that_can_wait_leaves_turns_for_one_with_a_time_limit() {
    let mut budget = Budget::new(0.05, SECOND);
    while budget.take(&[want(0, Priority::Person, SECOND)], None, SECOND).is_some() {}
    // One turn is there at 21 s, the next one at 41 s: too late for the request that must be sent by 31 s.
    let must = Want { latest: Some(31 * SECOND), ..want(1, Priority::Seats, 26 * SECOND) };
    let wants = [must, want(2, Priority::Ring, SECOND)];
    assert_eq!(budget.take(&wants, None, 22 * SECOND), None);
    assert_eq!(budget.next(&wants, None), Some(26 * SECOND));
    assert_eq!(budget.take(&wants, None, 26 * SECOND), Some(0));
}

#[test]
fn a_failure_pauses_its_kind_and_a_connection_failure_pauses_everything() {
    let mut budget = Budget::new(1.0, SECOND);
    budget.failed(&1, &failure(SECOND, false, None), SECOND);
    let wants = [want(1, Priority::Person, SECOND), want(2, Priority::Seats, SECOND)];
    assert_eq!(budget.take(&wants, None, SECOND), Some(1));
    assert_eq!(budget.paused_until(&1), 6 * SECOND);
    budget.failed(&2, &failure(SECOND, true, Some(60 * SECOND)), SECOND);
    assert_eq!(budget.take(&[want(3, Priority::Person, SECOND)], None, 61 * SECOND), None);
    budget.hurry_all();
    assert_eq!(budget.take(&[want(3, Priority::Person, SECOND)], None, 61 * SECOND), None, "Retry-After still holds");
    assert_eq!(budget.take(&[want(3, Priority::Person, SECOND)], None, 67 * SECOND), Some(0));
}

#[test]
fn requests_under_way_when_the_connection_fails_count_as_one_failure() {
    let mut budget: Budget<u32> = Budget::new(1.0, SECOND);
    for kind in 0..8 {
        budget.failed(&kind, &failure(SECOND, true, None), 2 * SECOND);
    }
    assert_eq!(budget.way.backoff.failures(), 1);
    budget.failed(&0, &failure(4 * SECOND, true, None), 5 * SECOND);
    assert_eq!(budget.way.backoff.failures(), 2);
    budget.succeeded(&0, 4 * SECOND);
    assert_eq!(budget.way.backoff.failures(), 2, "sent before the last failure");
    budget.succeeded(&0, 9 * SECOND);
    assert_eq!(budget.way.backoff.failures(), 0);
}

#[test]
fn a_late_failure_does_not_count_after_an_answer_to_a_later_request() {
    let mut budget: Budget<u32> = Budget::new(1.0, SECOND);
    budget.failed(&0, &failure(SECOND, true, None), 2 * SECOND);
    budget.succeeded(&1, 4 * SECOND);
    budget.failed(&2, &failure(SECOND, true, None), 6 * SECOND);
    assert_eq!(budget.way.backoff.failures(), 0);
    assert_eq!(budget.take(&[want(3, Priority::Person, SECOND)], None, 6 * SECOND), Some(0));
}

#[test]
fn a_failing_reading_keeps_its_place_while_the_connection_works() {
    let mut budget = Budget::new(1.0, SECOND);
    budget.failed(&1, &failure(SECOND, false, None), SECOND);
    let wants = [want(1, Priority::Seats, SECOND), want(2, Priority::Seats, 3 * SECOND)];
    assert_eq!(budget.take(&wants, None, 7 * SECOND), Some(0), "it has been due for the longest time");
    // While the connection is in doubt, a kind that has not failed by itself says more about it.
    budget.failed(&9, &failure(7 * SECOND, true, None), 7 * SECOND);
    assert_eq!(budget.take(&wants, None, 60 * SECOND), Some(1));
}

#[test]
fn after_an_outage_everything_is_tried_again_at_once() {
    let mut budget = Budget::new(1.0, SECOND);
    let mut now = SECOND;
    for _ in 0..4 {
        budget.failed(&1, &Failure { of_a_reading: true, ..failure(now, true, None) }, now);
        now = budget.way.end();
    }
    assert!(budget.paused_until(&1) > now + 10 * SECOND, "the pause of this kind has grown");
    let reading = [want(1, Priority::Seats, SECOND)];
    assert_eq!(budget.take(&[want(1, Priority::Person, SECOND)], None, now), None);
    assert_eq!(budget.take(&reading, None, now), Some(0), "a reading waits only for the pause of the connection");
    budget.succeeded(&2, now);
    assert_eq!(budget.paused_until(&1), Duration::ZERO);
    // If no reading failed, a kind keeps its own pause.
    budget.failed(&1, &failure(now, true, None), now);
    budget.succeeded(&2, now);
    assert!(budget.paused_until(&1) > now);
}

#[test]
fn the_next_turn_comes_at_the_set_rate() {
    let mut budget = Budget::new(0.5, SECOND);
    let wants = [want(0, Priority::Person, SECOND)];
    while budget.take(&wants, None, SECOND).is_some() {}
    let next = budget.next(&wants, None).unwrap();
    assert!((3000..3010).contains(&next.as_millis()), "{next:?}");
    assert_eq!(budget.take(&wants, None, next), Some(0));
}

#[test]
fn a_request_that_can_wait_is_sent_if_one_turn_remains_for_the_time_limit() {
    let mut budget = spent();
    let must = Want { latest: Some(3 * SECOND), ..want(1, Priority::Seats, 3 * SECOND) };
    assert_eq!(budget.take(&[must.clone(), want(2, Priority::Ring, SECOND)], None, 2 * SECOND), Some(1));
    assert_eq!(budget.take(&[must], None, 3 * SECOND), Some(0));
}

#[test]
fn while_the_connection_fails_one_request_at_a_time_is_sent() {
    let mut budget = Budget::new(1.0, SECOND);
    budget.failed(&9, &failure(SECOND, true, None), SECOND);
    let wants = [want(1, Priority::Person, SECOND), want(2, Priority::Person, SECOND)];
    assert!(budget.take(&wants, None, 3 * SECOND).is_some());
    assert_eq!(budget.take(&wants, Some(3 * SECOND), 4 * SECOND), None, "the first one tests the connection");
    assert_eq!(budget.next(&wants, Some(3 * SECOND)), Some(8 * SECOND), "but is not waited for without limit");
    assert!(budget.take(&wants, Some(3 * SECOND), 8 * SECOND).is_some());
}

fn of_floor(kind: u32, priority: Priority, due: Duration) -> Want<u32> {
    Want { of_floor: true, ..want(kind, priority, due) }
}

/// The wallboard reads queue after queue, and between two readings a supervisor asks for a password.
#[test]
fn a_persons_request_of_the_floor_does_not_wait_for_the_floors_readings() {
    let mut budget = spent();
    let reading = of_floor(1, Priority::Seats, SECOND);
    let read_at =
        (2..60).map(|second| second * SECOND).find(|now| budget.take(std::slice::from_ref(&reading), None, *now).is_some()).unwrap();
    let asked_at = read_at + SECOND / 2;
    let wants = [reading, of_floor(2, Priority::Person, asked_at)];
    assert_eq!(budget.take(&wants, None, read_at + SECOND), Some(1));
}

#[test]
fn persons_requests_of_the_floor_leave_three_quarters_of_the_rate_to_the_agent() {
    let mut budget = spent();
    let taken = (2..200).filter(|second| {
        let now = *second * SECOND;
        budget.take(&[want(1, Priority::Person, now), of_floor(2, Priority::Person, SECOND)], None, now) == Some(1)
    });
    let taken = taken.count();
    assert!((35..=50).contains(&taken), "at most a quarter: {taken} of 198");
}
