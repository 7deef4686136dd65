import assert from "node:assert/strict";
import { says } from "./harness.mjs";

const wish = (wish) => ({ kind: "wish", wish });
const title = (page) => page.byId("state").getAttribute("title");

/** The agent's day: breaks, and who set the state. */
export const dayTests = [
  [
    "breaks: the administrator's reasons are offered with their limits, and an unknown one is shown as written",
    async (open) => {
      const page = await open("available", { language: "chinese" });
      await page.show({ breaks: [{ name: "Lunch", minutes: 30 }, { name: "祷告 · Prayer", minutes: null }] });
      await page.byId("state-menu").click();
      const items = await page.locator("[role='menuitem']").evaluateAll((all) => all.slice(2).map((each) => each.textContent.replace(/\s+/g, " ").trim()));
      assert.deepEqual(items, ["小休 · 午餐 30 分钟", "小休 · 祷告 · Prayer"]);
      await page.locator("[role='menuitem']").last().click();
      assert.deepEqual(await page.sent(), [wish({ kind: "busy", reason: "祷告 · Prayer" })]);
    },
  ],
  [
    "breaks: the bar shows the end, then the remaining time, then the time over the limit",
    async (open) => {
      const page = await open("break", { clock: true });
      await says(page.byId("state"), "On break · Lunch 4:12");
      await says(page.byId("limit"), "until 12:40");
      const status = page.locator("header [role='status']");
      assert.equal((await status.textContent()).trim(), "", "nothing to announce");
      const soon = await open("break-soon", { clock: true });
      await says(soon.byId("limit"), "1:11 left");
      await soon.clock.runFor(11_000);
      await says(soon.byId("limit"), "1:00 left");
      assert.equal((await soon.locator("header [role='status']").textContent()).trim(), "Your break ends soon.");
      const over = await open("break-over", { clock: true });
      await says(over.byId("limit"), "over by 1:12");
      assert.equal((await over.locator("header [role='status']").textContent()).trim(), "Your break is over.");
      await over.show({ label: "available", reason: null, onBreak: null });
      assert.equal(await over.byId("limit").count(), 0);
    },
  ],
  [
    "who: the state names the window, the tray, the command line, a rule or the platform as its origin",
    async (open) => {
      const page = await open("busy");
      const { wish } = await page.snapshot();
      const at = wish.set.at;
      const words = {
        window: "“Busy” was set here at 11:47.",
        tray: "“Busy” was set from the tray at 11:47.",
        commandLine: "“Busy” was set from the command line at 11:47.",
        signIn: "“Busy” was set by the rule for signing in, at 11:47.",
        platform: "This was set at the platform at 11:47, not here.",
      };
      for (const [by, text] of Object.entries(words)) {
        await page.show({ wish: { ...wish, set: { by, at }, wish: by === "platform" ? null : wish.wish } });
        assert.equal(await title(page), `${text} The platform last confirmed the state 4 sec ago.`);
      }
      await page.byId("state-menu").click();
      await says(page.byId("told"), words.platform);
    },
  ],
  [
    "leaving: asked once, in place, when nothing else is going on; later set for each occasion in the settings",
    async (open) => {
      const page = await open("leaving");
      await says(page.byId("leaving"), "When you quit, log off or the computer sleeps");
      for (const label of ["ringing", "onCall", "wrapUp", "unconfirmed"]) {
        await page.show({ label });
        assert.equal(await page.byId("leaving").count(), 0, label);
      }
      await page.show({ label: "available" });
      await page.byId("leave-signOut").click();
      const { settings } = await page.snapshot();
      assert.deepEqual(settings.leaving, { quit: "signOut", logOff: "signOut", sleep: "signOut" });
      assert.equal(await page.byId("leaving").count(), 0);
      await page.byId("nav-settings").click();
      await page.byId("leaving-quit").selectOption("stay");
      assert.deepEqual((await page.sent()).at(-1), { kind: "changeSettings", change: { setting: "onQuit", value: "stay" } });
      assert.deepEqual((await page.snapshot()).settings.leaving, { quit: "stay", logOff: "signOut", sleep: "signOut" });
      assert.equal(await page.byId("leaving-sleep").inputValue(), "signOut");
    },
  ],
  [
    "leaving: only the occasions are asked for that the administrator has not locked",
    async (open) => {
      const page = await open("leaving");
      const { place } = await page.snapshot();
      await page.show({ place: { ...place, locked: ["leaving.quit", "leaving.log_off"] } });
      await page.byId("leave-busy").click();
      assert.deepEqual((await page.snapshot()).settings.leaving, { quit: null, logOff: null, sleep: "busy" });
      assert.equal(await page.byId("leaving").count(), 0);
      const other = await open("leaving");
      await other.show({ place: { ...place, locked: ["leaving.quit", "leaving.log_off", "leaving.sleep"] } });
      assert.equal(await other.byId("leaving").count(), 0, "all are locked");
    },
  ],
  [
    "leaving: not asked in the demo, and nothing is sent before a choice",
    async (open) => {
      const page = await open("leaving");
      await page.show({ demo: true });
      assert.equal(await page.byId("leaving").count(), 0);
      await page.byId("nav-settings").click();
      assert.equal(await page.byId("leaving-sleep").inputValue(), "stay");
    },
  ],
  [
    "misses: a warning names the queues in which the next miss makes the agent busy",
    async (open) => {
      const page = await open("last-miss", { width: 320, height: 460 });
      await says(page.byId("last-miss"), "The next missed call makes you busy in queue-1.");
      await says(page.locator("header"), "3 missed · 1 left");
      await page.byId("to-do").click();
      await says(page.byId("log-count"), /\d+ calls/);
      assert.equal(await page.byId("log-to-do").getAttribute("aria-pressed"), "true");
      await page.byId("log-to-do").click();
      assert.equal(await page.byId("log-to-do").getAttribute("aria-pressed"), "false", "the filter can be switched off");
      await page.show({ queues: (await page.snapshot()).queues.map((queue) => ({ ...queue, missesLeft: 2 })) });
      assert.equal(await page.byId("last-miss").count(), 0);
    },
  ],
  [
    "to do: unfinished after-call work stays in the log until it is done",
    async (open) => {
      const page = await open("available");
      await page.evaluate(() => window.memoryHost.log.owe(240));
      await page.byId("nav-calls").click();
      await page.byId("log-to-do").click();
      const row = page.locator("[data-testid='log-row'][data-call='240']");
      await row.click();
      await says(page.byId("details"), "After-call work not finished");
      await page.byId("done").click();
      assert.deepEqual(await page.sent(), [{ kind: "editNote", call: 240, edit: { kind: "done", done: true } }]);
      await says(page.byId("details"), "Done at");
    },
  ],
  [
    "wrap-up: counts down beside the state, above every view, and can be finished or extended",
    async (open) => {
      const page = await open("wrap-up", { clock: true });
      const form = page.byId("wrap-up");
      await says(form, "After-call work 0:24 133 8752 5701 · queue-1");
      await says(page.byId("state"), "After-call work 0:24");
      await page.clock.runFor(4000);
      await says(page.byId("wrap-up-time"), "0:20");
      for (const view of ["calls", "connection", "settings", "work"]) {
        await page.byId(`nav-${view}`).click();
        assert.ok(await form.isVisible(), view);
      }
      await page.byId("more-time").click();
      assert.deepEqual(await page.sent(), [{ kind: "extendWrapUp" }]);
      const { wrapUp } = await page.snapshot();
      await page.show({ wrapUp: { ...wrapUp, until: null, holds: true } });
      await says(page.byId("wrap-up-time"), "0:10");
      await says(page.byId("wrap-up-told"), "You are busy for it; once finished, you are available again.");
      assert.equal(await page.byId("more-time").count(), 0);
      await page.byId("finish").click();
      assert.deepEqual((await page.sent()).at(-1), { kind: "finishWrapUp" });
      assert.equal(await form.count(), 0);
      await says(page.byId("held"), "no call for 0:20");
      await page.clock.runFor(21_000);
      assert.equal(await page.byId("held").count(), 0);
    },
  ],
  [
    "wrap-up: digits choose a disposition, except while typing, and choosing again clears it",
    async (open) => {
      const page = await open("wrap-up");
      await page.byId("wrap-up").getByTestId("note").waitFor();
      const pressed = () => page.byId("dispositions").locator("[aria-pressed='true']").allInnerTexts();
      await page.keyboard.press("2");
      assert.deepEqual((await page.sent()).at(-1), { kind: "editNote", call: 240, edit: { kind: "disposition", disposition: "Call again" } });
      assert.match((await pressed()).join(), /Call again/);
      await page.keyboard.press("2");
      assert.deepEqual((await page.sent()).at(-1).edit, { kind: "disposition", disposition: null });
      await page.byId("note").fill("");
      await page.byId("note").pressSequentially("3 rooms");
      assert.deepEqual(await pressed(), []);
      await page.byId("note").blur();
      assert.deepEqual((await page.sent()).at(-1).edit, { kind: "text", text: "3 rooms" });
    },
  ],
  [
    "wrap-up: missing required fields are named, and it cannot be finished without them",
    async (open) => {
      const page = await open("wrap-up-required");
      await says(page.byId("wrap-up-told"), "Required: disposition and note");
      assert.ok(await page.byId("finish").isDisabled());
      const { wrapUp } = await page.snapshot();
      await page.show({ wrapUp: { ...wrapUp, noteLacks: false } });
      await says(page.byId("wrap-up-told"), "Required: disposition");
      await page.show({ wrapUp: { ...wrapUp, dispositionLacks: false, noteLacks: false } });
      assert.ok(await page.byId("finish").isEnabled());
    },
  ],
  [
    "wrap-up: a typed note survives a ring, another view and the next call",
    async (open) => {
      const page = await open("wrap-up");
      const note = page.byId("wrap-up").getByTestId("note");
      await note.fill("half a sen");
      await page.show({ label: "ringing" });
      assert.equal(await note.inputValue(), "half a sen", "a ring removes nothing");
      await page.byId("nav-settings").click();
      assert.equal(await note.inputValue(), "half a sen");
      await page.show({ label: "onCall", wrapUp: null });
      assert.deepEqual((await page.sent()).at(-1), { kind: "editNote", call: 240, edit: { kind: "text", text: "half a sen" } }, "saved when its field is removed");
      const { wrapUp } = await (await open("wrap-up")).snapshot();
      await page.show({ label: "wrapUp", wrapUp: { ...wrapUp, call: 239, customerNumber: "02566823420" } });
      await says(page.byId("wrap-up"), "025 6682 3420");
      assert.notEqual(await note.inputValue(), "half a sen", "another call has a note of its own");
      await page.show({ wrapUp });
      await page.waitForFunction(() => document.querySelector("[data-testid='wrap-up'] textarea")?.value === "half a sen");
    },
  ],
  [
    "wrap-up: a note is saved while it is typed, after a short pause",
    async (open) => {
      const page = await open("wrap-up", { clock: true });
      await page.byId("note").fill("as typed");
      assert.deepEqual(await page.sent(), []);
      await page.clock.runFor(500);
      assert.deepEqual(await page.sent(), [{ kind: "editNote", call: 240, edit: { kind: "text", text: "as typed" } }]);
    },
  ],
  [
    "wrap-up: the log shows the same call without a second field for its note",
    async (open) => {
      const page = await open("wrap-up", { width: 1280 });
      await page.byId("nav-calls").click();
      await page.locator("[data-testid='log-row'][data-call='240']").click();
      await says(page.byId("details"), "Note and disposition are asked for above.");
      assert.equal(await page.byId("note").count(), 1);
    },
  ],
];
