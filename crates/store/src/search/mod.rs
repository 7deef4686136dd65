//! Finding calls by any part of a number, a note or an id, with filters, newest or oldest first.
//!
//! The log is cut, in its order, into blocks of up to 4,096 calls. Each block has sets of its calls: one for each run of one, two or
//! three characters in their texts, and one for each filter. A search intersects the sets block by block and stops when the page is
//! full: a common search ends in the first block, and a search without a hit costs a few look-ups per block. Calls that changed since
//! their block was built wait in a short list, which every search reads.
//!
//! SQLite's own full-text index, FTS5, does not do this. Its trigram tokenizer finds no text of fewer than three characters, but the
//! log is searched from the first character typed, and two Chinese characters are a whole name. To give the newest hits first, or the
//! exact number of hits of each day, FTS5 has to visit every hit; here a block's sets are counted without reading its calls.
//! `cargo bench -p ringside-store --bench log` measures searches of one, two and more characters, pages and counts per day over a
//! million calls, beside LIKE and OFFSET on the same file, and how many bytes the sets take.

mod bits;
pub(crate) mod block;
mod check;
mod counting;
mod gram;
mod page;
mod pending;
mod query;

use rusqlite::{Connection, Params};

pub(crate) use {
    block::{V2 as BLOCK_V2, V3 as BLOCK_V3},
    check::{in_step, rebuild},
    counting::counts,
    page::page,
    pending::{V2 as PENDING_V2, V3 as PENDING_V3, V5 as PENDING_V5, V7 as PENDING_V7, is_untidy, tidy},
};

/// A call's place in the log: start in ms since 1970, then our id.
pub(crate) type Key = (i64, i64);
/// The single number that the query returns.
fn count(db: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
    let number: i64 = db.prepare_cached(sql)?.query_row(params, |row| row.get(0))?;
    Ok(usize::try_from(number).unwrap_or(0))
}

pub(crate) const LOWEST: Key = (i64::MIN, i64::MIN);
pub(crate) const HIGHEST: Key = (i64::MAX, i64::MAX);
