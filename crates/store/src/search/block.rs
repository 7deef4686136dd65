//! Blocks: stretches of the log, each with its calls' keys and its sets. A block is never changed, only built anew.

use ringside_domain::LogRow;
use rusqlite::{Connection, OptionalExtension, params};

use super::{HIGHEST, Key, LOWEST, bits, count, query};
use crate::entry;

pub(crate) const V2: &str = "
CREATE TABLE search_block (
    id          INTEGER PRIMARY KEY,
    first_start INTEGER NOT NULL, -- ms since 1970; the block reaches from here
    first_call  INTEGER NOT NULL, -- call.id; to where the next begins, the lowest block from the beginning of time
    calls       INTEGER NOT NULL, -- how many
    sets        INTEGER NOT NULL  -- how many
) STRICT;
CREATE TABLE search_keys (
    block INTEGER PRIMARY KEY,
    keys  BLOB NOT NULL           -- start and id of each call, in the order of the log, 8 bytes each
) STRICT;
CREATE TABLE search_set (
    block INTEGER NOT NULL,
    gram  INTEGER NOT NULL,       -- a run of one to three characters, or a filter
    calls BLOB NOT NULL,          -- which of the block's have it, by their place among the keys
    PRIMARY KEY (block, gram)
) STRICT, WITHOUT ROWID;
";

/// Deletes all blocks, so that they are built anew with the sets of owners (schema 3) and of agents (schema 7).
pub(crate) const V3: &str = "DELETE FROM search_set; DELETE FROM search_keys; DELETE FROM search_block; DELETE FROM search_pending;";

/// Calls in a block, at most. More calls make searches for rare texts faster, fewer calls make building a block faster.
pub(super) const CALLS: usize = if cfg!(test) { 8 } else { 4096 };

#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub id: i64,
    first: Key,
    pub calls: usize,
}

/// All blocks, in the order of the log.
#[derive(Debug)]
pub(super) struct Map {
    pub blocks: Vec<Block>,
}

pub(super) fn map(db: &Connection) -> rusqlite::Result<Map> {
    let blocks = db
        .prepare_cached("SELECT id, first_start, first_call, calls FROM search_block")?
        .query_map((), |row| Ok(Block { id: row.get(0)?, first: (row.get(1)?, row.get(2)?), calls: row.get::<_, u32>(3)? as usize }))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut map = Map { blocks };
    map.blocks.sort_unstable_by_key(|block| block.first);
    Ok(map)
}

impl Map {
    /// The place of the block whose stretch contains the key; 0 if there is no block.
    pub fn at(&self, key: Key) -> usize {
        self.blocks.partition_point(|block| block.first <= key).saturating_sub(1)
    }

    /// The first and last key of the block's stretch. Together the stretches contain every possible key.
    pub fn range(&self, place: usize) -> (Key, Key) {
        let first = if place == 0 { LOWEST } else { self.blocks[place].first };
        (first, self.blocks.get(place + 1).map_or(HIGHEST, |next| before(next.first)))
    }
}

/// The next lower key.
pub(super) fn before((start, id): Key) -> Key {
    if id == i64::MIN { (start.saturating_sub(1), i64::MAX) } else { (start, id - 1) }
}

/// The next higher key.
pub(super) fn after((start, id): Key) -> Key {
    if id == i64::MAX { (start.saturating_add(1), i64::MIN) } else { (start, id + 1) }
}

/// The keys of a block's calls, in the order of the log. They are decoded one by one, since few of them are needed.
#[derive(Debug, Default)]
pub(super) struct Keys(Vec<u8>);

const KEY_BYTES: usize = 16;

pub(super) fn keys(db: &Connection, block: i64) -> rusqlite::Result<Keys> {
    let bytes = db.prepare_cached("SELECT keys FROM search_keys WHERE block = ?1")?.query_row([block], |row| row.get(0)).optional()?;
    Ok(Keys(bytes.unwrap_or_default()))
}

impl Keys {
    pub fn len(&self) -> usize {
        self.0.len() / KEY_BYTES
    }

    pub fn at(&self, slot: usize) -> Key {
        let number = |at: usize| self.0.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(i64::MAX, i64::from_le_bytes);
        (number(slot * KEY_BYTES), number(slot * KEY_BYTES + 8))
    }

    pub fn find(&self, key: Key) -> Option<usize> {
        let slot = self.below(key);
        (slot < self.len() && self.at(slot) == key).then_some(slot)
    }

    /// How many keys are lower than this one.
    pub fn below(&self, key: Key) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.at(middle) < key { low = middle + 1 } else { high = middle }
        }
        low
    }
}

/// Builds the blocks of the calls in the range, which replace `old`. Only one block at a time is in memory.
pub(super) fn build(db: &Connection, range: (Key, Key), old: Option<&Block>) -> rusqlite::Result<()> {
    if let Some(old) = old {
        for table in ["search_block WHERE id", "search_keys WHERE block", "search_set WHERE block"] {
            db.prepare_cached(&format!("DELETE FROM {table} = ?1"))?.execute([old.id])?;
        }
    }
    let bounds = (range.0.0, range.0.1, range.1.0, range.1.1);
    let calls = count(db, STRETCH, bounds)?;
    let mut first = Some(range.0);
    let mut draft = Draft::default();
    let mut sizes = sizes(calls, range);
    let mut size = sizes.next().unwrap_or(0);
    let mut statement = db.prepare_cached(&entry::select(&format!("WHERE {WITHIN} ORDER BY started_at, id")))?;
    let mut rows = statement.query(bounds)?;
    while let Some(row) = rows.next()? {
        draft.add(&entry::read(row)?);
        if draft.keys.len() == size {
            draft.save(db, first.take())?;
            size = sizes.next().unwrap_or(0);
        }
    }
    Ok(())
}

const WITHIN: &str = "(started_at, id) BETWEEN (?1, ?2) AND (?3, ?4)";
pub(crate) const STRETCH: &str = "SELECT count(*) FROM call WHERE (started_at, id) BETWEEN (?1, ?2) AND (?3, ?4)";

/// The sizes of the blocks. At the ends of the log, where calls are added, the outermost block is the one with room.
fn sizes(calls: usize, (first, last): (Key, Key)) -> Box<dyn Iterator<Item = usize>> {
    let (full, rest) = (calls / CALLS, calls % CALLS);
    let rest = (rest > 0).then_some(rest);
    if last == HIGHEST {
        Box::new(std::iter::repeat_n(CALLS, full).chain(rest))
    } else if first == LOWEST {
        Box::new(rest.into_iter().chain(std::iter::repeat_n(CALLS, full)))
    } else {
        let pieces = calls.div_ceil(CALLS);
        Box::new((0..pieces).map(move |piece| (calls * (piece + 1)) / pieces - (calls * piece) / pieces))
    }
}

/// A block that is being built.
#[derive(Default)]
struct Draft {
    keys: Vec<Key>,
    members: Vec<(i64, u16)>,
}

impl Draft {
    fn add(&mut self, entry: &LogRow) {
        // A block has fewer than 65,536 calls.
        let slot = u16::try_from(self.keys.len()).unwrap_or(u16::MAX);
        query::grams(entry, |gram| self.members.push((gram, slot)));
        self.keys.push((entry.call.started_at.0, crate::call::id_number(entry.call.id)));
    }

    /// Writes the block and empties the draft. `first` is the first key of the block's stretch; `None`: its first call's key.
    fn save(&mut self, db: &Connection, first: Option<Key>) -> rusqlite::Result<()> {
        self.members.sort_unstable();
        self.members.dedup();
        let calls = self.keys.len();
        let sets = self.members.chunk_by(|a, b| a.0 == b.0);
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let (start, call) = first.unwrap_or(self.keys[0]);
        db.prepare_cached("INSERT INTO search_block (first_start, first_call, calls, sets) VALUES (?1, ?2, ?3, ?4)")?.execute(params![
            start,
            call,
            number(calls),
            number(sets.clone().count())
        ])?;
        let id = db.last_insert_rowid();
        let keys: Vec<u8> = self.keys.iter().flat_map(|(start, id)| [start.to_le_bytes(), id.to_le_bytes()]).flatten().collect();
        db.prepare_cached("INSERT INTO search_keys VALUES (?1, ?2)")?.execute((id, keys))?;
        let mut insert = db.prepare_cached("INSERT INTO search_set VALUES (?1, ?2, ?3)")?;
        let mut slots = Vec::new();
        for set in sets {
            slots.clear();
            slots.extend(set.iter().map(|member| member.1));
            insert.execute((id, set[0].0, bits::encode(&slots, calls)))?;
        }
        self.keys.clear();
        self.members.clear();
        Ok(())
    }
}
