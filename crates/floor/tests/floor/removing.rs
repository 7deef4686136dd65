//! Taking numbers out of a campaign.

use ringside_domain::*;

use crate::{setting::running, world::*};

#[test]
fn numbers_are_removed_at_the_platform_before_they_are_marked() {
    let mut world = running();
    world.intent(FloorIntent::RemoveNumbers { campaign: FIRST, phones: phones(0, 1) });
    world.run_to_requests();
    assert_eq!(world.store.counts(FIRST).removed, 0);
    world.settle();
    assert_eq!(world.store.counts(FIRST).removed, 1);
    assert_eq!(world.platform.tasks["t1"].numbers, phones(1, 2));
    assert_eq!(world.desk().notices[0].progress, ChangeProgress::Accepted);
    assert_eq!(world.store.entered("removeNumbers"), [("ann", ""), ("ann", "done")]);
}

#[test]
fn a_removal_of_unknown_outcome_is_repeated_and_no_part_is_sent_meanwhile() {
    let mut world = World::new();
    world.watch(&[Topic::Desk]);
    world.start(phones(0, 6));
    world.run_to_requests();
    world.intent(FloorIntent::RemoveNumbers { campaign: FIRST, phones: phones(1, 3) });
    let part = world.find(sends);
    world.answer(part);
    world.run_to_requests();
    assert!(!world.asked.iter().any(|asked| sends(&asked.errand)), "number 3 would be sent after it was to be removed");
    let removal = world.find(|errand| matches!(errand, ringside_floor::Errand::Plain(FloorRequest::RemoveNumbers { .. })));
    world.carry_out(removal);
    world.reply(removal, Err(unknown()));
    world.pass(30 * SECOND);
    assert_eq!(world.part_states(FIRST), ["taken", "taken"]);
    assert_eq!(world.platform.tasks["t1"].numbers, [phones(0, 1), phones(4, 2)].concat());
    assert_eq!(world.desk().notices[0].progress, ChangeProgress::Accepted, "the repetition finds nothing to remove");
}

#[test]
fn a_removal_of_numbers_that_were_called_already_says_so() {
    let mut world = running();
    world.platform.tasks.get_mut("t1").unwrap().numbers.clear();
    world.intent(FloorIntent::RemoveNumbers { campaign: FIRST, phones: phones(0, 1) });
    world.settle();
    assert!(matches!(&world.desk().notices[0].progress, ChangeProgress::Failed { problem } if problem.number == Some(1020)));
    assert_eq!(world.store.counts(FIRST).removed, 0, "the platform removed none");
    assert!(world.store.removals.is_empty());
}

#[test]
fn a_number_that_is_typed_with_dashes_is_removed_in_the_spelling_in_which_it_was_sent() {
    let mut world = running();
    let [phone] = &phones(0, 1)[..] else { panic!() };
    let typed = format!("{}-{} {}", &phone[..1], &phone[1..2], &phone[2..]);
    world.intent(FloorIntent::RemoveNumbers { campaign: FIRST, phones: vec![typed] });
    world.settle();
    assert_eq!(world.platform.tasks["t1"].numbers, phones(1, 2));
    assert_eq!(world.store.counts(FIRST).removed, 1);
}

#[test]
fn a_removal_asks_the_platform_in_the_campaigns_spelling_and_says_which_numbers_it_misses() {
    let mut world = running();
    let typed: String = phones(0, 1)[0].replacen("138", "138-", 1);
    world.intent(FloorIntent::RemoveNumbers { campaign: FIRST, phones: vec![typed, "555".into()] });
    world.settle();
    assert_eq!(world.platform.tasks["t1"].numbers, phones(1, 2));
    assert_eq!(world.store.counts(FIRST).removed, 1);
    let notice = world.desk().notices[0].clone();
    assert_eq!((notice.progress, notice.found, notice.missing), (ChangeProgress::Accepted, 1, 1));
    world.intent(FloorIntent::RemoveNumbers { campaign: FIRST, phones: vec!["555".into()] });
    world.settle();
    let notice = world.desk().notices[0].clone();
    assert!(matches!(notice.progress, ChangeProgress::Failed { .. }) && notice.missing == 1, "{notice:?}");
}

#[test]
fn numbers_that_wait_here_are_removed_without_a_request() {
    let mut world = World::new();
    world.watch(&[Topic::Desk]);
    world.start(phones(0, 6));
    world.run_to_requests();
    world.intent(FloorIntent::StopSending { campaign: FIRST });
    world.settle();
    assert_eq!(world.part_states(FIRST), ["taken", "waiting"]);
    world.intent(FloorIntent::RemoveNumbers { campaign: FIRST, phones: phones(3, 2) });
    world.run_to_requests();
    assert_eq!(world.store.counts(FIRST).removed, 2);
    assert_eq!(world.desk().notices[0].progress, ChangeProgress::Accepted);
    assert!(!world.asked.iter().any(|asked| matches!(asked.errand, ringside_floor::Errand::Plain(FloorRequest::RemoveNumbers { .. }))));
}

#[test]
fn a_wish_to_remove_numbers_outlives_a_crash() {
    let mut world = running();
    world.intent(FloorIntent::RemoveNumbers { campaign: FIRST, phones: phones(0, 1) });
    world.run_to_requests();
    world.crash();
    world.sign_in("acme");
    world.settle();
    assert_eq!(world.platform.tasks["t1"].numbers, phones(1, 2));
    assert_eq!(world.store.counts(FIRST).removed, 1);
    assert!(world.store.removals.is_empty());
}

#[test]
fn a_removal_that_was_not_sent_since_the_sign_in_was_lost_is_sent_after_the_next_one() {
    let mut world = running();
    world.intent(FloorIntent::RemoveNumbers { campaign: FIRST, phones: phones(0, 1) });
    world.run_to_requests();
    let removal = world.find(|errand| matches!(errand, ringside_floor::Errand::Plain(FloorRequest::RemoveNumbers { .. })));
    world.reply(removal, Err(Problem::new(ProblemCode::AccesskeyMissing, "", false).known_not_done(true)));
    world.sign_out();
    world.sign_in("acme");
    world.pass(5 * SECOND);
    assert_eq!(world.platform.tasks["t1"].numbers, phones(1, 2));
    assert_eq!(world.store.counts(FIRST).removed, 1);
}

#[test]
fn more_numbers_on_the_list_than_one_request_may_have_are_removed_in_several() {
    let mut world = World::new();
    world.watch(&[Topic::Desk]);
    world.start(phones(0, 3));
    world.settle();
    // As if the campaign had been sent in parts of the real size.
    let more: Vec<String> = (0..10_001).map(|number| format!("139{number:08}")).collect();
    let row = |phone: &String| Row { part: 0, phone: phone.clone(), fate: NumberFate::Taken };
    world.store.rows.get_mut(&FIRST).unwrap().extend(more.iter().map(row));
    world.platform.tasks.get_mut("t1").unwrap().numbers.extend(more.clone());
    world.store.do_not_call = more;
    world.apply(ringside_floor::Input::DoNotCallGrew);
    world.pass(30 * SECOND);
    assert_eq!(world.platform.tasks["t1"].numbers, phones(0, 3));
    assert_eq!(world.store.counts(FIRST).removed, 10_001);
    assert_eq!(world.desk().notices[0].progress, ChangeProgress::Accepted);
    assert_eq!(world.store.entered("removeNumbers"), [("", "done")]);
    let entry = world.store.ledger.iter().find(|entry| entry.what == "removeNumbers").unwrap();
    assert_eq!(entry.detail, "do-not-call list: 10001 numbers");
}
