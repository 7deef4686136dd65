//! When two numbers are one: prefixes come off for comparing, never in what is kept.

/// Prefixes that come off for comparing: «0», «+86», the digit for an outside line. Set by the administrator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberRules {
    pub prefixes: Vec<String>,
}

/// An outside line's digit and a country, say, but not more.
const MOST: usize = 2;
/// What must remain, in bytes: a service number such as 95588 keeps its 9.
const SHORTEST: usize = 5;

impl NumberRules {
    /// The number without its prefixes: up to two, the longest that fits first.
    pub fn core<'a>(&self, number: &'a str) -> &'a str {
        (0..MOST).fold(number, |rest, _| {
            let stripped = self.prefixes.iter().filter_map(|prefix| rest.strip_prefix(prefix.as_str()));
            stripped.filter(|core| core.len() >= SHORTEST).min_by_key(|core| core.len()).unwrap_or(rest)
        })
    }

    /// Every way in which this number can be written under these rules, each once.
    pub fn spellings(&self, number: &str) -> Vec<String> {
        let core = self.core(number);
        let mut all = vec![number.to_owned(), core.to_owned()];
        for first in &self.prefixes {
            all.push(format!("{first}{core}"));
            all.extend(self.prefixes.iter().map(|second| format!("{first}{second}{core}")));
        }
        all.retain(|spelling| self.core(spelling) == core);
        all.sort_unstable();
        all.dedup();
        all
    }
}
