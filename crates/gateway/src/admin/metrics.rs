//! `/metrics`, in Prometheus' text format.

use std::{
    fmt::Write,
    sync::{Arc, PoisonError},
};

use axum::{extract::State, http::header, response::IntoResponse};
use ringside_listener::ConnectionEnd;

use super::{Shown, health};
use crate::{
    company::Company,
    counters::{BOUNDS, Histogram},
    leader::budget::Class,
};

pub async fn metrics(State(shown): State<Arc<Shown>>) -> impl IntoResponse {
    let mut text = Text::default();
    for company in &shown.companies {
        of(&mut text, company).await;
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text.0)
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, name: &str, company: &str, label: Option<(&str, &str)>, value: impl std::fmt::Display) {
        let label = label.map(|(key, value)| format!(",{key}=\"{value}\"")).unwrap_or_default();
        // Writing to a text cannot fail.
        let _ = writeln!(self.0, "ringside_gateway_{name}{{company=\"{company}\"{label}}} {value}");
    }

    fn histogram(&mut self, name: &str, company: &str, histogram: &Histogram) {
        let (buckets, sum) = histogram.read();
        let bounds = BOUNDS.iter().map(|millis| (*millis as f64 / 1000.0).to_string()).chain(["+Inf".to_owned()]);
        for (bound, count) in bounds.zip(buckets) {
            self.line(&format!("{name}_bucket"), company, Some(("le", &bound)), count);
        }
        self.line(&format!("{name}_sum"), company, None, sum.as_secs_f64());
        self.line(&format!("{name}_count"), company, None, buckets[BOUNDS.len()]);
    }
}

async fn of(text: &mut Text, company: &Company) {
    let name = company.settings.name.as_str();
    let listened = company.listened.snapshot();
    for outcome in ConnectionEnd::ALL {
        text.line("callbacks_total", name, Some(("outcome", &format!("{outcome:?}"))), listened.of(outcome));
    }
    let counters = &company.counters;
    text.histogram("commit_seconds", name, &counters.commits);
    text.histogram("publish_seconds", name, &counters.publishes);
    text.histogram("platform_seconds", name, &counters.platform);
    for (what, counter) in [
        ("published_total", &counters.published),
        ("publish_failed_total", &counters.publish_failed),
        ("callbacks_of_others_total", &counters.of_others),
        ("bills_found_total", &counters.bills_found),
        ("requests_carried_out_total", &counters.carried_out),
        ("requests_refused_total", &counters.refused),
        ("platform_failed_total", &counters.platform_failed),
        ("epochs_begun_total", &counters.epochs_begun),
    ] {
        text.line(what, name, None, counter.get());
    }
    let health = health::of(company).await;
    for (what, value) in [("can_store", health.can_store), ("publishes", health.publishes), ("leads", health.leads)] {
        text.line(what, name, None, u8::from(value));
    }
    text.line("outbox_rows", name, None, health.unsent);
    text.line("outbox_age_seconds", name, None, health.oldest_unsent_seconds);
    let registry = company.shared.registry.read().unwrap_or_else(PoisonError::into_inner);
    let enrolled = registry.desks().values().filter(|record| record.revoked_at.is_none()).count();
    drop(registry);
    text.line("desks_enrolled", name, None, enrolled);
    text.line("desks_connected", name, None, company.seen().connected());
    let day = company.clock.wall().minus(std::time::Duration::from_secs(86_400));
    text.line("unmapped_extensions", name, None, company.outbox.unmapped(day, 10_000).map_or(0, |list| list.len()));
    if let Some(leader) = company.leader() {
        for (class, waiting) in Class::ALL.into_iter().zip(leader.turns.queue()) {
            text.line("requests_waiting", name, Some(("class", class.name())), waiting);
        }
    }
}
