//! Campaigns made elsewhere.

use ringside_domain::*;
use ringside_floor::{Errand, Input};

use crate::world::*;

fn watching() -> World {
    let mut world = World::knowing_calls();
    world.watch(&[Topic::Desk, Topic::Elsewhere]);
    world.settle();
    world
}

fn view(world: &World) -> ElsewhereView {
    let Some(TopicView::Elsewhere(view)) = world.shown.get(&Topic::Elsewhere) else { panic!("it is not watched") };
    view.clone()
}

fn states(world: &World) -> Vec<(String, Running, String)> {
    view(world).tasks.into_iter().map(|task| (task.task_id, task.state, task.by)).collect()
}

fn set(world: &mut World, task_id: &str, state: Running) {
    world.intent(FloorIntent::SetTask { task_id: task_id.into(), state });
}

/// A task of the platform that no campaign of this desk has.
fn foreign(world: &mut World, task_id: &str) {
    world.platform.tasks.insert(task_id.into(), Task { state: Running::Open, numbers: Vec::new() });
}

#[test]
fn the_calls_are_shown_once_they_are_read_and_read_anew_with_each_bill() {
    let mut world = watching();
    assert_eq!(view(&world).calls, None, "not read is not none");
    let calls = ElsewhereCalls { all: Some(ElsewhereCounts { calls: 3, ..ElsewhereCounts::default() }), shown: Vec::new() };
    world.apply(Input::Elsewhere(account("acme"), calls.clone()));
    assert_eq!(view(&world).calls, Some(calls));
    let before = world.elsewhere_reads.len();
    world.apply(Input::Arrived { calls: Vec::new(), reached: vec![ReachedOtherwise { phone: "1".into(), at: world.now.wall }] });
    world.settle();
    for _ in 0..3 {
        world.apply(Input::Arrived { calls: Vec::new(), reached: vec![ReachedOtherwise { phone: "2".into(), at: world.now.wall }] });
        world.pass(2 * SECOND);
    }
    assert_eq!(world.elsewhere_reads.len(), before, "many bills make one reading in ten seconds");
    world.pass(10 * SECOND);
    assert_eq!(world.elsewhere_reads.len(), before + 1);
    world.watch(&[Topic::Desk]);
    world.apply(Input::Arrived { calls: Vec::new(), reached: vec![ReachedOtherwise { phone: "3".into(), at: world.now.wall }] });
    world.pass(20 * SECOND);
    assert_eq!(world.elsewhere_reads.len(), before + 1, "no page shows it");
}

#[test]
fn a_task_callback_about_an_unknown_task_is_kept_over_a_restart() {
    let mut world = watching();
    world.apply(Input::TaskFinished { task_id: "x1".into() });
    world.settle();
    assert_eq!(states(&world), [("x1".into(), Running::Over, String::new())]);
    let since = view(&world).tasks[0].since;
    world.pass(5 * SECOND);
    world.apply(Input::TaskFinished { task_id: "x1".into() });
    world.settle();
    assert_eq!(view(&world).tasks[0].since, since, "the callback came twice");
    world.crash();
    world.sign_in("acme");
    world.watch(&[Topic::Elsewhere]);
    assert_eq!(states(&world), [("x1".into(), Running::Over, String::new())]);
}

#[test]
fn a_task_is_paused_resumed_and_ended_by_its_id() {
    let mut world = watching();
    foreign(&mut world, "x1");
    for (state, act, what) in
        [(Running::Paused, FloorAct::Pause, "pause"), (Running::Open, FloorAct::Resume, "resume"), (Running::Over, FloorAct::End, "end")]
    {
        set(&mut world, " x1 ", state);
        assert_eq!((world.desk().notices[0].act, &world.desk().notices[0].progress), (act, &ChangeProgress::Pending));
        world.settle();
        assert_eq!(world.platform.tasks["x1"].state, state);
        assert_eq!(states(&world), [("x1".into(), state, "ann".into())]);
        assert_eq!(world.desk().notices[0].progress, ChangeProgress::Confirmed);
        assert_eq!(world.store.entered(what), [("ann", ""), ("ann", "done")]);
    }
}

#[test]
fn a_task_that_the_platform_does_not_know_is_not_listed_and_one_that_is_over_is() {
    let mut world = watching();
    set(&mut world, "none", Running::Paused);
    world.settle();
    assert!(matches!(&world.desk().notices[0].progress, ChangeProgress::Failed { problem } if problem.number == Some(1024)));
    assert!(states(&world).is_empty());
    foreign(&mut world, "x1");
    world.platform.tasks.get_mut("x1").unwrap().state = Running::Over;
    set(&mut world, "x1", Running::Paused);
    world.settle();
    assert!(matches!(&world.desk().notices[0].progress, ChangeProgress::Failed { problem } if problem.number == Some(1028)));
    assert_eq!(states(&world), [("x1".into(), Running::Over, String::new())]);
}

#[test]
fn a_setting_without_an_answer_is_repeated_and_then_said_to_be_uncertain() {
    let mut world = watching();
    foreign(&mut world, "x1");
    set(&mut world, "x1", Running::Paused);
    for _ in 0..3 {
        world.run_to_requests();
        let asked = world.find(|errand| matches!(errand, Errand::Plain(FloorRequest::SetTask { .. })));
        world.reply(asked, Err(unknown()));
        world.pass_time(8 * SECOND);
        world.apply(Input::Tick);
    }
    world.pass(60 * SECOND);
    assert!(matches!(&world.desk().notices[0].progress, ChangeProgress::Failed { problem } if problem.code == ProblemCode::FateUnknown));
    assert!(states(&world).is_empty(), "nothing is known of it");
}

#[test]
fn the_id_of_a_campaign_of_this_desk_sets_that_campaign() {
    let mut world = World::knowing_calls();
    world.watch(&[Topic::Campaigns, Topic::Elsewhere]);
    world.start(phones(0, 3));
    world.settle();
    let task_id = world.campaign(FIRST).task_id.clone().unwrap();
    set(&mut world, &task_id, Running::Paused);
    world.settle();
    assert_eq!(world.stage(FIRST), CampaignStage::Paused);
    assert!(states(&world).is_empty());
}

#[test]
fn nothing_is_sent_for_an_empty_id_or_while_nobody_is_signed_in() {
    let mut world = watching();
    set(&mut world, "  ", Running::Over);
    world.settle();
    assert!(matches!(&world.desk().notices[0].progress, ChangeProgress::Failed { .. }));
    foreign(&mut world, "x1");
    world.sign_out();
    set(&mut world, "x1", Running::Over);
    assert!(matches!(&world.desk().notices[0].progress, ChangeProgress::Failed { .. }));
    world.sign_in("acme");
    world.pass(30 * SECOND);
    assert_eq!(world.platform.tasks["x1"].state, Running::Open);
}

#[test]
fn calls_and_tasks_made_elsewhere_and_customers_reached_belong_to_the_account_that_is_signed_in() {
    let mut world = watching();
    world.apply(Input::TaskFinished { task_id: "x1".into() });
    let calls = |calls| ElsewhereCalls { all: Some(ElsewhereCounts { calls, ..ElsewhereCounts::default() }), shown: Vec::new() };
    world.apply(Input::Elsewhere(account("acme"), calls(3)));
    // It arrives before the other account is signed in, and is stored after.
    let reached = vec![ReachedOtherwise { phone: "1".into(), at: world.now.wall }];
    world.apply(Input::Arrived { calls: Vec::new(), reached });
    world.sign_in("zenith");
    assert_eq!((view(&world).calls, states(&world)), (None, Vec::new()));
    assert_eq!(world.elsewhere_reads.last(), Some(&account("zenith")), "its calls are read without a new page");
    // The answer comes late.
    world.apply(Input::Elsewhere(account("acme"), calls(4)));
    assert_eq!(view(&world).calls, None);
    world.apply(Input::Elsewhere(account("zenith"), calls(5)));
    assert_eq!(view(&world).calls, Some(calls(5)));
    let reached = vec![ReachedOtherwise { phone: "2".into(), at: world.now.wall }];
    world.apply(Input::Arrived { calls: Vec::new(), reached });
    // The same id at another company.
    world.apply(Input::TaskFinished { task_id: "x1".into() });
    world.pass(5 * SECOND);
    assert_eq!(world.store.reached.iter().map(|one| one.phone.as_str()).collect::<Vec<_>>(), ["1"]);
    assert_eq!(
        world.store.others_reached.iter().map(|(of, one)| (of, one.phone.as_str())).collect::<Vec<_>>(),
        [(&account("zenith"), "2")]
    );
    assert_eq!(world.store.elsewhere.iter().map(|(of, _)| of.appid.as_str()).collect::<Vec<_>>(), ["zenith", "acme"]);
    world.crash();
    world.sign_in("acme");
    world.watch(&[Topic::Elsewhere]);
    assert_eq!(states(&world), [("x1".into(), Running::Over, String::new())]);
}

#[test]
fn a_task_with_the_id_of_another_accounts_campaign_is_set_by_its_id_and_the_campaign_stays() {
    let mut world = World::knowing_calls();
    world.start(phones(0, 3));
    world.settle();
    let task_id = world.campaign(FIRST).task_id.clone().unwrap();
    world.sign_in("zenith");
    world.watch(&[Topic::Desk, Topic::Elsewhere]);
    set(&mut world, &task_id, Running::Paused);
    world.settle();
    assert_eq!(states(&world), [(task_id, Running::Paused, "ann".into())]);
    assert!(world.campaign(FIRST).holds.is_empty());
}

#[test]
fn a_setting_of_unknown_outcome_is_not_repeated_after_a_newer_one() {
    let mut world = watching();
    foreign(&mut world, "x1");
    set(&mut world, "x1", Running::Open);
    world.run_to_requests();
    let asked = world.find(|errand| matches!(errand, Errand::Plain(FloorRequest::SetTask { .. })));
    world.reply(asked, Err(unknown()));
    set(&mut world, "x1", Running::Paused);
    world.settle();
    world.pass(30 * SECOND);
    assert_eq!(world.platform.tasks["x1"].state, Running::Paused);
    assert_eq!(states(&world)[0].1, Running::Paused);
    assert!(matches!(world.desk().notices[1].progress, ChangeProgress::Failed { .. }));
}

#[test]
fn a_newer_setting_waits_for_the_answer_to_the_one_before_and_is_the_last() {
    let mut world = watching();
    foreign(&mut world, "x1");
    let sets =
        |world: &World| world.asked.iter().filter(|asked| matches!(asked.errand, Errand::Plain(FloorRequest::SetTask { .. }))).count();
    set(&mut world, "x1", Running::Open);
    world.run_to_requests();
    set(&mut world, "x1", Running::Paused);
    world.run_to_requests();
    assert_eq!(sets(&world), 1, "which of two comes last at the platform is not known");
    let asked = world.find(|errand| matches!(errand, Errand::Plain(FloorRequest::SetTask { .. })));
    world.carry_out(asked);
    world.reply(asked, Err(unknown()));
    world.settle();
    world.pass(30 * SECOND);
    assert_eq!(world.platform.tasks["x1"].state, Running::Paused);
}

#[test]
fn the_end_of_a_task_does_not_end_another_accounts_campaign_with_the_same_id() {
    let mut world = World::knowing_calls();
    world.start(phones(0, 3));
    world.settle();
    let task_id = world.campaign(FIRST).task_id.clone().unwrap();
    world.sign_in("zenith");
    world.watch(&[Topic::Desk, Topic::Elsewhere]);
    world.apply(Input::TaskFinished { task_id: task_id.clone() });
    world.settle();
    assert_eq!(world.campaign(FIRST).finished_at, None, "its hours are kept once its account is signed in again");
    assert_eq!(states(&world), [(task_id, Running::Over, String::new())]);
}
