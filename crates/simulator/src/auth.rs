//! Login, Logout and the lifetime of a token (N8).

use jiff::Timestamp;
use serde_json::json;

use crate::codes;
use crate::envelope::{Answer, Refusal};
use crate::form::Form;
use crate::world::{World, after};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    /// A serial number, shared with the changes of extensions, so that a token can be older than a change.
    issued: u64,
    dies: Timestamp,
}

impl World {
    /// Login: 601 for an unknown appid, code 1003 for a wrong accesskey.
    pub(crate) fn login(&mut self, form: &Form, now: Timestamp) -> Result<Answer, Refusal> {
        let appid = form.required("appid")?;
        let accesskey = form.required("accesskey")?;
        let account = &self.options.account;
        if appid != account.appid {
            return Err(Refusal::new(601));
        }
        if accesskey != account.accesskey {
            return Ok(Answer::Failed(codes::FAILED));
        }
        self.tokens.retain(|_, token| token.dies > now);
        if self.options.one_token {
            self.tokens.clear();
        }
        let token = self.looks.hex(16);
        let dies = after(now, self.options.token_life.as_secs());
        let issued = self.next_serial();
        self.tokens.insert(token.clone(), Token { issued, dies });
        Ok(Answer::Result(json!({
            "companycode": self.options.account.company_code,
            "companyname": self.options.account.company_name,
            "token": token,
            "authtime": self.local(now),
            "authmodel": "",
        })))
    }

    /// Logout; the token is unknown from now on.
    pub(crate) fn logout(&mut self, form: &Form) -> Result<Answer, Refusal> {
        self.tokens.remove(form.optional("token"));
        Ok(Answer::Done)
    }

    /// `ret` 600 unless the token is known and has not expired.
    pub(crate) fn check_token(&self, form: &Form, now: Timestamp) -> Result<(), Refusal> {
        let token = form.required("token")?;
        match self.tokens.get(token) {
            Some(token) if token.dies > now => Ok(()),
            _ => Err(Refusal::new(600)),
        }
    }

    /// Marks an extension as changed: requests for it with an older token get code 1010.
    pub(crate) fn change_extension(&mut self, extension: &str) {
        let serial = self.next_serial();
        if let Some(known) = self.extensions.get_mut(extension) {
            known.changed = serial;
        }
    }

    /// Whether the request names an extension that was changed after its token was issued.
    pub(crate) fn is_outdated(&self, form: &Form) -> bool {
        let issued = self.tokens.get(form.optional("token")).map_or(0, |token| token.issued);
        let changed = |extension: &str| self.extensions.get(extension).map_or(0, |known| known.changed);
        form.list("extnumber").into_iter().any(|extension| changed(extension) > issued)
    }
}
