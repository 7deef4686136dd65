//! GetBill as a stream: all records of a time window, ordered by the start of their calls, over any number of pages.

use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use futures_util::{Stream, TryStreamExt, stream};
use ringside_domain::{CallRecord, Extension, Timestamp};

use super::cdr::{Bill, BillQuery};
use crate::{Client, PlatformError};

/// Most rows of one answer.
const PAGE: u32 = 1000;
/// The window is read in parts of this length, one after the other. The order then holds across parts, and a part fits in memory.
const PART: Duration = Duration::from_secs(2 * 86_400);
/// How often a part is read at most, if it grows while it is read.
const PASSES: u32 = 3;

impl Client {
    /// GetBill («API for getting call records») over a time window: every record once, ordered by the start of its call.
    ///
    /// A page has 1000 rows. The documentation defines neither the order of the pages nor when a call appears (N11). So a part of the
    /// window that grew while its pages were read is read again, for records that moved from one page to another. To continue after an
    /// error or an interruption, request a new stream from the start of the last record kept. Let windows overlap by some hours because of
    /// long calls, and recognise records by their id.
    ///
    /// # Errors
    /// The stream ends with the first error; the records before it are complete up to the last one.
    pub fn bill_stream(&self, query: BillQuery) -> impl Stream<Item = Result<Bill, PlatformError>> + Send + 'static {
        let reading =
            Reading { client: self.clone(), next: Some(query.from).filter(|from| *from <= query.to), query, ready: VecDeque::new() };
        stream::try_unfold(reading, |mut reading| async move { Ok(reading.next_bill().await?.map(|bill| (bill, reading))) })
    }

    /// The records of one extension's calls that began within the window.
    ///
    /// # Errors
    /// Like the stream's; no record is returned then.
    pub async fn bills(&self, extension: &Extension, from: Timestamp, to: Timestamp) -> Result<Vec<CallRecord>, PlatformError> {
        let query = BillQuery { from, to, extensions: vec![extension.clone()], ..BillQuery::default() };
        self.bill_stream(query).map_ok(|bill| bill.record).try_collect().await
    }
}

struct Reading {
    client: Client,
    query: BillQuery,
    /// Start of the next part to read; None after the last.
    next: Option<Timestamp>,
    ready: VecDeque<Bill>,
}

impl Reading {
    async fn next_bill(&mut self) -> Result<Option<Bill>, PlatformError> {
        loop {
            if let Some(bill) = self.ready.pop_front() {
                return Ok(Some(bill));
            }
            let Some(from) = self.next else { return Ok(None) };
            // The end of a part is inclusive.
            let to = from.plus(PART).minus(Duration::from_secs(1)).min(self.query.to);
            self.ready = self.part(BillQuery { from, to, ..self.query.clone() }).await?.into();
            self.next = Some(to.plus(Duration::from_secs(1))).filter(|next| *next <= self.query.to);
        }
    }

    async fn part(&self, query: BillQuery) -> Result<Vec<Bill>, PlatformError> {
        let mut known = HashSet::new();
        let mut bills = Vec::new();
        let mut total = None;
        for _ in 0..PASSES {
            let mut first_total = None;
            for page in 1.. {
                let answer = self.client.bill_page(&query, page, PAGE).await?;
                first_total.get_or_insert(answer.total);
                // A record without an id is recognised by its contents.
                bills.extend(answer.bills.into_iter().filter(|bill| known.insert(key(bill))));
                total = Some(answer.total);
                if answer.rows == 0 || u64::from(page) * u64::from(PAGE) >= u64::from(answer.total) {
                    break;
                }
            }
            if first_total == total {
                break;
            }
        }
        bills.sort_by_key(|bill| bill.record.started_at);
        Ok(bills)
    }
}

fn key(bill: &Bill) -> String {
    bill.record.record_id.clone().unwrap_or_else(|| format!("{bill:?}"))
}
