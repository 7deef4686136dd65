//! The log with a million calls: searches, pages, counts, inserts; for comparison LIKE and OFFSET on the same file.
//!
//! `cargo bench -p ringside-store --bench log [-- --calls 1000000 --seed 1]` prints a table and one line of JSON.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)]

mod calls;
mod plain;
mod questions;
mod report;

use std::{path::Path, time::Instant};

use ringside_domain::{Span, Timestamp};
use ringside_store::{Store, Write};

use calls::{FIRST, PAGE, Random};
use report::Report;

fn main() {
    let total = argument("--calls").unwrap_or(1_000_000);
    let seed = argument("--seed").unwrap_or(1);
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut report = Report::new(total, seed);
    let (store, opened) = Store::open(folder.path(), Timestamp(0)).unwrap();
    runtime.block_on(fill(&store, total, seed, &mut report));
    runtime.block_on(single_writes(&store, total, &mut report));
    drop(store);
    report.number("MiB on disk", mebibytes(&opened.file));
    plain::sizes(&opened.file, &mut report);

    let begun = Instant::now();
    let (store, again) = Store::open(folder.path(), Timestamp(0)).unwrap();
    assert!(!again.search_rebuilt);
    report.number("ms to open", begun.elapsed().as_secs_f64() * 1000.0);
    questions::ask(&store, &opened.file, total, seed, &mut report);
    runtime.block_on(rebuild(&store, &mut report));
    report.print();
}

/// Writes the calls of the first fetch, without notes, then all others with their notes.
async fn fill(store: &Store, total: u64, seed: u64, report: &mut Report) {
    let begun = Instant::now();
    let mut first_fetch = None;
    for (first, mut writes) in (0..).step_by(usize::try_from(PAGE).unwrap()).zip(calls::pages(total, seed)) {
        let span = Span { since: Timestamp(i64::try_from(first).unwrap()), until: Timestamp(i64::try_from(first + PAGE).unwrap()) };
        writes.push(Write::Fetched { scope: "all".to_owned(), span });
        store.write(writes).await.unwrap();
        if first + PAGE >= FIRST.min(total) && first_fetch.is_none() {
            // Answered after the search's blocks for the writes before it were built.
            store.write(Vec::new()).await.unwrap();
            first_fetch = Some(begun.elapsed());
        }
    }
    store.write(Vec::new()).await.unwrap();
    let rate = |calls: u64, seconds: f64| f64::from(u32::try_from(calls).unwrap()) / seconds;
    report.number("calls/s, first fetch, indexed", rate(FIRST.min(total), first_fetch.unwrap().as_secs_f64()));
    report.number("calls/s, all, with notes, indexed", rate(total, begun.elapsed().as_secs_f64()));
}

/// Writes calls one by one at the newest end of the log: each is a commit, and some are followed by building a block.
async fn single_writes(store: &Store, total: u64, report: &mut Report) {
    let mut random = Random(7);
    let mut times = Vec::new();
    for id in total..total + 600 {
        let call = Write::Call(Box::new(calls::call(id, total, &mut random)));
        let begun = Instant::now();
        store.write(vec![call]).await.unwrap();
        times.push(begun.elapsed());
    }
    report.times("one call written, synced", times, None);
}

async fn rebuild(store: &Store, report: &mut Report) {
    let begun = Instant::now();
    store.rebuild_search().await.unwrap();
    report.number("s to build the search anew", begun.elapsed().as_secs_f64());
}

fn argument(name: &str) -> Option<u64> {
    let mut arguments = std::env::args();
    arguments.find(|argument| argument == name)?;
    arguments.next()?.parse().ok()
}

fn mebibytes(file: &Path) -> f64 {
    f64::from(u32::try_from(file.metadata().unwrap().len() >> 10).unwrap()) / 1024.0
}
