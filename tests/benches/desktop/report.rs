//! The figures: a table for people, and one line of JSON for programs.

use std::{fs, path::Path};

use serde::Serialize;

#[derive(Debug, Serialize)]
struct Line {
    group: &'static str,
    what: String,
    value: f64,
    unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    within: Option<bool>,
}

#[derive(Debug, Default, Serialize)]
pub struct Report {
    figures: Vec<Line>,
    notes: Vec<String>,
}

impl Report {
    pub fn figure(&mut self, group: &'static str, what: impl Into<String>, value: f64, unit: &'static str) {
        self.figures.push(Line { group, what: what.into(), value, unit, limit: None, within: None });
    }

    /// A figure that should not be above `limit`.
    pub fn limit(&mut self, group: &'static str, what: impl Into<String>, value: f64, unit: &'static str, limit: f64) {
        self.figures.push(Line { group, what: what.into(), value, unit, limit: Some(limit), within: Some(value <= limit) });
    }

    /// Adds a note; a note that several groups add is printed once.
    pub fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    pub fn print(&self) {
        println!("{:<15} {:<58} {:>9} {:<3} {:>8}", "group", "figure", "value", "", "limit");
        for line in &self.figures {
            let limit = line.limit.map_or(String::new(), |limit| format!("{limit:.2}"));
            let word = line.within.map_or("", |within| if within { "ok" } else { "ABOVE" });
            println!("{:<15} {:<58} {:>9.2} {:<3} {:>8} {word}", line.group, line.what, line.value, line.unit, limit);
        }
        for note in &self.notes {
            println!("                {note}");
        }
        let json = serde_json::to_string(self).unwrap();
        println!("{json}");
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench.json");
        fs::write(file, json).unwrap();
    }
}

/// The smallest value that is not below the given percentage of the sorted values.
pub fn percentile(sorted: &[f64], percent: f64) -> f64 {
    let at = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
    sorted[at.clamp(1, sorted.len()) - 1]
}

pub fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}
