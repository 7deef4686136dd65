//! «API for getting call records», «Call recording download link interface».

use std::time::Duration;

use reqwest::Url;
use ringside_domain::{CallRecord, Direction, Extension, LinkAnswer, Method, Timestamp};
use ringside_wire::{
    Text,
    callback::{self, Fields},
    items, moment,
};
use serde::Deserialize;
use serde_json::Value;

use super::comma_separated;
use crate::{Client, PlatformError, Service};

/// How long a link is valid if the platform names no time that can be read (N13).
const LINK_LIFE: Duration = Duration::from_secs(300);

/// Which records to fetch. An empty text, an empty list or None does not restrict them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BillQuery {
    /// Calls that began at this time or later …
    pub from: Timestamp,
    /// … and at this time or earlier.
    pub to: Timestamp,
    /// Extensions of the calls.
    pub extensions: Vec<Extension>,
    /// Incoming or outgoing.
    pub direction: Option<Direction>,
    /// How the call was made.
    pub method: Option<Method>,
    /// The customer's number.
    pub customer_number: String,
    /// Custom data: the agent.
    pub agent_id: String,
    /// Custom data: the member.
    pub member_id: String,
    /// Custom data: the maturity.
    pub maturity: String,
    /// Custom data: the customer.
    pub customer_id: String,
}

/// A record, with fields that only some callers need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// The finished call.
    pub record: CallRecord,
    /// The key that the customer pressed, if any.
    pub key_pressed: Option<String>,
    /// The host that stores the recording. A link is requested by the recording's file name, not by this host.
    pub recording_host: Option<String>,
}

/// One page of the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillPage {
    /// Number of records that match the query, over all pages; may grow from page to page.
    pub total: u32,
    /// Number of rows on this page. Includes rows that are left out of `bills` because they have neither an id nor a time.
    pub rows: usize,
    /// The order is not documented.
    pub bills: Vec<Bill>,
}

#[derive(Debug, Deserialize)]
struct PageWire {
    #[serde(default)]
    totalitems: Text,
    #[serde(default)]
    bills: Value,
}

#[derive(Debug, Deserialize)]
struct LinkWire {
    downurl: Text,
    #[serde(default)]
    expiredtime: Text,
}

impl Client {
    /// GetBill («API for getting call records»): one page of records. Pages count from 1 and have 1 to 1000 rows.
    ///
    /// Sends `syncflag` 3. `syncflag` 1 would mark records as fetched for the whole company (N10). Sends all parameters, although the
    /// documentation's example omits some (N11).
    ///
    /// # Errors
    /// [`PlatformError::Incomplete`] if the answer is not a page.
    pub async fn bill_page(&self, query: &BillQuery, page: u32, rows: u32) -> Result<BillPage, PlatformError> {
        let (total, rows) = self.bill_values(query, page, rows).await?;
        let incomplete = || PlatformError::Incomplete("a page of bills");
        let fields: Vec<Fields> = rows.iter().map(Fields::deserialize).collect::<Result<_, _>>().map_err(|_| incomplete())?;
        let seen_at = query.to.min(self.now());
        let bills = fields.iter().zip(&rows).filter_map(|(fields, row)| self.bill(fields, row, seen_at)).collect();
        Ok(BillPage { total, rows: rows.len(), bills })
    }

    /// GetBill: the same page, each record with its row as the platform sent it, for a gateway that passes it on. The first number is that
    /// of [`BillPage::total`].
    ///
    /// # Errors
    /// Like [`Client::bill_page`].
    pub async fn bill_rows(&self, query: &BillQuery, page: u32, rows: u32) -> Result<(u32, Vec<(CallRecord, String)>), PlatformError> {
        let (total, rows) = self.bill_values(query, page, rows).await?;
        let read = |row: &Value| Some((callback::record(&Fields::deserialize(row).ok()?, self.zone()), row.to_string()));
        Ok((total, rows.iter().filter_map(read).collect()))
    }

    async fn bill_values(&self, query: &BillQuery, page: u32, rows: u32) -> Result<(u32, Vec<Value>), PlatformError> {
        let time = |at| moment::format(at, self.zone());
        let (from, to) = (time(query.from), time(query.to));
        let method = query.method.map_or(0, Method::code).to_string();
        let (page, rows) = (page.max(1).to_string(), rows.clamp(1, 1000).to_string());
        let extensions = comma_separated(&query.extensions);
        let direction = match query.direction {
            Some(Direction::Incoming) => "1",
            Some(Direction::Outgoing) => "2",
            None => "3",
        };
        let mut fields = vec![
            ("starttime", from.as_str()),
            ("endtime", to.as_str()),
            ("syncflag", "3"),
            ("direction", direction),
            ("callmethod", method.as_str()),
            ("currentpage", page.as_str()),
            ("itemsperpage", rows.as_str()),
            ("extnumber", extensions.as_str()),
            ("destnumber", query.customer_number.as_str()),
            ("userid", query.agent_id.as_str()),
            ("memberid", query.member_id.as_str()),
        ];
        let optional = [("chengshudu", query.maturity.as_str()), ("customuuid", query.customer_id.as_str())];
        fields.extend(optional.into_iter().filter(|(_, text)| !text.is_empty()));
        let wire: PageWire = self.call(Service::GetBill, &fields).await?.read("a page of bills")?;
        let rows = items(wire.bills).ok_or(PlatformError::Incomplete("a page of bills"))?;
        Ok((wire.totalitems.number().unwrap_or(0), rows))
    }

    /// A row without times belongs to a call that ended before `seen_at`. Without an id as well, the row would become a new call each time
    /// it is read, so it is left out.
    fn bill(&self, fields: &Fields, row: &Value, seen_at: Timestamp) -> Option<Bill> {
        let mut record = callback::record(fields, self.zone());
        if let Some(reason) = callback::unread_times(fields, self.zone()) {
            self.shared.unread.add(row.to_string(), &reason);
        }
        if record.undated && record.record_id.is_none() && record.uuid.is_none() {
            self.shared.unread.add(row.to_string(), "a record without id and times is left out");
            return None;
        }
        record.received_at(seen_at);
        Some(Bill { record, key_pressed: fields.some("userkey").filter(|key| key != "#"), recording_host: fields.some("downloadip") })
    }

    /// GetRecodeFile («Call recording download link interface»): a link to a recording, by the file name in its bill. The link needs no
    /// login and is valid for five minutes (N13), so request it only when it is needed. The platform keeps recordings for three months.
    ///
    /// # Errors
    /// [`PlatformError::Failed`] if there is no such recording, [`PlatformError::UnsafeLink`] if the link is not a web address.
    pub async fn recording_link(&self, file: &str) -> Result<LinkAnswer, PlatformError> {
        let asked_at = self.now();
        let answer = self.call(Service::GetRecodeFile, &[("filename", file)]).await?;
        let answered_at = answer.answered_at.map(|seconds| Timestamp(seconds * 1000));
        let wire: LinkWire = answer.read("a link")?;
        let url = wire.downurl.owned();
        let is_web = Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some());
        if !is_web {
            return Err(PlatformError::UnsafeLink);
        }
        // Both times are the platform's, so that a skew between the clocks does not shorten the link's life.
        let dies = expiry(wire.expiredtime.as_str()).and_then(|text| moment::parse(text, self.zone()));
        let life = dies.zip(answered_at).map(|(dies, answered)| dies.since(answered)).unwrap_or(LINK_LIFE).min(LINK_LIFE * 12);
        Ok(LinkAnswer { url: url.into(), expires_at: asked_at.plus(life) })
    }
}

/// The time at the end of a sentence; the beginning of the sentence varies (N13).
fn expiry(sentence: &str) -> Option<&str> {
    const LENGTH: usize = "yyyy-mm-dd hh:mm:ss".len();
    let sentence = sentence.trim();
    let start = sentence.len().checked_sub(LENGTH)?;
    sentence.get(start..)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ClientOptions;

    #[test]
    fn fc13_a_record_that_cannot_be_read_in_full_is_kept_and_reported_once() {
        let client = Client::new(ClientOptions::default(), Arc::new(|| Timestamp(0)));
        let bill = |json: &str| {
            let row: Value = serde_json::from_str(json).unwrap();
            client.bill(&Fields::deserialize(&row).unwrap(), &row, Timestamp(1_768_371_406_000))
        };
        let odd = r#"{"id":1,"starttime":"14/01/2026 2pm","billsec":"9"}"#;
        assert!(bill(odd).is_some() && bill(odd).is_some());
        assert!(bill(r#"{"billsec":9}"#).is_none());
        assert!(bill(r#"{"id":2,"starttime":"2026-01-14 14:16:46","billsec":9}"#).is_some());
        let unread = client.take_unread();
        assert_eq!(unread.len(), 2);
        assert!(
            unread[0].reason.contains("14/01/2026 2pm")
                && unread[0].body == serde_json::from_str::<Value>(odd).unwrap().to_string().as_bytes()
        );
        assert!(bill(odd).is_some() && client.take_unread().is_empty(), "a record that is read again is not reported again");
        for id in 0..1000 {
            bill(&format!(r#"{{"id":{id},"starttime":"soon","billsec":9}}"#));
        }
        assert!(client.take_unread().len() < 200, "the number of reports is limited");
    }

    #[test]
    fn n13_the_expiry_time_is_read_from_a_sentence() {
        for sentence in ["Expiration time:2020-02-11 17:27:23", "过期时间：2020-02-11 17:27:23 ", "2020-02-11 17:27:23"] {
            assert_eq!(expiry(sentence), Some("2020-02-11 17:27:23"));
        }
        assert_eq!(expiry("soon"), None);
        assert_eq!(expiry("期期期期期期期期"), None);
    }
}
