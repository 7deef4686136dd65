//! Call records and recordings.

use std::time::Duration;

use reqwest::Url;
use ringside_domain::{CallRecord, Extension, LinkAnswer, Timestamp};
use serde::Deserialize;

use crate::{
    Client, PlatformError, Service,
    callback::{self, Fields},
    moment,
    wire::Text,
};

/// Most records that one answer may hold.
const PAGE: usize = 1000;
/// How long a link lives, where the platform does not say in a form we know (N13).
const LINK_LIFE: Duration = Duration::from_secs(300);

#[derive(Debug, Deserialize)]
struct BillPage {
    #[serde(default)]
    bills: Vec<Fields>,
}

#[derive(Debug, Deserialize)]
struct LinkWire {
    downurl: Text,
    #[serde(default)]
    expiredtime: Text,
}

impl Client {
    /// GetBill for one extension, calls begun within the window; the first 1000. Never takes records from the company's own
    /// cursor: `syncflag` 3 (N10). All parameters are sent (N11).
    pub async fn bills(&self, extension: &Extension, from: Timestamp, to: Timestamp) -> Result<Vec<CallRecord>, PlatformError> {
        let (from, to) = (moment::format(from, self.offset()), moment::format(to, self.offset()));
        let page = PAGE.to_string();
        let fields = [
            ("starttime", from.as_str()),
            ("endtime", to.as_str()),
            ("syncflag", "3"),
            ("direction", "3"),
            ("callmethod", "0"),
            ("currentpage", "1"),
            ("itemsperpage", page.as_str()),
            ("extnumber", extension.0.as_str()),
            ("destnumber", ""),
            ("userid", ""),
            ("memberid", ""),
        ];
        let page: BillPage = self.call(Service::GetBill, &fields).await?.read("a page of bills")?;
        Ok(page.bills.iter().filter_map(|bill| callback::record(bill, self.offset())).collect())
    }

    /// GetRecodeFile: a link to a recording, by the file name of its bill.
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
        // By the platform's own clock, so that a skew between the clocks shortens nothing.
        let dies = expiry(wire.expiredtime.as_str()).and_then(|text| moment::parse(text, self.offset()));
        let life = dies.zip(answered_at).map(|(dies, answered)| dies.since(answered)).unwrap_or(LINK_LIFE).min(LINK_LIFE * 12);
        Ok(LinkAnswer { url: url.into(), expires_at: asked_at.plus(life) })
    }
}

/// The time at the end of a sentence whose beginning may differ (N13).
fn expiry(sentence: &str) -> Option<&str> {
    const LENGTH: usize = "yyyy-mm-dd hh:mm:ss".len();
    let sentence = sentence.trim();
    let start = sentence.len().checked_sub(LENGTH)?;
    sentence.get(start..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n13_a_sentence_not_a_time() {
        for sentence in ["Expiration time:2020-02-11 17:27:23", "过期时间：2020-02-11 17:27:23 ", "2020-02-11 17:27:23"] {
            assert_eq!(expiry(sentence), Some("2020-02-11 17:27:23"));
        }
        assert_eq!(expiry("soon"), None);
        assert_eq!(expiry("期期期期期期期期"), None);
    }
}
