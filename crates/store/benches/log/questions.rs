//! The questions that are measured.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use ringside_domain::{Begin, CallId, CallOutcome, Cursor, Extension, Filter, NumberRules, Owner, QueueName, Timestamp};
use ringside_store::Store;

use crate::{
    calls::{self, BEGINNING, DAY, QUEUES, Random},
    plain::Plain,
    report::Report,
};

const TIMES: usize = 200;
const PAGE: usize = 50;

pub fn ask(store: &Store, file: &Path, total: u64, seed: u64, report: &mut Report) {
    let plain = Plain::open(file);
    searches(store, &plain, total, seed, report);
    pages(store, &plain, total, report);
    counts(store, &plain, total, report);
    let mut random = Random(seed);
    let rules = rules();
    let far = Timestamp(i64::MAX);
    let mut earlier = |limit| {
        timed(|_| {
            let found =
                store.earlier_calls(&own().owner.unwrap(), &calls::number(random.below(total / 3 + 1)), &rules, far, limit).unwrap();
            assert!(found.len() <= limit);
        })
    };
    let (one, ten) = (earlier(1), earlier(10));
    report.times("last contact with a number", one, None);
    report.times("last 10 contacts with a number", ten, None);
    let last_day = BEGINNING + i64::try_from(total / 1100).unwrap() * DAY - DAY;
    let hours: Vec<_> = (0..=24).map(|hour| Timestamp(last_day + hour * 3_600_000)).collect();
    let week: Vec<_> = (-6..=1).map(|day| Timestamp(last_day + day * DAY)).collect();
    report.times("sums of a day by hour", timed(|_| assert_eq!(store.sums(own().owner.as_ref(), &hours).unwrap().len(), 24)), None);
    report.times("sums of 7 days", timed(|_| assert_eq!(store.sums(own().owner.as_ref(), &week).unwrap().len(), 7)), None);
}

/// The agent's own calls. All calls are one agent's, which the search does not know.
fn own() -> Filter {
    let owner = Owner { account: "demo".to_owned(), extension: Extension("100001".to_owned()), agent: None };
    Filter { owner: Some(owner), ..Filter::default() }
}

fn last_four(number: &str) -> String {
    number[number.len() - 4..].to_owned()
}

fn rules() -> NumberRules {
    NumberRules { prefixes: ["0", "86", "+86", "0086", "9"].map(str::to_owned).to_vec() }
}

fn searches(store: &Store, plain: &Plain, total: u64, seed: u64, report: &mut Report) {
    let mut random = Random(seed);
    let mut all = Vec::new();
    let mut all_plain = Vec::new();
    let mut ask =
        |name: &str, filter: &Filter, condition: &str, expected: std::ops::RangeInclusive<usize>, text: &mut dyn FnMut() -> String| {
            let mut filter = filter.clone();
            let times = timed(|_| {
                filter.text = text();
                let found = store.log(&filter, Begin::Newest, 0, PAGE).unwrap().len();
                assert!(expected.contains(&found), "{name}: {found} for {}", filter.text);
            });
            let plain = plain.like(&text(), condition);
            all.extend(times.clone());
            all_plain.extend(plain.clone());
            report.times(&format!("search: {name}"), times, Some(plain));
        };
    let any = own();
    let mut numbers = Random(seed);
    let mut number = move || calls::number(numbers.below(total / 3 + 1));
    ask("one digit", &any, "1", 50..=50, &mut || random.below(10).to_string());
    ask("two digits", &any, "1", 50..=50, &mut || format!("{:02}", random.below(100)));
    ask("three digits", &any, "1", 50..=50, &mut || format!("{:03}", random.below(1000)));
    ask("a common triple, 138", &any, "1", 50..=50, &mut || "138".to_owned());
    ask("the last four digits", &any, "1", 0..=50, &mut || last_four(&number()));
    ask("a whole number", &any, "1", 0..=50, &mut || number());
    let spelt = Filter { numbers: rules(), ..own() };
    ask("a whole number, other prefix", &spelt, "1", 0..=50, &mut || format!("+86{}", number().trim_start_matches('0')));
    ask("a number that is not there", &any, "1", 0..=0, &mut || format!("2{:010}", random.below(10_000_000_000)));
    ask("no hit, one character", &any, "1", 0..=0, &mut || "€".to_owned());
    ask("no hit, a word of common letters", &any, "1", 0..=0, &mut || "backcalled".to_owned());
    ask("no hit, eight zeros", &any, "1", 0..=50, &mut || "00000000".to_owned());
    ask("a rare Chinese pair", &any, "1", usize::from(total > 200_000)..=50, &mut || calls::RARE.to_owned());
    ask("a common Chinese character", &any, "1", 50..=50, &mut || "客".to_owned());
    ask("a Chinese word", &any, "1", 50..=50, &mut || "退款进度".to_owned());
    ask("two words", &any, "1", 1..=50, &mut || format!("退款 {:03}", random.below(1000)));
    let queue = Filter { queue: Some(QueueName(QUEUES[5].to_owned())), outcome: Some(CallOutcome::Missed), ..own() };
    let condition = "queue = 'VIP' AND answered_at IS NULL AND ended_at IS NOT NULL AND (rang_at IS NOT NULL OR direction = 'incoming')";
    ask("one digit, missed, one queue", &queue, condition, 50..=50, &mut || random.below(10).to_string());
    ask("four digits, missed, one queue", &queue, condition, 0..=50, &mut || last_four(&number()));
    // Common filters that few calls match together.
    let done = Filter { disposition: Some("成交".to_owned()), to_do: true, ..own() };
    let condition = "disposition = '成交' AND answered_at IS NULL AND done_at IS NULL";
    ask("a word, a disposition, to do", &done, condition, 0..=50, &mut || "经理".to_owned());
    let (from, to) = (BEGINNING + 100 * DAY, BEGINNING + 107 * DAY);
    let week = Filter { from: Some(Timestamp(from)), to: Some(Timestamp(to)), ..own() };
    let condition = format!("started_at >= {from} AND started_at < {to}");
    ask("three digits, one week long ago", &week, &condition, 1..=50, &mut || format!("{:03}", random.below(1000)));
    report.times("search: all of these", all, Some(all_plain));
}

fn pages(store: &Store, plain: &Plain, total: u64, report: &mut Report) {
    let mut random = Random(3);
    let any = own();
    let page = |begin: Begin, skip: u64| assert_eq!(store.log(&any, begin, skip, PAGE).unwrap().len(), PAGE);
    report.times("page: the newest", timed(|_| page(Begin::Newest, 0)), Some(plain.offset("1", 0)));
    report.times("page: at any row", timed(|_| page(Begin::Newest, random.below(total - 50))), Some(plain.offset("1", total / 2)));
    report.times("page: the last rows", timed(|_| page(Begin::Newest, total - 60)), Some(plain.offset("1", total - 60)));
    report.times("page: the oldest first", timed(|_| page(Begin::Oldest, 0)), None);
    let mut cursor = || {
        let id = 100 + random.below(total - 200);
        Cursor::after(&store.call(CallId(id)).unwrap().unwrap())
    };
    report.times("page: before a call", timed(|_| page(Begin::Before(cursor()), 0)), None);
    report.times("page: after a call", timed(|_| page(Begin::After(cursor()), 0)), None);
    let missed = Filter { outcome: Some(CallOutcome::Missed), text: "1".to_owned(), ..own() };
    let skip = total / 20;
    let times = timed(|_| assert_eq!(store.log(&missed, Begin::Newest, skip, PAGE).unwrap().len(), PAGE));
    let condition = "answered_at IS NULL AND (rang_at IS NOT NULL OR direction = 'incoming') AND customer_number LIKE '%1%'";
    report.times("page: missed with a digit, deep", times, Some(plain.offset(condition, skip)));
}

fn counts(store: &Store, plain: &Plain, total: u64, report: &mut Report) {
    let days: Vec<_> = (0..=i64::try_from(total / 1100).unwrap() + 2).map(|day| Timestamp(BEGINNING + day * DAY)).collect();
    let mut count = |name: &str, text: &str| {
        let filter = Filter { text: text.to_owned(), ..own() };
        let times = timed(|_| assert!(store.log_counts(&filter, &days).unwrap().iter().sum::<u64>() > 0));
        report.times(&format!("calls per day: {name}"), times, Some(plain.count_like(text)));
    };
    count("all", "");
    count("one digit", "7");
    count("three digits", "138");
    count("four digits", "1380");
    let days = [Timestamp(i64::MIN), Timestamp(i64::MAX)];
    let to_do = Filter { to_do: true, ..own() };
    report.times("how many are to do", timed(|_| assert!(store.log_counts(&to_do, &days).unwrap()[0] > 0)), None);
}

fn timed(mut question: impl FnMut(usize)) -> Vec<Duration> {
    (0..TIMES)
        .map(|number| {
            let begun = Instant::now();
            question(number);
            begun.elapsed()
        })
        .collect()
}
