//! Reading the bills of the dialler.

use std::time::Duration;

use ringside_domain::*;
use ringside_floor::{Errand, Input};

use crate::world::*;

fn reads(errand: &Errand) -> bool {
    matches!(errand, Errand::Plain(FloorRequest::ReadDialled { .. }))
}

fn window(world: &World) -> (Timestamp, Timestamp, u32) {
    let Errand::Plain(FloorRequest::ReadDialled { from, to, page }) = &world.asked[world.find(reads)].errand else { unreachable!() };
    (*from, *to, *page)
}

fn bill(key: u32, began_at: Timestamp) -> Dialled {
    Dialled {
        key: key.to_string(),
        phone: format!("138{key:08}"),
        began_at,
        ended_at: began_at.plus(30 * SECOND),
        outcome: DialledOutcome::Reached,
        talked_seconds: 20,
        waited_seconds: 10,
        extension: None,
        shown: String::new(),
        ending: None,
        customer_id: String::new(),
        campaign: None,
    }
}

/// How often the bills are read within an hour.
fn readings(world: &mut World) -> usize {
    let before = world.reads;
    world.pass(3600 * SECOND);
    world.reads - before
}

#[test]
fn bills_are_read_often_only_while_a_campaign_may_call_or_a_page_shows_calls() {
    let mut world = World::knowing_calls();
    assert!((3..=6).contains(&readings(&mut world)));
    world.watch(&[Topic::Campaigns]);
    assert!((100..=140).contains(&readings(&mut world)));
    world.watch(&[Topic::Desk]);
    world.start(phones(0, 3));
    world.settle();
    assert!((100..=140).contains(&readings(&mut world)));
    world.intent(FloorIntent::End { campaign: FIRST });
    world.settle();
    assert!((3..=6).contains(&readings(&mut world)));
}

#[test]
fn all_pages_are_stored_before_the_window_counts_as_read() {
    let mut world = World::knowing_calls();
    let begin = world.now.wall.minus(3600 * SECOND);
    world.platform.bills = (0..2500).map(|key| bill(key, begin.plus(Duration::from_secs(u64::from(key))))).collect();
    let known = world.store.dialled_until;
    world.run_to_requests();
    assert_eq!(window(&world).2, 1);
    // The total grows from page to page.
    world.answer(0);
    world.commit_all();
    assert_eq!((world.store.dialled.len(), world.store.dialled_until), (1000, known));
    world.platform.bills.extend((2500..3100).map(|key| bill(key, begin)));
    world.settle();
    assert_eq!(world.store.dialled.len(), 3100);
    assert_eq!(world.store.dialled_until, Some(world.now.wall));
    assert_eq!(world.desk_until(), world.store.dialled_until);
}

/// A person asks for the newest calls while a page of an older window is under way.
#[test]
fn read_now_within_a_window_reads_another_one_after_it() {
    let mut world = World::knowing_calls();
    let begin = world.now.wall.minus(3600 * SECOND);
    world.platform.bills = (0..2500).map(|key| bill(key, begin.plus(Duration::from_secs(u64::from(key))))).collect();
    world.run_to_requests();
    world.intent(FloorIntent::ReadNow);
    let before = world.reads;
    world.settle();
    assert_eq!(world.reads - before, 3, "its other two pages, and the newest calls");
}

#[test]
fn windows_overlap_and_long_calls_are_found_by_the_long_overlap() {
    let mut world = World::knowing_calls();
    world.watch(&[Topic::Campaigns]);
    world.settle();
    let first = world.store.dialled_until.unwrap();
    world.pass(20 * SECOND);
    world.pass_time(20 * SECOND);
    world.apply(Input::Tick);
    world.run_to_requests();
    let (from, to, _) = window(&world);
    assert!(from < first && to == world.now.wall, "it overlaps the window before");
    // A call of two hours appears only now.
    world.platform.bills.push(bill(7, world.now.wall.minus(7000 * SECOND)));
    world.settle();
    world.pass(1000 * SECOND);
    assert_eq!(world.store.dialled.len(), 1);
}

#[test]
fn a_long_absence_is_caught_up_in_steps() {
    let mut world = World::signed_out();
    let last = world.now.wall.minus(3 * 86_400 * SECOND);
    world.store.dialled_until = Some(last);
    world.crash();
    world.platform.bills = (0..72).map(|hour| bill(hour, last.plus(u64::from(hour) as u32 * 3600 * SECOND))).collect();
    world.sign_in("acme");
    let mut windows = Vec::new();
    for _ in 0..100 {
        world.run_to_requests();
        if world.asked.is_empty() {
            break;
        }
        windows.push(window(&world));
        world.answer(0);
    }
    assert!(windows.len() > 10, "{} steps", windows.len());
    assert!(windows.iter().all(|(from, to, _)| to.since(*from) <= 6 * 3600 * SECOND));
    assert!(windows.windows(2).all(|pair| pair[1].0 <= pair[0].1), "without a gap");
    assert_eq!(world.store.dialled.len(), 72);
    assert_eq!(world.store.dialled_until, Some(world.now.wall));
}

#[test]
fn an_absence_of_a_year_reads_thirty_days() {
    let mut world = World::signed_out();
    world.store.dialled_until = Some(world.now.wall.minus(365 * 86_400 * SECOND));
    world.crash();
    world.sign_in("acme");
    world.run_to_requests();
    assert_eq!(window(&world).0, world.now.wall.minus(30 * 86_400 * SECOND));
}

#[test]
fn a_callback_makes_the_bills_be_read_soon() {
    let mut world = World::knowing_calls();
    world.settle();
    let before = world.reads;
    let call = bill(1, world.now.wall.minus(SECOND));
    world.apply(Input::Arrived { calls: vec![call], reached: Vec::new() });
    world.pass(6 * SECOND);
    assert_eq!(world.reads, before + 1);
}

/// One settling of the world, without time.
fn arrive(world: &mut World, calls: Vec<Dialled>, reached: Vec<ReachedOtherwise>) {
    world.apply(Input::Arrived { calls, reached });
    world.commit_all();
}

#[test]
fn bills_that_arrive_are_stored_and_counted_at_once_and_a_flood_of_them_together() {
    let mut world = World::knowing_calls();
    world.start(phones(0, 3));
    world.settle();
    let (reads, counts) = (world.reads, world.counts_asked);
    let at = world.now.wall.minus(SECOND);
    arrive(&mut world, vec![bill(1, at)], Vec::new());
    assert_eq!((world.store.dialled.len(), world.counts_asked), (1, counts + 1), "before any reading");
    for key in 2..200 {
        arrive(&mut world, vec![bill(key, at)], vec![ReachedOtherwise { phone: format!("139{key:08}"), at }]);
    }
    assert_eq!(world.store.dialled.len(), 1);
    world.pass(SECOND);
    assert_eq!((world.store.dialled.len(), world.store.reached.len()), (199, 198));
    assert_eq!((world.counts_asked, world.reads), (counts + 2, reads), "two transactions, and no reading yet");
}

#[test]
fn bills_that_arrive_while_the_disk_is_full_are_stored_later() {
    let mut world = World::knowing_calls();
    world.settle();
    world.store_fails = true;
    let at = world.now.wall.minus(SECOND);
    world.apply(Input::Arrived { calls: vec![bill(1, at)], reached: Vec::new() });
    world.commit_once();
    world.apply(Input::Arrived { calls: vec![bill(2, at)], reached: Vec::new() });
    world.store_fails = false;
    world.pass(4 * SECOND);
    assert_eq!(world.store.dialled.len(), 2);
}

#[test]
fn each_stored_page_is_counted_before_the_window_is_read() {
    let mut world = World::knowing_calls();
    world.start(phones(0, 3));
    world.settle();
    let begin = world.now.wall.minus(600 * SECOND);
    world.platform.bills = (0..1500).map(|key| bill(key, begin)).collect();
    world.intent(FloorIntent::ReadNow);
    world.run_to_requests();
    let (until, counts) = (world.store.dialled_until, world.counts_asked);
    let first = world.find(reads);
    world.answer(first);
    world.commit_all();
    assert_eq!((world.store.dialled.len(), world.store.dialled_until), (1000, until));
    assert_eq!(world.counts_asked, counts + 1);
}

#[test]
fn customers_whom_other_calls_reached_are_stored_with_the_bills() {
    let mut world = World::knowing_calls();
    world.run_to_requests();
    let reached = vec![ReachedOtherwise { phone: "100".into(), at: world.now.wall }];
    let reading = world.find(reads);
    world.reply(reading, Ok(FloorAnswer::Dialled { total: 1, rows: 1, calls: Vec::new(), reached: reached.clone() }));
    world.settle();
    assert_eq!(world.store.reached, reached);
}

#[test]
fn a_failed_reading_is_repeated_with_pauses_and_nothing_counts_as_read() {
    let mut world = World::knowing_calls();
    let known = world.store.dialled_until;
    world.run_to_requests();
    world.reply(0, Err(unreachable()));
    world.settle();
    assert_eq!(world.store.dialled_until, known);
    world.pass(10 * SECOND);
    assert!(world.store.dialled_until > known);
}

#[test]
fn a_page_that_cannot_be_stored_is_read_again() {
    let mut world = World::knowing_calls();
    world.platform.bills.push(bill(1, world.now.wall.minus(60 * SECOND)));
    world.run_to_requests();
    world.store_fails = true;
    world.answer(0);
    world.commit_once();
    world.store_fails = false;
    world.pass(10 * SECOND);
    assert_eq!(world.store.dialled.len(), 1);
    assert!(world.store.dialled_until > Some(world.now.wall.minus(60 * SECOND)));
}

#[test]
fn new_bills_make_the_counts_be_read() {
    let mut world = World::knowing_calls();
    world.start(phones(0, 3));
    world.settle();
    let before = world.counts_asked;
    world.pass(40 * SECOND);
    assert!(world.counts_asked > before);
}

#[test]
fn an_answer_for_another_account_is_not_stored() {
    let mut world = World::knowing_calls();
    world.platform.bills.push(bill(1, world.now.wall.minus(60 * SECOND)));
    world.run_to_requests();
    world.sign_in("other");
    let old = world.find(reads);
    world.answer(old);
    assert!(world.storing.is_empty());
}

#[test]
fn campaigns_that_are_over_for_long_are_counted_only_at_midnight() {
    let mut world = World::knowing_calls();
    world.start(phones(0, 3));
    world.settle();
    world.intent(FloorIntent::End { campaign: FIRST });
    world.pass(35 * 3600 * SECOND);
    let before = world.counts_asked;
    world.pass(3600 * SECOND + 60 * SECOND);
    assert_eq!(world.counts_asked, before + 1, "the midnight is between");
}

#[test]
fn each_account_has_its_own_campaigns_calls_and_figures() {
    let mut world = World::knowing_calls();
    world.watch(&[Topic::Desk, Topic::Campaigns, Topic::Campaign { campaign: FIRST }, Topic::Wallboard { queues: Vec::new() }]);
    world.start(phones(0, 2));
    world.settle();
    let known = world.store.dialled_until;
    assert_eq!(world.desk().dialled_until, known);
    assert_eq!(world.todays.last(), Some(&account("acme")));
    world.apply(Input::Today(account("acme"), Box::new(DialledToday { answered: 7, ..DialledToday::default() })));
    let answered = |world: &World| {
        world.shown.values().find_map(|view| if let TopicView::Wallboard(view) = view { Some(view.answered) } else { None })
    };
    assert_eq!((world.views().len(), answered(&world)), (1, Some(7)));

    world.todays.clear();
    world.sign_in("other");
    assert_eq!((world.views().len(), answered(&world)), (0, Some(0)));
    assert!(matches!(world.shown.get(&Topic::Campaign { campaign: FIRST }), Some(TopicView::Campaign(None))));
    assert_eq!((world.desk().dialled_until, world.todays.clone()), (None, vec![account("other")]));
    world.apply(Input::Today(account("acme"), Box::new(DialledToday { answered: 8, ..DialledToday::default() })));
    assert_eq!(answered(&world), Some(0), "a late answer about the account before");
    world.run_to_requests();
    assert_eq!(window(&world).0, world.now.wall.minus(86_400 * SECOND), "nothing of this account was read before");
    let read = world.find(reads);
    world.reply(read, Ok(FloorAnswer::Dialled { total: 1, rows: 1, calls: vec![bill(1, world.now.wall)], reached: Vec::new() }));
    world.settle();
    assert_eq!(
        world.store.others_dialled.iter().map(|(account, call)| (account.appid.as_str(), call.key.as_str())).collect::<Vec<_>>(),
        [("other", "1")]
    );
    assert_eq!((world.store.dialled.len(), world.store.dialled_until), (0, known));
    assert!(world.desk().dialled_until.is_some());

    world.sign_in("acme");
    assert_eq!((world.views().len(), world.desk().dialled_until), (1, known));
}

#[test]
fn a_page_that_is_stored_after_the_account_changed_ends_no_window_of_the_next_one() {
    let mut world = World::knowing_calls();
    world.run_to_requests();
    let read = world.find(reads);
    world.reply(read, Ok(FloorAnswer::Dialled { total: 0, rows: 0, calls: Vec::new(), reached: Vec::new() }));
    assert_eq!(world.storing.len(), 1);
    world.sign_in("other");
    world.give_turns();
    world.commit(0);
    world.watch(&[Topic::Desk]);
    assert_eq!(world.desk().dialled_until, None, "its own window was not read");
    assert_eq!(world.store.dialled_until, Some(world.now.wall));
}
