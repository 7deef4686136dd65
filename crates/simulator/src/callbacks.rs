//! The three callbacks: their contents (sections «Extension call state callback», «call record callback», «task status callback») and
//! their encodings (N23).

use serde_json::{Value, json};

use crate::call::{Bill, Call, CallId, Direction, Method};
use crate::envelope::drift;
use crate::world::World;

/// How a callback's body is written (N23).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// The JSON is the body.
    #[default]
    Json,
    /// The JSON is the field `detail` of an urlencoded form.
    UrlEncoded,
    /// The JSON is the field `detail` of a multipart form.
    Multipart,
}

/// Which of its two documented meanings `isbleg` has (N25).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IsBLeg {
    /// «is it the B side»: an agent whom a predictive or an incoming call reaches is side B.
    #[default]
    SideB,
    /// «true: the mobile phone rings, false: the seat».
    CustomerPhone,
}

/// The event that a callback reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackKind {
    /// An extension rings, answers or hangs up.
    State(Phase),
    Bill,
    /// A task is finished.
    Task,
    /// Bytes that a test gave.
    Raw,
}

/// `status` of an extension state callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Ring,
    Answer,
    HangUp,
}

impl Phase {
    fn word(self) -> &'static str {
        match self {
            Self::Ring => "ring",
            Self::Answer => "answer",
            Self::HangUp => "hangup",
        }
    }
}

/// A callback that is to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) kind: CallbackKind,
    pub(crate) call: Option<CallId>,
    pub(crate) body: Value,
    /// The network is down: it does not arrive.
    pub(crate) lost: bool,
}

impl World {
    /// Sends the state of the agent's phone at `extension`: it rings, was answered, or was hung up.
    pub(crate) fn tell_state(&mut self, id: CallId, extension: &str, phase: Phase) {
        if let Some(call) = self.calls.get(&id) {
            let is_b_leg = self.is_b_leg(call);
            let body = self.state_body(call, extension, is_b_leg, phase);
            self.send(CallbackKind::State(phase), Some(id), body);
        }
    }

    /// Sends that the customer's phone rings, in a call that began at the agent's phone (methods 2 to 4): `isbleg` is `"true"` by both
    /// meanings.
    pub(crate) fn tell_customer_ring(&mut self, id: CallId) {
        if let Some(call) = self.calls.get(&id) {
            let body = self.state_body(call, &call.extension, true, Phase::Ring);
            self.send(CallbackKind::State(Phase::Ring), Some(id), body);
        }
    }

    /// The value of `isbleg` for the agent's own phone.
    fn is_b_leg(&self, call: &Call) -> bool {
        let agent_is_b = call.direction == Direction::CallIn || !matches!(call.method, Method::Manual | Method::Api | Method::ApiDouble);
        call.is_b_leg.unwrap_or(self.options.is_b_leg == IsBLeg::SideB && agent_is_b)
    }

    fn state_body(&self, call: &Call, extension: &str, is_b_leg: bool, phase: Phase) -> Value {
        let (caller, callee) = call.ends_for(extension);
        json!({
            "buuid": call.buuid,
            "callee": callee,
            "caller": caller,
            "companycode": self.options.account.company_code,
            "customuuid": call.custom.customer_id,
            "direction": call.direction.word(),
            "disnumber": call.display_number,
            "extnumber": extension,
            "isbleg": is_b_leg.to_string(),
            "method": (call.method as u8).to_string(),
            "starttime": call.started.as_second().to_string(),
            "status": phase.word(),
            "type": "call",
            "uuid": call.uuid,
        })
    }

    /// Sends the bill callback; its fields have other names than GetBill's (N12).
    pub(crate) fn tell_bill(&mut self, bill: &Bill, call: CallId) {
        let (called, displayed) = self.bill_numbers(bill);
        let mut body = json!({
            "type": bill.direction.word(),
            "callmethod": bill.method as u8,
            "starttime": self.local(bill.started),
            "answertime": self.bill_answer(bill).map(|at| self.local(at)).unwrap_or_default(),
            "endtime": self.local(bill.ended),
            "duration": bill.waited(),
            "billsec": bill.talked(),
            "crmid": bill.agent,
            "memberid": bill.custom.member_id,
            "chengshudu": bill.custom.maturity,
            "disnumber": displayed,
            "destnumber": called,
            "extnumber": bill.extension,
            "recordfilename": bill.recording,
            "downloadip": self.download_ip(bill),
            "hangupdirection": bill.hung_up_by,
            "hangupcause": bill.cause,
            "companycode": self.options.account.company_code,
            "id": bill.id,
            "uuid": bill.uuid,
            "userkey": bill.custom.user_key,
            "customuuid": bill.custom.customer_id,
        });
        if self.options.bills.camel_case {
            camel_case(&mut body);
        }
        self.send(CallbackKind::Bill, Some(call), body);
    }

    /// Sends the task status callback; only status 3, finished, is ever sent (N24).
    pub(crate) fn tell_task(&mut self, task: &str) {
        let company = &self.options.account.company_code;
        let body = json!({ "taskid": task, "companycode": company, "status": 3 });
        self.send(CallbackKind::Task, None, body);
    }

    fn send(&mut self, kind: CallbackKind, call: Option<CallId>, mut body: Value) {
        if self.options.drift {
            drift(&mut body, &mut self.looks);
            // One of the documentation's two bill examples has no id (N12).
            if kind == CallbackKind::Bill && self.looks.percent(50) {
                body.as_object_mut().map(|fields| fields.remove("id"));
            }
        }
        self.outbox.push(Event { kind, call, body, lost: false });
    }
}

/// The keys of a bill that consist of several words, as other tenants' platforms spell them (P2).
const CAMEL_CASE: [&str; 17] = [
    "callMethod",
    "startTime",
    "answerTime",
    "endTime",
    "billSec",
    "crmId",
    "memberId",
    "disNumber",
    "destNumber",
    "extNumber",
    "recordFilename",
    "downloadIp",
    "hangupDirection",
    "hangupCause",
    "companyCode",
    "userKey",
    "customUuid",
];

fn camel_case(body: &mut Value) {
    let Some(fields) = body.as_object_mut() else { return };
    for key in CAMEL_CASE {
        if let Some(value) = fields.remove(&key.to_ascii_lowercase()) {
            fields.insert(key.to_owned(), value);
        }
    }
}
