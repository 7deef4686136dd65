//! Queues, seats, groups, and orders about them.

use ringside_domain::*;
use ringside_floor::Errand;

use crate::world::*;

fn seat(extension: &str) -> SeatId {
    SeatId { queue: queue("sales"), extension: Extension(extension.into()), agent_id: String::new() }
}

fn set_seats(world: &mut World, extensions: &[&str], order: SeatOrder) {
    // An agent who is in no queue yet has no row that says the number, so the person says it.
    let said = |extension: &str| if order == SeatOrder::SignIn { format!("5{extension}") } else { String::new() };
    let seats = extensions.iter().map(|extension| SeatId { agent_id: said(extension), ..seat(extension) }).collect();
    world.intent(FloorIntent::SetSeats { seats, order });
}

fn change(world: &World, extension: &str) -> Option<ChangeProgress> {
    let view = world.queues();
    let agents = &view.queues[0].agents;
    agents.iter().find(|agent| agent.extension.0 == extension)?.change.clone().map(|change| change.progress)
}

fn is_seat(extension: &'static str) -> impl Fn(&Errand) -> bool {
    move |errand| matches!(errand, Errand::Plain(FloorRequest::SetSeat { seat, .. }) if seat.extension.0 == extension)
}

fn is_reading(errand: &Errand) -> bool {
    matches!(errand, Errand::Plain(FloorRequest::ReadSeats { .. }))
}

fn watching() -> World {
    let mut world = World::knowing_calls();
    world.watch(&[Topic::Desk, Topic::Queues]);
    world.settle();
    world
}

#[test]
fn several_agents_are_set_at_once_each_with_a_result_of_its_own() {
    let mut world = watching();
    set_seats(&mut world, &["7001", "7002"], SeatOrder::Busy);
    world.run_to_requests();
    let second = world.find(is_seat("7002"));
    world.reply(second, Err(refused(1012)));
    let first = world.find(is_seat("7001"));
    world.answer(first);
    assert_eq!(change(&world, "7001"), Some(ChangeProgress::Accepted));
    assert!(matches!(change(&world, "7002"), Some(ChangeProgress::Failed { .. })));
    world.pass(4 * SECOND);
    assert_eq!(change(&world, "7001"), Some(ChangeProgress::Confirmed));
    world.pass(15 * SECOND);
    assert_eq!(change(&world, "7001"), None, "shown long enough");
    assert!(matches!(change(&world, "7002"), Some(ChangeProgress::Failed { .. })), "a failure stays longer");
    assert_eq!(world.store.entered("seatBusy"), [("ann", ""), ("ann", ""), ("ann", "failed"), ("ann", "done")]);
}

#[test]
fn the_agents_number_is_that_of_the_row_and_without_one_nothing_is_sent() {
    let mut world = watching();
    let sent = |world: &World| {
        let number = |asked: &Asked| match &asked.errand {
            Errand::Plain(FloorRequest::SetSeat { seat, .. }) => Some(seat.agent_id.clone()),
            _ => None,
        };
        world.asked.iter().find_map(number)
    };
    set_seats(&mut world, &["7001"], SeatOrder::Busy);
    world.run_to_requests();
    assert_eq!(sent(&world).as_deref(), Some("57001"));
    world.pass(4 * SECOND);
    assert_eq!(change(&world, "7001"), Some(ChangeProgress::Confirmed));

    world.platform.queues.get_mut(&queue("sales")).unwrap().1[1].agent_id = String::new();
    world.pass(30 * SECOND);
    set_seats(&mut world, &["7002"], SeatOrder::Busy);
    world.run_to_requests();
    assert_eq!(sent(&world), None);
    let Some(ChangeProgress::Failed { problem }) = change(&world, "7002") else { panic!() };
    assert_eq!(problem.code, ProblemCode::AgentNumberMissing);
    assert_eq!(world.store.entered("seatBusy").last(), Some(&("ann", "failed")));

    let typed = SeatId { agent_id: "57002".into(), ..seat("7002") };
    world.intent(FloorIntent::SetSeats { seats: vec![typed], order: SeatOrder::Busy });
    world.pass(4 * SECOND);
    assert_eq!(change(&world, "7002"), Some(ChangeProgress::Confirmed));
}

#[test]
fn only_a_reading_that_was_asked_for_after_the_acceptance_confirms_a_change() {
    let mut world = watching();
    world.pass_time(5 * SECOND);
    world.apply(ringside_floor::Input::Tick);
    world.run_to_requests();
    let reading = world.find(is_reading);
    set_seats(&mut world, &["7001"], SeatOrder::Busy);
    world.run_to_requests();
    let set = world.find(is_seat("7001"));
    world.answer(set);
    // It shows the new state, but was asked for before.
    let reading = reading.min(world.find(is_reading));
    world.answer(reading);
    assert_eq!(change(&world, "7001"), Some(ChangeProgress::Accepted));
    world.pass(3 * SECOND);
    assert_eq!(change(&world, "7001"), Some(ChangeProgress::Confirmed));
}

#[test]
fn a_reading_that_was_made_for_another_desk_before_the_acceptance_confirms_no_change() {
    let mut world = watching();
    set_seats(&mut world, &["7001"], SeatOrder::Busy);
    world.run_to_requests();
    let set = world.find(is_seat("7001"));
    world.answer(set);
    let accepted_at = world.now;
    world.pass_time(3 * SECOND);
    world.apply(ringside_floor::Input::Tick);
    world.run_to_requests();
    let reading = world.find(is_reading);
    let id = world.asked[reading].id;
    world.apply(ringside_floor::Input::ReadEarlier { id, by: 4 * SECOND });
    world.answer(reading);
    assert_eq!(change(&world, "7001"), Some(ChangeProgress::Accepted));
    let read_at = world.queues().queues[0].read_at.unwrap();
    assert!(read_at < accepted_at.wall, "its age is counted");
    world.pass(5 * SECOND);
    assert_eq!(change(&world, "7001"), Some(ChangeProgress::Confirmed));
}

#[test]
fn a_change_that_no_reading_shows_is_overdue_then_failed_and_a_later_reading_can_confirm_it() {
    let mut world = watching();
    set_seats(&mut world, &["7001"], SeatOrder::Busy);
    world.run_to_requests();
    let set = world.find(is_seat("7001"));
    world.reply(set, Ok(FloorAnswer::Done));
    world.pass(9 * SECOND);
    assert_eq!(change(&world, "7001"), Some(ChangeProgress::Accepted));
    world.pass(2 * SECOND);
    assert_eq!(change(&world, "7001"), Some(ChangeProgress::Overdue));
    world.platform.queues.get_mut(&queue("sales")).unwrap().1[0].state = SeatState::Paused;
    world.pass(5 * SECOND);
    assert_eq!(change(&world, "7001"), Some(ChangeProgress::Confirmed));

    set_seats(&mut world, &["7002"], SeatOrder::Busy);
    world.run_to_requests();
    let set = world.find(is_seat("7002"));
    world.reply(set, Ok(FloorAnswer::Done));
    world.pass(61 * SECOND);
    let Some(ChangeProgress::Failed { problem }) = change(&world, "7002") else { panic!("it goes on") };
    assert_eq!(problem.code, ProblemCode::NotConfirmed);
}

#[test]
fn a_change_during_a_call_holds_after_the_call_and_only_a_reading_from_after_it_shows_its_result() {
    let set_state = |world: &mut World, state| world.platform.queues.get_mut(&queue("sales")).unwrap().1[0].state = state;
    for (order, done, other) in
        [(SeatOrder::Busy, SeatState::Paused, SeatState::Waiting), (SeatOrder::Available, SeatState::Waiting, SeatState::Paused)]
    {
        let in_call = |call: SeatState| {
            let mut world = watching();
            set_state(&mut world, call);
            set_seats(&mut world, &["7001"], order);
            world.run_to_requests();
            let set = world.find(is_seat("7001"));
            world.reply(set, Ok(FloorAnswer::Done));
            world.pass(4 * SECOND);
            assert_eq!(change(&world, "7001"), Some(ChangeProgress::AfterCall));
            world.pass(600 * SECOND);
            assert_eq!(change(&world, "7001"), Some(ChangeProgress::AfterCall), "it is neither late nor failed");
            world
        };
        for call in [SeatState::Talking, SeatState::Receiving] {
            let mut world = in_call(call);
            set_state(&mut world, done);
            world.pass(6 * SECOND);
            assert_eq!(change(&world, "7001"), Some(ChangeProgress::Confirmed), "{order:?}");
        }
        let mut world = in_call(SeatState::Talking);
        set_state(&mut world, other);
        world.pass(6 * SECOND);
        assert_eq!(change(&world, "7001"), Some(ChangeProgress::Accepted), "{order:?}");
        world.pass(10 * SECOND);
        assert_eq!(change(&world, "7001"), Some(ChangeProgress::Overdue), "the limit counts from the end of the call");
        world.pass(60 * SECOND);
        assert!(matches!(change(&world, "7001"), Some(ChangeProgress::Failed { .. })));
    }
}

#[test]
fn a_change_of_unknown_outcome_is_late_also_during_a_call() {
    let mut world = watching();
    world.platform.queues.get_mut(&queue("sales")).unwrap().1[0].state = SeatState::Talking;
    set_seats(&mut world, &["7001"], SeatOrder::Busy);
    for pause in [3, 5, 0] {
        world.run_to_requests();
        let set = world.find(is_seat("7001"));
        world.reply(set, Err(unknown()));
        world.pass_time(pause * SECOND);
        world.apply(ringside_floor::Input::Tick);
    }
    world.pass(4 * SECOND);
    assert_eq!(change(&world, "7001"), Some(ChangeProgress::Overdue));
    world.platform.queues.get_mut(&queue("sales")).unwrap().1[0].state = SeatState::Paused;
    world.pass(6 * SECOND);
    assert_eq!(change(&world, "7001"), Some(ChangeProgress::Confirmed));
}

#[test]
fn a_change_during_a_call_fails_if_the_agent_leaves_the_queue_or_no_reading_shows_the_call_any_more() {
    let lost = |lose: fn(&mut World)| {
        let mut world = watching();
        world.platform.queues.get_mut(&queue("sales")).unwrap().1[0].state = SeatState::Talking;
        set_seats(&mut world, &["7001"], SeatOrder::Busy);
        world.run_to_requests();
        let set = world.find(is_seat("7001"));
        world.reply(set, Ok(FloorAnswer::Done));
        world.pass(4 * SECOND);
        assert_eq!(change(&world, "7001"), Some(ChangeProgress::AfterCall));
        lose(&mut world);
        world.pass(80 * SECOND);
        world.store.entered("seatBusy").last().map(|(_, result)| (*result).to_owned())
    };
    let leaves = |world: &mut World| drop(world.platform.queues.get_mut(&queue("sales")).unwrap().1.remove(0));
    let deleted = |world: &mut World| drop(world.platform.queues.remove(&queue("sales")));
    for lose in [leaves, deleted] {
        assert_eq!(lost(lose).as_deref(), Some("unknown"));
    }
}

#[test]
fn the_newest_order_of_a_seat_wins() {
    let mut world = watching();
    set_seats(&mut world, &["7001"], SeatOrder::Busy);
    world.run_to_requests();
    set_seats(&mut world, &["7001"], SeatOrder::Available);
    world.run_to_requests();
    assert_eq!(world.asked.iter().filter(|asked| is_seat("7001")(&asked.errand)).count(), 1, "one request of a seat at a time");
    world.pass(5 * SECOND);
    assert_eq!(world.platform.queues[&queue("sales")].1[0].state, SeatState::Waiting);
    assert_eq!(change(&world, "7001"), Some(ChangeProgress::Confirmed));
}

#[test]
fn a_sign_in_of_unknown_outcome_is_not_repeated_and_a_reading_decides() {
    let mut world = watching();
    set_seats(&mut world, &["7003"], SeatOrder::SignIn);
    world.run_to_requests();
    let set = world.find(is_seat("7003"));
    world.carry_out(set);
    world.reply(set, Err(unknown()));
    world.run_to_requests();
    assert!(!world.asked.iter().any(|asked| is_seat("7003")(&asked.errand)));
    world.pass(5 * SECOND);
    assert_eq!(change(&world, "7003"), Some(ChangeProgress::Confirmed));
    // One that was not carried out fails, and is said where no row shows it.
    set_seats(&mut world, &["7004"], SeatOrder::SignIn);
    world.run_to_requests();
    let set = world.find(is_seat("7004"));
    world.reply(set, Err(unknown()));
    world.pass(61 * SECOND);
    assert_eq!(world.desk().notices[0].act, FloorAct::SeatSignIn);
    assert_eq!(world.store.entered("seatSignIn").last(), Some(&("ann", "unknown")));
}

#[test]
fn a_row_without_an_extension_makes_a_sign_out_uncertain() {
    let mut world = watching();
    world.platform.queues.get_mut(&queue("sales")).unwrap().1.push(agent("", SeatState::Waiting));
    set_seats(&mut world, &["7001"], SeatOrder::SignOut);
    world.pass(12 * SECOND);
    assert_eq!(world.store.entered("seatSignOut"), [("ann", "")], "the row may be the agent's");
}

#[test]
fn an_order_while_nobody_is_signed_in_fails_at_once_and_is_not_sent_later() {
    let mut world = watching();
    world.sign_out();
    set_seats(&mut world, &["7001"], SeatOrder::Busy);
    assert!(matches!(change(&world, "7001"), Some(ChangeProgress::Failed { .. })));
    world.sign_in("acme");
    world.pass(30 * SECOND);
    assert_eq!(world.platform.queues[&queue("sales")].1[0].state, SeatState::Waiting);
}

#[test]
fn a_queue_that_was_deleted_elsewhere_goes_and_is_said_where_it_is_a_target() {
    let mut world = World::knowing_calls();
    world.start(phones(0, 3));
    world.watch(&[Topic::Queues, Topic::Campaign { campaign: FIRST }]);
    world.settle();
    assert_eq!(world.detail(FIRST).causes, []);
    world.platform.queues.clear();
    world.pass(40 * SECOND);
    assert!(world.queues().queues.is_empty());
    assert!(matches!(world.detail(FIRST).causes[..], [IdleCause::TargetMissing { .. }]));
}

#[test]
fn a_queue_is_made_with_all_its_settings() {
    let mut world = watching();
    let settings = QueueSettings { remark: "Support".into(), ring_seconds: 20, ..QueueSettings::default() };
    world.intent(FloorIntent::AddQueue { name: queue("support"), dials: true, settings: settings.clone() });
    assert_eq!(world.desk().notices[0].progress, ChangeProgress::Pending);
    world.pass(20 * SECOND);
    assert_eq!(world.platform.queues[&queue("support")].0, settings);
    assert_eq!(world.desk().notices[0].progress, ChangeProgress::Confirmed);
}

#[test]
fn making_a_queue_is_not_repeated_and_deleting_is_confirmed_by_the_list() {
    let mut world = watching();
    world.intent(FloorIntent::AddQueue { name: queue("support"), dials: false, settings: QueueSettings::default() });
    world.run_to_requests();
    let adds = |errand: &Errand| matches!(errand, Errand::Plain(FloorRequest::AddQueue { .. }));
    let add = world.find(adds);
    world.reply(add, Err(unknown()));
    world.pass(61 * SECOND);
    assert!(matches!(world.desk().notices[0].progress, ChangeProgress::Failed { .. }));
    assert!(!world.platform.queues.contains_key(&queue("support")));
    world.intent(FloorIntent::DeleteQueue { name: queue("sales") });
    world.run_to_requests();
    let delete = world.find(|errand| matches!(errand, Errand::Plain(FloorRequest::DeleteQueue { .. })));
    world.reply(delete, Ok(FloorAnswer::Done));
    world.pass(12 * SECOND);
    assert_eq!(world.desk().notices[0].progress, ChangeProgress::Overdue, "the list still has it");
    world.platform.queues.clear();
    world.pass(5 * SECOND);
    assert_eq!(world.desk().notices[0].progress, ChangeProgress::Confirmed);
}

#[test]
fn members_of_a_group_are_changed_one_by_one() {
    let mut world = World::knowing_calls();
    world.watch(&[Topic::Groups, Topic::Desk]);
    world.intent(FloorIntent::AddGroup { name: "night".into() });
    world.pass(5 * SECOND);
    assert_eq!(world.desk().notices[0].progress, ChangeProgress::Confirmed);
    let extensions = vec![Extension("7001".into()), Extension("7002".into())];
    world.intent(FloorIntent::SetMembers { group: "night".into(), extensions, order: MemberOrder::Add });
    world.pass(5 * SECOND);
    let Some(TopicView::Groups(view)) = world.shown.get(&Topic::Groups).cloned() else { panic!() };
    let progress: Vec<_> = view.groups[0].members.iter().map(|member| member.change.clone().unwrap().progress).collect();
    assert_eq!(progress, [ChangeProgress::Confirmed, ChangeProgress::Confirmed]);
    let gone = vec![Extension("7001".into())];
    world.intent(FloorIntent::SetMembers { group: "night".into(), extensions: gone, order: MemberOrder::Remove });
    world.pass(5 * SECOND);
    assert_eq!(world.platform.groups["night"].len(), 1);
    assert_eq!(world.store.entered("memberRemove"), [("ann", ""), ("ann", "done")]);
}

#[test]
fn a_change_of_a_member_that_no_row_shows_is_told_with_its_order() {
    let mut world = World::knowing_calls();
    world.watch(&[Topic::Groups, Topic::Desk]);
    world.intent(FloorIntent::AddGroup { name: "night".into() });
    world.pass(5 * SECOND);
    let extensions = vec![Extension("7009".into())];
    world.intent(FloorIntent::SetMembers { group: "night".into(), extensions, order: MemberOrder::Add });
    world.run_to_requests();
    let set = world.find(|errand| matches!(errand, Errand::Plain(FloorRequest::SetMember { .. })));
    world.reply(set, Err(refused(1012)));
    let notice = world.desk().notices[0].clone();
    assert_eq!(notice.act, FloorAct::MemberAdd);
    assert!(matches!(notice.progress, ChangeProgress::Failed { .. }), "{notice:?}");
}
