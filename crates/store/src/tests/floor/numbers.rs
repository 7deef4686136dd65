//! Pages of a campaign's numbers.

use ringside_domain::{CampaignId, DialledOutcome, FloorChange, NumberFate, NumberFilter};

use super::{TODAY, account, bill, campaign, good, put, rules, sending, set, taken};
use crate::FloorStore;

const ALL: NumberFilter = NumberFilter { text: String::new(), fate: None, part: None, called: None };

/// 25,000 numbers in 3 parts; part 0 was taken, its first and every hundredth number called.
fn filled() -> FloorStore {
    let store = FloorStore::in_memory().unwrap();
    store.stage(1, &(0..25_000).map(|at| good(at + 2, &(1_000_000 + at).to_string())).collect::<Vec<_>>()).unwrap();
    store.check(1, &account(), &rules(), TODAY).unwrap();
    store.apply(&[put(campaign(1)), FloorChange::TakeImport { import: 1, campaign: CampaignId(1) }]).unwrap();
    set(&store, 1, 0, sending(-10));
    let refused = (500..600).map(|at| (1_000_000 + at).to_string()).collect();
    store.apply(&[FloorChange::Part { campaign: CampaignId(1), part: 0, state: taken(-5), refused }]).unwrap();
    let calls = (0..10_000).step_by(100).map(|at| bill(&at.to_string(), &(1_000_000 + at).to_string(), 0, DialledOutcome::Abandoned));
    store.apply(&[FloorChange::Dialled { account: account(), calls: calls.collect() }]).unwrap();
    store
}

#[test]
fn pages_with_every_filter_are_stretches_of_the_same_list() {
    let store = filled();
    let everything = store.numbers(CampaignId(1), &ALL, 0, 100_000).unwrap();
    assert_eq!(everything.iter().map(|row| row.row).collect::<Vec<_>>(), (2..25_002).collect::<Vec<_>>());
    let mut filters = Vec::new();
    for text in ["", "7", "99", "1000999", "1 0１", "x", "5555555"] {
        for fate in [None, Some(NumberFate::Taken), Some(NumberFate::Waiting), Some(NumberFate::Refused), Some(NumberFate::Unknown)] {
            for part in [None, Some(0), Some(2), Some(9)] {
                for called in [None, Some(true), Some(false)] {
                    filters.push(NumberFilter { text: text.to_owned(), fate, part, called });
                }
            }
        }
    }
    for filter in filters {
        let digits: String = filter.text.replace('１', "1").chars().filter(char::is_ascii_digit).collect();
        let expected: Vec<_> = everything
            .iter()
            .filter(|row| {
                (filter.text.is_empty() || !digits.is_empty() && row.customer.phone.contains(&digits))
                    && filter.fate.is_none_or(|fate| fate == row.fate)
                    && filter.part.is_none_or(|part| part == row.part)
                    && filter.called.is_none_or(|called| called == (row.calls > 0))
            })
            .cloned()
            .collect();
        assert_eq!(store.number_count(CampaignId(1), &filter).unwrap(), expected.len() as u64, "{filter:?}");
        for (skip, limit) in [(0, 50), (expected.len() / 2, 50), (expected.len().saturating_sub(7), 50), (expected.len(), 50), (3, 0)] {
            let end = expected.len().min(skip + limit);
            let page = store.numbers(CampaignId(1), &filter, skip as u64, limit as u64).unwrap();
            assert_eq!(page, expected.get(skip..end).unwrap_or_default(), "{filter:?} from {skip}");
        }
    }
}

#[test]
fn a_campaign_that_is_not_there_has_no_numbers() {
    let store = filled();
    assert_eq!(store.number_count(CampaignId(2), &ALL).unwrap(), 0);
    assert_eq!(store.numbers(CampaignId(2), &ALL, 0, 9).unwrap(), []);
}
