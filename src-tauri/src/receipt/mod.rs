//! The shift receipt: a page about a day, and the result of the ledger's check, as text.

use std::{
    fmt::Display,
    io,
    path::{Path, PathBuf},
};

use jiff::tz::TimeZone;
use ringside_domain::{CallSign, Duty, LedgerEntry, SetBy, Timestamp, WishedState};
use ringside_engine::{Clock, ShiftReceipt, SystemClock};
use ringside_store::{Broken, Chain, ChainHash, ChainLink};
use serde_json::json;

use crate::{life::paths, texts::ReceiptTexts};

pub fn is_sound(chain: &Chain) -> bool {
    chain.broken.is_none() && chain.calls.changed.is_empty()
}

/// Writes the page into the folder of exports and returns its path.
pub fn save(folder: &Path, texts: &ReceiptTexts, receipt: &ShiftReceipt) -> io::Result<PathBuf> {
    let page = Page { texts, zone: TimeZone::system(), now: SystemClock::new().now().wall };
    let at = |at: Timestamp, format: &str| zoned(at, &page.zone).strftime(format).to_string();
    let file = folder.join(format!("shift-{}-made-{}.txt", at(receipt.from, "%Y%m%d"), at(page.now, "%Y%m%d-%H%M%S")));
    paths::make_private(folder)?;
    paths::write_private(&file, page.of(receipt))?;
    Ok(file)
}

pub fn as_json(chain: &Chain, noted: Option<ChainHash>) -> serde_json::Value {
    let link = |link: ChainLink| json!({ "entry": link.id, "at": link.at, "hash": link.hash.to_string() });
    let broken = chain.broken.map(|broken| match broken {
        Broken::Changed(entry) => json!({ "entry": entry, "why": "changed" }),
        Broken::Missing(entry) => json!({ "entry": entry, "why": "missing" }),
    });
    let calls = &chain.calls;
    json!({
        "sound": is_sound(chain) && (noted.is_none() || chain.noted.is_some()),
        "entries": chain.entries,
        "last": chain.last.map(link),
        "broken": broken,
        "noted": noted.map(|hash| json!({ "hash": hash.to_string(), "entry": chain.noted.map(|link| link.id) })),
        "calls": { "same": calls.same, "gone": calls.gone, "changed": calls.changed },
    })
}

pub fn zoned(at: Timestamp, zone: &TimeZone) -> jiff::Zoned {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().to_zoned(zone.clone())
}

/// Replaces each name in braces by its value.
fn fill(text: &str, values: &[(&str, &dyn Display)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), &value.to_string()))
}

/// Language, time zone and time of a page.
pub struct Page<'a> {
    pub texts: &'a ReceiptTexts,
    pub zone: TimeZone,
    pub now: Timestamp,
}

impl Page<'_> {
    pub fn of(&self, receipt: &ShiftReceipt) -> String {
        let texts = self.texts;
        let mut lines = vec![
            fill(texts.title, &[("day", &self.local(receipt.from, "%Y-%m-%d"))]),
            fill(texts.made, &[("time", &self.exact(self.now)), ("zone", &self.local(self.now, "%:z"))]),
            String::new(),
            texts.calls.to_owned(),
        ];
        lines.extend(self.calls(receipt).into_iter().map(indented));
        lines.extend([String::new(), texts.events.to_owned()]);
        lines.extend(self.events(receipt).into_iter().map(indented));
        lines.extend([String::new(), texts.chain.to_owned()]);
        if let [first, .., last] | [first @ last] = receipt.rows.as_slice() {
            let count = receipt.rows.len();
            lines.push(indented(fill(texts.of_day, &[("count", &count), ("first", &first.id), ("last", &last.id)])));
        }
        lines.extend(self.verdict(&receipt.chain, None).lines().map(|line| indented(line.to_owned())));
        lines.join("\n") + "\n"
    }

    fn calls(&self, receipt: &ShiftReceipt) -> [String; 4] {
        let (texts, sums) = (self.texts, &receipt.sums);
        let entered = |wanted: CallSign| {
            receipt.rows.iter().filter(|row| matches!(row.entry, Some(LedgerEntry::Call { sign, .. }) if sign == wanted)).count()
        };
        let values: [(&str, &dyn Display); 3] = [("answered", &sums.answered), ("missed", &sums.missed), ("no_answer", &sums.no_answer)];
        let times: [(&str, &dyn Display); 3] =
            [("talk", &clock(sums.talk_seconds)), ("ring", &clock(sums.ring_seconds)), ("wrap_up", &clock(sums.wrap_up_seconds))];
        [
            fill(texts.sums, &values),
            fill(texts.times, &times),
            fill(texts.ended, &[("count", &entered(CallSign::Ended))]),
            fill(texts.later, &[("count", &entered(CallSign::Fetched))]),
        ]
    }

    /// One line per event; a wish and its outcome share a line.
    fn events(&self, receipt: &ShiftReceipt) -> Vec<String> {
        let texts = self.texts;
        let mut lines: Vec<String> = Vec::new();
        // The line of the last wish, its number, and its time.
        let mut open: Option<(usize, u64, Timestamp)> = None;
        for row in &receipt.rows {
            let line = match &row.entry {
                Some(LedgerEntry::Call { .. }) => continue,
                Some(LedgerEntry::Started { version }) => fill(texts.started, &[("version", version)]),
                Some(LedgerEntry::SignedIn { extension, agent_id }) => {
                    fill(texts.signed_in, &[("extension", extension), ("agent", agent_id)])
                }
                Some(LedgerEntry::SigningOut { .. }) => texts.signing_out.to_owned(),
                Some(LedgerEntry::SignedOut) => texts.signed_out.to_owned(),
                Some(LedgerEntry::Unanswered { duty, agent_id, code, .. }) => {
                    fill(texts.unanswered, &[("what", &self.what(duty, agent_id)), ("code", &format!("{code:?}"))])
                }
                Some(LedgerEntry::MadeUp { duty, agent_id, .. }) => fill(texts.made_up, &[("what", &self.what(duty, agent_id))]),
                Some(LedgerEntry::GivenUp { duty, agent_id, code, .. }) => {
                    fill(texts.given_up, &[("what", &self.what(duty, agent_id)), ("code", &format!("{code:?}"))])
                }
                Some(LedgerEntry::QueueJoined { queue, already }) => {
                    fill(if *already { texts.already } else { texts.joined }, &[("queue", queue)])
                }
                Some(LedgerEntry::QueueLeft { queue }) => fill(texts.left, &[("queue", queue)]),
                Some(LedgerEntry::QueueLost { queue }) => fill(texts.lost, &[("queue", queue)]),
                Some(LedgerEntry::Wished { wish, state, by }) => {
                    open = Some((lines.len(), *wish, row.at));
                    fill(texts.wished, &[("state", &self.state(*state)), ("who", &self.who(*by))])
                }
                Some(LedgerEntry::Confirmed { wish } | LedgerEntry::Unconfirmed { wish } | LedgerEntry::RolledBack { wish, .. }) => {
                    // The page has no line for a wish of the day before.
                    let Some((line, _, at)) = open.filter(|(_, number, _)| number == wish) else { continue };
                    let end = self.end(row.entry.as_ref(), at, row.at);
                    lines[line] = format!("{} → {end}", lines[line]);
                    continue;
                }
                None => texts.unknown.to_owned(),
            };
            lines.push(format!("{}  {line}", self.local(row.at, "%H:%M:%S")));
        }
        if lines.is_empty() {
            lines.push(texts.nothing.to_owned());
        }
        lines
    }

    fn end(&self, entry: Option<&LedgerEntry>, wished_at: Timestamp, at: Timestamp) -> String {
        let seconds = format!("{:.1}", at.since(wished_at).as_secs_f64());
        match entry {
            Some(LedgerEntry::RolledBack { code, queues, .. }) => {
                let queues: Vec<&str> = queues.iter().map(|queue| queue.0.as_str()).collect();
                let values: [(&str, &dyn Display); 3] =
                    [("queues", &queues.join(self.texts.comma)), ("code", &format!("{code:?}")), ("seconds", &seconds)];
                fill(self.texts.rolled_back, &values)
            }
            Some(LedgerEntry::Unconfirmed { .. }) => fill(self.texts.unconfirmed, &[("seconds", &seconds)]),
            _ => fill(self.texts.confirmed, &[("seconds", &seconds)]),
        }
    }

    fn what(&self, duty: &Duty, agent_id: &str) -> String {
        match duty {
            Duty::Leave { queue } => fill(self.texts.leave, &[("agent", &agent_id), ("queue", queue)]),
            Duty::EndTask { .. } => self.texts.end_task.to_owned(),
            Duty::EndToken => self.texts.end_token.to_owned(),
            Duty::ForgetSecrets => self.texts.forget.to_owned(),
        }
    }

    fn state(&self, state: WishedState) -> &'static str {
        match state {
            WishedState::Available => self.texts.available,
            WishedState::Busy => self.texts.busy,
        }
    }

    fn who(&self, by: SetBy) -> &'static str {
        match by {
            SetBy::Window | SetBy::Tray | SetBy::Shortcut | SetBy::CommandLine => self.texts.by_person,
            SetBy::SignIn => self.texts.by_sign_in,
            SetBy::WrapUp => self.texts.by_wrap_up,
            SetBy::Leaving => self.texts.by_leaving,
            SetBy::Platform => self.texts.by_platform,
        }
    }

    /// The result of the chain's check, and what it proves.
    pub fn verdict(&self, chain: &Chain, noted: Option<ChainHash>) -> String {
        let texts = self.texts;
        let mut lines = vec![match chain.broken {
            Some(Broken::Changed(entry)) => fill(texts.changed, &[("entry", &entry), ("count", &chain.entries)]),
            Some(Broken::Missing(entry)) => fill(texts.missing, &[("entry", &entry), ("count", &chain.entries)]),
            None if chain.entries == 0 => texts.empty.to_owned(),
            None => fill(texts.sound, &[("count", &chain.entries)]),
        }];
        let calls = &chain.calls;
        if calls.same + calls.gone > 0 {
            lines.push(fill(texts.rows, &[("same", &calls.same), ("gone", &calls.gone)]));
        }
        if !calls.changed.is_empty() {
            let ids: Vec<String> = calls.changed.iter().take(20).map(|call| format!("#{}", call.0)).collect();
            let more = if calls.changed.len() > ids.len() { " …" } else { "" };
            let named = ids.join(texts.comma) + more;
            lines.push(fill(texts.rows_changed, &[("count", &calls.changed.len()), ("calls", &named)]));
        }
        match (noted, chain.noted) {
            (None, _) => {}
            (Some(_), Some(link)) => lines.push(fill(texts.noted, &[("entry", &link.id), ("time", &self.exact(link.at))])),
            (Some(_), None) => lines.push(texts.not_noted.to_owned()),
        }
        if let Some(link) = chain.last {
            lines.push(fill(texts.last, &[("entry", &link.id), ("time", &self.exact(link.at))]));
            lines.push(link.hash.to_string());
        }
        lines.push(texts.proves.to_owned());
        lines.join("\n") + "\n"
    }

    fn exact(&self, at: Timestamp) -> String {
        self.local(at, "%Y-%m-%d %H:%M:%S")
    }

    fn local(&self, at: Timestamp, format: &str) -> String {
        zoned(at, &self.zone).strftime(format).to_string()
    }
}

fn clock(seconds: u64) -> String {
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn indented(line: String) -> String {
    format!("  {line}")
}

#[cfg(test)]
mod tests;
