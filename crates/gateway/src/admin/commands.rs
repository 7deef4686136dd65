//! The administrator's commands, as JSON over the loopback endpoint.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use axum::{Json, extract::State, http::StatusCode};
use ringside_fleet::{
    hub::{DeskRecord, Hub, HubError, NewDesk},
    words::{DeskId, Role},
};
use serde::{Deserialize, Serialize};

use super::Shown;
use crate::company::Company;

type Answer<T> = Result<Json<T>, (StatusCode, String)>;

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Add {
    pub company: Option<String>,
    pub desks: Vec<NewDesk>,
    /// How long the codes are valid.
    pub days: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Added {
    pub extension: String,
    pub code: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct OfCompany {
    pub company: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Listed {
    pub desk: DeskId,
    pub extension: String,
    pub agent: Option<String>,
    pub hot: bool,
    pub role: Role,
    pub name: String,
    pub host: String,
    pub version: String,
    pub connected: bool,
    pub revoked: bool,
}

/// What is not given stays as it is.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Bind {
    pub company: Option<String>,
    pub desk: String,
    pub extension: Option<String>,
    pub agent: Option<String>,
    pub hot: Option<bool>,
    pub role: Option<Role>,
    pub name: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct OfDesk {
    pub company: Option<String>,
    pub desk: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct UnmappedRow {
    pub extension: String,
    pub callbacks: u64,
    pub last_at: i64,
}

fn company<'a>(shown: &'a Shown, name: Option<&str>) -> Result<&'a Arc<Company>, (StatusCode, String)> {
    let names: Vec<&str> = shown.companies.iter().map(|company| company.settings.name.as_str()).collect();
    shown.company(name).ok_or_else(|| (StatusCode::NOT_FOUND, format!("name the company by --of; there are: {}", names.join(", "))))
}

fn hub(company: &Company) -> Result<&Hub, (StatusCode, String)> {
    company.stream.hub().ok_or((StatusCode::SERVICE_UNAVAILABLE, "the gateway is not connected to NATS yet".to_owned()))
}

fn failed(error: HubError) -> (StatusCode, String) {
    let status = if error == HubError::NoDesk { StatusCode::NOT_FOUND } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, error.to_string())
}

/// A desk by its id, or by an extension that one desk has.
fn desk_of(company: &Company, text: &str) -> Result<DeskId, (StatusCode, String)> {
    let registry = company.shared.registry.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    let by_id = DeskId::parse(text).filter(|id| registry.get(id).is_some());
    by_id.or_else(|| registry.of_extension(text).cloned()).ok_or((StatusCode::NOT_FOUND, format!("there is no desk {text}")))
}

/// Says what is wrong with one of these desks.
pub fn check(desks: &[NewDesk]) -> Result<(), String> {
    for desk in desks {
        if desk.extension.trim().is_empty() {
            return Err("a desk needs an extension".to_owned());
        }
        if desk.hot == desk.agent.is_some() {
            return Err(format!("{}: either the agent's number, or hot for a desk that several use in turn", desk.extension));
        }
    }
    Ok(())
}

/// If a code cannot be made, the answer has the codes before it; the command asks for the others again.
pub async fn add(State(shown): State<Arc<Shown>>, Json(add): Json<Add>) -> Answer<Vec<Added>> {
    let company = company(&shown, add.company.as_deref())?;
    let hub = hub(company)?;
    check(&add.desks).map_err(|why| (StatusCode::BAD_REQUEST, why))?;
    let valid = Duration::from_secs(add.days.clamp(1, 365) * 86_400);
    let mut added = Vec::new();
    for desk in add.desks {
        match hub.invite(&desk, valid).await {
            Ok(code) => added.push(Added { extension: desk.extension, code }),
            Err(error) if added.is_empty() => return Err(failed(error)),
            Err(_) => break,
        }
    }
    Ok(Json(added))
}

pub async fn list(State(shown): State<Arc<Shown>>, Json(of): Json<OfCompany>) -> Answer<Vec<Listed>> {
    let company = company(&shown, of.company.as_deref())?;
    let registry = company.shared.registry.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    let seen = company.seen();
    let row = |(desk, record): (&DeskId, &DeskRecord)| {
        let NewDesk { extension, agent, hot, role, name } = record.of.clone();
        let here = seen.get(desk);
        Listed {
            desk: desk.clone(),
            extension,
            agent,
            hot,
            role,
            name,
            host: here.map_or_else(|| record.host.clone(), |desk| desk.host.clone()),
            version: record.version.clone(),
            connected: here.is_some_and(|desk| desk.connected_since.is_some()),
            revoked: record.revoked_at.is_some(),
        }
    };
    Ok(Json(registry.desks().iter().map(row).collect()))
}

pub async fn bind(State(shown): State<Arc<Shown>>, Json(bind): Json<Bind>) -> Answer<()> {
    let company = company(&shown, bind.company.as_deref())?;
    let desk = desk_of(company, &bind.desk)?;
    let change = |of: &mut NewDesk| {
        if let Some(extension) = &bind.extension {
            of.extension.clone_from(extension);
        }
        if let Some(agent) = &bind.agent {
            (of.agent, of.hot) = (Some(agent.clone()), false);
        }
        if bind.hot == Some(true) {
            (of.agent, of.hot) = (None, true);
        }
        if let Some(role) = bind.role {
            of.role = role;
        }
        if let Some(name) = &bind.name {
            of.name.clone_from(name);
        }
    };
    hub(company)?.bind(&desk, change).await.map_err(failed)?;
    Ok(Json(()))
}

pub async fn revoke(State(shown): State<Arc<Shown>>, Json(of): Json<OfDesk>) -> Answer<()> {
    let company = company(&shown, of.company.as_deref())?;
    let desk = desk_of(company, &of.desk)?;
    hub(company)?.revoke(&desk).await.map_err(failed)?;
    tracing::warn!(%desk, "the administrator has revoked this desk");
    Ok(Json(()))
}

pub async fn unmapped(State(shown): State<Arc<Shown>>, Json(of): Json<OfCompany>) -> Answer<Vec<UnmappedRow>> {
    let company = company(&shown, of.company.as_deref())?;
    let since = company.clock.wall().minus(Duration::from_secs(u64::from(company.settings.keep_days) * 86_400));
    let rows = company.outbox.unmapped(since, 10_000).map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let registry = company.shared.registry.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    let rows = rows.into_iter().filter(|row| registry.of_extension(&row.extension).is_none());
    Ok(Json(rows.map(|row| UnmappedRow { extension: row.extension, callbacks: row.callbacks, last_at: row.last_at.0 }).collect()))
}

/// Copies the databases and the registries into a new folder beside them. The answer is its path; the command takes the folder away.
/// As a service, the gateway's user can write nowhere else.
pub async fn back_up(State(shown): State<Arc<Shown>>) -> Answer<PathBuf> {
    let failed = |error: String| (StatusCode::INTERNAL_SERVER_ERROR, error);
    // One copy at a time, since it is on the disk whose filling stops the callbacks: a command that was broken off has left its own, and one
    // that still takes its own away fails.
    let _one_at_a_time = shown.backing_up.lock().await;
    shown.folder.remove_backups();
    let made = shown.folder.new_backup();
    for company in &shown.companies {
        let folder = made.join("company").join(&company.settings.name);
        crate::secrets::private_folder(&folder).map_err(|error| failed(format!("{}: {error}", folder.display())))?;
        let outbox = company.outbox.clone();
        let file = folder.join("outbox.db");
        let copied = tokio::task::spawn_blocking(move || outbox.back_up(&file)).await;
        copied.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))?;
        let records: BTreeMap<String, String> = company.shared.records().map_err(|error| failed(error.to_string()))?;
        let json = serde_json::to_vec_pretty(&records).map_err(|error| failed(error.to_string()))?;
        crate::secrets::write_private(&folder.join("registry.json"), json.as_slice()).map_err(|error| failed(error.to_string()))?;
    }
    Ok(Json(made))
}
