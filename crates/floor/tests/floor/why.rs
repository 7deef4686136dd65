//! «Why is it not dialling?»

use ringside_domain::*;
use ringside_floor::{Errand, Input};

use crate::world::*;

const TOPIC: Topic = Topic::Campaign { campaign: FIRST };

/// A campaign with this target runs, and a page shows it.
fn shown_with(target: Target, change: impl FnOnce(&mut World)) -> World {
    let mut world = World::knowing_calls();
    change(&mut world);
    world.start_with(1, phones(0, 3), CampaignPlan { target, ..plan() });
    world.watch(&[TOPIC]);
    world.settle();
    world
}

fn shown(change: impl FnOnce(&mut World)) -> World {
    shown_with(plan().target, change)
}

fn agents(world: &mut World) -> &mut Vec<FloorAgent> {
    &mut world.platform.queues.get_mut(&queue("sales")).unwrap().1
}

fn kinds(world: &World) -> Vec<&'static str> {
    let kind = |cause: &IdleCause| match cause {
        IdleCause::NotMade => "not made",
        IdleCause::NotBegun => "not begun",
        IdleCause::SendingStopped => "stopped",
        IdleCause::Paused => "paused",
        IdleCause::AbandonedLimit => "abandoned",
        IdleCause::TeamBreak => "team break",
        IdleCause::OutsideHours => "hours",
        IdleCause::Over => "over",
        IdleCause::AllCalled { .. } => "all called",
        IdleCause::NoIdleAgent { .. } => "no idle agent",
        IdleCause::NoAgent { .. } => "no agent",
        IdleCause::NotRegistered { .. } => "not registered",
        IdleCause::ExtensionDisabled { .. } => "disabled",
        IdleCause::DiallerUnavailable { .. } => "no dialler",
        IdleCause::TargetMissing { .. } => "missing",
        IdleCause::PresetTimePast { .. } => "preset past",
        IdleCause::PresetTimeAhead { .. } => "preset ahead",
        IdleCause::Problem(_) => "problem",
    };
    world.detail(FIRST).causes.iter().map(kind).collect()
}

fn unread(world: &World) -> Vec<UnreadPart> {
    world.detail(FIRST).unread.iter().map(|unread| unread.what).collect()
}

#[test]
fn after_a_restart_what_was_not_read_is_said_and_not_taken_for_nothing() {
    let mut world = shown(|world| agents(world).clear());
    assert_eq!((kinds(&world), unread(&world)), (vec!["no agent"], vec![]));
    world.crash();
    world.watch(&[TOPIC]);
    assert_eq!((kinds(&world), unread(&world)), (vec![], vec![UnreadPart::SignedOut, UnreadPart::Queues, UnreadPart::Agents]));
    world.sign_in("acme");
    assert_eq!((kinds(&world), unread(&world)), (vec![], vec![UnreadPart::Queues, UnreadPart::Agents]));
    world.run_to_requests();
    let list = world.find(|errand| *errand == Errand::Plain(FloorRequest::ReadQueues));
    world.answer(list);
    assert_eq!((kinds(&world), unread(&world)), (vec![], vec![UnreadPart::Agents]));
    world.settle();
    assert_eq!((kinds(&world), unread(&world)), (vec!["no agent"], vec![]));
}

#[test]
fn a_reading_that_fails_is_said_with_its_failure() {
    let mut world = shown(|_| {});
    assert_eq!((kinds(&world), unread(&world)), (vec![], vec![]));
    world.crash();
    world.sign_in("acme");
    world.watch(&[TOPIC]);
    world.run_to_requests();
    let list = world.find(|errand| *errand == Errand::Plain(FloorRequest::ReadQueues));
    world.reply(list, Err(refused(603)));
    let failure = world.detail(FIRST).unread[0].problem.clone();
    assert_eq!(failure.and_then(|problem| problem.number), Some(603));
}

#[test]
fn the_readings_of_another_account_are_no_evidence() {
    let mut world = shown(|_| {});
    world.sign_in("other");
    let queues = std::mem::take(&mut world.platform.queues);
    world.settle();
    assert!(matches!(world.shown.get(&TOPIC), Some(TopicView::Campaign(None))), "the campaign is not shown");
    world.platform.queues = queues;
    world.sign_in("acme");
    assert_eq!((kinds(&world), unread(&world)), (vec![], vec![UnreadPart::Queues, UnreadPart::Agents]));
    world.settle();
    assert_eq!((kinds(&world), unread(&world)), (vec![], vec![]));
}

#[test]
fn the_clock_that_decides_about_the_hours_is_not_known_after_a_restart() {
    let mut world = World::knowing_calls();
    let hours = CallingHours { days: vec![1], from: 540, to: 1080 };
    let limits = CampaignLimits { hours: Some(hours), ..CampaignLimits::default() };
    world.start_with(1, phones(0, 3), CampaignPlan { limits, ..plan() });
    world.settle();
    world.crash_with_unread_clock();
    world.sign_in("acme");
    world.watch(&[TOPIC]);
    world.settle();
    assert_eq!((kinds(&world), unread(&world)), (vec![], vec![UnreadPart::Clock]));
    world.apply(Input::ClockTrusted(true));
    assert_eq!((kinds(&world), unread(&world)), (vec![], vec![]));
    world.pass(7 * 3600 * SECOND);
    assert_eq!((kinds(&world), unread(&world)), (vec!["hours"], vec![]));
}

/// A campaign whose calling hours are over for today, and a page that shows it.
fn after_its_hours() -> World {
    let mut world = World::knowing_calls();
    let hours = CallingHours { days: vec![1], from: 540, to: 660 };
    let limits = CampaignLimits { hours: Some(hours), ..CampaignLimits::default() };
    world.platform.no_dialler.push(queue("sales"));
    world.start_with(1, phones(0, 3), CampaignPlan { limits, ..plan() });
    world.watch(&[TOPIC]);
    world.settle();
    world
}

#[test]
fn a_campaign_that_waits_for_its_hours_does_not_blame_the_platform() {
    let mut world = after_its_hours();
    assert_eq!(kinds(&world), ["hours", "no dialler"]);
    world.intent(FloorIntent::StopSending { campaign: FIRST });
    world.settle();
    assert_eq!(kinds(&world), ["hours", "stopped", "no dialler"]);
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.settle();
    assert_eq!(kinds(&world), ["paused", "hours", "stopped", "no dialler"]);
}

#[test]
fn only_a_task_that_the_platform_refused_is_said_to_be_refused() {
    let mut world = World::knowing_calls();
    world.start(phones(0, 3));
    world.watch(&[TOPIC]);
    world.run_to_requests();
    assert_eq!(kinds(&world), ["not begun"], "its first part is being sent");
    let part = world.find(sends);
    world.reply(part, Err(refused(1003)));
    world.settle();
    assert_eq!(kinds(&world), ["not made", "problem"]);
}

#[test]
fn the_endings_of_the_last_calls_are_told_with_the_causes() {
    let mut world = shown(|_| {});
    let endings = vec![EndingSeen { ending: Ending::LineFailure, calls: 40 }];
    world.apply(Input::Evidence { campaign: FIRST, parts: Vec::new(), preset: (0, 0), endings: endings.clone() });
    assert_eq!((kinds(&world), world.detail(FIRST).endings), (vec![], endings));
}

#[test]
fn each_cause_of_the_queue_is_told_alone_with_the_age_of_its_evidence() {
    let causes = |change: &dyn Fn(&mut World)| kinds(&shown(change));
    assert!(causes(&|_| {}).is_empty());
    assert_eq!(causes(&|world| agents(world).clear()), ["no agent"]);
    assert_eq!(causes(&|world| agents(world).iter_mut().for_each(|agent| agent.state = SeatState::Paused)), ["no idle agent"]);
    assert_eq!(causes(&|world| agents(world).iter_mut().for_each(|agent| agent.phone = Phone::NotRegistered)), ["not registered"]);
    assert_eq!(causes(&|world| agents(world).iter_mut().for_each(|agent| agent.phone = Phone::Disabled)), ["not registered"]);
    assert_eq!(causes(&|world| world.platform.no_dialler.push(queue("sales"))), ["no dialler"]);
    assert_eq!(causes(&|world| drop(world.platform.queues.remove(&queue("sales")))), ["missing"]);
    // One idle agent with a phone is enough.
    assert!(causes(&|world| agents(world)[0].phone = Phone::NotRegistered).is_empty());
    assert!(causes(&|world| agents(world)[0].state = SeatState::Talking).is_empty());
    assert_eq!(
        causes(&|world| {
            agents(world)[0].phone = Phone::NotRegistered;
            agents(world)[1].state = SeatState::Talking;
        }),
        ["not registered"]
    );

    let mut world = shown(|world| agents(world).clear());
    let asked = world.now.wall;
    world.pass_time(4 * SECOND);
    assert_eq!(world.detail(FIRST).causes, [IdleCause::NoAgent { read_at: asked }]);
}

#[test]
fn each_hold_is_a_cause_of_its_own() {
    let mut world = World::knowing_calls();
    let limits = CampaignLimits { abandoned_per_mille: 30, pause_at_limit: true, ..CampaignLimits::default() };
    world.start_with(1, phones(0, 3), CampaignPlan { limits, ..plan() });
    world.watch(&[TOPIC]);
    world.settle();
    let counts = CampaignCounts { answered_today: 200, abandoned_today: 20, ..world.store.counts(FIRST) };
    world.apply(Input::Counted(vec![(FIRST, counts)]));
    world.settle();
    assert_eq!(kinds(&world), ["abandoned"]);
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.settle();
    assert_eq!(kinds(&world), ["paused", "abandoned"]);
    world.intent(FloorIntent::Resume { campaign: FIRST });
    world.settle();
    assert_eq!(kinds(&world), ["abandoned"], "the limit's hold stays");
}

#[test]
fn causes_are_told_together() {
    let mut world = shown(|world| {
        world.platform.no_dialler.push(queue("sales"));
        agents(world).iter_mut().for_each(|agent| agent.state = SeatState::Paused);
    });
    assert_eq!(kinds(&world), ["no dialler", "no idle agent"]);
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.settle();
    assert_eq!(kinds(&world), ["paused", "no dialler", "no idle agent"]);
    let counts = CampaignCounts { called: 3, uncalled: 0, ..world.store.counts(FIRST) };
    world.apply(Input::Counted(vec![(FIRST, counts)]));
    world.apply(Input::Evidence { campaign: FIRST, parts: Vec::new(), preset: (2, 1), endings: Vec::new() });
    assert_eq!(kinds(&world), ["paused", "all called", "no dialler", "no idle agent", "preset past", "preset ahead"]);
    world.intent(FloorIntent::End { campaign: FIRST });
    world.settle();
    assert_eq!(kinds(&world)[0], "over");
    assert!(!kinds(&world).contains(&"no idle agent"), "it would not dial with one either");
}

#[test]
fn the_code_of_the_last_refusal_is_told() {
    let mut world = shown(|_| {});
    world.refuse_sets = true;
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.settle();
    let causes = world.detail(FIRST).causes;
    assert!(causes.iter().any(|cause| matches!(cause, IdleCause::Problem(problem) if problem.number == Some(1003))), "{causes:?}");
}

#[test]
fn a_group_and_its_members_are_read_and_judged() {
    let member = |busy| GroupMemberView { extension: Extension("7001".into()), busy, call: String::new(), change: None };
    let causes = |members: Option<Vec<GroupMemberView>>| {
        let world = shown_with(Target::Group("night".into()), |world| {
            if let Some(members) = members {
                world.platform.groups.insert("night".into(), members);
            }
        });
        assert_eq!(unread(&world), []);
        kinds(&world)
    };
    assert_eq!(causes(None), ["missing"]);
    assert_eq!(causes(Some(vec![])), ["no agent"]);
    assert_eq!(causes(Some(vec![member(Some(true))])), ["no idle agent"]);
    assert!(causes(Some(vec![member(Some(true)), member(Some(false))])).is_empty());
    assert!(causes(Some(vec![member(None)])).is_empty(), "a value that is not documented proves nothing");

    let mut world = shown_with(Target::Group("night".into()), |_| {});
    world.crash();
    world.sign_in("acme");
    world.watch(&[TOPIC]);
    assert_eq!(unread(&world), [UnreadPart::Groups, UnreadPart::Members]);
}

#[test]
fn an_extension_is_read_and_judged() {
    let extension = || FloorExtension {
        extension: Extension("7001".into()),
        enabled: Some(true),
        enabled_in_list: Some(true),
        registered: Some(true),
        phone_address: None,
        server_address: None,
        state: PhoneState::Idle,
        call_since: None,
        customer: None,
    };
    let causes = |known: Option<FloorExtension>| {
        let world = shown_with(Target::Extension(Extension("7001".into())), |world| world.platform.extensions.extend(known));
        assert_eq!(unread(&world), []);
        kinds(&world)
    };
    assert_eq!(causes(None), ["missing"]);
    assert!(causes(Some(extension())).is_empty());
    assert_eq!(causes(Some(FloorExtension { enabled: Some(false), ..extension() })), ["disabled"]);
    assert_eq!(causes(Some(FloorExtension { enabled_in_list: Some(false), enabled: None, ..extension() })), ["disabled"]);
    assert_eq!(causes(Some(FloorExtension { registered: Some(false), ..extension() })), ["not registered"]);
    assert_eq!(causes(Some(FloorExtension { state: PhoneState::Talking, ..extension() })), ["no idle agent"]);
}
