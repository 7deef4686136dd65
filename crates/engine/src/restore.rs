//! Restores the state of the last run. No stored data can prevent a start: a part that cannot be read is set aside and reported, and
//! the rest is used.

use std::time::Duration;

use ringside_domain::{Call, CallId, Owner, Place, Problem, ProblemCode, SavedState, Timestamp, clean};
use ringside_store::{Store, StoreError, Write};

use crate::config::Config;

mod fit;
mod salvage;

/// The name of the store's setting that holds the session's saved state.
pub(crate) const SESSION: &str = "session";

/// The number of finished calls that are restored: late callbacks and records usually belong to these.
const RESTORED_CALLS: u32 = 200;
/// The age from which an unfinished call is assumed to have ended.
const OPEN_CALLS: Duration = Duration::from_secs(12 * 3600);
/// The number of damaged parts that the notice names.
const TOLD: usize = 5;
/// The longest name of a damaged part in the notice, in characters.
const TOLD_LENGTH: usize = 80;

/// The restored data for the session's start.
pub(crate) struct Restored {
    pub saved: SavedState,
    pub calls: Vec<Call>,
    pub next_call_id: u64,
    /// The parts that could not be read and were not reported before.
    pub set_aside: Option<Problem>,
    /// The writes that set those parts aside and replace the state by its readable parts.
    pub writes: Vec<Write>,
}

impl Restored {
    /// Reads the stored state and calls. An error means that the store cannot be read at all.
    pub fn read(store: &Store, config: &Config, place: &Place, now: Timestamp) -> Result<Self, StoreError> {
        let mut found = Vec::new();
        let mut writes = Vec::new();
        let State { mut saved, lost, json } = State::read(store, config)?;
        if !lost.is_empty() {
            let what = format!("{SESSION}: {}", lost.join(", "));
            match serde_json::to_string(&saved) {
                Ok(mended) => writes.push(Write::Setting { key: SESSION.to_owned(), json: mended }),
                Err(error) => tracing::error!(%error, "the state could not be written as JSON"),
            }
            writes.push(Write::SetAside { what: what.clone(), content: json.into_bytes(), at: now });
            found.push(what);
        }
        config.provision(&mut saved);
        // The calls of every agent of this extension: late callbacks and records can belong to any of them.
        let owner = Owner { agent: None, ..saved.owner(place) };
        let restored = store.restored_calls(now.minus(OPEN_CALLS), RESTORED_CALLS)?;
        for damage in restored.damage {
            // The damaged row stays in its table and is found again at each start; it is reported only once.
            if !store.is_set_aside(&damage.what, damage.content.as_bytes())? {
                writes.push(Write::SetAside { what: damage.what.clone(), content: damage.content.into_bytes(), at: now });
                found.push(damage.what);
            }
        }
        // After a crash loop no restored call is shown, since one may be the cause. Late records are matched with them from the store.
        let crashed = place.safe_mode.as_ref().is_some_and(|problem| problem.code == ProblemCode::SafeModeCrashes);
        let calls = restored.calls.into_iter().filter(|call| !crashed && call.is_of(&owner)).collect();
        let next_call_id = store.max_call_id()?.map_or(1, |CallId(id)| id + 1);
        Ok(Self { saved, calls, next_call_id, set_aside: problem(&found, place), writes })
    }
}

/// The saved state of the last run with the provisioning applied.
pub fn saved(store: &Store, config: &Config) -> Result<SavedState, StoreError> {
    let mut saved = State::read(store, config)?.saved;
    config.provision(&mut saved);
    Ok(saved)
}

struct State {
    saved: SavedState,
    /// The parts of the JSON that could not be used.
    lost: Vec<String>,
    json: String,
}

impl State {
    fn read(store: &Store, config: &Config) -> Result<Self, StoreError> {
        let Some(json) = store.setting(SESSION)? else {
            let mut saved = SavedState::default();
            config.adopt_earlier(&mut saved);
            return Ok(Self { saved, lost: Vec::new(), json: String::new() });
        };
        let (mut value, error) = salvage::read(&json);
        scrub(&mut value);
        let says_whether_signed_out = value.get("signed_out").is_some_and(serde_json::Value::is_boolean);
        let (mut saved, mut lost) = fit::fit::<SavedState>(value);
        if let Some(error) = &error {
            lost.push(format!("what comes after line {}, column {}", error.line(), error.column()));
        }
        if !lost.is_empty() && !says_whether_signed_out {
            // If the damage hides whether the agent signed out, assume so: nobody is signed in without having asked.
            saved.signed_out = true;
        }
        config.adopt_earlier(&mut saved);
        Ok(Self { saved, lost, json })
    }
}

/// Removes control characters and direction controls from every text, as `clean` does.
fn scrub(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => *text = clean(text).into_owned(),
        serde_json::Value::Array(items) => items.iter_mut().for_each(scrub),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(scrub),
        _ => {}
    }
}

fn problem(found: &[String], place: &Place) -> Option<Problem> {
    if found.is_empty() {
        return None;
    }
    let brief = |what: &String| clean(what).chars().take(TOLD_LENGTH).collect::<String>();
    let mut told: Vec<String> = found.iter().take(TOLD).map(brief).collect();
    if found.len() > TOLD {
        told.push(format!("+ {}", found.len() - TOLD));
    }
    let folder = std::path::Path::new(&place.data_folder).join("ringside.db");
    let detail = format!("{} → set_aside ({})", told.join("; "), folder.display());
    tracing::warn!(%detail, "stored data that could not be read was set aside");
    Some(Problem::new(ProblemCode::SetAside, detail, false))
}

#[cfg(test)]
mod tests;
