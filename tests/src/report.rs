//! The figures of a bench: a table for people, and one line of JSON for programs.

#![allow(clippy::print_stdout)]

use std::{fs, path::Path};

use serde::Serialize;

/// On which side of its limit a figure must be.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

#[derive(Debug, Serialize)]
struct Line {
    group: &'static str,
    what: String,
    /// None: it could not be measured here, as `absent` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<Limit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    within: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<String>,
}

#[derive(Debug, Default, Serialize)]
pub struct Report {
    figures: Vec<Line>,
    notes: Vec<String>,
}

impl Report {
    pub fn figure(&mut self, group: &'static str, what: impl Into<String>, value: f64, unit: &'static str) {
        self.line(group, what.into(), value, unit, None);
    }

    /// A figure that should not be above `limit`.
    pub fn limit(&mut self, group: &'static str, what: impl Into<String>, value: f64, unit: &'static str, limit: f64) {
        self.line(group, what.into(), value, unit, Some(Limit::AtMost(limit)));
    }

    /// A figure that should not be below `limit`.
    pub fn at_least(&mut self, group: &'static str, what: impl Into<String>, value: f64, unit: &'static str, limit: f64) {
        self.line(group, what.into(), value, unit, Some(Limit::AtLeast(limit)));
    }

    /// A figure without a limit that cannot be measured on this machine.
    pub fn absent(&mut self, group: &'static str, what: impl Into<String>, why: impl Into<String>) {
        self.figures.push(Line { group, what: what.into(), value: None, unit: "", limit: None, within: None, absent: Some(why.into()) });
    }

    fn line(&mut self, group: &'static str, what: String, value: f64, unit: &'static str, limit: Option<Limit>) {
        let within = limit.map(|limit| match limit {
            Limit::AtMost(limit) => value <= limit,
            Limit::AtLeast(limit) => value >= limit,
        });
        self.figures.push(Line { group, what, value: Some(value), unit, limit, within, absent: None });
    }

    /// Adds a note; a note that several groups add is printed once.
    pub fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// Whether each figure is on its side of its limit.
    pub fn is_met(&self) -> bool {
        self.figures.iter().all(|line| line.within != Some(false))
    }

    /// Prints the table and the JSON, and writes the JSON to this file in `target`.
    pub fn print(&self, file: &str) {
        println!("{:<15} {:<62} {:>10} {:<5} {:>10}", "group", "figure", "value", "", "limit");
        for line in &self.figures {
            let value = match (line.value, &line.absent) {
                (Some(value), _) => format!("{value:.2}"),
                (None, why) => why.clone().unwrap_or_default(),
            };
            let limit = match line.limit {
                Some(Limit::AtMost(limit)) => format!("≤ {limit:.2}"),
                Some(Limit::AtLeast(limit)) => format!("≥ {limit:.2}"),
                None => String::new(),
            };
            let word = match (line.within, line.limit) {
                (Some(true), _) => "ok",
                (Some(false), Some(Limit::AtLeast(_))) => "BELOW",
                (Some(false), _) => "ABOVE",
                (None, _) => "",
            };
            println!("{:<15} {:<62} {value:>10} {:<5} {limit:>10} {word}", line.group, line.what, line.unit);
        }
        for note in &self.notes {
            println!("                {note}");
        }
        let json = serde_json::to_string(self).unwrap();
        println!("{json}");
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("../target").join(file), json).unwrap();
    }
}

/// The smallest value that is not below the given percentage of the sorted values. Without values: NaN, which meets no limit.
pub fn percentile(sorted: &[f64], percent: f64) -> f64 {
    let at = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
    sorted.get(at.max(1) - 1).or(sorted.last()).copied().unwrap_or(f64::NAN)
}

pub fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_of_no_values_meets_no_limit() {
        assert_eq!([0.0, 50.0, 51.0, 100.0].map(|percent| percentile(&[1.0, 2.0], percent)), [1.0, 1.0, 2.0, 2.0]);
        let mut report = Report::default();
        report.limit("a", "b", percentile(&[], 50.0), "ms", 1.0);
        assert!(!report.is_met());
    }

    #[test]
    fn a_figure_on_the_wrong_side_of_its_limit_is_told() {
        let met = |add: &dyn Fn(&mut Report)| {
            let mut report = Report::default();
            add(&mut report);
            report.is_met()
        };
        assert!(met(&|report| report.limit("a", "b", 1.0, "ms", 1.0)));
        assert!(!met(&|report| report.limit("a", "b", 1.1, "ms", 1.0)));
        assert!(met(&|report| report.at_least("a", "b", 1.0, "/s", 1.0)));
        assert!(!met(&|report| report.at_least("a", "b", f64::NAN, "/s", 1.0)));
        assert!(met(&|report| report.absent("a", "b", "not there")));
    }
}
