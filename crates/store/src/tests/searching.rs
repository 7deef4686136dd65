//! A search finds the calls that a test of every call finds, whatever was written and in whatever order.

use proptest::{collection::vec, option, prelude::*};
use ringside_domain::{
    Begin, CallId, CallOutcome, Cursor, Direction, Edit, Extension, Filter, LogRow, Note, NumberRules, Owner, QueueName, Timestamp, clean,
    plain_number,
};

use super::call;
use crate::{Store, Write};

/// Texts that people and platforms write, and some that they should not write.
const TEXTS: &[&str] = &[
    "",
    "1",
    "12",
    "015029913692",
    "15029913692",
    "+8615029913692",
    "008615029913692",
    "+86 150-2991-3692",
    "sip:15029913692@pbx",
    "915029913692",
    "0000",
    "00000000",
    "M0012",
    "\"NEAR(a b)\" AND c* -d ^e:f",
    "100%",
    "a_b",
    "x'--",
    "nul\0inside",
    "张三",
    "张三要求退款，明天回电",
    "退",
    "😀👍🏽",
    "שלום עולם",
    "<b>\u{202e}0150</b>",
    "Größe ÄÖ İ",
    "１３８００",
    "two  words",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::sample::select(TEXTS).prop_map(str::to_owned),
        3 => "[0-3]{1,8}",
        1 => "[a-cA-C张退款 %_\"*]{0,6}",
        1 => "\\PC{0,5}",
    ]
}

/// A change of the log.
#[derive(Clone, Debug)]
enum Step {
    Save { id: u64, started_at: i64, number: String, member: Option<String>, customer: Option<String>, kind: u8, queue: Option<bool> },
    Edit { id: u64, edit: Edit },
    DeleteBefore(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let id = 0..40_u64;
    let at = prop_oneof![20 => 0..30_i64, 1 => Just(i64::MIN), 1 => Just(i64::MAX), 1 => any::<i64>()];
    let edit = prop_oneof![
        3 => text().prop_map(Edit::Text),
        1 => option::of(text()).prop_map(Edit::Disposition),
        1 => option::of(Just(Timestamp(5))).prop_map(Edit::Done),
        1 => Just(Edit::WrappedUp(Some(Timestamp(9)))),
        1 => option::of(Just(Timestamp(7))).prop_map(Edit::Owed),
    ];
    prop_oneof![
        20 => (id.clone(), at, text(), option::of(text()), option::of(text()), any::<u8>(), option::of(any::<bool>()))
            .prop_map(|(id, started_at, number, member, customer, kind, queue)| Step::Save {
                id, started_at, number, member, customer, kind, queue
            }),
        10 => (id, edit).prop_map(|(id, edit)| Step::Edit { id, edit }),
        1 => (0..10_i64).prop_map(Step::DeleteBefore),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    let outcome = prop_oneof![Just(CallOutcome::Answered), Just(CallOutcome::Missed), Just(CallOutcome::NoAnswer)];
    let direction = prop_oneof![Just(Direction::Incoming), Just(Direction::Outgoing)];
    let rarely = |bound: std::ops::Range<i64>| option::weighted(0.2, bound.prop_map(Timestamp));
    (
        (text(), any::<bool>(), option::weighted(0.5, 0..3u8), option::weighted(0.2, direction), option::weighted(0.3, outcome)),
        (option::weighted(0.2, any::<bool>()), option::weighted(0.1, text()), prop::bool::weighted(0.1), rarely(-5..20), rarely(5..35)),
    )
        .prop_map(|((text, rules, owner, direction, outcome), (queue, disposition, to_do, from, to))| Filter {
            text,
            numbers: if rules { rules_of_the_country() } else { NumberRules::default() },
            owner: owner.map(owned_by),
            direction,
            outcome,
            queue: queue.map(queue_name),
            disposition,
            to_do,
            from,
            to,
        })
}

pub(super) fn rules_of_the_country() -> NumberRules {
    NumberRules { prefixes: ["0", "9", "86", "+86"].map(str::to_owned).to_vec() }
}

/// Two extensions of one company, and one of a company whose account and extension, joined, are the same text as the first's.
fn owned_by(which: u8) -> Owner {
    let (account, extension) = [("demo", "000123"), ("demo", "00012"), ("demo0", "00123")][usize::from(which)];
    Owner { account: account.to_owned(), extension: Extension(extension.to_owned()), agent: None }
}

fn queue_name(first: bool) -> QueueName {
    QueueName(if first { "销售" } else { "销售-2" }.to_owned())
}

fn write(step: &Step) -> Option<Write> {
    match step.clone() {
        Step::Save { id, started_at, number, member, customer, kind, queue } => {
            let mut saved = call(id, started_at);
            let at = |bit: u8| (kind & bit != 0).then_some(Timestamp(1));
            (saved.rang_at, saved.answered_at, saved.ended_at) = (at(1), at(2), at(4));
            saved.direction = if kind & 8 == 0 { Direction::Outgoing } else { Direction::Incoming };
            (saved.customer_number, saved.member_id, saved.customer_id) = (number, member, customer);
            saved.queue = queue.map(queue_name);
            let owner = owned_by((kind >> 4) % 3);
            (saved.account, saved.extension) = (owner.account, owner.extension);
            Some(Write::Call(Box::new(saved)))
        }
        Step::Edit { id, edit } => Some(Write::Note { call: CallId(id), edit }),
        Step::DeleteBefore(_) => None,
    }
}

/// The entries that the log must have after these steps, oldest first, found without the store.
fn expected(steps: &[Step]) -> Vec<LogRow> {
    let mut calls = std::collections::BTreeMap::new();
    let mut notes: std::collections::BTreeMap<u64, Note> = std::collections::BTreeMap::new();
    for step in steps {
        match (step, write(step)) {
            (_, Some(Write::Call(mut call))) => {
                // The store reads texts without characters that `clean` removes.
                let optional = call.member_id.iter_mut().chain(&mut call.customer_id);
                optional.chain([&mut call.customer_number]).for_each(|text| *text = clean(text).into_owned());
                calls.insert(call.id.0, *call);
            }
            (Step::Edit { id, edit }, _) => {
                let note = notes.entry(*id).or_default();
                match edit.clone() {
                    Edit::Text(text) => note.text = clean(&text).into_owned(),
                    Edit::Disposition(disposition) => note.disposition = disposition.map(|text| clean(&text).into_owned()),
                    Edit::Done(at) => note.done_at = at,
                    Edit::WrappedUp(at) => note.wrapped_up_at = at,
                    Edit::Owed(at) => note.owed_at = at,
                }
            }
            (Step::DeleteBefore(before), _) => calls.retain(|id, call| {
                let stays = call.started_at.0 >= *before;
                if !stays {
                    notes.remove(id);
                }
                stays
            }),
            _ => unreachable!(),
        }
    }
    let mut entries: Vec<LogRow> =
        calls.into_iter().map(|(id, call)| LogRow::new(call, notes.get(&id).cloned().unwrap_or_default())).collect();
    entries.sort_by_key(|entry| (entry.call.started_at, entry.call.id));
    entries
}

fn plain(text: &str) -> String {
    let narrow = |letter: char| match u32::from(letter) {
        0x3000 => ' ',
        code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap(),
        _ => letter,
    };
    text.chars().map(narrow).flat_map(char::to_lowercase).collect()
}

fn wanted(filter: &Filter, LogRow { call, note, .. }: &LogRow) -> bool {
    let outcome = match (call.answered_at.is_some(), call.ended_at.is_some()) {
        (true, _) => Some(CallOutcome::Answered),
        (false, false) => None,
        _ if call.rang_at.is_some() || call.direction == Direction::Incoming => Some(CallOutcome::Missed),
        _ => Some(CallOutcome::NoAnswer),
    };
    let texts =
        [Some(&call.customer_number), call.member_id.as_ref(), call.customer_id.as_ref(), Some(&note.text), note.disposition.as_ref()];
    let number = |word: &str| -> Option<String> {
        let number = plain_number(word).into_owned();
        let digits = number.trim_start_matches('+');
        let is_number = !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_digit()) && number.len() - digits.len() <= 1;
        is_number.then(|| filter.numbers.core(&number).into_owned())
    };
    let spelt = plain_number(&call.customer_number);
    let has = |word: &str| {
        texts.iter().flatten().any(|text| plain(text).contains(word))
            || plain(&spelt).contains(word)
            || number(word).is_some_and(|core| core != word && filter.numbers.core(&call.customer_number).starts_with(&core))
    };
    plain(&filter.text).split_whitespace().all(has)
        && filter.owner.as_ref().is_none_or(|owner| owner.account == call.account && owner.extension == call.extension)
        && filter.direction.is_none_or(|direction| direction == call.direction)
        && filter.outcome.is_none_or(|asked| outcome == Some(asked))
        && filter.queue.as_ref().is_none_or(|queue| call.queue.as_ref() == Some(queue))
        && filter.disposition.as_ref().is_none_or(|name| note.disposition.as_ref() == Some(name))
        && (!filter.to_do || ((outcome == Some(CallOutcome::Missed) || note.owed_at.is_some()) && note.done_at.is_none()))
        && filter.from.is_none_or(|from| call.started_at >= from)
        && filter.to.is_none_or(|to| call.started_at < to)
}

fn agree(store: &Store, entries: &[LogRow], filter: &Filter, at: usize, skip: usize, limit: usize) -> Result<(), TestCaseError> {
    let oldest: Vec<LogRow> = entries.iter().filter(|entry| wanted(filter, entry)).cloned().collect();
    let newest: Vec<LogRow> = oldest.iter().rev().cloned().collect();
    let page = |begin, skip: usize, limit| store.log(filter, begin, skip as u64, limit).unwrap();
    prop_assert_eq!(page(Begin::Newest, 0, 1000), newest.clone());
    prop_assert_eq!(page(Begin::Oldest, 0, 1000), oldest.clone());
    let part = |all: &[LogRow]| all.iter().skip(skip).take(limit).map(|entry| entry.call.id).collect::<Vec<_>>();
    let ids = |page: Vec<LogRow>| page.iter().map(|entry| entry.call.id).collect::<Vec<_>>();
    prop_assert_eq!(ids(page(Begin::Newest, skip, limit)), part(&newest));
    prop_assert_eq!(ids(page(Begin::Oldest, skip, limit)), part(&oldest));
    if let Some(entry) = entries.get(at % entries.len().max(1)) {
        let cursor = Cursor::after(&entry.call);
        let key = |entry: &LogRow| (entry.call.started_at, entry.call.id);
        let older: Vec<LogRow> = newest.iter().filter(|other| key(other) < key(entry)).cloned().collect();
        let newer: Vec<LogRow> = oldest.iter().filter(|other| key(other) > key(entry)).cloned().collect();
        prop_assert_eq!(ids(page(Begin::Before(cursor), skip, limit)), part(&older));
        prop_assert_eq!(ids(page(Begin::After(cursor), skip, limit)), part(&newer));
    }
    let boundaries = [i64::MIN, -1, 0, 7, 8, 8, 20, 31, i64::MAX].map(Timestamp);
    let counts: Vec<u64> = boundaries
        .windows(2)
        .map(|pair| oldest.iter().filter(|entry| (pair[0]..pair[1]).contains(&entry.call.started_at)).count() as u64)
        .collect();
    prop_assert_eq!(store.log_counts(filter, &boundaries).unwrap(), counts);
    let exported: Vec<LogRow> = store.export(filter.clone()).flat_map(Result::unwrap).collect();
    prop_assert_eq!(exported, oldest);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn a_search_finds_the_calls_that_a_test_of_every_call_finds(
        steps in vec(step(), 0..120),
        filters in vec((filter(), any::<usize>(), 0..6_usize, 0..9_usize), 4),
        batch in 1..40_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let store = Store::in_memory().unwrap();
        for steps in steps.chunks(batch) {
            for step in steps.chunk_by(|a, b| write(a).is_some() && write(b).is_some()) {
                if let [Step::DeleteBefore(before)] = step {
                    runtime.block_on(store.delete_before(Timestamp(*before), 1000)).unwrap();
                } else {
                    runtime.block_on(store.write(step.iter().filter_map(write).collect())).unwrap();
                }
            }
        }
        let entries = expected(&steps);
        for (filter, at, skip, limit) in &filters {
            agree(&store, &entries, filter, *at, *skip, *limit)?;
        }
        prop_assert!(store.read(|db| crate::search::in_step(&*db.unchecked_transaction()?, true)).unwrap());
        runtime.block_on(store.rebuild_search()).unwrap();
        for (filter, at, skip, limit) in &filters {
            agree(&store, &entries, filter, *at, *skip, *limit)?;
        }
    }
}
