//! The accounts at the server, and the connections of the desks.

use std::time::Duration;

use async_nats::{Client, client::Request};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{sync::mpsc, time::timeout};

use super::{Bucket, Hub, HubError, Keys, PATIENCE, Serving, registry, unreachable};
use crate::jwt::{Accounts, Revocations, same_claims};

/// How often the leader reads whether a desk was revoked.
const REVOCATIONS_READ: Duration = Duration::from_millis(500);

/// How long the server may take to say what it has; then the account is pushed, which changes nothing if the server has it.
const LOOKING_UP: Duration = Duration::from_millis(500);

/// The accounts that the server must have, each with its public key. `revoked`: the revocations of a company; None leaves its desks' account
/// out. `now`: milliseconds since 1970.
pub(super) fn wanted(keys: &Keys, revoked: impl Fn(&str) -> Option<Revocations>, now: i64) -> Vec<(String, String)> {
    let accounts = Accounts { operator: &keys.operator, now: now.div_euclid(1000) };
    let mut wanted = vec![
        (keys.system.public_key(), accounts.system(&keys.system)),
        (keys.enrol.public_key(), accounts.enrol(&keys.enrol, &keys.enrol_machines, &keys.enrol_gateways)),
    ];
    for (name, company) in &keys.companies {
        let key = company.company.public_key();
        if let Some(revoked) = revoked(name) {
            wanted.push((company.desks.public_key(), accounts.desks(&company.desks, &company.roles, &key, &revoked)));
        }
        wanted.push((key, accounts.company(&company.company, &company.gateways)));
    }
    wanted
}

/// A desk connected or disconnected, as the server tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskConnection {
    /// The desk's public key.
    pub key: String,
    pub connected: bool,
    pub server: String,
    pub client: u64,
    pub host: String,
}

#[derive(Deserialize)]
struct ConnectionEvent {
    server: EventServer,
    client: EventClient,
}

#[derive(Deserialize)]
struct EventServer {
    id: String,
}

#[derive(Deserialize)]
struct EventClient {
    id: u64,
    #[serde(default)]
    host: String,
    #[serde(default)]
    user: String,
}

/// Pushes the accounts that the server does not have at all, such as those of a new company: without its account no hub can connect.
/// The desks' accounts are left to the leader, who knows their revocations: a server that does not answer in time may have them.
pub(super) async fn push_missing(system: &Client, keys: &Keys, now: i64) -> Result<(), HubError> {
    for (key, token) in wanted(keys, |_| None, now) {
        if known_at_server(system, &key).await.is_empty() {
            push(system, &key, token).await?;
        }
    }
    Ok(())
}

/// The account's token at the server; empty if the server has none.
async fn account_at_server(system: &Client, key: &str, within: Duration) -> Result<String, HubError> {
    let subject = format!("$SYS.REQ.ACCOUNT.{key}.CLAIMS.LOOKUP");
    let answer = system.send_request(subject, Request::new().timeout(Some(within))).await.map_err(unreachable)?;
    Ok(String::from_utf8_lossy(&answer.payload).into_owned())
}

/// The same; also empty if the server does not say in time.
async fn known_at_server(system: &Client, key: &str) -> String {
    account_at_server(system, key, LOOKING_UP).await.unwrap_or_else(|error| {
        tracing::debug!(%error, account = key, "the server does not say what it has");
        String::new()
    })
}

async fn push(system: &Client, key: &str, token: String) -> Result<(), HubError> {
    let answer = system.request("$SYS.REQ.CLAIMS.UPDATE", token.into()).await.map_err(unreachable)?;
    let answer: Value = serde_json::from_slice(&answer.payload).map_err(|error| HubError::NotUnderstood(error.to_string()))?;
    if answer["data"]["code"] == json!(200) {
        tracing::info!(account = key, "the account was pushed to the server");
        return Ok(());
    }
    Err(HubError::Refused(answer["error"]["description"].as_str().unwrap_or("the account was not accepted").to_owned()))
}

impl Hub {
    /// Compares the accounts that the server has with the wanted ones, and pushes those that differ: the server's files may be lost.
    /// Returns how many were pushed. Only the leader does this, after each connection; [`Hub::keep_revocations`] does it as well.
    pub async fn push_accounts(&self) -> Result<usize, HubError> {
        self.learn_revocations().await?;
        let revoked = self.live_revocations().await?;
        self.push_differing(&revoked).await
    }

    async fn push_differing(&self, revoked: &Revocations) -> Result<usize, HubError> {
        let company = &self.options().company;
        // The revocations of the others are known to the hubs of their companies only.
        let mine = |name: &str| (name == company).then(|| revoked.clone());
        let mut pushed = 0;
        for (key, token) in wanted(&self.0.keys, mine, self.now()) {
            if same_claims(&known_at_server(&self.0.system, &key).await, &token) {
                continue;
            }
            push(&self.0.system, &key, token).await?;
            pushed += 1;
        }
        Ok(pushed)
    }

    /// Writes into the registry the revocations that the server has and the registry has not: a registry that was lost may have been filled from
    /// a copy that is older than they are.
    async fn learn_revocations(&self) -> Result<(), HubError> {
        let token = account_at_server(&self.0.system, &self.company_keys().desks.public_key(), PATIENCE).await?;
        let at_server = Revocations::in_account(&token, &self.0.keys.operator.public_key());
        let now = self.now();
        let change = |revoked: &mut Revocations| {
            let before = revoked.clone();
            revoked.add(at_server.clone(), now);
            *revoked != before
        };
        self.change_record(Bucket::Fleet, registry::REVOCATIONS, change).await.map(drop)
    }

    /// Pushes the desks' account alone, with these revocations. The other accounts do not hold it up: to sign and compare them all
    /// takes as long as a revoked desk may stay in.
    async fn push_revocations(&self, revoked: &Revocations) -> Result<(), HubError> {
        let keys = self.company_keys();
        let accounts = Accounts { operator: &self.0.keys.operator, now: self.now().div_euclid(1000) };
        let token = accounts.desks(&keys.desks, &keys.roles, &keys.company.public_key(), revoked);
        push(&self.0.system, &keys.desks.public_key(), token).await
    }

    /// The revocations that are still needed. An error while the registry may have lost them: what is pushed without them lets revoked desks in.
    async fn live_revocations(&self) -> Result<Revocations, HubError> {
        let complete = self.registry_complete_for();
        let mut revoked = self.revocations().await?;
        if complete.is_none() || self.registry_complete_for() != complete {
            return Err(HubError::Incomplete);
        }
        revoked.prune(self.now());
        Ok(revoked)
    }

    /// Only the leader: pushes the accounts now, after each new connection, and when the revocations that are needed have changed: at once if this
    /// gateway has revoked a desk. Revocations that come while the server takes the last ones are pushed together.
    pub fn keep_revocations(&self) -> Serving {
        let hub = self.clone();
        Serving(vec![tokio::spawn(async move {
            // For which connection all was pushed, and the revocations that the server has since.
            let mut pushed = None;
            loop {
                hub.registry_complete().await;
                if let Err(error) = hub.keep_pushed(&mut pushed).await {
                    tracing::warn!(%error, "the accounts could not be pushed");
                }
                // Too late or none: the next reading finds it.
                let _ = timeout(REVOCATIONS_READ, hub.0.revoked.notified()).await;
            }
        })])
    }

    /// The revocations are read again and again, not watched: a watch that has silently ended would leave revoked desks in. They are compared by
    /// what they say, not by their revision: if the clock was ahead for a while, fewer were pushed than are needed.
    async fn keep_pushed(&self, pushed: &mut Option<(u64, Revocations)>) -> Result<(), HubError> {
        let connections = self.0.link.borrow().connections;
        let is_new = pushed.as_ref().is_none_or(|(of, _)| *of != connections);
        if is_new {
            self.learn_revocations().await?;
        }
        let revoked = self.live_revocations().await?;
        if is_new {
            self.push_differing(&revoked).await?;
        } else if pushed.as_ref().is_some_and(|(_, before)| *before != revoked) {
            self.push_revocations(&revoked).await?;
        }
        *pushed = Some((connections, revoked));
        Ok(())
    }

    /// The connections of this company's desks, from now on.
    pub async fn desk_connections(&self) -> Result<mpsc::Receiver<DeskConnection>, HubError> {
        let account = self.company_keys().desks.public_key();
        // One subscription, so that the end of a connection never comes before its beginning.
        let mut events = self.0.system.subscribe(format!("$SYS.ACCOUNT.{account}.*")).await.map_err(unreachable)?;
        self.0.system.flush().await.map_err(unreachable)?;
        let (tell, told) = mpsc::channel(1024);
        tokio::spawn(async move {
            loop {
                let message = tokio::select! {
                    Some(message) = events.next() => message,
                    () = tell.closed() => return,
                    else => return,
                };
                let connected = match message.subject.rsplit('.').next() {
                    Some("CONNECT") => true,
                    Some("DISCONNECT") => false,
                    _ => continue,
                };
                let Ok(ConnectionEvent { server, client }) = serde_json::from_slice(&message.payload) else { continue };
                let connection = DeskConnection { key: client.user, connected, server: server.id, client: client.id, host: client.host };
                if tell.send(connection).await.is_err() {
                    return;
                }
            }
        });
        Ok(told)
    }

    /// Ends one connection of a desk; the desk may connect again.
    pub async fn kick(&self, connection: &DeskConnection) -> Result<(), HubError> {
        let subject = format!("$SYS.REQ.SERVER.{}.KICK", connection.server);
        let whom = json!({"cid": connection.client}).to_string();
        self.0.system.request(subject, whom.into()).await.map(|_| ()).map_err(unreachable)
    }
}
