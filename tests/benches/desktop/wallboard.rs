//! The repainting of the wallboard of 1,000 agents, in the real app's window.
//!
//! The views that the engine sends are repeated in the page with other figures for every queue; each is timed from the event to the first
//! task after the frame that shows it: script, style, layout and paint.

use ringside_simulator::{ExtensionSpec, Options, QueueSpec, Simulator};
use ringside_tests::{
    OWN,
    desktop::{App, until, visible},
};
use serde::Deserialize;

use crate::report::{Report, percentile, sorted};

const QUEUES: usize = 40;
const AGENTS: usize = 25;
const REPAINTS: usize = 300;
const LIMIT: f64 = 16.0;

#[derive(Deserialize)]
struct Measured {
    /// Until the layout is done.
    laid: Vec<f64>,
    /// Until the frame is painted.
    times: Vec<f64>,
    /// Repaints after which the page did not show the sum of that view.
    wrong: usize,
    agents: usize,
    tiles: usize,
}

pub async fn measure(report: &mut Report) {
    let name = |n: usize| format!("queue-{}", n + 1);
    let queues = (0..QUEUES).map(|n| QueueSpec::new(name(n), "Renewals")).collect();
    let agent = |n: usize| ExtensionSpec {
        queues: vec![name(n / AGENTS)],
        ..ExtensionSpec::new((200_001 + n).to_string(), (1000 + n).to_string())
    };
    let extensions = std::iter::once(ExtensionSpec::new(OWN, "10")).chain((0..QUEUES * AGENTS).map(agent)).collect();
    let simulator = Simulator::local(Options { queues, extensions, ..Options::test() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let app = App::start(folder.path(), &["--bind", "127.0.0.1:0", "--supervisor-enabled", "true", "--requests-per-second", "10"]).await;
    app.sign_in(simulator.url().as_str(), "demo-key", "queue-1").await;
    assert_eq!(app.tell(&["--supervisor"]).0, Some(0));
    until("the supervisor's window", async || !visible("Ringside · Supervisor's desk").is_empty()).await;
    app.supervisor().await;
    app.click("nav-wallboard").await;
    app.click("full-screen").await;
    let unread = "[...document.querySelectorAll('[data-testid=tile]')].filter((tile) => !tile.querySelector('.figure')).length";
    until("all tiles have figures", async || app.has("[data-testid='tile']").await && app.evaluate(unread).await == 0).await;
    let measured: Measured = serde_json::from_value(app.evaluate(&script()).await).unwrap();
    assert_eq!((measured.times.len(), measured.wrong), (REPAINTS, 0), "each view was shown");
    app.quit().await;

    let (times, laid) = (sorted(measured.times), sorted(measured.laid));
    report.figure("wallboard", "script, style and layout, median", percentile(&laid, 50.0), "ms");
    report.figure("wallboard", "repainted, least", times[0], "ms");
    report.limit("wallboard", format!("repainted, median of {REPAINTS}"), percentile(&times, 50.0), "ms", LIMIT);
    report.limit("wallboard", "repainted, p95", percentile(&times, 95.0), "ms", LIMIT);
    report.note(format!(
        "wallboard: {} agents in {QUEUES} queues, full screen, {} tiles a page; the web engine's clock has steps of 1 ms",
        measured.agents, measured.tiles
    ));
}

/// Takes an event of the wallboard from the page's callbacks, and repeats it.
fn script() -> String {
    format!(
        "(async () => {{
            const callbacks = window.__TAURI_INTERNALS__.callbacks;
            const {{ callback, event }} = await new Promise((heard) => {{
                for (const [id, callback] of [...callbacks]) callbacks.set(id, (event) => {{
                    const view = event?.payload?.view;
                    if (view?.kind === 'wallboard' && view.view.queues.length === {QUEUES} && view.view.queues.every((queue) => queue.readAt !== null)) {{
                        callbacks.set(id, () => undefined);
                        heard({{ callback, event }});
                    }}
                    return callback(event);
                }});
            }});
            const {{ view }} = event.payload.view;
            const next = (n) => view.queues.map((queue, at) => {{
                const [idle, ringing, talking, busy] = [(at + n) % 7, (at + n) % 3, (at + 2 * n) % 9, (at + n) % 4];
                return {{ ...queue, idle, ringing, talking, busy, other: {AGENTS} - idle - ringing - talking - busy, readAt: Date.now(), problem: null }};
            }});
            const repaint = (n) => new Promise((painted) => requestAnimationFrame(() => {{
                const queues = next(n);
                const sum = (state) => queues.reduce((sum, queue) => sum + queue[state], 0);
                const agents = Object.fromEntries(['idle', 'ringing', 'talking', 'busy', 'other'].map((state) => [state, sum(state)]));
                const begin = performance.now();
                callback({{ ...event, payload: {{ ...event.payload, view: {{ kind: 'wallboard', view: {{ ...view, queues, agents, answered: view.answered + n }} }} }} }});
                let laid = 0;
                // After the page's own microtask, which changes the document.
                queueMicrotask(() => (laid = document.body.offsetHeight && performance.now() - begin));
                const {{ port1, port2 }} = new MessageChannel();
                port1.onmessage = () => painted({{ laid, took: performance.now() - begin, idle: agents.idle }});
                port2.postMessage(0);
            }}));
            const [times, layouts] = [[], []];
            let wrong = 0;
            for (let n = 0; n < {REPAINTS} + 20; n += 1) {{
                const {{ laid, took, idle }} = await repaint(n);
                if (Number(document.querySelector('[data-testid=sum-idle] dd').textContent) !== idle) wrong += 1;
                if (n < 20) continue;
                times.push(took);
                layouts.push(laid);
            }}
            const agents = Object.values(view.agents).reduce((sum, count) => sum + count, 0);
            return {{ times, laid: layouts, wrong, agents, tiles: document.querySelectorAll('[data-testid=tile]').length }};
        }})()"
    )
}
