//! What the last run left, brought back. Nothing in it keeps the engine from starting: what cannot be read is set aside and told of,
//! and the rest is used.

use std::time::Duration;

use ringside_domain::{Call, CallId, Owner, Place, Problem, ProblemCode, SavedState, Timestamp, clean};
use ringside_store::{Store, StoreError, Write};

use crate::config::Config;

mod fit;
mod salvage;

/// The setting of the store under which the session's saved state is kept.
pub(crate) const SESSION: &str = "session";
/// Calls that are brought back at the start: late callbacks and records are of these, as a rule.
const RESTORED_CALLS: u32 = 200;
/// An unfinished call from longer ago than this is not going on any more.
const OPEN_CALLS: Duration = Duration::from_secs(12 * 3600);
/// Findings that are told of one by one.
const TOLD: usize = 5;
/// Characters of one of them.
const TOLD_LENGTH: usize = 80;

/// For the session's start.
pub(crate) struct Restored {
    pub saved: SavedState,
    pub calls: Vec<Call>,
    pub next_call_id: u64,
    /// What was found now that could not be read.
    pub set_aside: Option<Problem>,
    /// Sets it aside, and puts what could be read of the state in its place.
    pub writes: Vec<Write>,
}

impl Restored {
    /// An error: the store cannot be read at all.
    pub fn read(store: &Store, config: &Config, place: &Place, now: Timestamp) -> Result<Self, StoreError> {
        let mut found = Vec::new();
        let mut writes = Vec::new();
        let State { mut saved, lost, json } = State::read(store)?;
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
        // Of whoever works at the extension: late callbacks and records are of their calls, too.
        let owner = Owner { agent: None, ..saved.owner(place) };
        let restored = store.restored_calls(now.minus(OPEN_CALLS), RESTORED_CALLS)?;
        for damage in restored.damage {
            // The row stays where it is, so that it is found again at each start.
            if !store.is_set_aside(&damage.what, damage.content.as_bytes())? {
                writes.push(Write::SetAside { what: damage.what.clone(), content: damage.content.into_bytes(), at: now });
                found.push(damage.what);
            }
        }
        // After a crash loop nothing is shown that may be its cause; what comes of these calls finds them in the store.
        let crashed = place.safe_mode.as_ref().is_some_and(|problem| problem.code == ProblemCode::SafeModeCrashes);
        let calls = restored.calls.into_iter().filter(|call| !crashed && call.is_of(&owner)).collect();
        let next_call_id = store.max_call_id()?.map_or(1, |CallId(id)| id + 1);
        Ok(Self { saved, calls, next_call_id, set_aside: problem(&found, place), writes })
    }
}

/// What the last run left, brought in line with the provisioning.
pub fn saved(store: &Store, config: &Config) -> Result<SavedState, StoreError> {
    let mut saved = State::read(store)?.saved;
    config.provision(&mut saved);
    Ok(saved)
}

struct State {
    saved: SavedState,
    /// Which parts of the text were not to be used; none where there is no text.
    lost: Vec<String>,
    json: String,
}

impl State {
    fn read(store: &Store) -> Result<Self, StoreError> {
        let Some(json) = store.setting(SESSION)? else {
            return Ok(Self { saved: SavedState::default(), lost: Vec::new(), json: String::new() });
        };
        let (mut value, error) = salvage::read(&json);
        scrub(&mut value);
        let says_whether_signed_out = value.get("signed_out").is_some_and(serde_json::Value::is_boolean);
        let (mut saved, mut lost) = fit::fit::<SavedState>(value);
        if let Some(error) = &error {
            lost.push(format!("what comes after line {}, column {}", error.line(), error.column()));
        }
        if !lost.is_empty() && !says_whether_signed_out {
            // Nobody is signed in unasked because the text that said so is damaged.
            saved.signed_out = true;
        }
        Ok(Self { saved, lost, json })
    }
}

/// Takes what no text of ours can hold out of every text.
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
    tracing::warn!(%detail, "what could not be read was set aside");
    Some(Problem::new(ProblemCode::SetAside, detail, false))
}

#[cfg(test)]
mod tests;
