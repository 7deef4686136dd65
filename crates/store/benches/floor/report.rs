//! The results: a table, one line of JSON, and the limits that were exceeded.

use crate::time::Time;

#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
}

#[derive(Default)]
struct Row {
    name: String,
    median: Option<f64>,
    /// The 95th percentile of times, or the figure.
    value: f64,
    /// The 95th percentile of the times on a processor.
    on_processor: Option<f64>,
    limit: Option<f64>,
}

impl Report {
    pub fn figure(&mut self, name: &str, value: f64, limit: Option<f64>) {
        self.rows.push(Row { name: name.to_owned(), value, limit, ..Row::default() });
    }

    /// `limit`: in seconds.
    pub fn seconds(&mut self, name: &str, time: Time, limit: Option<f64>) {
        self.rows.push(Row { name: format!("s {name}"), value: time.seconds, on_processor: time.on_processor, limit, median: None });
    }

    /// `limit`: of the 95th percentile, in ms.
    pub fn times(&mut self, name: &str, times: &[Time], limit: Option<f64>) {
        let sorted = |of: fn(&Time) -> Option<f64>| {
            let mut times: Vec<f64> = times.iter().filter_map(of).map(|seconds| seconds * 1000.0).collect();
            times.sort_by(f64::total_cmp);
            move |percent: usize| times.get((times.len() * percent).div_ceil(100).saturating_sub(1)).copied()
        };
        let wall = sorted(|time| Some(time.seconds));
        self.rows.push(Row {
            name: format!("ms {name}"),
            median: wall(50),
            value: wall(95).unwrap(),
            on_processor: sorted(|time| time.on_processor)(95),
            limit,
        });
    }

    /// Prints the results. Panics if a limit is exceeded, also by the times on a processor where these are known.
    pub fn finish(&self, numbers: u32) {
        println!("{numbers} numbers");
        println!("{:<52} {:>10} {:>12} {:>14} {:>8}", "", "median", "p95, figure", "on processor", "limit");
        let shown = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.3}"));
        for Row { name, median, value, on_processor, limit } in &self.rows {
            let limit = limit.map_or(String::new(), |limit| format!("{limit:.0}"));
            println!("{name:<52} {:>10} {value:>12.3} {:>14} {limit:>8}", shown(*median), shown(*on_processor));
        }
        let rows: Vec<String> = self.rows.iter().map(|row| format!(r#""{}":{:.3}"#, row.name, row.value)).collect();
        println!(r#"{{"bench":"floor","numbers":{numbers},{}}}"#, rows.join(","));
        let is_exceeded = |row: &&Row| row.limit.is_some_and(|limit| row.on_processor.unwrap_or(row.value) > limit);
        let exceeded: Vec<&str> = self.rows.iter().filter(is_exceeded).map(|row| row.name.as_str()).collect();
        assert!(exceeded.is_empty(), "exceeded: {exceeded:?}");
    }
}
