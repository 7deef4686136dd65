//! The page of desks.

use std::{
    fmt::Write,
    sync::{Arc, PoisonError},
    time::Duration,
};

use axum::{extract::State, response::Html};
use ringside_domain::Timestamp;

use super::{Shown, health};
use crate::company::Company;

/// Most rows of each table.
const ROWS: usize = 2000;

const STYLE: &str = "body{font:14px system-ui;margin:2em;color-scheme:light dark}table{border-collapse:collapse;margin:1em 0}\
td,th{padding:.2em .8em .2em 0;text-align:left}th{border-bottom:1px solid}.off{opacity:.5}.bad{font-weight:bold}";

pub async fn page(State(shown): State<Arc<Shown>>) -> Html<String> {
    let mut html = format!(
        "<!doctype html><meta charset=utf-8><meta http-equiv=refresh content=10><title>Ringside gateway</title><style>{STYLE}</style>"
    );
    for company in &shown.companies {
        of(&mut html, company).await;
    }
    Html(html)
}

// Writing to a text cannot fail.
async fn of(html: &mut String, company: &Company) {
    let health = health::of(company).await;
    let now = company.clock.wall();
    let said = |is: bool, yes: &'static str, no: &'static str| if is { yes.to_owned() } else { format!("<span class=bad>{no}</span>") };
    let _ = write!(
        html,
        "<h1>{}</h1><p>{} · {} · {}{} · {} callbacks wait to be published</p>",
        escaped(&company.settings.name),
        said(health.can_store, "callbacks are stored", "callbacks cannot be stored"),
        said(health.publishes, "NATS is connected", "NATS is not connected"),
        if health.leads { "this gateway leads" } else { "this gateway does not lead" },
        health.platform.map(|platform| format!(" · platform: {}", escaped(&platform))).unwrap_or_default(),
        health.unsent,
    );
    let _ = write!(
        html,
        "<table><tr><th>Extension<th>Agent<th>Role<th>Name<th>Desk<th>Host<th>Version<th>Connected since<th>Last seen<th></tr>"
    );
    let registry = company.shared.registry.read().unwrap_or_else(PoisonError::into_inner);
    let seen = company.seen();
    let mut desks: Vec<_> = registry.desks().iter().collect();
    desks.sort_by(|(_, a), (_, b)| a.of.extension.cmp(&b.of.extension));
    for (id, record) in desks.iter().take(ROWS) {
        let here = seen.get(id);
        let note = match (record.revoked_at, registry.has_its_extension(id), here.map_or(0, |desk| desk.twice)) {
            (Some(at), ..) => format!("revoked {}", ago(now, Timestamp(at))),
            (None, false, _) => "another desk has this extension".to_owned(),
            (None, true, 0) => String::new(),
            (None, true, twice) => format!("connected twice, {twice} times"),
        };
        let agent = here.and_then(|desk| desk.agent.clone()).or_else(|| record.of.agent.clone()).unwrap_or_default();
        let connected = here.and_then(|desk| desk.connected_since);
        let cells = [
            record.of.extension.clone(),
            agent,
            format!("{}{}", record.of.role.name(), if record.of.hot { ", hot" } else { "" }),
            record.of.name.clone(),
            id.to_string(),
            here.map_or_else(|| record.host.clone(), |desk| desk.host.clone()),
            here.map(|desk| desk.version.clone()).filter(|version| !version.is_empty()).unwrap_or_else(|| record.version.clone()),
            connected.map(|at| ago(now, at)).unwrap_or_default(),
            here.and_then(|desk| desk.last_seen).map(|at| ago(now, at)).unwrap_or_default(),
            note,
        ];
        let class = if connected.is_some() { "" } else { " class=off" };
        let _ = write!(html, "<tr{class}><td>{}</tr>", cells.map(|cell| escaped(&cell)).join("<td>"));
    }
    let _ = write!(html, "</table>");
    if desks.len() > ROWS {
        let _ = write!(html, "<p>{} more; <code>ringside-gateway desk list</code> shows all.</p>", desks.len() - ROWS);
    }
    let unmapped = company.outbox.unmapped(now.minus(Duration::from_secs(7 * 86_400)), 500).unwrap_or_default();
    let waiting: Vec<_> = unmapped.into_iter().filter(|row| registry.of_extension(&row.extension).is_none()).collect();
    if !waiting.is_empty() {
        let _ = write!(html, "<h2>Extensions without a desk</h2><table><tr><th>Extension<th>Callbacks<th>Last</tr>");
        for row in waiting {
            let _ = write!(html, "<tr><td>{}<td>{}<td>{}</tr>", escaped(&row.extension), row.callbacks, ago(now, row.last_at));
        }
        let _ = write!(html, "</table>");
    }
}

fn ago(now: Timestamp, at: Timestamp) -> String {
    let seconds = now.since(at).as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_desk_says_of_itself_is_shown_as_text() {
        assert_eq!(escaped("<b>\"&"), "&lt;b&gt;&quot;&amp;");
    }

    #[test]
    fn a_time_is_shown_as_how_long_ago_it_was() {
        let ago = |seconds: i64| super::ago(Timestamp(seconds * 1000), Timestamp(0));
        assert_eq!([5, 600, 7200, 200_000].map(ago), ["5 s", "10 min", "2 h", "2 days"]);
        assert_eq!(super::ago(Timestamp(0), Timestamp(5)), "0 s");
    }
}
