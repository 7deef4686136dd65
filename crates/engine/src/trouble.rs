//! Converts the problem of a failed transfer to and from the JSON text in the store.

use ringside_domain::{Problem, ProblemCode, Trouble};
use ringside_store::Troubled;

pub(crate) fn to_text(problem: &Problem) -> String {
    serde_json::to_string(problem).unwrap_or_else(|_| problem.to_string())
}

pub(crate) fn of(kept: Troubled) -> Trouble {
    let Troubled { call, started_at, error, next_try_at } = kept;
    // The text of another version is shown as it is.
    let problem = serde_json::from_str(&error).unwrap_or_else(|_| Problem::new(ProblemCode::DownloadFailed, error, next_try_at.is_some()));
    Trouble { call, started_at, problem, next_try_at }
}
