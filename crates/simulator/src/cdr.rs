//! GetBill and GetRecodeFile (sections «API for getting call records», «Call recording download link»).

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::call::{Bill, Direction, Method};
use crate::codes;
use crate::envelope::{Answer, Refusal};
use crate::form::Form;
use crate::recording::DownloadLink;
use crate::world::{World, after};

/// The filter of a GetBill request.
struct Wanted {
    from: Timestamp,
    to: Timestamp,
    sync: i64,
    direction: i64,
    method: i64,
    extensions: Vec<String>,
    /// `destnumber`, `userid`, `memberid`, `chengshudu`, `customuuid`; an empty text matches all records.
    equal: [String; 5],
}

impl Wanted {
    fn new(form: &Form, world: &World) -> Result<Self, Refusal> {
        let names = ["destnumber", "userid", "memberid", "chengshudu", "customuuid"];
        let extensions = form.list("extnumber").into_iter();
        Ok(Self {
            from: form.required_time("starttime", &world.zone)?,
            to: form.required_time("endtime", &world.zone)?,
            sync: form.number_or("syncflag", 1, 1..=3)?,
            direction: form.number_or("direction", 3, 1..=3)?,
            method: form.number_or("callmethod", 3, 0..=6)?,
            extensions: extensions.map(str::to_owned).collect(),
            equal: names.map(|name| form.optional(name).to_owned()),
        })
    }

    fn takes(&self, bill: &Bill) -> bool {
        let custom = &bill.custom;
        let has = [&bill.customer, &bill.agent, &custom.member_id, &custom.maturity, &custom.customer_id];
        // The window is given in whole seconds; its last second is included.
        self.from <= bill.started
            && bill.started < after(self.to, 1)
            && (self.sync == 3 || bill.synced == (self.sync == 2))
            && (self.direction == 3 || (self.direction == 1) == (bill.direction == Direction::CallIn))
            && (self.method == 0 || self.method == bill.method as i64)
            && (self.extensions.is_empty() || self.extensions.contains(&bill.extension))
            && self.equal.iter().zip(has).all(|(want, has)| want.is_empty() || want == has)
    }
}

impl World {
    /// GetBill; `syncflag` 1 marks the records that it returns (N10).
    pub(crate) fn get_bill(&mut self, form: &Form) -> Result<Answer, Refusal> {
        let wanted = Wanted::new(form, self)?;
        let page = form.number_or("currentpage", 1, 1..=i64::from(u32::MAX))?;
        let per_page = form.number_or("itemsperpage", 10, 1..=1000)?;
        let found = self.bills.iter().enumerate();
        let found = found.filter(|(_, bill)| wanted.takes(bill));
        let found: Vec<usize> = found.map(|(at, _)| at).collect();
        let skip = usize::try_from((page - 1) * per_page).unwrap_or(usize::MAX);
        let shown: Vec<usize> = found.iter().skip(skip).take(per_page as usize).copied().collect();
        let mut rows = Vec::with_capacity(shown.len());
        for at in shown {
            rows.push(self.bill_row(&self.bills[at]));
            self.bills[at].synced |= wanted.sync == 1;
        }
        Ok(Answer::Result(json!({
            "totalitems": found.len(),
            "currentpage": page,
            "itemsperpage": per_page,
            "bills": rows,
        })))
    }

    /// The called and the displayed number of bills and records. In an incoming call the customer is the displayed number (P1).
    pub(crate) fn bill_numbers<'a>(&self, bill: &'a Bill) -> (&'a str, &'a str) {
        let is_company_s = self.options.bills.company_called && bill.method != Method::BetweenExtensions;
        match bill.direction {
            Direction::CallOut => (&bill.customer, &bill.display_number),
            Direction::CallIn if is_company_s || bill.extension.is_empty() => (&bill.display_number, &bill.customer),
            Direction::CallIn => (&bill.extension, &bill.customer),
        }
    }

    /// `answertime` of bills and records (P3).
    pub(crate) fn bill_answer(&self, bill: &Bill) -> Option<Timestamp> {
        bill.answered.or_else(|| self.options.bills.answer_time_always.then_some(bill.ended))
    }

    fn bill_row(&self, bill: &Bill) -> Value {
        let (called, displayed) = self.bill_numbers(bill);
        json!({
            "id": bill.id,
            "extnumber": bill.extension,
            "destnumber": called,
            "displaynumber": displayed,
            "starttime": self.local(bill.started),
            "answertime": self.bill_answer(bill).map(|at| self.local(at)),
            "endtime": self.local(bill.ended),
            "duration": bill.waited(),
            "billsec": bill.talked(),
            "direction": bill.direction.word(),
            "callmethod": bill.method as u8,
            "userid": bill.agent,
            "memberid": bill.custom.member_id,
            "chengshudu": bill.custom.maturity,
            "customuuid": bill.custom.customer_id,
            "recordfilename": bill.recording,
            "downloadip": self.download_ip(bill),
            "hangupdirection": bill.hung_up_by,
            "hangupcause": bill.cause,
            "userkey": bill.custom.user_key,
        })
    }

    pub(crate) fn download_ip(&self, bill: &Bill) -> &'static str {
        if bill.recording.is_empty() { "" } else { "192.0.2.1" }
    }

    /// The name of a recording of a call answered at `at`.
    pub(crate) fn recording_name(&self, extension: &str, customer: &str, uuid: &str, at: Timestamp) -> String {
        let stamp = at.to_zoned(self.zone.clone()).strftime("%Y%m%d%H%M%S");
        let short = uuid.split('-').next().unwrap_or_default();
        format!("{stamp}_{extension}_{customer}_{short}.wav")
    }

    /// GetRecodeFile: a link that is valid for five minutes (N13); code 1003 for a file that is not kept.
    pub(crate) fn get_recode_file(&mut self, form: &Form, base: &str, now: Timestamp) -> Result<Answer, Refusal> {
        let filename = form.required("filename")?;
        let kept_since = now - (90 * 24).hours();
        let mut bills = self.bills.iter();
        let bill = bills.find(|bill| bill.recording == filename && bill.ended > kept_since);
        let Some(bill) = bill else {
            return Ok(Answer::Failed(codes::FAILED));
        };
        let (seconds, ready) = (bill.talked(), after(bill.ended, self.options.recording_delay));
        let key = self.looks.hex(8);
        let dies = after(now, self.options.link_life.as_secs());
        let link = DownloadLink { filename: filename.to_owned(), seconds, ready, dies };
        self.links.insert(key.clone(), link);
        Ok(Answer::Result(json!({
            "downurl": format!("{base}recordings/{key}/{filename}"),
            "expiredtime": format!("Expiration time:{}", self.local(dies)),
        })))
    }
}
