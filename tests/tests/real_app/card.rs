//! The ring card on a real desktop: dragging, saved position, staying on the screen, typing, several calls.

use super::*;

/// Left, top, width and height of the ring card's window.
fn frame() -> [i32; 4] {
    let window = visible(CARD).remove(0);
    let said = run("xdotool", &["getwindowgeometry", "--shell", &window]);
    ["X", "Y", "WIDTH", "HEIGHT"].map(|name| {
        let line = said.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name} in {said:?}"))
    })
}

/// Drags with the left button from one point to another, with pauses like a person's.
fn drag(from: (i32, i32), to: (i32, i32)) {
    let at = |(x, y): (i32, i32)| [x.to_string(), y.to_string()];
    let ([fx, fy], [tx, ty]) = (at(from), at(to));
    let [mx, my] = at(((from.0 + to.0) / 2, (from.1 + to.1) / 2));
    run(
        "xdotool",
        &[
            "mousemove",
            &fx,
            &fy,
            "mousedown",
            "1",
            "sleep",
            "0.2",
            "mousemove",
            &mx,
            &my,
            "sleep",
            "0.2",
            "mousemove",
            &tx,
            &ty,
            "sleep",
            "0.2",
            "mouseup",
            "1",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_stays_where_it_was_dragged_but_never_off_the_screen() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    let field = Field::open("CRM").await;
    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    let first @ [x, y, width, height] = frame();
    assert!(x + width <= 1280 && y + height <= 800 && x > 800, "bottom right: {first:?}");
    // At the empty space at the end of the second line.
    drag((x + width - 30, y + 45), (x + width - 630, y - 255));
    until("the card moved", async || frame() != first).await;
    let dragged = frame();
    assert!((dragged[0] - (x - 600)).abs() < 20 && (dragged[1] - (y - 300)).abs() < 20, "{first:?} {dragged:?}");
    assert_eq!(focused(), field.window, "a drag does not take the focus");
    picture("app-card-dragged");
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;
    until("the place is kept", async || fs::read_to_string(folder.path().join("windows.json")).is_ok()).await;
    app.quit().await;

    // The position is kept over a restart, and the card follows changes of the display (T15).
    let app = App::start(folder.path(), &ANY_PORT).await;
    app.label("available").await;
    call_back(&app, &simulator).await;
    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    until("the card is where it was", async || frame() == dragged).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;

    app.click("nav-settings").await;
    app.click("put-ring-back").await;
    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    until("the card is in the corner again", async || frame() == first).await;
    run("xrandr", &["--newmode", "small", "38.25", "800", "832", "912", "1024", "600", "603", "607", "624"]);
    run("xrandr", &["--addmode", "screen", "small"]);
    run("xrandr", &["--output", "screen", "--mode", "small"]);
    until("the card is on the screen", async || {
        let [x, y, width, height] = frame();
        x >= 0 && y >= 0 && x + width <= 800 && y + height <= 600
    })
    .await;
    picture("app-card-smaller-screen");
    run("xrandr", &["--output", "screen", "--mode", "1280x800"]);
    until("the card is in the corner again", async || frame() == first).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_can_be_typed_on_the_card_after_a_click() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    app.click("nav-settings").await;
    app.find("card-size").await.select_by_value("large").await.unwrap();
    app.click("nav-work").await;
    let field = Field::open("CRM").await;
    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    until("a large card", async || frame()[2] == 525).await;
    app.ring().await;
    let centre = "(() => { const box = document.querySelector('[data-testid=note-call]').getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2] })()";
    let centre = app.evaluate(centre).await;
    let [x, y, ..] = frame();
    let point = |n: usize, from: i32| (from + (centre[n].as_f64().unwrap() * 1.25) as i32).to_string();
    assert_eq!(focused(), field.window);
    run("xdotool", &["mousemove", &point(0, x), &point(1, y), "click", "1"]);
    until("the card has the keyboard", async || focused() != field.window).await;
    app.find("note").await;
    run("xdotool", &["type", "--delay", "40", "call again on friday"]);
    until("the note was typed", async || {
        app.evaluate("document.querySelector('[data-testid=note]')?.value").await == "call again on friday"
    })
    .await;
    picture("app-card-note");
    simulator.answer(call).unwrap();
    card_is(false).await;
    until("the keyboard is back", async || focused() == field.window).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    app.main().await;
    app.click("nav-calls").await;
    app.text_with("main", "call again on friday").await;
    // The next ring does not take the focus, although the last card had it.
    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    assert_eq!(focused(), field.window);
    app.ring().await;
    app.text_with("[data-testid='last-contact']", "call again on friday").await;
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;
}

/// Opens the note of the visible card by a click, which gives the card the focus.
async fn open_note(app: &App, field: &Field) {
    app.ring().await;
    let script = "(() => { const box = document.querySelector('[data-testid=note-call]').getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2] })()";
    let centre = app.evaluate(script).await;
    let [x, y, ..] = frame();
    let point = |n: usize, from: i32| (from + centre[n].as_f64().unwrap() as i32).to_string();
    run("xdotool", &["mousemove", &point(0, x), &point(1, y), "click", "1"]);
    until("the card has the keyboard", async || focused() != field.window).await;
    app.find("note").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fd1_a_card_that_is_closed_while_a_note_is_typed_is_hidden_and_later_rings_show_it() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    let field = Field::open("CRM").await;
    for round in 0..2 {
        let call = ring(&simulator, CUSTOMER);
        card_is(true).await;
        open_note(&app, &field).await;
        run("xdotool", &["type", "--delay", "40", "call again"]);
        until("the note was typed", async || app.evaluate("document.querySelector('[data-testid=note]')?.value").await == "call again")
            .await;
        run("xdotool", &["key", "alt+F4"]);
        card_is(false).await;
        until("the keyboard is back", async || focused() == field.window).await;
        // Nothing else changes: the call rings on, and the typed text is kept.
        app.main().await;
        app.label("ringing").await;
        app.click("note-call").await;
        until("the window has the note", async || {
            app.evaluate("document.querySelector('[data-testid=note]')?.value").await == "call again"
        })
        .await;
        simulator.hang_up(call, Party::Customer).unwrap();
        until("the call is over", async || !app.has("[data-testid='call-now']").await).await;
        assert!(visible(CARD).is_empty(), "round {round}");
    }
    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    until("the card is drawn", async || colours(CARD) > 20).await;
    app.ring().await;
    app.text_with("[data-testid='ring-number']", SHOWN).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;
}

/// The window is destroyed without a request to close, as some window managers do with programs that do not answer.
#[tokio::test(flavor = "multi_thread")]
async fn fd1_a_card_whose_window_is_destroyed_gets_another_one() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    let first = visible(CARD).remove(0);
    run("xdotool", &["windowclose", &first]);
    until("another card is shown", async || visible(CARD).first().is_some_and(|window| *window != first)).await;
    until("it is drawn", async || colours(CARD) > 20).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;
    app.main().await;
    app.label("available").await;
    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fd3_a_note_has_the_same_text_in_card_and_window() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    let field = Field::open("CRM").await;
    let call = ring(&simulator, CUSTOMER);
    card_is(true).await;
    app.main().await;
    app.click("note-call").await;
    app.find("note").await;
    let value = async || app.evaluate("document.querySelector('[data-testid=note]')?.value").await;
    open_note(&app, &field).await;
    run("xdotool", &["type", "--delay", "40", "from the card"]);
    app.main().await;
    until("the window shows it", async || value().await == "from the card").await;
    app.find("note").await.send_keys(" and the window").await.unwrap();
    app.ring().await;
    until("the card shows it", async || value().await == "from the card and the window").await;
    simulator.hang_up(call, Party::Customer).unwrap();
    card_is(false).await;
    app.main().await;
    app.click("nav-calls").await;
    app.text_with("main", "from the card and the window").await;
}

/// Both pages share a process, so the card would wait for work of the main page.
#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_drawn_before_the_main_window_gets_the_ring() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    let watch = async |id: &str| {
        // The times at which the element appears and is drawn.
        let script = "(css => { window.came = window.drawn = null; new MutationObserver((_, observer) => { \
            if (document.querySelector(css) === null) return; \
            observer.disconnect(); \
            window.came = Date.now(); \
            requestAnimationFrame(() => (window.drawn = Date.now())); \
            }).observe(document.body, { subtree: true, childList: true }) })";
        app.evaluate(&format!("{script}(\"[data-testid='{id}']\")")).await;
    };
    let time = async |name: &str| eventually(name, async || app.evaluate(&format!("window.{name}")).await.as_u64()).await;
    let mut seen = Vec::new();
    // The main window's snapshot is delayed by a tenth of a second at most, which a busy machine may need for a card.
    for _ in 0..5 {
        app.ring().await;
        watch("ring-card").await;
        app.main().await;
        watch("call-now").await;
        let call = ring(&simulator, CUSTOMER);
        let heard = time("came").await;
        app.ring().await;
        let drawn = time("drawn").await;
        simulator.hang_up(call, Party::Customer).unwrap();
        card_is(false).await;
        app.main().await;
        until("the main window has no call", async || !app.has("[data-testid='call-now']").await).await;
        if drawn <= heard {
            return;
        }
        seen.push(drawn - heard);
    }
    panic!("the card was drawn so many milliseconds after the main window got the ring: {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cards_page_is_refused_what_only_the_main_window_may_ask_for() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::start(folder.path(), &ANY_PORT).await;
    // The driver does not wait for a promise.
    let ask = async |command: &str, given: &str| {
        let asking = format!("window.__TAURI_INTERNALS__.invoke('{command}', {given})");
        let keep = "(() => { window.came = null; ASKING.then(() => window.came = 'answered', (error) => window.came = String(error)); })()";
        app.evaluate(&keep.replace("ASKING", &asking)).await;
        eventually("the shell answers", async || app.evaluate("window.came").await.as_str().map(str::to_owned)).await
    };
    app.ring().await;
    assert_eq!(ask("snapshot", "{}").await, "answered", "it may ask for its own");
    let sign_out = "{ intent: { kind: 'signOut' } }";
    for (command, given) in [("intent", sign_out), ("copy_callback_address", "{}"), ("capture", "{}"), ("quit", "{}")] {
        let refusal = ask(command, given).await;
        assert!(refusal.contains("not allowed"), "{command}: {refusal}");
    }
    let refusal = ask("ring_intent", sign_out).await;
    assert!(refusal.contains("unknown variant `signOut`"), "{refusal}");
    let refusal = ask("plugin:event|emit", "{ event: 'main-show_call', payload: null }").await;
    assert!(refusal.contains("not allowed"), "{refusal}");

    app.main().await;
    assert_eq!(ask("capture", "{}").await, "answered", "the main window may");
    let refusal = ask("fit_ring", "{ height: 100 }").await;
    assert!(refusal.contains("not allowed"), "{refusal}");
}

/// T14. Several rings, since the window toolkit allows the focus after the first drawing.
#[tokio::test(flavor = "multi_thread")]
async fn no_ring_takes_the_keyboard_focus() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let _app = available(folder.path(), &simulator, &[]).await;
    let field = Field::open("CRM").await;
    let text = "every letter that is typed while cards pop arrives in the field where it was typed and nowhere else";
    let mut typing = field.type_slowly(text);
    for n in 0..4 {
        let call = ring(&simulator, &format!("01338752571{n}"));
        card_is(true).await;
        assert_eq!(focused(), field.window, "ring {n}");
        if n == 1 {
            picture("app-card-over-another-program");
        }
        simulator.hang_up(call, Party::Customer).unwrap();
        card_is(false).await;
        assert_eq!(focused(), field.window, "after ring {n}");
    }
    typing.wait().unwrap();
    assert_eq!(field.finish(), text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cards_of_several_calls_are_stacked_and_removed_one_by_one() {
    let simulator = platform().await;
    let folder = tempfile::tempdir().unwrap();
    let app = available(folder.path(), &simulator, &[]).await;
    let calls: Vec<_> = (0..3).map(|n| ring(&simulator, &format!("01338752572{n}"))).collect();
    card_is(true).await;
    app.ring().await;
    until("three cards", async || app.evaluate("document.querySelectorAll('[data-testid=ring-card]').length").await == 3).await;
    // The oldest is at the top.
    app.text_with("[data-testid='ring-card']", "5720").await;
    picture("app-three-cards");
    simulator.hang_up(calls[0], Party::Customer).unwrap();
    app.text_with("[data-testid='ring-card']", "5721").await;
    for call in &calls[1..] {
        simulator.hang_up(*call, Party::Customer).unwrap();
    }
    card_is(false).await;
    app.main().await;
    app.select("[data-testid='notice'][data-kind='missed']").await;
    picture("app-missed");
}
