//! The form of a token: `header.claims.signature`, each in base64url.

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use nkeys::KeyPair;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha512_256};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("not a token of NATS")]
    Form,
    #[error("the signature is not its issuer's")]
    Signature,
}

/// The claims of a token that this crate reads.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Token {
    /// The public key that signed it.
    #[serde(rename = "iss")]
    pub issuer: String,
    /// The public key that it is about.
    #[serde(rename = "sub")]
    pub subject: String,
    #[serde(default)]
    pub name: String,
    /// Seconds since 1970.
    #[serde(rename = "iat", default)]
    pub issued_at: i64,
    /// Seconds since 1970; None: never.
    #[serde(rename = "exp", default)]
    pub expires_at: Option<i64>,
}

impl Token {
    /// Reads a token and checks that its issuer signed it; whether the issuer may is the reader's question.
    pub fn read(token: &str) -> Result<Self, TokenError> {
        serde_json::from_value(claims(token)?).map_err(|_| TokenError::Form)
    }

    /// Whether a third of its life is over at this time (milliseconds since 1970). A token that never expires is not renewed.
    pub fn is_due_for_renewal(&self, now: i64) -> bool {
        self.expires_at.is_some_and(|end| now / 1000 >= self.issued_at + (end - self.issued_at) / 3)
    }
}

/// Whether two tokens say the same, whenever they were signed.
pub fn same_claims(one: &str, other: &str) -> bool {
    let without_time = |token| {
        let mut claims = claims(token).ok()?;
        let fields = claims.as_object_mut()?;
        fields.remove("iat");
        fields.remove("jti");
        without_defaults(&mut claims);
        Some(claims)
    };
    without_time(one).is_some_and(|claims| Some(claims) == without_time(other))
}

/// Removes the fields that mean the same as their absence.
fn without_defaults(claims: &mut Value) {
    if let Value::Object(fields) = claims {
        fields.values_mut().for_each(without_defaults);
        fields.retain(|_, value| !matches!(value, Value::Null) && *value != json!({}) && *value != json!([]) && *value != json!(false));
    }
}

pub(super) fn claims(token: &str) -> Result<Value, TokenError> {
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Form)?;
    let (_, body) = signed.split_once('.').ok_or(TokenError::Form)?;
    let body = BASE64URL_NOPAD.decode(body.as_bytes()).map_err(|_| TokenError::Form)?;
    let claims: Value = serde_json::from_slice(&body).map_err(|_| TokenError::Form)?;
    let issuer = claims["iss"].as_str().ok_or(TokenError::Form)?;
    let issuer = KeyPair::from_public_key(issuer).map_err(|_| TokenError::Form)?;
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).map_err(|_| TokenError::Form)?;
    issuer.verify(signed.as_bytes(), &signature).map_err(|_| TokenError::Signature)?;
    Ok(claims)
}

/// What a token says.
pub(super) struct Claims<'a> {
    pub subject: &'a str,
    pub name: &'a str,
    /// Seconds since 1970.
    pub issued_at: i64,
    pub expires_at: Option<i64>,
    /// NATS's own part.
    pub nats: Value,
}

/// Signs a token. Equal claims and keys give an equal token.
pub(super) fn sign(signer: &KeyPair, claims: Claims<'_>) -> String {
    let mut fields = Map::new();
    fields.insert("iat".to_owned(), claims.issued_at.into());
    fields.insert("iss".to_owned(), signer.public_key().into());
    fields.insert("jti".to_owned(), "".into());
    fields.insert("name".to_owned(), claims.name.into());
    fields.insert("nats".to_owned(), claims.nats);
    fields.insert("sub".to_owned(), claims.subject.into());
    if let Some(end) = claims.expires_at {
        fields.insert("exp".to_owned(), end.into());
    }
    // The token's id is the hash of its claims without an id.
    let id = BASE32_NOPAD.encode(&Sha512_256::digest(Value::Object(fields.clone()).to_string()));
    fields.insert("jti".to_owned(), id.into());
    let header = BASE64URL_NOPAD.encode(br#"{"typ":"JWT","alg":"ed25519-nkey"}"#);
    let signed = format!("{header}.{}", BASE64URL_NOPAD.encode(Value::Object(fields).to_string().as_bytes()));
    #[allow(clippy::expect_used)]
    let signature = signer.sign(signed.as_bytes()).expect("the program's own keys are private keys");
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
}
