//! Any sequence of changes, with reopenings: every number is in one part and has one fate.

use std::collections::BTreeSet;

use proptest::{
    collection::vec,
    prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest},
};
use ringside_domain::{CampaignId, CheckRules, DialledOutcome, FloorChange, NumberFilter, PartState, Problem, ProblemCode};
use tempfile::tempdir;

use super::{NOW, SINCE_30_DAYS, TODAY, account, at, bill, campaign, ended, good, put, rules};
use crate::FloorStore;

const CAMPAIGNS: i64 = 3;

#[derive(Clone, Debug)]
enum Step {
    Add { campaign: i64, phones: Vec<u8> },
    Part { campaign: i64, part: u32, state: PartState, refused: Vec<u8> },
    Remove { campaign: i64, phones: Vec<u8> },
    Call { phone: u8, began: i64, outcome: DialledOutcome },
    End { campaign: i64 },
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let campaign = || 1..=CAMPAIGNS;
    let phones = |most: usize| vec(0_u8..40, 0..most);
    let state = (0..6, -50_i64..50).prop_map(|(kind, when)| {
        let at = at(when);
        match kind {
            0 => PartState::Waiting,
            1 => PartState::Sending { since: at },
            2 => PartState::Taken { at, accepted: 3 },
            3 => PartState::Failed { at, problem: Problem::new(ProblemCode::StoreFailed, "x", true) },
            4 => PartState::Unknown { since: at },
            _ => PartState::GivenUp { at },
        }
    });
    let outcome = prop_oneof![
        any::<bool>().prop_map(|answered| if answered { DialledOutcome::Abandoned } else { DialledOutcome::NotAnswered }),
        any::<()>().prop_map(|()| DialledOutcome::Reached)
    ];
    prop_oneof![
        3 => (campaign(), phones(20)).prop_map(|(campaign, phones)| Step::Add { campaign, phones }),
        6 => (campaign(), 0..3_u32, state, phones(4)).prop_map(|(campaign, part, state, refused)| Step::Part { campaign, part, state, refused }),
        2 => (campaign(), phones(4)).prop_map(|(campaign, phones)| Step::Remove { campaign, phones }),
        4 => (0..40_u8, -60_i64..60, outcome).prop_map(|(phone, began, outcome)| Step::Call { phone, began, outcome }),
        1 => campaign().prop_map(|campaign| Step::End { campaign }),
        1 => any::<()>().prop_map(|()| Step::Reopen),
    ]
}

fn phone(number: u8) -> String {
    (13_800_000_000_u64 + u64::from(number)).to_string()
}

fn texts(phones: &[u8]) -> Vec<String> {
    phones.iter().map(|number| phone(*number)).collect()
}

/// What the test knows of a campaign: its numbers in order, and how many parts they are in.
#[derive(Clone, Debug, Default)]
struct Model {
    numbers: Vec<String>,
    parts: u32,
}

fn run(store: &FloorStore, step: &Step, nth: u64, models: &mut [Model]) {
    match step {
        Step::Add { campaign, phones } => {
            let model = &mut models[usize::try_from(*campaign).unwrap() - 1];
            store.stage(nth, &(2..).zip(phones).map(|(row, number)| good(row, &phone(*number))).collect::<Vec<_>>()).unwrap();
            let check = store.check(nth, &account(), &CheckRules { campaign: Some(CampaignId(*campaign)), ..rules() }, TODAY).unwrap();
            let refused: BTreeSet<u32> = store.refused(nth, 0, 100).unwrap().into_iter().map(|row| row.row).collect();
            let parts = store.apply(&[FloorChange::TakeImport { import: nth, campaign: CampaignId(*campaign) }]).unwrap();
            assert_eq!(parts.iter().map(|part| part.count).sum::<u32>(), check.good);
            model.parts += u32::try_from(parts.len()).unwrap();
            model.numbers.extend((2..).zip(phones).filter(|(row, _)| !refused.contains(row)).map(|(_, number)| phone(*number)));
        }
        Step::Part { campaign, part, state, refused } => {
            let change = FloorChange::Part { campaign: CampaignId(*campaign), part: *part, state: state.clone(), refused: texts(refused) };
            let is_there = *part < models[usize::try_from(*campaign).unwrap() - 1].parts;
            assert_eq!(store.apply(&[change]).is_ok(), is_there);
        }
        Step::Remove { campaign, phones } => {
            store.apply(&[FloorChange::RemoveNumbers { campaign: CampaignId(*campaign), phones: texts(phones) }]).unwrap();
        }
        Step::Call { phone: number, began, outcome } => {
            store
                .apply(&[FloorChange::Dialled {
                    account: account(),
                    calls: vec![bill(&nth.to_string(), &phone(*number), *began, *outcome)],
                }])
                .unwrap();
        }
        Step::End { campaign } => {
            store.apply(&[put(ended(*campaign))]).unwrap();
        }
        Step::Reopen => {}
    }
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 48, ..Default::default() })]
    #[test]
    fn every_number_is_in_one_part_and_has_one_fate(steps in vec(step(), 1..40)) {
        let folder = tempdir().unwrap();
        let mut store = FloorStore::open(folder.path(), NOW).unwrap().0;
        let mut models = vec![Model::default(); usize::try_from(CAMPAIGNS).unwrap()];
        for id in 1..=CAMPAIGNS {
            store.apply(&[put(campaign(id))]).unwrap();
        }
        for (nth, step) in (0_u64..).zip(&steps) {
            if matches!(step, Step::Reopen) {
                drop(store);
                store = FloorStore::open(folder.path(), NOW).unwrap().0;
            }
            run(&store, step, nth, &mut models);
            for (stored, model) in store.campaigns(TODAY, SINCE_30_DAYS).unwrap().iter().zip(&models) {
                let counts = stored.counts;
                let all = u32::try_from(model.numbers.len()).unwrap();
                prop_assert_eq!(counts.waiting + counts.taken + counts.refused + counts.unknown + counts.removed, all);
                prop_assert_eq!(stored.parts.iter().map(|part| part.count).sum::<u32>(), all);
                prop_assert_eq!(stored.parts.len(), model.parts as usize);
                let rows = store.numbers(stored.campaign.id, &NumberFilter::default(), 0, 1000).unwrap();
                prop_assert_eq!(&rows.iter().map(|row| row.customer.phone.clone()).collect::<Vec<_>>(), &model.numbers);
                // A number that was called, removed and added again has two rows: both show its calls, but only the first was called.
                let with_calls: Vec<&String> = rows.iter().filter(|row| row.calls > 0).map(|row| &row.customer.phone).collect();
                let distinct = with_calls.iter().collect::<BTreeSet<_>>().len();
                prop_assert!((distinct..=with_calls.len()).contains(&(counts.called as usize)), "{counts:?} {with_calls:?}");
                let waiting: usize =
                    stored.parts.iter().map(|part| store.part_numbers(stored.campaign.id, part.number).unwrap().len()).sum();
                prop_assert_eq!(waiting, counts.waiting as usize);
                for part in &stored.parts {
                    let filter = NumberFilter { part: Some(part.number), ..NumberFilter::default() };
                    prop_assert_eq!(store.number_count(stored.campaign.id, &filter).unwrap(), u64::from(part.count));
                }
            }
        }
    }
}
