//! Parts whose outcome is unknown, late answers, and restarts.

use ringside_domain::*;
use ringside_floor::Input;

use crate::world::*;

#[test]
fn a_part_of_unknown_outcome_stops_the_sending_until_a_person_decides() {
    let mut world = World::new();
    world.watch(&[Topic::Campaigns]);
    world.start(phones(0, 9));
    world.run_to_requests();
    let first = world.find(sends);
    world.answer(first);
    world.run_to_requests();
    let second = world.find(sends);
    world.carry_out(second);
    world.reply(second, Err(unknown()));
    world.pass(3600 * SECOND);
    assert_eq!(world.part_states(FIRST), ["taken", "unknown", "waiting"]);
    assert_eq!(world.stage(FIRST), CampaignStage::Stopped);
    assert_eq!(world.store.counts(FIRST).unknown, 3);
    world.intent(FloorIntent::Decide { campaign: FIRST, part: 1, decision: PartDecision::Taken, task_id: None });
    world.settle();
    assert_eq!(world.part_states(FIRST), ["taken", "taken", "taken"]);
    assert_eq!(world.platform.accepted.values().max(), Some(&1));
    assert_eq!(world.store.entered("countAsTaken"), [("ann", "done")]);
}

#[test]
fn a_part_is_sent_twice_only_if_a_person_says_so() {
    let mut world = World::new();
    world.start(phones(0, 3));
    world.run_to_requests();
    let part = world.find(sends);
    world.carry_out(part);
    world.reply(part, Err(unknown()));
    world.pass(600 * SECOND);
    assert_eq!(world.platform.tasks.len(), 1);
    world.intent(FloorIntent::Decide { campaign: FIRST, part: 0, decision: PartDecision::SendAgain, task_id: None });
    world.settle();
    assert_eq!(world.platform.accepted.values().collect::<Vec<_>>(), [&2, &2, &2]);
}

#[test]
fn a_part_that_was_given_up_is_not_sent_and_the_others_get_a_task_of_their_own() {
    let mut world = World::new();
    world.start(phones(0, 5));
    world.run_to_requests();
    let part = world.find(sends);
    world.reply(part, Err(unknown()));
    world.settle();
    world.intent(FloorIntent::Decide { campaign: FIRST, part: 0, decision: PartDecision::GiveUp, task_id: None });
    world.settle();
    assert_eq!(world.part_states(FIRST), ["given up", "taken"]);
    assert_eq!(world.store.counts(FIRST).unknown, 3, "it is not known what became of them");
    assert_eq!(world.platform.tasks["t1"].numbers.len(), 2);
}

#[test]
fn a_task_of_unknown_id_cannot_be_paused_and_that_is_said_until_a_person_gives_the_id() {
    let mut world = World::new();
    world.watch(&[Topic::Desk, Topic::Campaigns]);
    world.start(phones(0, 6));
    world.run_to_requests();
    let part = world.find(sends);
    world.carry_out(part);
    world.reply(part, Err(unknown()));
    world.settle();
    assert!(matches!(world.campaign(FIRST).task, TaskKnown::MayExist { .. }));
    assert_eq!(world.stage(FIRST), CampaignStage::Unknown);
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.settle();
    let notice = &world.desk().notices[0];
    assert_eq!(notice.act, FloorAct::Pause);
    assert!(matches!(notice.progress, ChangeProgress::Failed { .. }));
    assert_eq!(world.stage(FIRST), CampaignStage::Unknown, "it is not shown as paused");
    // Without the id nothing more can be sent, since TaskAdd needs it.
    world.intent(FloorIntent::Decide { campaign: FIRST, part: 0, decision: PartDecision::Taken, task_id: None });
    world.settle();
    assert_eq!((world.part_states(FIRST), world.platform.tasks.len()), (vec!["taken", "waiting"], 1));
    world.intent(FloorIntent::Decide { campaign: FIRST, part: 0, decision: PartDecision::Taken, task_id: Some(" t1 ".into()) });
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused, "the pause comes first");
    assert_eq!(world.stage(FIRST), CampaignStage::Paused);
    assert_eq!(world.part_states(FIRST), ["taken", "taken"], "a paused task takes numbers");
}

#[test]
fn the_id_of_a_task_can_be_given_after_its_only_part_was_given_up() {
    let mut world = World::new();
    world.watch(&[Topic::Campaigns]);
    world.start(phones(0, 3));
    world.run_to_requests();
    let part = world.find(sends);
    world.carry_out(part);
    world.reply(part, Err(unknown()));
    world.intent(FloorIntent::Decide { campaign: FIRST, part: 0, decision: PartDecision::GiveUp, task_id: None });
    world.intent(FloorIntent::End { campaign: FIRST });
    world.settle();
    assert_eq!((world.stage(FIRST), world.platform.tasks["t1"].state), (CampaignStage::Unknown, Running::Open));
    world.intent(FloorIntent::Decide { campaign: FIRST, part: 0, decision: PartDecision::Taken, task_id: Some("t1".into()) });
    world.settle();
    assert_eq!((world.stage(FIRST), world.platform.tasks["t1"].state), (CampaignStage::Ended, Running::Over));
    assert_eq!(world.part_states(FIRST), ["given up"]);
}

#[test]
fn a_late_answer_settles_a_part_on_which_nobody_decided() {
    let mut world = World::new();
    world.start(phones(0, 3));
    world.run_to_requests();
    let part = world.find(sends);
    world.carry_out(part);
    world.pass_time(301 * SECOND);
    world.apply(Input::Tick);
    world.commit_all();
    assert_eq!(world.part_states(FIRST), ["unknown"], "it never answered");
    let part = world.find(sends);
    world.answer(part);
    world.settle();
    assert_eq!(world.part_states(FIRST), ["taken"]);
    assert_eq!(world.campaign(FIRST).task_id.as_deref(), Some("t1"));
}

#[test]
fn a_late_answer_wins_over_send_again_before_it_is_sent_again() {
    let mut world = World::new();
    world.start(phones(0, 3));
    world.run_to_requests();
    let part = world.find(sends);
    world.carry_out(part);
    world.pass_time(301 * SECOND);
    world.apply(Input::Tick);
    world.intent(FloorIntent::Decide { campaign: FIRST, part: 0, decision: PartDecision::SendAgain, task_id: None });
    let part = world.find(sends);
    world.answer(part);
    world.settle();
    assert_eq!(world.platform.accepted.values().max(), Some(&1));
    assert_eq!(world.part_states(FIRST), ["taken"]);
}

#[test]
fn a_restart_leaves_a_part_that_was_being_sent_unknown() {
    let mut world = World::new();
    world.watch(&[Topic::Campaigns]);
    world.start(phones(0, 9));
    world.run_to_requests();
    let first = world.find(sends);
    world.answer(first);
    world.run_to_requests();
    let second = world.find(sends);
    world.carry_out(second);
    world.crash();
    world.watch(&[Topic::Campaigns]);
    world.sign_in("acme");
    world.pass(600 * SECOND);
    assert_eq!(world.part_states(FIRST), ["taken", "unknown", "waiting"]);
    assert_eq!(world.platform.accepted.values().max(), Some(&1));
    assert_eq!(world.stage(FIRST), CampaignStage::Stopped);
}

#[test]
fn a_restart_during_the_creation_leaves_the_task_unknown() {
    let mut world = World::new();
    world.start(phones(0, 3));
    world.run_to_requests();
    world.crash();
    world.sign_in("acme");
    world.settle();
    assert!(matches!(world.campaign(FIRST).task, TaskKnown::MayExist { .. }));
}

#[test]
fn a_creation_without_an_id_is_unknown() {
    let mut world = World::new();
    world.start(phones(0, 3));
    world.run_to_requests();
    let part = world.find(sends);
    world.reply(part, Ok(FloorAnswer::Sent { task_id: Some(String::new()), accepted: 3, refused: Vec::new() }));
    world.settle();
    assert!(matches!(world.campaign(FIRST).task, TaskKnown::MayExist { .. }));
    assert_eq!(world.part_states(FIRST), ["unknown"]);
}

#[test]
fn a_late_refusal_wins_over_a_person_who_took_the_part_for_accepted() {
    let mut world = World::new();
    world.start(phones(0, 3));
    world.run_to_requests();
    world.pass_time(301 * SECOND);
    world.apply(Input::Tick);
    world.intent(FloorIntent::Decide { campaign: FIRST, part: 0, decision: PartDecision::Taken, task_id: None });
    world.commit_all();
    assert_eq!(world.store.counts(FIRST).taken, 3);
    let part = world.find(sends);
    world.reply(part, Err(unreachable()));
    world.pass(10 * SECOND);
    assert_eq!(world.part_states(FIRST), ["taken"]);
    assert_eq!(world.platform.accepted.values().collect::<Vec<_>>(), [&1, &1, &1], "it was certainly not sent before");
}

#[test]
fn a_late_answer_to_an_earlier_request_says_nothing_about_the_newer_one() {
    let mut world = World::new();
    world.start(phones(0, 3));
    world.run_to_requests();
    let first = world.asked[world.find(sends)].id;
    world.pass_time(301 * SECOND);
    world.apply(Input::Tick);
    world.intent(FloorIntent::Decide { campaign: FIRST, part: 0, decision: PartDecision::SendAgain, task_id: None });
    world.run_to_requests();
    let second = world.asked.iter().position(|asked| asked.id != first && sends(&asked.errand)).unwrap();
    world.carry_out(second);
    let late = world.asked.iter().position(|asked| asked.id == first).unwrap();
    world.reply(late, Err(unreachable()));
    world.pass(200 * SECOND);
    assert_eq!(world.platform.accepted.values().collect::<Vec<_>>(), [&1, &1, &1], "it is not sent a third time");
    assert_eq!(world.part_states(FIRST), ["taken"]);
}
