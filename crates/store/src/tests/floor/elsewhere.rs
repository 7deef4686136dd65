//! Campaigns made elsewhere, and customers who were reached by other calls, of two accounts.

use ringside_domain::{Account, Dialled, DialledOutcome, ElsewhereTask, FloorChange, ReachedOtherwise, Running};

use super::{NOW, SINCE_30_DAYS, account, another, at, bill, set, take, taken};
use crate::FloorStore;

use DialledOutcome::{Abandoned, NotAnswered, Reached};

fn add(store: &FloorStore, calls: &[Dialled]) {
    store.apply(&[FloorChange::Dialled { account: account(), calls: calls.to_vec() }]).unwrap();
}

#[test]
fn the_calls_of_campaigns_made_elsewhere_are_counted_by_the_number_shown() {
    let store = FloorStore::in_memory().unwrap();
    assert_eq!(store.elsewhere(&account(), SINCE_30_DAYS).unwrap(), Default::default());
    take(&store, 1, &["100"]);
    set(&store, 1, 0, taken(-99));
    let shown = |number: &str, call: Dialled| Dialled { shown: number.to_owned(), ..call };
    add(
        &store,
        &[
            bill("a", "100", 0, Reached),
            shown("1", bill("b", "200", -60, Reached)),
            shown("1", bill("c", "0200", -50, Abandoned)),
            shown("1", bill("d", "201", -40, NotAnswered)),
            shown("", bill("e", "202", -70, NotAnswered)),
            bill("f", "203", -40 * 86_400, Reached),
        ],
    );
    let calls = store.elsewhere(&account(), SINCE_30_DAYS).unwrap();
    let all = calls.all.unwrap();
    assert_eq!((all.customers, all.calls, all.answered, all.reached, all.abandoned), (3, 4, 2, 1, 1));
    assert_eq!((all.first_at, all.last_at), (at(-70), at(-40)));
    let of: Vec<_> = calls.shown.iter().map(|shown| (shown.number.as_str(), shown.counts.customers, shown.counts.calls)).collect();
    assert_eq!(of, [("1", 2, 3), ("", 1, 1)]);
    // The numbers turn out to be of a campaign of this desk.
    take(&store, 2, &["200", "201", "202"]);
    set(&store, 2, 0, taken(-99));
    add(&store, &[bill("b", "200", -60, Reached), bill("c", "200", -50, Abandoned), bill("d", "201", -40, NotAnswered)]);
    assert_eq!(store.elsewhere(&account(), SINCE_30_DAYS).unwrap().all.unwrap().calls, 1);
}

#[test]
fn a_task_made_elsewhere_is_kept_with_its_last_state() {
    let store = FloorStore::in_memory().unwrap();
    let task = |id: &str, state, seconds| ElsewhereTask { task_id: id.to_owned(), state, since: at(seconds), by: "10".to_owned() };
    let changes = [("a", Running::Open, 1), ("b", Running::Paused, 2), ("a", Running::Over, 3)];
    for (id, state, seconds) in changes {
        store.apply(&[FloorChange::ElsewhereTask { account: account(), task: task(id, state, seconds) }]).unwrap();
    }
    store.apply(&[FloorChange::ElsewhereTask { account: another(), task: task("a", Running::Paused, 4) }]).unwrap();
    let stored =
        [(another(), task("a", Running::Paused, 4)), (account(), task("a", Running::Over, 3)), (account(), task("b", Running::Paused, 2))];
    assert_eq!(store.elsewhere_tasks().unwrap(), stored, "each account has its own");
}

#[test]
fn the_oldest_tasks_of_an_account_are_forgotten_beyond_a_hundred() {
    let store = FloorStore::in_memory().unwrap();
    let name = |account: Account, id: i64| {
        let task = ElsewhereTask { task_id: format!("{id:03}"), state: Running::Over, since: at(id), by: String::new() };
        store.apply(&[FloorChange::ElsewhereTask { account, task }]).unwrap();
    };
    name(another(), 0);
    (1..=102).for_each(|id| name(account(), id));
    let tasks = store.elsewhere_tasks().unwrap();
    let of = |account: Account| tasks.iter().filter(|(of, _)| *of == account).map(|(_, task)| task.task_id.as_str()).collect::<Vec<_>>();
    assert_eq!((of(account()).len(), of(account())[0], of(account())[99]), (100, "102", "003"));
    assert_eq!(of(another()), ["000"]);
}

#[test]
fn calls_made_elsewhere_and_customers_reached_otherwise_are_counted_for_their_own_account_only() {
    let store = FloorStore::in_memory().unwrap();
    add(&store, &[bill("a", "13800138000", -50, Abandoned), bill("b", "200", -40, NotAnswered)]);
    let theirs = vec![bill("a", "13800138000", -60, Abandoned), bill("b", "201", -30, Reached), bill("c", "202", -20, Reached)];
    store.apply(&[FloorChange::Dialled { account: another(), calls: theirs }]).unwrap();
    let calls = |account: &Account| {
        let calls = store.elsewhere(account, SINCE_30_DAYS).unwrap();
        let all = calls.all.unwrap();
        (all.calls, all.reached, calls.shown.iter().map(|shown| shown.counts.calls).sum::<u32>())
    };
    assert_eq!((calls(&account()), calls(&another())), ((2, 0, 2), (3, 2, 3)));
    let nobody = Account { appid: "nobody".to_owned(), ..account() };
    assert_eq!(store.elsewhere(&nobody, SINCE_30_DAYS).unwrap(), Default::default());

    let missed = |account: &Account| store.abandoned(account, SINCE_30_DAYS).unwrap().len();
    let customers = vec![ReachedOtherwise { phone: "13800138000".to_owned(), at: at(-10) }];
    store.apply(&[FloorChange::Reached { account: another(), customers }]).unwrap();
    assert_eq!((missed(&account()), missed(&another())), (1, 0));
}

#[test]
fn a_customer_who_was_reached_long_ago_is_forgotten_at_an_opening() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = FloorStore::open(folder.path(), NOW).unwrap();
    let reached = |phone: &str, days: i64| ReachedOtherwise { phone: phone.to_owned(), at: at(-days * 86_400) };
    store.apply(&[FloorChange::Reached { account: account(), customers: vec![reached("100", 401), reached("101", 399)] }]).unwrap();
    drop(store);
    let (store, _) = FloorStore::open(folder.path(), NOW).unwrap();
    let left: Vec<i64> = store.read(|db| db.prepare("SELECT at FROM reached")?.query_map((), |row| row.get(0))?.collect()).unwrap();
    assert_eq!(left, [at(-399 * 86_400).0]);
}
