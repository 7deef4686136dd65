//! Enrolment: a machine with a code becomes a desk, and a desk whose token has expired gets a new one.

use std::sync::Arc;

use async_nats::{Client, Message};
use data_encoding::BASE64;
use futures_util::StreamExt;
use nkeys::{KeyPair, KeyPairType, XKey};
use tokio::{
    sync::Semaphore,
    time::{Duration, timeout},
};

use super::{
    Bucket, DeskRecord, Entry, Hub, HubError, HubOptions, Keys, Serving,
    registry::{self, CodeRecord, by_public_key, code_key, desk_key, random},
    unreachable,
};
use crate::{
    jwt,
    words::{Answer, DeskId, ENROL_PAYLOAD, Enrol, Enrolled, ErrorCode, Refusal, Sealed, VERSION, subject},
};

/// Enrolments that are answered at the same time; each costs a few signatures.
const AT_ONCE: usize = 16;

/// A desk waits this long for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Answers the machines that ask to be enrolled, for all companies of a gateway.
#[derive(Clone)]
pub struct Enrolment {
    keys: Arc<Keys>,
    options: HubOptions,
    companies: Vec<Hub>,
}

impl Enrolment {
    /// Serves until the answer is dropped. `options` are those of any of the companies: their servers, authority and clock are used.
    pub async fn serve(keys: Arc<Keys>, options: HubOptions, companies: Vec<Hub>) -> Result<Serving, HubError> {
        let user = KeyPair::new_user();
        let account = keys.enrol.public_key();
        let now = (options.clock)().div_euclid(1000);
        let token = jwt::gateway_token(&keys.enrol_gateways, &account, &user.public_key(), &options.gateway, now);
        let client = super::connect(&options, token, user, None).await?;
        let mut requests = client.queue_subscribe(subject::ENROL, "gw".to_owned()).await.map_err(unreachable)?;
        client.flush().await.map_err(unreachable)?;
        let enrolment = Self { keys, options, companies };
        let places = Arc::new(Semaphore::new(AT_ONCE));
        Ok(Serving(vec![tokio::spawn(async move {
            while let Some(message) = requests.next().await {
                let Ok(place) = places.clone().acquire_owned().await else { return };
                let (enrolment, client) = (enrolment.clone(), client.clone());
                tokio::spawn(async move {
                    if timeout(PATIENCE, enrolment.answer(&client, message)).await.is_err() {
                        tracing::warn!("an enrolment took too long; the machine asks again");
                    }
                    drop(place);
                });
            }
        })]))
    }

    async fn answer(&self, client: &Client, message: Message) {
        // Whoever sent something else gets no answer, since there is no key to seal it to.
        let Some(to) = message.reply.filter(|to| to.starts_with("_E.")) else { return };
        if message.payload.len() > ENROL_PAYLOAD {
            return;
        }
        let Ok(asked) = serde_json::from_slice::<Enrol>(&message.payload) else { return };
        let Ok(recipient) = XKey::from_public_key(&asked.sealing_key) else { return };
        let outcome = self.enrol(&asked).await;
        match &outcome {
            Ok(enrolled) => tracing::info!(desk = %enrolled.desk, host = asked.host, "a desk was enrolled"),
            Err(refusal) => tracing::warn!(code = ?refusal.code, host = asked.host, "an enrolment was refused"),
        }
        let answer = Answer::new(&self.options.gateway, (self.options.clock)(), outcome);
        let Ok(bytes) = serde_json::to_vec(&answer) else { return };
        let Ok(sealed) = self.keys.sealing.seal(&bytes, &recipient) else { return };
        let sealed = Sealed { v: VERSION, from: self.keys.sealing.public_key(), sealed: BASE64.encode(&sealed) };
        let Ok(bytes) = serde_json::to_vec(&sealed) else { return };
        if let Err(error) = client.publish(to, bytes.into()).await {
            tracing::debug!(%error, "the answer to an enrolment was not sent");
        }
    }

    async fn enrol(&self, asked: &Enrol) -> Result<Enrolled, Refusal> {
        if !is_signed(asked) {
            return Err(Refusal::not_done(ErrorCode::NotAllowed, "the signature is not the key's", false));
        }
        let failed = |error: HubError| registry::failed(&error);
        let complete = self.complete_for();
        let known = self.find_key(&asked.key).await.map_err(failed)?;
        let (hub, desk) = match (&asked.code, known) {
            // The key is a desk's, whose answer was lost or whose token has expired. A code of another desk is not used up by it.
            (code, Some((hub, desk))) => {
                let of_code = match code {
                    Some(code) => hub.record::<CodeRecord>(Bucket::Fleet, &code_key(code)).await.map_err(failed)?,
                    None => None,
                };
                let used_by = of_code.and_then(|code| code.value.used_by);
                if code.is_some() && used_by != Some((asked.key.clone(), desk.clone())) {
                    return Err(Refusal::not_done(ErrorCode::NotAllowed, "a new code needs a new key", false));
                }
                (hub, desk)
            }
            (Some(code), None) => match self.find_code(code).await.map_err(failed)? {
                Some((hub, entry)) => self.use_code(hub, entry, code, asked).await?,
                None => return Err(self.not_found(ErrorCode::CodeUnknown, complete.as_deref())),
            },
            // Not `Revoked`: only a record says that, and the desk keeps its key, since this may be the wrong gateway, or an old backup.
            (None, None) => return Err(self.not_found(ErrorCode::KeyUnknown, complete.as_deref())),
        };
        let (jwt, record) = hub.sign(&desk).await?;
        let DeskRecord { of, .. } = record;
        let company = hub.options().company.clone();
        Ok(Enrolled { desk, jwt, extension: of.extension, hot: of.hot, role: of.role, company })
    }

    /// For which connections the registries are complete; None: one of them is not.
    fn complete_for(&self) -> Option<Vec<u64>> {
        self.companies.iter().map(Hub::registry_complete_for).collect()
    }

    /// `complete`: as it was before the search.
    fn not_found(&self, code: ErrorCode, complete: Option<&[u64]>) -> Refusal {
        registry::not_found(code, complete.is_some() && self.complete_for().as_deref() == complete)
    }

    /// The desk that has this public key.
    async fn find_key(&self, key: &str) -> Result<Option<(&Hub, DeskId)>, HubError> {
        for hub in &self.companies {
            if let Some(entry) = hub.record(Bucket::Fleet, &by_public_key(key)).await? {
                return Ok(Some((hub, entry.value)));
            }
        }
        Ok(None)
    }

    async fn find_code(&self, code: &str) -> Result<Option<(&Hub, Entry<CodeRecord>)>, HubError> {
        for hub in &self.companies {
            if let Some(entry) = hub.record(Bucket::Fleet, &code_key(code)).await? {
                return Ok(Some((hub, entry)));
            }
        }
        Ok(None)
    }

    /// Makes a desk of the machine that has this code. Each step can be repeated after a crash: the code's record says for which desk.
    async fn use_code<'hub>(
        &self,
        hub: &'hub Hub,
        found: Entry<CodeRecord>,
        code: &str,
        asked: &Enrol,
    ) -> Result<(&'hub Hub, DeskId), Refusal> {
        let failed = |error: HubError| registry::failed(&error);
        let Entry { value: mut record, revision } = found;
        let desk = match &record.used_by {
            Some((by, desk)) if *by == asked.key => desk.clone(),
            // Another machine has used it.
            Some(_) => return Err(Refusal::not_done(ErrorCode::CodeUnknown, "", false)),
            None if record.until < hub.now() => return Err(Refusal::not_done(ErrorCode::CodeExpired, "", false)),
            None => {
                let desk = DeskId::of(random());
                record.used_by = Some((asked.key.clone(), desk.clone()));
                // A conflict: another gateway, or another machine, was faster. The machine asks again and gets that one's answer.
                hub.write_record(Bucket::Fleet, &code_key(code), &record, Some(revision)).await.map_err(failed)?;
                desk
            }
        };
        let made = DeskRecord {
            of: record.of,
            key: asked.key.clone(),
            host: asked.host.clone(),
            version: asked.version.clone(),
            made_at: hub.now(),
            ..DeskRecord::default()
        };
        for written in [
            hub.write_record(Bucket::Fleet, &desk_key(&desk), &made, None).await,
            hub.write_record(Bucket::Fleet, &by_public_key(&asked.key), &desk, None).await,
        ] {
            // A conflict: an earlier try has written it.
            if let Err(error) = written
                && error != HubError::Conflict
            {
                return Err(failed(error));
            }
        }
        Ok((hub, desk))
    }
}

fn is_signed(asked: &Enrol) -> bool {
    let Ok(key) = KeyPair::from_public_key(&asked.key) else { return false };
    let Ok(signature) = BASE64.decode(asked.signature.as_bytes()) else { return false };
    key.key_pair_type() == KeyPairType::User && key.verify(asked.signed().as_bytes(), &signature).is_ok()
}
