//! Why a recording could not be fetched, as the store keeps it: the problem as JSON.

use ringside_domain::{Problem, ProblemCode, Trouble};
use ringside_store::Troubled;

pub(crate) fn to_text(problem: &Problem) -> String {
    serde_json::to_string(problem).unwrap_or_else(|_| problem.to_string())
}

pub(crate) fn of(kept: Troubled) -> Trouble {
    let Troubled { call, started_at, error, next_try_at } = kept;
    // A text that is none of this version's says what it can.
    let problem = serde_json::from_str(&error).unwrap_or_else(|_| Problem::new(ProblemCode::DownloadFailed, error, next_try_at.is_some()));
    Trouble { call, started_at, problem, next_try_at }
}
