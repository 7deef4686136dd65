//! Walking the log block by block, and reading a page.

use ringside_domain::{Begin, Cursor, Filter, LogRow, Timestamp};
use rusqlite::{Connection, OptionalExtension};

use super::{
    HIGHEST, Key, LOWEST,
    bits::Bits,
    block::{self, Block, Keys, Map},
    pending,
    query::Query,
};
use crate::{call::id_number, entry};

/// The data that a search needs for all blocks, read once.
pub(super) struct Walk<'a> {
    db: &'a Connection,
    pub query: Query<'a>,
    pub map: Map,
    /// The keys of calls that changed: the blocks' sets are not valid for them.
    stale: Vec<Key>,
    /// The changed calls that match the filter, in the order of the log.
    pub waiting: Vec<Key>,
}

impl<'a> Walk<'a> {
    pub fn new(db: &'a Connection, filter: &'a Filter) -> rusqlite::Result<Self> {
        let query = Query::new(filter);
        let stale = pending::all(db)?;
        let mut waiting = Vec::new();
        for key in &stale {
            // A call that was deleted, or whose start changed, has this key no more.
            let there = entry::get(db, key.1)?.filter(|entry| entry.call.started_at.0 == key.0);
            if there.is_some_and(|entry| query.takes(&entry)) {
                waiting.push(*key);
            }
        }
        Ok(Self { db, query, map: block::map(db)?, stale, waiting })
    }

    /// The block's calls that may match the filter; `keys` are read only if they are needed.
    pub fn candidates(&self, place: usize, keys: &mut OnceKeys) -> rusqlite::Result<Bits> {
        let Some(block) = self.map.blocks.get(place) else { return Ok(Bits::none(0)) };
        let mut bits = Bits::all(block.calls);
        self.keep(block, &self.query.required, &mut bits)?;
        for ways in &self.query.either {
            let mut either = Bits::none(block.calls);
            for grams in ways {
                let mut way = bits.clone();
                self.keep(block, grams, &mut way)?;
                either.add(&way);
            }
            bits = either;
        }
        let stale = within(&self.stale, self.map.range(place));
        if !stale.is_empty() && !bits.is_empty() {
            let keys = keys.of(self.db, block)?;
            stale.iter().filter_map(|key| keys.find(*key)).for_each(|slot| bits.remove(slot));
        }
        Ok(bits)
    }

    fn keep(&self, block: &Block, grams: &[i64], bits: &mut Bits) -> rusqlite::Result<()> {
        let mut statement = self.db.prepare_cached("SELECT calls FROM search_set WHERE block = ?1 AND gram = ?2")?;
        for gram in grams {
            if bits.is_empty() {
                break;
            }
            let kept = statement.query_row((block.id, gram), |row| {
                bits.keep(row.get_ref(0)?.as_blob()?);
                Ok(())
            });
            if kept.optional()?.is_none() {
                bits.keep(&[]);
            }
        }
        Ok(())
    }

    /// Whether a candidate matches the filter.
    pub fn confirms(&self, key: Key) -> rusqlite::Result<bool> {
        self.query.confirms(self.db, key.1)
    }
}

/// A block's keys, read at most once.
#[derive(Default)]
pub(super) struct OnceKeys(Option<Keys>);

impl OnceKeys {
    pub fn of(&mut self, db: &Connection, block: &Block) -> rusqlite::Result<&Keys> {
        match &mut self.0 {
            Some(keys) => Ok(keys),
            none => Ok(none.insert(block::keys(db, block.id)?)),
        }
    }
}

/// The part of sorted keys that is in the range, ends included.
pub(super) fn within(keys: &[Key], (first, last): (Key, Key)) -> &[Key] {
    let start = keys.partition_point(|key| *key < first);
    let end = keys.partition_point(|key| *key <= last);
    &keys[start.min(end)..end]
}

/// The page from `begin` on, without the first `skip` calls.
pub(crate) fn page(db: &Connection, filter: &Filter, begin: Begin, skip: u64, limit: usize) -> rusqlite::Result<Vec<LogRow>> {
    let snapshot = db.unchecked_transaction()?;
    let walk = Walk::new(&snapshot, filter)?;
    let (first, last) = bounds(filter, begin);
    let mut page = Vec::new();
    if first > last || limit == 0 {
        return Ok(page);
    }
    let older = matches!(begin, Begin::Newest | Begin::Before(_));
    let mut skip = usize::try_from(skip).unwrap_or(usize::MAX);
    let (low, high) = (walk.map.at(first), walk.map.at(last));
    for step in 0..=high - low {
        let place = if older { high - step } else { low + step };
        let stretch = walk.map.range(place);
        let part = (stretch.0.max(first), stretch.1.min(last));
        let mut keys = OnceKeys::default();
        let bits = walk.candidates(place, &mut keys)?;
        let waiting = within(&walk.waiting, part);
        let count = bits.count() + waiting.len();
        if count == 0 {
            continue;
        }
        if walk.query.exact && part == stretch && count <= skip {
            skip -= count;
            continue;
        }
        let mut found = waiting.to_vec();
        if let Some(block) = walk.map.blocks.get(place) {
            let keys = keys.of(&snapshot, block)?;
            found.extend(bits.slots(0..keys.len()).map(|slot| keys.at(slot)).filter(|key| (part.0..=part.1).contains(key)));
        }
        found.sort_unstable();
        if older {
            found.reverse();
        }
        let start = if walk.query.exact { skip.min(found.len()) } else { 0 };
        skip -= start;
        for key in &found[start..] {
            if !walk.confirms(*key)? {
                continue;
            }
            if skip > 0 {
                skip -= 1;
                continue;
            }
            page.extend(entry::get(&snapshot, key.1)?);
            if page.len() == limit {
                return Ok(page);
            }
        }
    }
    Ok(page)
}

/// First and last key that may be in the page.
fn bounds(filter: &Filter, begin: Begin) -> (Key, Key) {
    let mut first = filter.from.map_or(LOWEST, |from| (from.0, i64::MIN));
    let mut last = filter.to.map_or(HIGHEST, |Timestamp(to)| block::before((to, i64::MIN)));
    match begin {
        Begin::Newest | Begin::Oldest => {}
        Begin::Before(cursor) => last = last.min(block::before(key(cursor))),
        Begin::After(cursor) => first = first.max(block::after(key(cursor))),
    }
    (first, last)
}

fn key(cursor: Cursor) -> Key {
    (cursor.started_at.0, id_number(cursor.id))
}
