//! Login, Logout and the life of a token (N8).

use jiff::Timestamp;
use serde_json::json;

use crate::codes;
use crate::envelope::{Answer, Refusal};
use crate::form::Form;
use crate::world::{World, after};

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
        self.tokens.retain(|_, dies| *dies > now);
        if self.options.one_token {
            self.tokens.clear();
        }
        let token = self.looks.hex(16);
        let dies = after(now, self.options.token_life.as_secs());
        self.tokens.insert(token.clone(), dies);
        Ok(Answer::Result(json!({
            "companycode": self.options.account.company_code,
            "companyname": self.options.account.company_name,
            "token": token,
            "authtime": self.local(now),
            "authmodel": "",
        })))
    }

    /// Logout: the token is no longer known.
    pub(crate) fn logout(&mut self, form: &Form) -> Result<Answer, Refusal> {
        self.tokens.remove(form.optional("token"));
        Ok(Answer::Done)
    }

    /// 600 unless the token is known and alive.
    pub(crate) fn check_token(&self, form: &Form, now: Timestamp) -> Result<(), Refusal> {
        let token = form.required("token")?;
        match self.tokens.get(token) {
            Some(dies) if *dies > now => Ok(()),
            _ => Err(Refusal::new(600)),
        }
    }
}
