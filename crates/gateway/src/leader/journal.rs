//! Requests that must not be carried out twice (A6): what is to be done when a desk asks, by what the journals say.

use ringside_domain::Timestamp;
use serde::{Deserialize, Serialize};

/// No request to the platform takes longer; a gateway that began one longer ago will not bring an outcome.
pub const LONGEST: std::time::Duration = std::time::Duration::from_secs(40);

/// An entry of the journal that the gateways share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub begun_at: i64,
    /// The gateway that asks the platform.
    pub by: String,
    /// The answer to the desk, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nobody has begun it: write an entry, and only then ask the platform.
    Begin,
    /// The answer is known.
    Answer(String),
    /// It is under way. The desk gets no answer now, and asks again.
    Wait,
    /// It was begun, and nobody will learn its outcome: never again.
    FateUnknown,
}

/// `shared` is the gateways' entry, `own` this gateway's: either may be lost by a crash, so the one that knows more counts.
pub fn step(shared: Option<&Entry>, own: Option<&Entry>, here: &str, now: Timestamp) -> Step {
    if let Some(outcome) = [shared, own].into_iter().flatten().find_map(|entry| entry.outcome.clone()) {
        return Step::Answer(outcome);
    }
    let Some(entry) = shared.or(own) else { return Step::Begin };
    // This gateway's own entry is of an earlier run; another gateway may still bring the outcome.
    let is_late = now.since(Timestamp(entry.begun_at)) >= LONGEST;
    if entry.by == here || is_late { Step::FateUnknown } else { Step::Wait }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn entry(by: &str, seconds_ago: i64, outcome: Option<&str>) -> Entry {
        Entry { begun_at: NOW.0 - seconds_ago * 1000, by: by.to_owned(), outcome: outcome.map(str::to_owned) }
    }

    #[test]
    fn a_request_is_begun_once_and_its_outcome_is_the_answer_to_all_who_ask() {
        assert_eq!(step(None, None, "a", NOW), Step::Begin);
        let (begun, done) = (entry("a", 1, None), entry("a", 1, Some("{}")));
        assert_eq!(step(Some(&done), Some(&begun), "a", NOW), Step::Answer("{}".to_owned()));
    }

    #[test]
    fn what_a_killed_gateway_began_is_of_unknown_fate() {
        let begun = entry("a", 1, None);
        assert_eq!(step(Some(&begun), None, "a", NOW), Step::FateUnknown, "after its restart");
        assert_eq!(step(None, Some(&begun), "a", NOW), Step::FateUnknown, "a power cut took the shared entry");
        assert_eq!(step(Some(&begun), None, "b", NOW), Step::Wait, "the other gateway may live");
        assert_eq!(step(Some(&entry("a", 40, None)), None, "b", NOW), Step::FateUnknown);
        let done = entry("a", 50, Some("{}"));
        assert_eq!(step(Some(&begun), Some(&done), "a", NOW), Step::Answer("{}".to_owned()));
    }
}
