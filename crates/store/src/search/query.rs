//! A filter prepared for a search: the sets to intersect, and the test of a single call.

use std::borrow::Cow;

use ringside_domain::{CallOutcome, Direction, Extension, Filter, LogRow};
use rusqlite::Connection;

use super::gram::{self, fold};
use crate::{column, number};

pub(super) struct Query<'a> {
    filter: &'a Filter,
    words: Vec<Word>,
    /// The sets that every matching call is in.
    pub required: Vec<i64>,
    /// For each word that can be found in two ways (as it is, or without its prefix), the sets of each way.
    pub either: Vec<[Vec<i64>; 2]>,
    /// The sets alone decide; otherwise each call that is in all of them is read and tested.
    pub exact: bool,
}

struct Word {
    folded: String,
    /// The word as a number without its prefix: numbers match whose own form without a prefix begins with it.
    core: Option<String>,
}

impl<'a> Query<'a> {
    pub fn new(filter: &'a Filter) -> Self {
        let mut query = Self { filter, words: Vec::new(), required: Vec::new(), either: Vec::new(), exact: true };
        query.required.extend(filter.direction.map(of_direction));
        query.required.extend(filter.outcome.map(of_outcome));
        query.required.extend(filter.queue.as_ref().map(|queue| gram::named("queue", &queue.0)));
        query.required.extend(filter.disposition.as_ref().map(|name| gram::named("disposition", name)));
        query.required.extend(filter.to_do.then_some(gram::TO_DO));
        for folded in fold(&filter.text).split_whitespace().map(str::to_owned) {
            let number = number::typed(&folded);
            let core = number.as_deref().map(|number| filter.numbers.core(number)).filter(|core| *core != folded).map(Cow::into_owned);
            let grams = gram::of_word(&folded);
            query.exact &= core.is_none() && folded.chars().count() <= gram::LONGEST;
            // Without the `+`, since a country's code may be written with + or with 00.
            match core.as_deref().map(|core| core.trim_start_matches('+')) {
                // Every text with the word has this part of it, too.
                Some(core) if folded.contains(core) => query.required.extend(gram::of_word(core)),
                Some(core) => query.either.push([grams, gram::of_word(core)]),
                None => query.required.extend(grams),
            }
            query.words.push(Word { folded, core });
        }
        // Last, since most calls are the user's own: the other sets have excluded more calls by then.
        query.required.extend(filter.owner.as_ref().map(|owner| of_owner(&owner.account, &owner.extension)));
        query.required.extend(filter.owner.as_ref().and_then(|owner| owner.agent.as_deref()).map(of_agent));
        query
    }

    /// Whether the call matches the filter, apart from its start.
    pub fn takes(&self, entry: &LogRow) -> bool {
        let filter = self.filter;
        let call = &entry.call;
        filter.direction.is_none_or(|direction| call.direction == direction)
            && filter.outcome.is_none_or(|outcome| entry.outcome == Some(outcome))
            && filter.owner.as_ref().is_none_or(|owner| call.is_of(owner))
            && filter.queue.as_ref().is_none_or(|queue| call.queue.as_ref() == Some(queue))
            && filter.disposition.as_ref().is_none_or(|name| entry.note.disposition.as_ref() == Some(name))
            && (!filter.to_do || entry.is_to_do())
            && self.has_words(&texts(entry))
    }

    /// The part of the test that the sets leave open, for a call that is in all of them.
    pub fn confirms(&self, db: &Connection, id: i64) -> rusqlite::Result<bool> {
        if self.exact {
            return Ok(true);
        }
        let mut statement = db.prepare_cached(
            "SELECT customer_number, member_id, customer_id, (SELECT text FROM note WHERE note.call = ?1),
                 (SELECT disposition FROM note WHERE note.call = ?1) FROM call WHERE id = ?1",
        )?;
        let mut rows = statement.query([id])?;
        let Some(row) = rows.next()? else { return Ok(false) };
        let texts = [0, 1, 2, 3, 4].map(|place| column::text(row, place));
        let [number, member, customer, note, disposition] = texts;
        let (number, member, customer, note, disposition) = (number?, member?, customer?, note?, disposition?);
        Ok(self.has_words(&[number.as_deref(), member.as_deref(), customer.as_deref(), note.as_deref(), disposition.as_deref()]))
    }

    fn has_words(&self, texts: &Texts<'_>) -> bool {
        let number = texts[0].unwrap_or_default();
        let core = self.filter.numbers.core(number);
        let spelt = number::spelt(number);
        let begins = |word: &Word| word.core.as_ref().is_some_and(|typed| core.starts_with(typed));
        let texts = || texts.iter().flatten().copied().chain(spelt.as_deref());
        self.words.iter().all(|word| texts().any(|text| fold(text).contains(&word.folded)) || begins(word))
    }
}

/// The texts of a call that are searched; the customer's number comes first.
type Texts<'a> = [Option<&'a str>; 5];

fn texts(LogRow { call, note, .. }: &LogRow) -> Texts<'_> {
    [Some(&call.customer_number), call.member_id.as_deref(), call.customer_id.as_deref(), Some(&note.text), note.disposition.as_deref()]
}

/// Every set that the call is in.
pub(super) fn grams(entry: &LogRow, mut found: impl FnMut(i64)) {
    found(of_owner(&entry.call.account, &entry.call.extension));
    entry.call.agent.as_deref().map(of_agent).into_iter().for_each(&mut found);
    found(of_direction(entry.call.direction));
    entry.outcome.map(of_outcome).into_iter().for_each(&mut found);
    entry.call.queue.iter().for_each(|queue| found(gram::named("queue", &queue.0)));
    entry.note.disposition.iter().for_each(|name| found(gram::named("disposition", name)));
    if entry.is_to_do() {
        found(gram::TO_DO);
    }
    texts(entry).iter().flatten().for_each(|text| gram::all(&fold(text), &mut found));
    if let Some(plain) = number::spelt(&entry.call.customer_number) {
        gram::all(&fold(&plain), &mut found);
    }
}

fn of_owner(account: &str, extension: &Extension) -> i64 {
    gram::named("owner", &format!("{account}\0{extension}"))
}

fn of_agent(number: &str) -> i64 {
    gram::named("agent", number)
}

fn of_direction(direction: Direction) -> i64 {
    match direction {
        Direction::Outgoing => gram::OUTGOING,
        Direction::Incoming => gram::INCOMING,
    }
}

fn of_outcome(outcome: CallOutcome) -> i64 {
    match outcome {
        CallOutcome::Answered => gram::ANSWERED,
        CallOutcome::Missed => gram::MISSED,
        CallOutcome::NoAnswer => gram::NO_ANSWER,
    }
}
