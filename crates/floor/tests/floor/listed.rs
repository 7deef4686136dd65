//! Numbers that are entered in the do-not-call list while campaigns have them.

use ringside_domain::*;
use ringside_floor::{Errand, Input};

use crate::world::*;

fn list(world: &mut World, phone: &str) {
    world.intent(FloorIntent::AddDoNotCall { phones: vec![phone.into()], reason: "asked".into() });
}

fn removes(errand: &Errand) -> bool {
    matches!(errand, Errand::Plain(FloorRequest::RemoveNumbers { .. }))
}

fn fate(world: &World, phone: &str) -> NumberFate {
    world.store.rows[&FIRST].iter().find(|row| row.phone == phone).unwrap().fate
}

#[test]
fn numbers_that_wait_are_taken_out_at_once_and_those_at_the_platform_are_removed_there() {
    let mut world = World::new();
    let phones = phones(0, 6);
    world.start(phones.clone());
    world.run_to_requests();
    let part = world.find(sends);
    world.answer(part);
    // The first part is taken, the second waits.
    world.commit_all();
    list(&mut world, &phones[1]);
    list(&mut world, &phones[4]);
    world.commit_all();
    assert_eq!(fate(&world, &phones[4]), NumberFate::Removed);
    assert_eq!(fate(&world, &phones[1]), NumberFate::Taken, "not before the platform says so");
    world.settle();
    assert_eq!(fate(&world, &phones[1]), NumberFate::Removed);
    let numbers = &world.platform.tasks["t1"].numbers;
    assert!(!numbers.contains(&phones[1]) && !numbers.contains(&phones[4]) && numbers.len() == 4, "{numbers:?}");
    let entries: Vec<_> = world.store.ledger.iter().filter(|entry| entry.what == "removeNumbers").collect();
    assert_eq!((entries[0].detail.as_str(), entries[0].subject.as_str()), ("do-not-call list: 1 numbers", "#1 spring"));
    assert_eq!(entries.last().unwrap().result, "done");
}

#[test]
fn a_number_that_is_on_its_way_is_removed_after_its_answer_and_after_a_restart() {
    for crashes in [false, true] {
        let mut world = World::new();
        let phones = phones(0, 2);
        world.start(phones.clone());
        world.run_to_requests();
        let part = world.find(sends);
        world.carry_out(part);
        list(&mut world, &phones[0]);
        world.commit_all();
        world.run_to_requests();
        assert!(!world.asked.iter().any(|asked| removes(&asked.errand)), "not while it is being sent");
        if crashes {
            world.crash();
            world.sign_in("acme");
            world.settle();
            assert_eq!(fate(&world, &phones[0]), NumberFate::Unknown, "the task's id is not known");
            let task_id = Some("t1".to_owned());
            world.intent(FloorIntent::Decide { campaign: FIRST, part: 0, decision: PartDecision::Taken, task_id });
        }
        world.settle();
        assert_eq!(fate(&world, &phones[0]), NumberFate::Removed);
        assert_eq!(world.platform.tasks["t1"].numbers, phones[1..]);
    }
}

#[test]
fn a_part_that_is_sent_again_goes_without_the_numbers_that_were_listed_meanwhile() {
    let mut world = World::new();
    let phones = phones(0, 2);
    world.start(phones.clone());
    world.run_to_requests();
    let part = world.find(sends);
    world.reply(part, Err(unknown()));
    world.settle();
    list(&mut world, &phones[0]);
    world.settle();
    world.intent(FloorIntent::Decide { campaign: FIRST, part: 0, decision: PartDecision::SendAgain, task_id: None });
    world.settle();
    assert_eq!(world.platform.tasks["t1"].numbers, phones[1..]);
    assert_eq!(fate(&world, &phones[0]), NumberFate::Removed);
}

#[test]
fn a_listed_number_that_was_called_already_is_no_failure_and_is_asked_about_once_in_a_run() {
    let mut world = World::new();
    world.watch(&[Topic::Desk]);
    let phones = phones(0, 2);
    world.start(phones.clone());
    world.settle();
    world.platform.tasks.get_mut("t1").unwrap().numbers.clear();
    list(&mut world, &phones[0]);
    world.commit_all();
    world.apply(Input::DoNotCallGrew);
    world.take_found();
    world.apply(Input::DoNotCallGrew);
    world.settle();
    assert_eq!(world.removals_asked, 1);
    assert_eq!(fate(&world, &phones[0]), NumberFate::Taken, "it was called, or is being called, and was not removed");
    world.apply(Input::DoNotCallGrew);
    world.settle();
    assert_eq!(world.removals_asked, 1);
    world.crash();
    world.watch(&[Topic::Desk]);
    world.sign_in("acme");
    world.settle();
    assert_eq!(world.removals_asked, 2, "the platform is asked at each start");
    assert_eq!(world.store.entered("removeNumbers"), [], "nothing was removed");
    assert_eq!(world.desk().notices, []);
}

#[test]
fn a_listed_number_of_a_part_that_arrived_late_is_removed_once_the_part_counts_as_taken() {
    let mut world = World::new();
    let phones = phones(0, 6);
    world.start(phones.clone());
    world.run_to_requests();
    let first = world.find(sends);
    world.answer(first);
    world.run_to_requests();
    let second = world.find(sends);
    world.reply(second, Err(unknown()));
    world.settle();
    list(&mut world, &phones[4]);
    world.settle();
    assert_eq!(fate(&world, &phones[4]), NumberFate::Unknown, "it did not wait at the platform, or not yet");
    world.platform.tasks.get_mut("t1").unwrap().numbers.extend(phones[3..].to_vec());
    world.intent(FloorIntent::Decide { campaign: FIRST, part: 1, decision: PartDecision::Taken, task_id: None });
    world.settle();
    assert_eq!(fate(&world, &phones[4]), NumberFate::Removed);
    assert!(!world.platform.tasks["t1"].numbers.contains(&phones[4]));
}

#[test]
fn a_search_for_listed_numbers_that_fails_is_repeated_with_growing_pauses() {
    let mut world = World::new();
    let phones = phones(0, 2);
    world.start(phones.clone());
    world.settle();
    list(&mut world, &phones[0]);
    world.commit_all();
    world.store_fails = true;
    let mut times = Vec::new();
    while times.len() < 4 {
        if !world.finds.is_empty() {
            times.push(world.now.mono);
            world.take_found();
        }
        world.pass_time(SECOND / 4);
        world.apply(Input::Tick);
    }
    let pauses: Vec<u64> = times.windows(2).map(|pair| (pair[1] - pair[0]).as_millis() as u64).collect();
    assert!((1000..=2250).contains(&pauses[0]) && (2000..=4250).contains(&pauses[1]) && (4000..=8250).contains(&pauses[2]), "{pauses:?}");
    world.store_fails = false;
    world.pass(60 * SECOND);
    assert_eq!(fate(&world, &phones[0]), NumberFate::Removed);
    assert_eq!(world.platform.tasks["t1"].numbers, phones[1..]);
}
