//! The main window's commands that read the call log. Changes to the log are intents.

use ringside_domain::{Begin, CallId, Filter, LogRow, Sums, Timestamp, is_withheld};
use ringside_engine::Handle;
use tauri::{Manager, State, Window};

use super::Answer;

pub async fn log_page(window: &Window, filter: Filter, begin: Begin, skip: u64, limit: usize) -> Answer<Vec<LogRow>> {
    let rows = log(window).log_page(filter, begin, skip, limit).await?;
    Ok(rows.into_iter().map(shown).collect())
}

pub async fn log_counts(window: &Window, filter: Filter, boundaries: Vec<Timestamp>) -> Answer<Vec<u64>> {
    log(window).log_counts(filter, boundaries).await
}

pub async fn log_sums(window: &Window, boundaries: Vec<Timestamp>) -> Answer<Vec<Sums>> {
    log(window).log_sums(boundaries).await
}

pub async fn log_row(window: &Window, call: CallId) -> Answer<Option<LogRow>> {
    Ok(log(window).log_row(call).await?.map(shown))
}

fn log(window: &Window) -> State<'_, Handle> {
    window.state()
}

/// Clears the placeholder of a withheld number, which is no customer's number.
fn shown(mut row: LogRow) -> LogRow {
    if is_withheld(&row.call.customer_number) {
        row.call.customer_number.clear();
    }
    row
}
