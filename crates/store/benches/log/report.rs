//! The results: a table, and one line of JSON.

use std::time::Duration;

pub struct Report {
    calls: u64,
    seed: u64,
    numbers: Vec<(String, f64)>,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    median: f64,
    p95: f64,
    worst: f64,
    /// The 95th percentile in plain SQL, in ms.
    plain: Option<f64>,
}

impl Report {
    pub fn new(calls: u64, seed: u64) -> Self {
        Self { calls, seed, numbers: Vec::new(), rows: Vec::new() }
    }

    pub fn number(&mut self, name: &str, value: f64) {
        self.numbers.push((name.to_owned(), value));
    }

    pub fn times(&mut self, name: &str, times: Vec<Duration>, plain: Option<Vec<Duration>>) {
        let times = sorted(times);
        let plain = plain.map(|plain| at(&sorted(plain), 95));
        self.rows.push(Row { name: name.to_owned(), median: at(&times, 50), p95: at(&times, 95), worst: at(&times, 100), plain });
    }

    pub fn print(&self) {
        println!("{} calls, seed {}", self.calls, self.seed);
        println!("{:<44} {:>10} {:>10} {:>10} {:>12} {:>8}", "ms", "median", "p95", "worst", "plain, p95", "ratio");
        for row in &self.rows {
            let plain = row.plain.map_or(String::new(), |plain| format!("{plain:.2}"));
            let ratio = row.plain.map_or(String::new(), |plain| format!("{:.0}", plain / row.p95));
            println!("{:<44} {:>10.3} {:>10.3} {:>10.3} {:>12} {:>8}", row.name, row.median, row.p95, row.worst, plain, ratio);
        }
        for (name, value) in &self.numbers {
            println!("{name:<44} {value:>10.1}");
        }
        println!("{}", self.json());
    }

    fn json(&self) -> String {
        let rows = self.rows.iter().map(|row| {
            let plain = row.plain.map_or("null".to_owned(), |plain| format!("{plain:.4}"));
            format!(r#""{}":{{"median":{:.4},"p95":{:.4},"worst":{:.4},"plain":{plain}}}"#, row.name, row.median, row.p95, row.worst)
        });
        let numbers = self.numbers.iter().map(|(name, value)| format!(r#""{name}":{value:.3}"#));
        let all: Vec<String> = rows.chain(numbers).collect();
        format!(r#"{{"bench":"log","calls":{},"seed":{},{}}}"#, self.calls, self.seed, all.join(","))
    }
}

fn sorted(times: Vec<Duration>) -> Vec<f64> {
    let mut times: Vec<f64> = times.iter().map(|time| time.as_secs_f64() * 1000.0).collect();
    times.sort_by(f64::total_cmp);
    times
}

fn at(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() * percent).div_ceil(100).saturating_sub(1)]
}
