//! Finding numbers in every spelling, texts that look like queries, and each agent's own calls.

use ringside_domain::{Begin, Call, CallId, Edit, Extension, Filter, NumberRules, Owner, Timestamp};

use super::{call, owner, saved, searching::rules_of_the_country};
use crate::{Store, Write};

async fn numbered(numbers: &[&str]) -> Store {
    let store = Store::in_memory().unwrap();
    let calls = (1..).zip(numbers).map(|(id, number)| {
        let mut call = call(id, i64::try_from(id).unwrap());
        call.customer_number = (*number).to_owned();
        call
    });
    store.write(calls.map(|call| saved(&call)).collect()).await.unwrap();
    store
}

fn found(store: &Store, text: &str, numbers: NumberRules) -> Vec<u64> {
    let filter = Filter { text: text.to_owned(), numbers, ..Filter::default() };
    store.log(&filter, Begin::Oldest, 0, 100).unwrap().iter().map(|entry| entry.call.id.0).collect()
}

#[tokio::test]
async fn numbers_are_found_with_and_without_prefixes_and_kept_as_received() {
    let raw = ["15029913692", "015029913692", "+8615029913692", "9015029913692", "15029913693", "95588", "015"];
    let store = numbered(&raw).await;
    let rules = rules_of_the_country;
    for typed in ["15029913692", "015029913692", "+8615029913692", "+86-150-2991-3692", "(0)15029913692"] {
        assert_eq!(found(&store, typed, rules()), [1, 2, 3, 4], "{typed}");
    }
    assert_eq!(found(&store, "0150299", rules()), [1, 2, 3, 4, 5], "the beginning is enough");
    assert_eq!(found(&store, "150 2991 3692", rules()), [1, 2, 3, 4], "in groups, as people write them");
    assert_eq!(found(&store, "13692", rules()), [1, 2, 3, 4], "any part");
    assert_eq!(found(&store, "015029913692", NumberRules::default()), [2, 4]);
    assert_eq!(found(&store, "95588", rules()), [6], "a short number keeps its 9");
    assert_eq!(found(&store, "015", rules()), [2, 4, 7]);
    let kept: Vec<String> =
        store.log(&Filter::default(), Begin::Oldest, 0, 100).unwrap().into_iter().map(|entry| entry.call.customer_number).collect();
    assert_eq!(kept, raw);
}

#[tokio::test]
async fn s16_a_text_that_looks_like_a_query_is_found_as_a_text() {
    let texts = ["say \"hi\"", "a*", "NEAR(a, b)", "-x", "x AND y OR z", "100%", "a_b", "col:val", "';DROP TABLE call;--", "\\", "^"];
    let store = numbered(&texts).await;
    for (id, text) in (1..).zip(texts) {
        assert!(found(&store, text, NumberRules::default()).contains(&id), "{text}");
    }
    assert_eq!(found(&store, "%", NumberRules::default()), [6]);
    assert_eq!(found(&store, "_", NumberRules::default()), [7]);
    assert_eq!(found(&store, "\"", NumberRules::default()), [1]);
    assert_eq!(found(&store, "OR", NumberRules::default()), [5]);
}

#[tokio::test]
async fn earlier_calls_are_found_by_any_spelling_of_the_number_newest_first() {
    let store = numbered(&["15029913692", "015029913692", "15029913693", "+8615029913692", "9015029913692"]).await;
    store.write(vec![Write::Note { call: CallId(4), edit: Edit::Text("退款".to_owned()) }]).await.unwrap();
    let earlier = |number: &str, before, limit| {
        let found = store.earlier_calls(&owner(), number, &rules_of_the_country(), Timestamp(before), limit).unwrap();
        found.iter().map(|entry| (entry.call.id.0, entry.note.text.clone())).collect::<Vec<_>>()
    };
    let none = String::new;
    assert_eq!(earlier("015029913692", 5, 1), [(4, "退款".to_owned())]);
    assert_eq!(earlier("8615029913692", 100, 10), [(5, none()), (4, "退款".to_owned()), (2, none()), (1, none())]);
    assert_eq!(earlier("15029913692", 1, 10), []);
    assert_eq!(store.earlier_calls(&owner(), "15029913692", &NumberRules::default(), Timestamp(9), 10).unwrap().len(), 1);
}

#[tokio::test]
async fn fm4_numbers_written_with_separators_are_found_by_the_search_and_as_earlier_calls() {
    let raw = [
        "150-2991-3692",
        "+86 150 2991 3692",
        "sip:015029913692@pbx",
        "１５０２９９１３６９２",
        "008615029913692",
        "150-2991-3693",
        "anonymous",
    ];
    let store = numbered(&raw).await;
    let earlier = |number: &str| -> Vec<u64> {
        let found = store.earlier_calls(&owner(), number, &rules_of_the_country(), Timestamp(100), 10).unwrap();
        found.iter().map(|entry| entry.call.id.0).collect()
    };
    for typed in ["15029913692", "+86-150-2991-3692", "008615029913692", "(150)2991.3692"] {
        assert_eq!(found(&store, typed, rules_of_the_country()), [1, 2, 3, 4, 5], "{typed}");
        assert_eq!(earlier(typed), [5, 4, 3, 2, 1], "{typed}");
    }
    assert!(earlier("anonymous").is_empty(), "a withheld number is nobody's");
    assert_eq!(found(&store, "15029913692", NumberRules::default()), [1, 2, 3, 4, 5], "any part");
    // The call gets another number: by its former number it is not found any more.
    let mut changed = call(1, 1);
    changed.customer_number = "150-0000-0000".to_owned();
    store.write(vec![saved(&changed)]).await.unwrap();
    assert_eq!((earlier("15029913692"), earlier("15000000000")), (vec![5, 4, 3, 2], vec![1]));
    store.delete_before(Timestamp(2), 10).await.unwrap();
    assert!(earlier("15000000000").is_empty());
}

#[tokio::test]
async fn agents_who_share_a_data_folder_see_only_their_own_calls() {
    let store = Store::in_memory().unwrap();
    let of = |account: &str, extension: &str, agent: Option<&str>| Owner {
        account: account.to_owned(),
        extension: Extension(extension.to_owned()),
        agent: agent.map(str::to_owned),
    };
    let made =
        [of("demo", "100001", Some("10")), of("demo", "100002", Some("10")), of("other", "100001", None), of("demo", "100001", Some("11"))];
    for (id, owner) in (1..).zip(made) {
        let Owner { account, extension, agent } = owner;
        store.write(vec![saved(&Call { account, extension, agent, ended_at: Some(Timestamp(9)), ..call(id, 5) })]).await.unwrap();
    }
    // With an agent (hot desk), that agent's calls only; without, all calls of the extension.
    let owners = [
        (of("demo", "100001", None), 2),
        (of("demo", "100002", None), 1),
        (of("other", "100001", None), 1),
        (of("demo", "100001", Some("10")), 1),
        (of("demo", "100001", Some("1")), 0),
        (of("other", "100001", Some("10")), 0),
    ];
    let all = [i64::MIN, i64::MAX].map(Timestamp);
    for (owner, count) in owners.iter().map(|(owner, count)| (Some(owner), *count)).chain([(None, 4)]) {
        let filter = Filter { owner: owner.cloned(), text: "2991".to_owned(), ..Filter::default() };
        assert_eq!(store.log(&filter, Begin::Newest, 0, 9).unwrap().len(), count, "{owner:?}");
        assert_eq!(store.log_counts(&filter, &all).unwrap(), [count as u64], "{owner:?}");
        assert_eq!(store.export(filter).map(|page| page.unwrap().len()).sum::<usize>(), count, "{owner:?}");
        assert_eq!(store.sums(owner, &all).unwrap()[0].no_answer, count as u64, "{owner:?}");
    }
    for (owner, count) in &owners {
        let earlier = store.earlier_calls(owner, "015029913692", &NumberRules::default(), Timestamp(9), 9).unwrap();
        assert_eq!(earlier.len(), *count, "{owner:?}");
    }
}
