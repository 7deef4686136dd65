import assert from "node:assert/strict";
import { join } from "node:path";
import { NOON, audit, says, screens } from "./harness.mjs";
import { layout } from "./layout.mjs";

const until = (page, condition, argument) => page.waitForFunction(condition, argument, { polling: 20 });
/** The focused note's text, with a bar at the caret; null if no note has the focus. */
const keys = (page) =>
  page.evaluate(() => {
    const field = document.activeElement;
    return field?.matches("[data-testid=note]") ? `${field.value.slice(0, field.selectionStart)}|${field.value.slice(field.selectionEnd)}` : null;
  });
const dispositions = async (page) => (await page.sent()).filter((intent) => intent.kind === "editNote" && intent.edit.kind === "disposition");
const notes = async (page) => (await page.sent()).filter((intent) => intent.kind === "editNote" && intent.edit.kind === "text").map((intent) => intent.edit.text);
const CALL = 240;

/** A current call with its note open and «Wants 50 less» typed; the caret is before the 50. */
async function noting(open, look = {}) {
  const page = await open("ringing", look);
  const [call] = (await page.snapshot()).calls;
  await page.show({ label: "onCall", calls: [{ ...call, id: CALL, state: "talking", card: false, answeredAt: NOON - 60_000 }] });
  await page.byId("note-call").click();
  await page.byId("note").waitFor();
  await page.keyboard.type("Wants 50 less");
  for (let n = 0; n < 7; n += 1) await page.keyboard.press("ArrowLeft");
  assert.equal(await keys(page), "Wants |50 less");
  return page;
}

const wrapUp = { call: CALL, queue: "queue-1", customerNumber: "13387525701", endedAt: NOON, until: NOON + 30_000, holds: false, dispositionLacks: false, noteLacks: false };

/** The agent does something else, and then an older snapshot or answer arrives. */
export const goneOnTests = [
  [
    "gone on: fd2 the caller hangs up while a note is typed: text, focus and caret move to the after-call work",
    async (open) => {
      const page = await noting(open);
      await page.show({ label: "wrapUp", calls: [], wrapUp });
      assert.equal(await keys(page), "Wants |50 less");
      assert.equal(await page.byId("note").count(), 1);
      assert.equal(await page.byId("wrap-up").getByTestId("note").count(), 1);
      await page.keyboard.type("250");
      assert.equal(await keys(page), "Wants 250|50 less");
      // The stored note is older than the typed one.
      await page.show({ log: { ...(await page.snapshot()).log, revision: 77 } });
      await page.keyboard.type("!");
      assert.equal(await keys(page), "Wants 250!|50 less");
      assert.deepEqual(await dispositions(page), []);
      await page.byId("finish").focus();
      assert.equal((await notes(page)).at(-1), "Wants 250!50 less");
    },
  ],
  [
    "gone on: fd2 without after-call work, and when it ends by itself, the note stays as long as the agent types",
    async (open) => {
      const page = await noting(open);
      await page.show({ label: "available", calls: [] });
      assert.equal(await keys(page), "Wants |50 less");
      await page.keyboard.type("1");
      await says(page.byId("held-note"), "The call has ended");
      // The platform may report the after-call work later.
      await page.show({ label: "wrapUp", wrapUp });
      assert.equal(await page.byId("held-note").count(), 0);
      await page.keyboard.type("2");
      await page.show({ label: "available", wrapUp: null });
      await page.keyboard.type("3");
      assert.equal(await keys(page), "Wants 123|50 less");
      await page.byId("nav-settings").click();
      assert.equal(await keys(page), null);
      assert.equal(await page.byId("held-note").count(), 0, "left");
      assert.equal((await notes(page)).at(-1), "Wants 12350 less");
      assert.deepEqual(await dispositions(page), []);
    },
  ],
  [
    "gone on: fd2 a note without the focus disappears with its call",
    async (open) => {
      const page = await noting(open);
      await page.byId("nav-work").focus();
      await page.show({ label: "available", calls: [] });
      assert.equal(await page.byId("note").count(), 0);
      assert.equal(await keys(page), null);
    },
  ],
  [
    "gone on: fd2 letters that an input method composes are not lost with the card",
    async (open) => {
      const page = await noting(open);
      const compose = (type, data) => page.locator("[data-testid=note]:focus").evaluate((field, [type, data]) => field.dispatchEvent(new CompositionEvent(type, { data, bubbles: true })), [type, data]);
      await page.byId("note").evaluate((field) => (field.first = true));
      await compose("compositionstart", "");
      await page.show({ label: "wrapUp", calls: [], wrapUp });
      assert.ok(await page.evaluate(() => document.activeElement.first), "the same field still has the focus");
      await says(page.byId("call-now"), "Ended");
      await page.evaluate(() => document.activeElement.setRangeText("你好", 6, 6, "end"));
      await compose("compositionend", "你好");
      assert.equal(await page.byId("call-now").count(), 0);
      assert.equal(await keys(page), "Wants 你好|50 less");
      assert.equal(await page.byId("wrap-up").getByTestId("note").inputValue(), "Wants 你好50 less");
    },
  ],
  [
    "gone on: fd3 a note has the same text on the card and in the window; the later key wins in both",
    async (open) => {
      const page = await noting(open, { clock: true });
      assert.equal((await page.asked()).filter((asked) => asked.startsWith("noteTyped")).at(-1), `noteTyped ${CALL} Wants 50 less`);
      await page.evaluate((call) => window.memoryHost.typeElsewhere(call, "Wants 50 less, on Monday"), CALL);
      assert.equal(await page.byId("note").inputValue(), "Wants 50 less, on Monday");
      await page.clock.runFor(1000);
      assert.deepEqual(await notes(page), [], "the window where it was typed keeps it");
      await page.byId("note").press("End");
      await page.keyboard.type("!");
      await page.clock.runFor(1000);
      assert.deepEqual(await notes(page), ["Wants 50 less, on Monday!"]);
      // The note is closed here, typed in the other window and opened again: it has the other window's text.
      await page.byId("note-call").click();
      await page.evaluate((call) => window.memoryHost.typeElsewhere(call, "Tuesday"), CALL);
      await page.byId("note-call").click();
      await until(page, () => document.querySelector("[data-testid=note]")?.value === "Tuesday");
    },
  ],
  [
    "gone on: a note that cannot be read is not shown as empty, neither during the call nor after it",
    async (open) => {
      const page = await open("ringing");
      await page.evaluate((call) => window.memoryHost.log.edit(call, { kind: "text", text: "Wants it by Monday" }), CALL);
      await page.evaluate(() => (window.memoryHost.readRow = window.memoryHost.logRow));
      await page.refuse("logRow", { code: "storeFailed", detail: "disk I/O error", retryable: true });
      const [call] = (await page.snapshot()).calls;
      await page.show({ label: "onCall", calls: [{ ...call, id: CALL, state: "talking", card: false, answeredAt: NOON - 60_000 }] });
      await page.byId("note-call").click();
      await says(page.byId("note-unread"), "cannot be read");
      assert.equal(await page.byId("note").count(), 0);
      await page.show({ label: "wrapUp", calls: [], wrapUp: { ...wrapUp, noteLacks: true } });
      await says(page.byId("wrap-up").getByTestId("note-unread"), "The call database failed.");
      await page.setViewportSize({ width: 320, height: 700 });
      await page.screenshot({ path: join(screens, "main-note-unread-en-light-320.png") });
      assert.deepEqual([...(await layout(page)), ...(await audit(page))], []);
      assert.equal(await page.byId("note").count(), 0);
      await page.keyboard.type("250");
      assert.deepEqual((await page.sent()).filter((intent) => intent.kind === "editNote"), [], "the unread note is not overwritten");
      await page.evaluate(() => (window.memoryHost.logRow = window.memoryHost.readRow));
      await page.byId("read-note").click();
      await until(page, () => document.querySelector("[data-testid=note]")?.value === "Wants it by Monday");
      assert.equal(await page.byId("note-unread").count(), 0);
    },
  ],
  [
    "gone on: fd5 each setting is changed alone, also before a snapshot reports the previous change",
    async (open) => {
      const page = await open("available");
      await page.evaluate(() => {
        const { memoryHost } = window;
        memoryHost.send = async (intent) => void memoryHost.sent.push(intent);
      });
      await page.byId("nav-settings").click();
      await page.byId("theme").selectOption("dark");
      await page.byId("quiet-incoming").check();
      await page.byId("ring-devices").locator("input").first().check();
      await page.byId("ring-devices").locator("input").last().check();
      await page.byId("connected-tone").uncheck();
      const { sent, settings } = await page.evaluate(() => ({ sent: window.memoryHost.sent.filter((intent) => intent.kind === "changeSettings"), settings: window.memoryHost.snapshot.settings }));
      assert.equal(settings.theme, "light", "no snapshot has reported the change yet");
      assert.deepEqual(sent.map(({ change }) => [change.setting, change.value.id ?? change.value]), [["theme", "dark"], ["quietIncoming", true], ["ringOn", "usb"], ["ringOn", "hdmi"], ["connectedTone", false]]);
      // An older snapshot does not undo a later choice.
      await page.show({ labelSince: NOON });
      assert.equal(await page.byId("theme").inputValue(), "dark");
      assert.equal(await page.byId("quiet-incoming").isChecked(), true);
    },
  ],
  [
    "gone on: fd5 a volume slider stays where the user put it while earlier values are reported",
    async (open) => {
      const page = await open("available");
      await page.evaluate(() => {
        const { memoryHost } = window;
        memoryHost.send = async (intent) => void memoryHost.sent.push(intent);
      });
      await page.byId("nav-settings").click();
      const volume = page.byId("ring-volume");
      const report = async (value) => {
        const { settings } = await page.snapshot();
        await page.show({ settings: { ...settings, sound: { ...settings.sound, volume: value } } });
      };
      for (const value of ["60", "40", "20"]) await volume.fill(value);
      await report(60);
      assert.equal(await volume.inputValue(), "20");
      await report(40);
      assert.equal(await volume.inputValue(), "20");
      await report(20);
      await report(80);
      assert.equal(await volume.inputValue(), "80", "a value set elsewhere is shown again");
    },
  ],
  [
    "gone on: fd6 a failure stays until it is dismissed or the same command succeeds",
    async (open) => {
      const page = await open("available");
      const refusal = (detail) => ({ code: "refused", detail, retryable: true });
      await page.byId("nav-settings").click();
      await page.evaluate(() => (window.kept = window.memoryHost.openLogFolder));
      await page.refuse("openLogFolder", refusal("no file manager"));
      await page.refuse("putRingBack", refusal("no window"));
      await page.byId("open-log").click();
      await page.byId("put-ring-back").click();
      await page.byId("failure").nth(1).waitFor();
      await page.byId("theme").selectOption("dark");
      await page.byId("test-sound").click();
      assert.deepEqual(await page.byId("failure").evaluateAll((all) => all.map((each) => each.dataset.what)), ["putRingBack", "openLogFolder"]);
      await page.evaluate(() => (window.memoryHost.openLogFolder = window.kept));
      await page.byId("open-log").click();
      await until(page, () => document.querySelectorAll("[data-testid=failure]").length === 1);
      await page.byId("failure").locator("button.icon").click();
      assert.equal(await page.byId("failure").count(), 0);
    },
  ],
  [
    "gone on: fd7 a part that throws shows a message in its place and is logged, and the rest of the window works",
    async (open) => {
      const page = await open("available");
      await page.show({ recent: null });
      const broken = page.byId("broken");
      await says(broken, "cannot be shown");
      assert.equal(await broken.getAttribute("data-part"), "recent");
      const logged = (await page.asked()).filter((asked) => asked.startsWith("logError"));
      assert.equal(logged.length, 1);
      assert.match(logged[0], /^logError recent: TypeError/);
      assert.equal(await page.byId("queue").count(), 2);
      await page.byId("state-button").click();
      assert.equal((await page.sent()).at(-1).kind, "wish");
      await page.show({ recent: [] });
      await page.byId("draw-again").click();
      assert.equal(await broken.count(), 0);
      await page.byId("nav-calls").click();
      await page.byId("log-search").waitFor();
    },
  ],
  [
    "gone on: fd7 a ring card that throws still shows the caller, and the other cards work",
    async (open) => {
      const page = await open("several", { file: "ring", width: 420, height: 360 });
      const { calls } = await page.snapshot();
      await page.show({ calls: [{ ...calls[0], id: 950, customerNumber: 13387525701 }, calls[1]] });
      await says(page.byId("ring-card").first(), "13387525701");
      assert.equal(await page.byId("broken").count(), 1);
      await says(page.byId("ring-card").last(), "Answer on your phone");
      await page.byId("silence").click();
      assert.deepEqual((await page.sent()).at(-1), { kind: "silence", call: calls[1].id });
    },
  ],
  [
    "gone on: fc4 a withheld number is shown as such everywhere, without the actions that need a number",
    async (open) => {
      const page = await open("ringing");
      const { calls, recent } = await page.snapshot();
      const call = { ...calls[0], customerNumber: "" };
      await page.show({ calls: [call], recent: [{ ...recent[0], customerNumber: "" }], wrapUp: { ...wrapUp, customerNumber: "" } });
      for (const id of ["call-now", "recent-call", "wrap-up"]) {
        await says(page.byId(id), "Withheld");
        assert.equal(await page.byId(id).getByTestId("open-crm").count() + (await page.byId(id).getByTestId("copy-number").count()), 0, id);
      }
      await page.show({ settings: { ...(await page.snapshot()).settings, language: "chinese" } });
      await says(page.byId("call-now"), "隐藏号码");
      const ring = await open("ringing", { file: "ring", width: 420, height: 360 });
      await ring.show({ calls: [call, { ...call, id: 901 }] });
      await says(ring.byId("ring-card").last(), "Withheld");
      assert.equal(await ring.byId("ring-card").count(), 2);
      assert.equal(await ring.byId("open-crm").count() + (await ring.byId("copy-number").count()), 0);
    },
  ],
  [
    "gone on: fc20 a number is shown without control characters, and a right-to-left name does not reorder the text around it",
    async (open) => {
      const page = await open("ringing");
      const { calls, queues } = await page.snapshot();
      await page.show({ calls: [{ ...calls[0], customerNumber: "\u202e13387525701\u0000", customerId: "\u202eعمر" }], queues: [{ ...queues[0], remark: "\u202eמכירות", name: "queue-1" }] });
      const call = page.byId("call-now");
      assert.equal(await call.locator(".big").innerText(), "133 8752 5701");
      // The text after the name must not overlap it.
      const [name, member] = await Promise.all([call.locator(".facts bdi").nth(0).boundingBox(), call.locator(".facts bdi").nth(1).boundingBox()]);
      assert.ok(name.x + name.width <= member.x || name.y < member.y);
      assert.ok(await page.evaluate(() => [...document.querySelectorAll("bdi")].every((each) => getComputedStyle(each).unicodeBidi === "isolate")));
    },
  ],
  [
    "gone on: fd7 an error outside of all parts is logged",
    async (open) => {
      const page = await open("available");
      await page.evaluate(() => {
        window.dispatchEvent(new ErrorEvent("error", { error: new Error("a timer broke") }));
        window.dispatchEvent(new PromiseRejectionEvent("unhandledrejection", { promise: Promise.resolve(), reason: { code: "storeFailed", detail: "disk full", retryable: true } }));
      });
      const logged = (await page.asked()).filter((asked) => asked.startsWith("logError"));
      assert.match(logged[0], /a timer broke/);
      assert.match(logged[1], /storeFailed disk full/);
    },
  ],
  [
    "gone on: fd8 a call from a notification is shown once; the agent's own log keeps its filter, position and call",
    async (open) => {
      const page = await open("available", { width: 1280, height: 800 });
      await page.byId("nav-calls").click();
      await page.byId("log-search").fill("133");
      await says(page.byId("log-count"), /^1\d\d calls/);
      await page.byId("log-list").evaluate((list) => (list.scrollTop = 3000));
      await until(page, () => Math.abs(document.querySelector("[data-testid=log-list]").scrollTop - 3000) < 2);
      await until(page, () => document.querySelectorAll("[data-testid=log-row][data-call]").length > 5);
      await until(page, () => document.querySelector("#log-66[data-call]") !== null);
      const chosen = page.locator("#log-66");
      const call = await chosen.getAttribute("data-call");
      await chosen.click();
      const place = async () => [
        await page.byId("log-search").inputValue(),
        await page.byId("log-list").evaluate((list) => Math.round(list.scrollTop)),
        await page.byId("details").getAttribute("data-call"),
      ];
      const left = await place();
      assert.equal(left[2], call);
      // A notification leads to another call; the navigation leads back to the agent's own view, also on another day.
      await page.evaluate(() => window.memoryHost.showCall(20));
      await until(page, () => document.querySelector("[data-testid=details]")?.dataset.call === "20");
      await page.byId("nav-work").click();
      await page.show({ labelSince: NOON + 86_20, log: { ...(await page.snapshot()).log, revision: 99 } });
      await page.byId("nav-calls").click();
      await until(page, (call) => document.querySelector("[data-testid=details]")?.dataset.call === call, call);
      await until(page, () => document.querySelectorAll("[data-testid=log-row][data-call]").length > 5);
      assert.deepEqual(await place(), left);
      // An agent who continues where a notification led keeps that place.
      await page.evaluate(() => window.memoryHost.showCall(20));
      await until(page, () => document.querySelector("[data-testid=details]")?.dataset.call === "20");
      const other = page.locator("[data-testid=log-row]:not([aria-selected=true])").nth(3);
      const next = await other.getAttribute("data-call");
      await other.click();
      await page.byId("nav-work").click();
      await page.byId("nav-calls").click();
      await until(page, (call) => document.querySelector("[data-testid=details]")?.dataset.call === call, next);
    },
  ],
  [
    "gone on: fd8 a call shown in the work view is scrolled to only once",
    async (open) => {
      const page = await open("available");
      await page.evaluate(() => window.memoryHost.showCall(6));
      await until(page, () => document.querySelector("#call-6.shown") !== null);
      await page.byId("nav-day").click();
      await page.byId("nav-work").click();
      assert.equal(await page.locator(".shown").count(), 0);
    },
  ],
  [
    "gone on: a search begun while a call is looked up is not replaced by that call",
    async (open) => {
      const page = await open("log-million", { width: 1280, height: 800 });
      await page.byId("nav-calls").click();
      await until(page, () => document.querySelectorAll("[data-testid=log-row][data-call]").length > 5);
      await page.evaluate(() => {
        const { memoryHost } = window;
        const row = memoryHost.logRow;
        memoryHost.logRow = (call) => new Promise((found) => (window.find = () => found(row(call))));
        memoryHost.showCall(400_000);
      });
      await until(page, () => window.find !== undefined);
      await page.byId("log-search").fill("1338");
      await page.evaluate(() => window.find());
      await until(page, () => document.querySelectorAll("[data-testid=log-row][data-call]").length > 5);
      assert.equal(await page.byId("details").count(), 0);
      assert.equal(await page.byId("log-search").inputValue(), "1338");
    },
  ],
];
