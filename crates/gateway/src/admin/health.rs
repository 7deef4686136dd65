//! `/health`: whether this gateway can take callbacks, for a proxy in front of it.

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State, http::StatusCode};
use ringside_domain::Timestamp;
use ringside_store::OutboxWrite;
use serde::Serialize;

use super::Shown;
use crate::company::Company;

/// A callback that waits longer to be published has a cause that a person should know.
const LATE: Duration = Duration::from_secs(60);
/// One that waits this long was not published although NATS is connected: it does not store, as with two of three servers away.
const STUCK: Duration = Duration::from_secs(10);
/// The setting with the time of the last check.
const HEALTH: &str = "health";

#[derive(Debug, Serialize)]
pub struct Health {
    pub gateway: String,
    /// All companies' callbacks can be stored.
    pub ok: bool,
    pub companies: Vec<CompanyHealth>,
}

#[derive(Debug, Serialize)]
pub struct CompanyHealth {
    pub company: String,
    pub can_store: bool,
    /// Callbacks reach the stream.
    pub publishes: bool,
    pub leads: bool,
    /// The platform answers; None: this gateway does not lead.
    pub platform: Option<String>,
    pub unsent: u64,
    pub oldest_unsent_seconds: u64,
    pub late: bool,
}

pub async fn health(State(shown): State<Arc<Shown>>) -> (StatusCode, Json<Health>) {
    let mut companies = Vec::new();
    for company in &shown.companies {
        companies.push(of(company).await);
    }
    let ok = companies.iter().all(|company| company.can_store);
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Health { gateway: shown.gateway.clone(), ok, companies }))
}

pub async fn of(company: &Company) -> CompanyHealth {
    // A full disk fails a write only.
    let now = OutboxWrite::Setting { key: HEALTH.to_owned(), json: company.clock.wall().0.to_string() };
    let can_store = company.outbox.write(vec![now]).await.is_ok();
    let counts = company.outbox.counts().unwrap_or_default();
    let waits = counts.oldest_unsent.map_or(Duration::ZERO, |at: Timestamp| company.clock.wall().since(at));
    let leads = company.leads();
    let trouble = |leader: &Arc<crate::leader::Leader>| match (leader.platform.is_some(), leader.trouble()) {
        (false, _) => "not configured".to_owned(),
        (true, None) => "ok".to_owned(),
        (true, Some(refusal)) => format!("{:?}", refusal.code),
    };
    CompanyHealth {
        company: company.settings.name.clone(),
        can_store,
        publishes: company.stream.is_open() && waits < STUCK,
        leads,
        platform: company.leader().filter(|_| leads).map(trouble),
        unsent: counts.unsent,
        oldest_unsent_seconds: waits.as_secs(),
        late: waits >= LATE,
    }
}
