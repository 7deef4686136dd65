//! Checking whether blocks and calls match, and building the blocks anew (S13). Triggers keep them matching, unless the file is
//! damaged or another program wrote to it without them.

use std::collections::HashSet;

use rusqlite::Connection;

use super::{HIGHEST, Key, LOWEST, block, count, pending};

/// Whether blocks and calls match: only by their counts, or (`thorough`) call by call.
pub(crate) fn in_step(db: &Connection, thorough: bool) -> rusqlite::Result<bool> {
    let map = block::map(db)?;
    let waiting = pending::all(db)?;
    // Without the keys that wait, the blocks and the table must have the same number of calls.
    let mut indexed: usize = map.blocks.iter().map(|block| block.calls).sum();
    let mut calls = count(db, "SELECT count(*) FROM call", ())?;
    let mut is_there = db.prepare("SELECT 1 FROM call WHERE started_at = ?1 AND id = ?2")?;
    for key in &waiting {
        if let Some(block) = map.blocks.get(map.at(*key)) {
            indexed = indexed.saturating_sub(usize::from(block::keys(db, block.id)?.find(*key).is_some()));
        }
        calls -= usize::from(is_there.exists(*key)?);
    }
    if calls != indexed {
        return Ok(false);
    }
    Ok(!thorough || (sets_are_all_there(db)? && keys_are_those_of_the_calls(db, &map, &waiting)?))
}

fn sets_are_all_there(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row("SELECT coalesce(sum(sets), 0) = (SELECT count(*) FROM search_set) FROM search_block", (), |row| row.get(0))
}

fn keys_are_those_of_the_calls(db: &Connection, map: &block::Map, waiting: &[Key]) -> rusqlite::Result<bool> {
    let waiting: HashSet<Key> = waiting.iter().copied().collect();
    let mut statement = db.prepare("SELECT started_at, id FROM call ORDER BY started_at, id")?;
    let mut calls = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?.filter(|key: &rusqlite::Result<Key>| {
        // Errors stay, so that they are returned.
        key.as_ref().map_or(true, |key| !waiting.contains(key))
    });
    for found in &map.blocks {
        let keys = block::keys(db, found.id)?;
        if keys.len() != found.calls {
            return Ok(false);
        }
        for key in (0..keys.len()).map(|slot| keys.at(slot)).filter(|key| !waiting.contains(key)) {
            if calls.next().transpose()? != Some(key) {
                return Ok(false);
            }
        }
    }
    Ok(calls.next().transpose()?.is_none())
}

/// Builds all blocks anew from the calls; with a million calls that takes some seconds.
pub(crate) fn rebuild(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("DELETE FROM search_set; DELETE FROM search_keys; DELETE FROM search_block; DELETE FROM search_pending;")?;
    block::build(db, (LOWEST, HIGHEST), None)
}
