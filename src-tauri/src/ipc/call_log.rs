//! What the main window asks of the call log; what changes it is an intent.

use ringside_domain::{Begin, CallId, Filter, LogRow, Problem, Sums, Timestamp, is_withheld};
use tauri::State;

use crate::app::farewell::Shell;

#[tauri::command]
pub async fn log_page(shell: State<'_, Shell>, filter: Filter, begin: Begin, skip: u64, limit: usize) -> Result<Vec<LogRow>, Problem> {
    let rows = shell.handle.log_page(filter, begin, skip, limit).await?;
    Ok(rows.into_iter().map(shown).collect())
}

#[tauri::command]
pub async fn log_counts(shell: State<'_, Shell>, filter: Filter, boundaries: Vec<Timestamp>) -> Result<Vec<u64>, Problem> {
    shell.handle.log_counts(filter, boundaries).await
}

#[tauri::command]
pub async fn log_sums(shell: State<'_, Shell>, boundaries: Vec<Timestamp>) -> Result<Vec<Sums>, Problem> {
    shell.handle.log_sums(boundaries).await
}

#[tauri::command]
pub async fn log_row(shell: State<'_, Shell>, call: CallId) -> Result<Option<LogRow>, Problem> {
    Ok(shell.handle.log_row(call).await?.map(shown))
}

/// What stands in the place of a number that is withheld is nobody's, and no text to read.
fn shown(mut row: LogRow) -> LogRow {
    if is_withheld(&row.call.customer_number) {
        row.call.customer_number.clear();
    }
    row
}
