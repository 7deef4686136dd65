//! The status page: the state of the simulated platform, for a person with a browser. All texts are escaped.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::call::Stage;
use crate::ledger::{Delivery, Ledger, ReplyKind, Seen};
use crate::world::World;

/// Entries and bills shown at most.
const SHOWN: usize = 25;

/// The page's HTML. It reloads itself every two seconds and loads nothing else.
pub(crate) fn page(world: &World, ledger: &Ledger, now: Timestamp) -> String {
    let account = &world.options.account;
    let mut out = String::from(HEAD);
    line(&mut out, "h1", &format!("{} · simulated platform", account.company_name));
    let clock = world.local(now);
    let state = format!(
        "{clock} (UTC{}) · appid {} · company {} · {} calls · {} bills",
        world.options.offset,
        account.appid,
        account.company_code,
        world.calls.len(),
        world.bills.len()
    );
    line(&mut out, "p", &state);
    queues(&mut out, world);
    calls(&mut out, world, now);
    tasks(&mut out, world);
    bills(&mut out, world);
    entries(&mut out, world, ledger);
    out
}

fn queues(out: &mut String, world: &World) {
    let seats = world.seats.iter().map(|seat| {
        let queue = world.queues.get(&seat.queue).map_or("", |queue| &queue.remark);
        vec![
            format!("{} · {queue}", seat.queue),
            seat.extension.clone(),
            seat.agent.clone(),
            format!("{:?} ({})", seat.state, seat.state.code()),
            world.extension_code(&seat.extension).to_string(),
            world.local(seat.changed),
            seat.answered.to_string(),
            seat.missed.to_string(),
        ]
    });
    let columns = "Queue|Extension|Agent|State|Phone|Since|Answered|Missed";
    table(out, "Seats", columns, seats);
}

fn calls(out: &mut String, world: &World, now: Timestamp) {
    let rows = world.calls.values().map(|call| {
        let stage = match call.stage {
            Stage::Dialling => "dialling",
            Stage::Waiting => "waits for an agent",
            Stage::Ringing => "rings",
            Stage::Talking => "talks",
        };
        vec![
            call.id.to_string(),
            stage.to_owned(),
            call.extension.clone(),
            call.customer.clone(),
            call.custom.customer_id.clone(),
            call.queue.clone().unwrap_or_default(),
            format!("{:?}", call.method),
            now.duration_since(call.started).as_secs().to_string(),
        ]
    });
    table(out, "Calls", "Call|Stage|Extension|Customer|Id|Queue|Method|Seconds", rows);
}

fn tasks(out: &mut String, world: &World) {
    let rows = world.tasks.iter().map(|(id, task)| {
        vec![
            id.clone(),
            task.name.clone(),
            format!("{:?}", task.pool),
            format!("{:?}", task.progress),
            format!("1:{}", task.scale),
            task.numbers.len().to_string(),
        ]
    });
    table(out, "Tasks", "Task|Name|For|State|Scale|Numbers left", rows);
}

fn bills(out: &mut String, world: &World) {
    let rows = world.bills.iter().rev().take(SHOWN).map(|bill| {
        vec![
            bill.id.to_string(),
            world.local(bill.started),
            bill.direction.word().to_owned(),
            bill.extension.clone(),
            bill.customer.clone(),
            bill.waited().to_string(),
            bill.talked().to_string(),
            format!("{} / {}", bill.hung_up_by, bill.cause),
            bill.recording.clone(),
        ]
    });
    let columns = "Bill|Start|Way|Extension|Customer|Waited s|Talked s|Hung up|Recording";
    table(out, "Last bills", columns, rows);
}

fn entries(out: &mut String, world: &World, ledger: &Ledger) {
    let entries = ledger.entries_after(ledger.mark().saturating_sub(SHOWN as u64));
    let rows = entries.into_iter().rev().map(|entry| {
        let (what, how) = match entry.seen {
            Seen::Request(request) => (request.service, outcome(&request.outcome)),
            Seen::Callback(callback) => (format!("callback {:?}", callback.kind), delivery(&callback.delivery)),
            Seen::Download(download) => (download.filename, format!("HTTP {}", download.status)),
        };
        vec![world.local(entry.at), what, how]
    });
    table(out, "Last requests and callbacks", "When|What|Outcome", rows);
}

fn outcome(outcome: &ReplyKind) -> String {
    match outcome {
        ReplyKind::Done => "done".into(),
        ReplyKind::Failed(code) => format!("failed, code {code}"),
        ReplyKind::Refused(ret) => format!("refused, ret {ret}"),
        ReplyKind::Fault(name) => format!("fault on demand: {name}"),
    }
}

fn delivery(delivery: &Delivery) -> String {
    match delivery {
        Delivery::Answered { status, after } => format!("HTTP {status} after {} ms", after.as_millis()),
        Delivery::Failed { reason, after } => format!("{reason} after {} ms", after.as_millis()),
        Delivery::Dropped => "lost on demand".into(),
    }
}

const HEAD: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"2\">\
<title>Simulated platform</title><style>:root{color-scheme:light dark}body{font:14px/1.4 system-ui,sans-serif;\
margin:24px;max-width:1100px}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\
td,th{text-align:left;padding:2px 12px 2px 0;border-bottom:1px solid #8884;vertical-align:top}\
td{white-space:nowrap}h1{font-size:20px}h2{font-size:15px;margin:20px 0 4px}</style>";

fn line(out: &mut String, tag: &str, text: &str) {
    // Writing to a String cannot fail.
    let _ = write!(out, "<{tag}>{}</{tag}>", escape(text));
}

fn table(out: &mut String, title: &str, columns: &str, rows: impl Iterator<Item = Vec<String>>) {
    line(out, "h2", title);
    out.push_str("<table><tr>");
    columns.split('|').for_each(|column| line(out, "th", column));
    for row in rows {
        out.push_str("<tr>");
        row.iter().for_each(|cell| line(out, "td", cell));
    }
    out.push_str("</table>");
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
