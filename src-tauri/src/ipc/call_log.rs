//! What the main window asks of the call log; what changes it is an intent.

use ringside_domain::{Begin, CallId, Filter, LogRow, Problem, Sums, Timestamp, is_withheld};
use ringside_engine::Handle;
use tauri::State;

#[tauri::command]
pub async fn log_page(handle: State<'_, Handle>, filter: Filter, begin: Begin, skip: u64, limit: usize) -> Result<Vec<LogRow>, Problem> {
    let rows = handle.log_page(filter, begin, skip, limit).await?;
    Ok(rows.into_iter().map(shown).collect())
}

#[tauri::command]
pub async fn log_counts(handle: State<'_, Handle>, filter: Filter, boundaries: Vec<Timestamp>) -> Result<Vec<u64>, Problem> {
    handle.log_counts(filter, boundaries).await
}

#[tauri::command]
pub async fn log_sums(handle: State<'_, Handle>, boundaries: Vec<Timestamp>) -> Result<Vec<Sums>, Problem> {
    handle.log_sums(boundaries).await
}

#[tauri::command]
pub async fn log_row(handle: State<'_, Handle>, call: CallId) -> Result<Option<LogRow>, Problem> {
    Ok(handle.log_row(call).await?.map(shown))
}

/// What stands in the place of a number that is withheld is nobody's, and no text to read.
fn shown(mut row: LogRow) -> LogRow {
    if is_withheld(&row.call.customer_number) {
        row.call.customer_number.clear();
    }
    row
}
