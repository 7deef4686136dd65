//! The same questions in plain SQL, on another connection to the same file: LIKE for searching, OFFSET for paging.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::{Connection, Params};

use crate::report::Report;

const RUNS: usize = 3;
const COLUMNS: &str = "SELECT * FROM call LEFT JOIN note ON note.call = call.id";

pub struct Plain(Connection);

impl Plain {
    pub fn open(file: &Path) -> Self {
        let db = Connection::open(file).unwrap();
        db.pragma_update(None, "cache_size", -(32 << 10)).unwrap();
        Self(db)
    }

    /// The newest 50 calls that contain the text and satisfy the condition.
    pub fn like(&self, text: &str, condition: &str) -> Vec<Duration> {
        let sql = format!(
            "{COLUMNS} WHERE (customer_number LIKE ?1 OR member_id LIKE ?1 OR customer_id LIKE ?1 OR text LIKE ?1 OR disposition LIKE ?1)
             AND {condition} ORDER BY started_at DESC, id DESC LIMIT 50"
        );
        self.timed(&sql, [format!("%{text}%")])
    }

    pub fn offset(&self, condition: &str, skip: u64) -> Vec<Duration> {
        let sql = format!("{COLUMNS} WHERE {condition} ORDER BY started_at DESC, id DESC LIMIT 50 OFFSET ?1");
        self.timed(&sql, [i64::try_from(skip).unwrap()])
    }

    pub fn count_like(&self, text: &str) -> Vec<Duration> {
        self.timed(
            "SELECT started_at / 86400000, count(*) FROM call LEFT JOIN note ON note.call = call.id
             WHERE customer_number LIKE ?1 OR member_id LIKE ?1 OR customer_id LIKE ?1 OR text LIKE ?1 OR disposition LIKE ?1 GROUP BY 1",
            [format!("%{text}%")],
        )
    }

    fn timed(&self, sql: &str, params: impl Params + Clone) -> Vec<Duration> {
        let mut statement = self.0.prepare(sql).unwrap();
        let run = |_| {
            let begun = Instant::now();
            let mut rows = statement.query(params.clone()).unwrap();
            while let Some(row) = rows.next().unwrap() {
                std::hint::black_box(row.get_ref(0).unwrap());
            }
            begun.elapsed()
        };
        (0..RUNS).map(run).collect()
    }
}

/// The sizes of the search's tables and of the calls'.
pub fn sizes(file: &Path, report: &mut Report) {
    let db = Connection::open(file).unwrap();
    let sum = |condition: &str| {
        let sql = format!("SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE aggregate = TRUE AND {condition}");
        let bytes: i64 = db.query_row(&sql, (), |row| row.get(0)).unwrap();
        f64::from(u32::try_from(bytes >> 10).unwrap()) / 1024.0
    };
    report.number("MiB of it for the search", sum("name GLOB 'search_*'"));
    report.number("MiB of it for calls and their indexes", sum("name GLOB 'call*'"));
}
