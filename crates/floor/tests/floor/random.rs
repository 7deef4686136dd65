//! Any order of turns, answers, failures, commits, crashes and wishes: what must hold at each moment, and once all is quiet.

use proptest::prelude::*;
use ringside_domain::*;
use ringside_floor::{Errand, Input};

use crate::{story::*, world::*};

/// The usual number of cases, or that of PROPTEST_CASES.
fn chances(cases: u32) -> proptest::test_runner::Config {
    let usual = proptest::test_runner::Config { failure_persistence: None, ..proptest::test_runner::Config::default() };
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => usual,
        None => proptest::test_runner::Config { cases, rng_seed: proptest::test_runner::RngSeed::Fixed(1), ..usual },
    }
}

proptest! {
    #![proptest_config(chances(256))]

    #[test]
    fn no_number_is_sent_twice_and_none_is_lost(steps in proptest::collection::vec(step(), 1..150)) {
        let mut story = Story::new();
        for step in &steps {
            story.take(step);
            prop_assert_eq!(story.twice(), Vec::<&String>::new(), "accepted twice, and nobody decided so");
        }
        story.calm();
        prop_assert_eq!(story.twice(), Vec::<&String>::new(), "accepted twice, and nobody decided so");
        let world = &story.world;
        prop_assert!(world.asked.is_empty() && world.storing.is_empty());
        for (id, campaign) in &world.store.campaigns {
            let parts = &world.store.parts[id];
            let rows = &world.store.rows[id];
            for part in parts {
                let of_part = rows.iter().filter(|row| row.part == part.number);
                prop_assert_eq!(of_part.clone().count(), part.count as usize, "a number is lost");
                let is_sending = matches!(part.state, PartState::Sending { .. });
                prop_assert!(!is_sending);
                if story.decided.contains(&(*id, part.number)) {
                    continue;
                }
                for row in of_part {
                    let accepted = world.platform.accepted.contains_key(&row.phone);
                    match row.fate {
                        NumberFate::Waiting => prop_assert!(!accepted, "{} waits and was accepted", row.phone),
                        NumberFate::Taken => prop_assert!(accepted, "{} was not accepted", row.phone),
                        _ => {}
                    }
                }
            }
            if campaign.account != account("acme") {
                continue;
            }
            // Nobody on the do-not-call list is called by a task that is known.
            if let Some(task) = campaign.task_id.as_ref().and_then(|id| world.platform.tasks.get(id)).filter(|task| task.state != Running::Over) {
                let listed = task.numbers.iter().find(|phone| world.store.do_not_call.contains(phone));
                prop_assert!(listed.is_none() || campaign.wanted() == Running::Over, "{:?} is called by {:?}", listed, campaign);
            }
            // What is wanted is so.
            let task = campaign.task_id.as_ref().and_then(|id| world.platform.tasks.get(id));
            if let Some(task) = task {
                let is_lost = task.state == Running::Paused && story.lost_stops.contains(id);
                prop_assert!(task.state == campaign.wanted() || task.state == Running::Over || is_lost, "{:?} of {:?}", task.state, campaign);
            }
            let is_over = task.is_some_and(|task| task.state == Running::Over);
            let is_free = campaign.wanted() == Running::Open && !campaign.sending_stopped && !is_over;
            let unknown = parts.iter().any(|part| matches!(part.state, PartState::Unknown { .. }));
            let may_exist = matches!(campaign.task, TaskKnown::MayExist { .. });
            if is_free && !unknown && !may_exist {
                let waits = parts.iter().any(|part| matches!(part.state, PartState::Waiting | PartState::Failed { .. }));
                prop_assert!(!waits, "a part was not sent: {:?} of {:?}", parts, campaign);
            }
        }
        // A task that may call is known, or a person was asked about it.
        let known = |id: &String| world.store.campaigns.values().any(|campaign| campaign.task_id.as_ref() == Some(id));
        let asks = world.store.campaigns.values().any(|campaign| matches!(campaign.task, TaskKnown::MayExist { .. }));
        let lost = world.platform.tasks.iter().find(|(id, task)| task.state != Running::Over && !known(id));
        prop_assert!(lost.is_none() || asks || !story.lost_tasks.is_empty(), "nobody knows {:?}", lost);
        // A break ends, and its agents are not left busy by it.
        let left = world.store.breaks.iter().find(|pause| pause.account == account("acme"));
        prop_assert!(left.is_none(), "{:?}", left);
        let failed = world.store.ledger.iter().any(|entry| entry.what == "seatAvailable" && entry.result != "done" && !entry.result.is_empty());
        let agents = &world.platform.queues[&queue("sales")].1;
        let state = agents.iter().find(|agent| agent.extension.0 == "7002").map(|agent| agent.state);
        prop_assert!(state == Some(SeatState::Waiting) || failed, "{:?}", state);
        prop_assert!(world.store.ledger.iter().all(|entry| !entry.what.is_empty()));
    }

    /// A wish that is changed quickly, with answers that are slow, lost, or in the wrong order: the newest counts.
    #[test]
    fn the_newest_wish_wins(steps in proptest::collection::vec((0..7u8, any::<u8>()), 1..60)) {
        let mut world = World::new();
        world.watch(&everything());
        world.start(phones(0, 2));
        world.settle();
        let mut paused = false;
        for (step, index) in steps {
            let index = usize::from(index);
            let set = world.asked.iter().position(|asked| matches!(asked.errand, Errand::Plain(FloorRequest::SetTask { .. })));
            match (step, set) {
                (0, _) => {
                    world.intent(FloorIntent::Pause { campaign: FIRST });
                    paused = true;
                }
                (1, _) => {
                    world.intent(FloorIntent::Resume { campaign: FIRST });
                    paused = false;
                }
                (2, _) => world.commit_all(),
                (3, _) => world.give_turns(),
                (4, Some(set)) => world.answer(set),
                (5, Some(set)) => {
                    if index % 2 == 0 {
                        world.carry_out(set);
                    }
                    world.reply(set, Err(unknown()));
                }
                (6, _) if !world.asked.is_empty() => {
                    let last = world.asked.len() - 1;
                    world.answer(last);
                }
                _ => {}
            }
            world.pass_time(SECOND);
            world.apply(Input::Tick);
        }
        world.settle();
        world.pass(200 * SECOND);
        let wanted = if paused { Running::Paused } else { Running::Open };
        prop_assert_eq!(world.platform.tasks["t1"].state, wanted);
        prop_assert_eq!(world.stage(FIRST), if paused { CampaignStage::Paused } else { CampaignStage::Running });
    }
}
