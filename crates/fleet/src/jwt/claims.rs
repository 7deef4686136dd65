//! The tokens of a fleet. Company and desks have an account each: NATS checks the subject of a message, but not the subject that it names
//! for its answer, so that in one account a desk could have JetStream or a gateway send an answer to JetStream's own subjects, and delete
//! the stream. Between accounts such an answer goes nowhere.

use nkeys::KeyPair;
use serde_json::{Value, json};

use super::{
    Revocations,
    token::{Claims, sign},
};
use crate::words::{DeskId, Role, subject};

/// The version of the roles' templates. A change of a template puts out all desks of the role at once, so a changed template gets a new
/// version and a key of its own, and desks come to it when they renew.
pub const ROLE_VERSION: u32 = 1;

/// How long a desk's token is valid.
pub const DESK_TOKEN_DAYS: i64 = 30;

/// The keys that sign the desks of each role.
pub struct RoleKeys {
    pub desk: KeyPair,
    pub supervisor: KeyPair,
}

impl RoleKeys {
    fn of(&self, role: Role) -> Option<&KeyPair> {
        match role {
            Role::Desk => Some(&self.desk),
            Role::Supervisor => Some(&self.supervisor),
            Role::Enrol => None,
        }
    }
}

/// The operator signs the accounts with its key. Times are seconds since 1970.
pub struct Accounts<'a> {
    pub operator: &'a KeyPair,
    pub now: i64,
}

impl Accounts<'_> {
    fn sign(&self, account: &KeyPair, name: &str, nats: Value) -> String {
        let subject = account.public_key();
        sign(self.operator, Claims { subject: &subject, name, issued_at: self.now, expires_at: None, nats })
    }

    /// The account by which a gateway asks the server about itself.
    pub fn system(&self, account: &KeyPair) -> String {
        self.sign(account, "system", account_claims(false, json!([])))
    }

    /// The account of machines that are no desks yet. Nothing is in it but questions to be enrolled.
    pub fn enrol(&self, account: &KeyPair, machines: &KeyPair, gateways: &KeyPair) -> String {
        let mut claims = account_claims(false, json!([role_scope(machines, Role::Enrol), gateway_scope(gateways)]));
        claims["default_permissions"] = denied();
        self.sign(account, "enrol", claims)
    }

    /// The company's account: stream, registry and gateways.
    pub fn company(&self, account: &KeyPair, gateways: &KeyPair) -> String {
        let mut claims = account_claims(true, json!([gateway_scope(gateways)]));
        claims["exports"] = json!([
            {"name": "request", "subject": subject::REQUESTS, "type": "service", "response_type": "Singleton"},
            {"name": "delivery", "subject": subject::DELIVERIES, "type": "stream"},
            {"name": "state", "subject": subject::STATES, "type": "stream"},
        ]);
        self.sign(account, "company", claims)
    }

    /// The desks' account: it has no stream, and sees of the company's account only these subjects.
    pub fn desks(&self, account: &KeyPair, roles: &RoleKeys, company: &str, revoked: &Revocations) -> String {
        let scopes = json!([role_scope(&roles.desk, Role::Desk), role_scope(&roles.supervisor, Role::Supervisor)]);
        let mut claims = account_claims(false, scopes);
        let import = |name: &str, subject: &str, kind: &str| json!({"name": name, "subject": subject, "account": company, "local_subject": subject, "type": kind});
        claims["default_permissions"] = denied();
        claims["imports"] = json!([
            import("request", subject::REQUESTS, "service"),
            import("delivery", subject::DELIVERIES, "stream"),
            import("state", subject::STATES, "stream"),
        ]);
        if !revoked.is_empty() {
            claims["revocations"] = json!(revoked.of_account());
        }
        self.sign(account, "desks", claims)
    }
}

/// The operator's token about itself.
pub fn operator_token(operator: &KeyPair, system: &KeyPair, now: i64) -> String {
    let subject = operator.public_key();
    let nats = json!({"system_account": system.public_key(), "type": "operator", "version": 2});
    sign(operator, Claims { subject: &subject, name: "ringside", issued_at: now, expires_at: None, nats })
}

/// A desk's token. None: the role is none of a desk.
pub fn desk_token(roles: &RoleKeys, role: Role, account: &str, key: &str, desk: &DeskId, now: i64) -> Option<String> {
    let expires_at = Some(now + DESK_TOKEN_DAYS * 24 * 3600);
    let claims = Claims { subject: key, name: desk.as_str(), issued_at: now, expires_at, nats: user_claims(account) };
    Some(sign(roles.of(role)?, claims))
}

/// A gateway's token for an account whose signing key is `gateways`.
pub fn gateway_token(gateways: &KeyPair, account: &str, key: &str, name: &str, now: i64) -> String {
    sign(gateways, Claims { subject: key, name, issued_at: now, expires_at: None, nats: user_claims(account) })
}

/// A gateway's token for the server's system account.
pub fn system_user_token(system: &KeyPair, key: &str, name: &str, now: i64) -> String {
    let nats = json!({"type": "user", "version": 2, "pub": {}, "sub": {}, "subs": -1, "data": -1, "payload": -1});
    sign(system, Claims { subject: key, name, issued_at: now, expires_at: None, nats })
}

/// The token of whoever connects without one. It can be used without a private key.
pub fn sentinel_token(machines: &KeyPair, account: &str, key: &str, now: i64) -> String {
    sign(machines, Claims { subject: key, name: "enrol", issued_at: now, expires_at: None, nats: user_claims(account) })
}

/// A user whose permissions are its signing key's.
fn user_claims(account: &str) -> Value {
    json!({"issuer_account": account, "type": "user", "version": 2, "pub": {}, "sub": {}})
}

fn account_claims(has_streams: bool, signing_keys: Value) -> Value {
    let storage = if has_streams { -1 } else { 0 };
    json!({
        "limits": {
            "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1, "leaf": 0,
            "mem_storage": storage, "disk_storage": storage, "streams": storage, "consumer": storage,
        },
        "signing_keys": signing_keys,
        "default_permissions": {"pub": {}, "sub": {}},
        "type": "account",
        "version": 2,
    })
}

fn denied() -> Value {
    json!({"pub": {"deny": [">"]}, "sub": {"deny": [">"]}})
}

fn role_scope(key: &KeyPair, role: Role) -> Value {
    let mut template = json!({
        "pub": {"allow": role.publishes()},
        "sub": {"allow": role.hears()},
        "subs": role.subscriptions(),
        "data": -1,
        "payload": role.payload(),
        "allowed_connection_types": ["STANDARD", "WEBSOCKET"],
    });
    if role == Role::Enrol {
        template["bearer_token"] = json!(true);
    }
    let name = format!("{}-{ROLE_VERSION}", role.name());
    json!({"kind": "user_scope", "key": key.public_key(), "role": name, "template": template})
}

fn gateway_scope(key: &KeyPair) -> Value {
    let everything = json!({"allow": [">"]});
    let template = json!({"pub": everything, "sub": everything, "subs": -1, "data": -1, "payload": -1});
    json!({"kind": "user_scope", "key": key.public_key(), "role": "gateway", "template": template})
}
