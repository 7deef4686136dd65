//! Numbers with and without the administrator's prefixes.

use ringside_domain::{DialledOutcome, NumberRules};

use super::{account, at, bill, counts, dialled::add, set, take, taken};
use crate::FloorStore;

use DialledOutcome::{Abandoned, Reached};

fn with(prefixes: &[&str]) -> NumberRules {
    NumberRules { prefixes: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect() }
}

/// The digit for an outside line is 9.
fn store() -> FloorStore {
    let store = FloorStore::in_memory().unwrap();
    store.use_numbers(&with(&["9"])).unwrap();
    store
}

fn missed(store: &FloorStore) -> Vec<String> {
    store.abandoned(&account(), at(-1000)).unwrap().into_iter().map(|call| call.key).collect()
}

#[test]
fn a_customer_is_not_missed_if_a_campaign_with_another_spelling_reached_the_same_spelling_later() {
    let store = store();
    take(&store, 1, &["13800138000"]);
    set(&store, 1, 0, taken(-9));
    add(&store, &[bill("a", "913800138000", 0, Abandoned)]);
    assert_eq!(missed(&store), ["a"]);
    take(&store, 2, &["913800138000"]);
    set(&store, 2, 0, taken(10));
    add(&store, &[bill("b", "913800138000", 20, Reached)]);
    assert_eq!((counts(&store, 1).calls, counts(&store, 2).calls), (1, 1));
    assert_eq!(missed(&store), [""; 0]);
}

#[test]
fn a_customer_is_not_missed_if_the_number_was_reached_with_the_outside_line_and_the_long_distance_zero() {
    let store = store();
    add(&store, &[bill("a", "13800138000", 0, Abandoned), bill("b", "57188886666", 0, Abandoned)]);
    assert_eq!(missed(&store), ["b", "a"]);
    take(&store, 1, &["9013800138000", "9057188886666"]);
    set(&store, 1, 0, taken(10));
    add(&store, &[bill("c", "9013800138000", 20, Reached), bill("d", "9057188886666", 20, Reached)]);
    assert_eq!(missed(&store), [""; 0]);
}
