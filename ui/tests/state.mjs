import assert from "node:assert/strict";
import { NOON, audit, says } from "./harness.mjs";

const BUSY = { kind: "busy", reason: null };
const wish = (wish) => ({ kind: "wish", wish });
const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return { id: element.dataset.testid ?? element.tagName.toLowerCase(), text: element.textContent.trim(), seen: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 };
  });

/** The agent bar: the state, the controls that change it, and the notices. */
export const stateTests = [
  [
    "state: the button asks for the opposite state, which is shown as pending and never as the current state",
    async (open) => {
      const page = await open("available");
      const [state, button] = [page.byId("state"), page.byId("state-button")];
      await says(button, /^Go busy$/);
      await button.click();
      assert.deepEqual(await page.sent(), [wish(BUSY)]);
      await says(state, "Available");
      await says(page.byId("pending"), "→ Busy …");
      assert.equal(await state.getAttribute("data-label"), "available");
      assert.equal(await state.getAttribute("data-progress"), "pending");
      assert.equal(await page.locator("header [role='status']").textContent(), "changing to Busy …");
      await says(button, /^Go available$/);
      await button.click();
      assert.deepEqual((await page.sent())[1], wish({ kind: "available" }), "a second click takes it back");
    },
  ],
  [
    "state: the state itself is no button, and opening the menu sends nothing",
    async (open) => {
      for (const scenario of ["available", "busy", "break", "talking", "wrap-up"]) {
        const page = await open(scenario, { width: 320, height: 460 });
        const state = page.byId("state");
        await state.hover();
        await state.click();
        assert.equal(await state.locator("button, [tabindex], [role]").count(), 0);
        await page.byId("state-menu").click();
        await page.keyboard.press("ArrowDown");
        await page.keyboard.press("Escape");
        await page.byId("state-menu").click();
        await state.click();
        assert.equal(await page.locator("[role='menu']").count(), 0);
        assert.deepEqual(await page.sent(), [], scenario);
      }
    },
  ],
  [
    "state: the button names the state that it asks for, in both languages",
    async (open) => {
      const words = {
        available: ["Go busy", "转为示忙"],
        busy: ["Go available", "转为示闲"],
        break: ["End break", "结束小休"],
        pending: ["Go available", "转为示闲"],
        "break-after": ["Go available", "转为示闲"],
        talking: ["Go busy", "转为示忙"],
      };
      for (const [scenario, [english, chinese]] of Object.entries(words)) {
        const page = await open(scenario);
        const named = (name) => page.getByRole("button", { name, exact: true });
        await named(english).waitFor();
        const { settings } = await page.snapshot();
        await page.show({ settings: { ...settings, language: "chinese" } });
        await named(chinese).click();
        assert.deepEqual(await page.sent(), [wish(english === "Go busy" ? BUSY : { kind: "available" })], scenario);
      }
    },
  ],
  [
    "state: the bar shows who set it, when, and when the platform confirmed it",
    async (open) => {
      const page = await open("available", { clock: true });
      const told = () => page.byId("state").getAttribute("title");
      assert.match(await told(), /^“Available” was set here at 11:47\. The platform last confirmed the state 4 sec ago\.$/);
      assert.equal(await page.locator("#state-told").textContent(), await told(), "it describes the button");
      assert.equal(await page.byId("state-button").getAttribute("aria-describedby"), "state-told");
      await page.byId("state-menu").click();
      await says(page.byId("told"), "was set here at 11:47");
      await page.clock.runFor(20_000);
      await says(page.byId("told"), "confirmed the state 24 sec ago");
      const { wish } = await page.snapshot();
      await page.show({ wish: { ...wish, wish: null, set: null, confirmedAt: null } });
      assert.equal(await told(), "Nothing was set here; this is what the platform says. The platform has not confirmed the state yet.");
    },
  ],
  [
    "state: an unconfirmed wish is shown with an action",
    async (open) => {
      const page = await open("overdue");
      await says(page.locator("header"), "has not confirmed “Busy” for 10 seconds");
      await page.byId("again").click();
      assert.deepEqual(await page.sent(), [wish(BUSY)]);
    },
  ],
  [
    "bar: shows queues, misses, remaining misses, how rings arrive, and missed calls to do",
    async (open) => {
      const page = await open("notices", { width: 1280 });
      const bar = await says(page.locator("header"), "2 of 2 queues");
      for (const part of ["6 missed · 0 left", "Connected · callbacks", "1 call to do"]) assert.ok(bar.includes(part), `${part}: ${bar}`);
      assert.equal(await page.byId("connection").getAttribute("title"), "Connected since 10:36 · callbacks");
      await page.byId("connection").click();
      await page.byId("view-connection").waitFor();
      await page.byId("to-do").click();
      await page.byId("view-calls").waitFor();
      assert.equal(await page.byId("log-to-do").getAttribute("aria-pressed"), "true", "the log shows the calls to do");
      await page.show({ connection: { ...(await page.snapshot()).connection, state: "disconnected", since: NOON - 70_000, callbacksAlive: false } });
      await says(page.byId("connection"), "Disconnected 1:10");
    },
  ],
  [
    "keyboard: everything is reached in reading order, and the focus is visible",
    async (open) => {
      const page = await open("notices", { width: 480 });
      const all = await page.evaluate(() => [...document.querySelectorAll("button:not(:disabled), select, input, summary")].filter((each) => each.checkVisibility()).map((each) => each.dataset.testid ?? each.tagName.toLowerCase()));
      const reached = [];
      for (let n = 0; n < all.length; n += 1) {
        await page.keyboard.press("Tab");
        const { id, seen, text } = await focused(page);
        assert.ok(seen, `the focus on ${id} «${text}» is not visible`);
        reached.push(id);
      }
      assert.deepEqual(reached, all);
      assert.deepEqual(reached.slice(0, 8), ["state-button", "state-menu", "to-do", "connection", "nav-work", "nav-calls", "nav-day", "nav-connection"]);
    },
  ],
  [
    "keyboard: Enter presses the state's button; arrows, Home, End and Escape work in the menu",
    async (open) => {
      const page = await open("available");
      const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
      await press("Tab", "Enter");
      assert.deepEqual(await page.sent(), [wish(BUSY)]);
      await press("Tab", "Enter");
      assert.equal((await focused(page)).text, "Available");
      await press("ArrowDown", "ArrowDown");
      const lunch = await focused(page);
      assert.equal(lunch.text, "On break · Lunch 45 min");
      assert.ok(lunch.seen);
      await press("End");
      assert.equal((await focused(page)).text, "On break · Training");
      await press("ArrowDown");
      assert.equal((await focused(page)).text, "Available");
      await press("ArrowUp", "Home");
      assert.deepEqual(await audit(page), []);
      await press("Escape");
      assert.equal((await focused(page)).id, "state-menu");
      assert.equal(await page.locator("[role='menu']").count(), 0);
      await press("ArrowDown", "ArrowDown", "ArrowDown", "Enter");
      assert.deepEqual((await page.sent())[1], wish({ kind: "busy", reason: "Lunch" }));
      assert.equal((await focused(page)).id, "state-menu", "the focus returns to the caret");
      await press("Enter", "Tab");
      assert.equal(await page.locator("[role='menu']").count(), 0, "leaving closes the menu");
    },
  ],
  [
    "menu: a click elsewhere closes it and sends nothing",
    async (open) => {
      const page = await open("available");
      await page.byId("state-menu").click();
      await page.mouse.click(240, 880);
      assert.equal(await page.locator("[role='menu']").count(), 0);
      assert.deepEqual(await page.sent(), []);
    },
  ],
  [
    "nobody in a queue: the state cannot be set, and the reason is shown",
    async (open) => {
      const page = await open("no-queue");
      assert.ok(await page.byId("state-button").isDisabled());
      assert.ok(await page.byId("state-menu").isDisabled());
      for (const id of ["state", "state-button"]) assert.equal(await page.byId(id).getAttribute("title"), "Sign in to a queue first");
      await page.locator("[data-testid='offered'][data-queue='queue-3'] [data-testid='join']").click();
      assert.deepEqual(await page.sent(), [{ kind: "joinQueue", queue: "queue-3" }]);
    },
  ],
  [
    "busy after this call: asked for in the call, shown as accepted, taken back",
    async (open) => {
      const page = await open("talking");
      const button = page.byId("busy-after");
      assert.equal(await button.getAttribute("aria-pressed"), "false");
      await button.click();
      assert.deepEqual(await page.sent(), [wish(BUSY)]);
      assert.equal(await button.getAttribute("aria-pressed"), "true");
      const pending = (await page.snapshot()).wish;
      await page.show({ wish: { ...pending, progress: { kind: "afterCall" } } });
      await says(page.byId("after-call"), "→ Busy after this call");
      assert.equal(await button.getAttribute("aria-pressed"), "true");
      await button.click();
      assert.deepEqual((await page.sent())[1], wish({ kind: "available" }));
      await page.show({ label: "available", calls: [] });
      assert.equal(await button.count(), 0);
    },
  ],
  [
    "after this call: shown as a future state, never as overdue, and taken back by the button beside the state",
    async (open) => {
      const words = { "busy-after": "Busy", "break-after": "On break · Training", "available-after": "Available" };
      for (const [scenario, state] of Object.entries(words)) {
        const page = await open(scenario, { width: 320, height: 460 });
        await says(page.byId("state"), "On call");
        await says(page.byId("after-call"), `→ ${state} after this call`);
        assert.equal(await page.byId("pending").count(), 0, "nothing is shown as pending");
        assert.equal(await page.byId("after-call").evaluate((each) => each.scrollWidth <= each.clientWidth), true, "there is room for all of it");
        assert.equal(await page.locator("header [role='status']").textContent(), `${state} after this call`);
        assert.match(await page.byId("state").getAttribute("title"), /^“.*” was set here at 11:59\. It holds when the call is over\. The platform last confirmed/);
        assert.equal(await page.byId("again").count(), 0);
        assert.equal(await page.byId("busy-after").getAttribute("aria-pressed"), String(scenario !== "available-after"));
        await page.byId("state-button").click();
        assert.deepEqual(await page.sent(), [wish(scenario === "available-after" ? BUSY : { kind: "available" })]);
      }
    },
  ],
  [
    "notices: many misses share one folded notice, and the queues stay in view in the smallest window",
    async (open) => {
      const page = await open("misses", { width: 320, height: 460 });
      const group = page.locator("[data-testid='notice'][data-kind='missed']");
      await says(group, "You missed 5 calls");
      assert.equal(await page.byId("notice").count(), 2);
      const { y, height } = await page.getByRole("heading", { name: "Queues", exact: true }).boundingBox();
      const { y: first } = await page.byId("queue").first().boundingBox();
      assert.ok(y + height <= 460 && first < 440, `the queues begin at ${y}, the first of them at ${first}`);
      assert.equal(await page.byId("miss").count(), 0);
      await page.byId("unfold").click();
      assert.equal(await page.byId("unfold").getAttribute("aria-expanded"), "true");
      const rows = await page.byId("miss").evaluateAll((rows) => rows.map((row) => row.querySelector("bdi").textContent));
      assert.deepEqual(rows, ["133 8752 5706", "025 6682 3420", Array(16).fill("9999").join(" "), "Withheld", "133 8752 5702"]);
      await page.byId("miss").last().getByRole("button", { name: "Dismiss" }).click();
      assert.deepEqual(await page.sent(), [{ kind: "dismiss", notice: 6 }]);
      await says(group, "You missed 4 calls");
      await page.byId("miss").first().getByRole("button", { name: "Show call" }).click();
      assert.ok(await page.locator("#call-6.shown").isVisible());
      await group.getByTestId("be-available").click();
      assert.deepEqual((await page.sent()).slice(1), [wish({ kind: "available" }), ...[2, 3, 4, 5].map((notice) => ({ kind: "dismiss", notice }))], "one wish answers all misses");
      assert.equal(await page.byId("notice").count(), 1);
    },
  ],
  [
    "notices: a single remaining miss is shown with its number; all are dismissed together",
    async (open) => {
      const page = await open("misses");
      const missed = page.locator("[data-testid='notice'][data-kind='missed']");
      const { notices } = await page.snapshot();
      await missed.getByTestId("dismiss").click();
      assert.deepEqual((await page.sent()).map((intent) => intent.notice), [2, 3, 4, 5, 6]);
      await page.show({ notices: notices.filter((notice) => notice.id === 3 || notice.id === 1) });
      await says(missed, "You missed a call: 025 6682 3420");
      assert.equal(await page.byId("unfold").count(), 0);
    },
  ],
  [
    "notices: can be dismissed and answered, and show their call",
    async (open) => {
      const page = await open("notices");
      const notice = (kind) => page.locator(`[data-testid='notice'][data-kind='${kind}']`);
      await notice("missed").getByRole("button", { name: "Show call" }).click();
      assert.ok(await page.locator("#call-2.shown").isVisible());
      await notice("benched").getByTestId("be-busy").click();
      assert.deepEqual(await page.sent(), [{ kind: "dismiss", notice: 2 }], "no wish is sent for an agent who is already busy");
      await notice("missed").getByTestId("be-available").click();
      assert.deepEqual((await page.sent()).slice(1), [wish({ kind: "available" }), { kind: "dismiss", notice: 1 }]);
      assert.equal(await notice("missed").count(), 0);
      await notice("removedFromQueue").getByTestId("join-again").click();
      assert.deepEqual((await page.sent()).slice(3), [{ kind: "joinQueue", queue: "queue-3" }, { kind: "dismiss", notice: 3 }]);
      assert.equal(await page.byId("notice").count(), 0);
    },
  ],
  [
    "notices: a rolled-back wish shows the queue and the reason, can be tried again and dismissed",
    async (open) => {
      const page = await open("rolled-back");
      const text = await says(page.byId("notice"), "“Busy” could not be set in queue-2.");
      assert.ok(text.includes("The platform cannot use this queue."));
      await page.byId("notice").getByText("Details").click();
      await says(page.byId("notice"), "code 1211: 非法队列");
      await page.byId("again").click();
      await page.byId("dismiss").click();
      assert.deepEqual(await page.sent(), [wish(BUSY), { kind: "dismiss", notice: 1 }]);
      assert.equal(await page.byId("notice").count(), 0);
    },
  ],
  [
    "time: durations count by themselves, and a countdown ends at zero",
    async (open) => {
      const page = await open("wrap-up", { clock: true });
      const state = page.byId("state");
      await says(state, "0:24");
      await page.clock.runFor(4000);
      await says(state, "0:20");
      await page.clock.runFor(30_000);
      await says(state, "0:00");
      await page.show({ label: "available", labelSince: NOON - 720_000, wrapUp: null });
      await says(state, "Available 12 min");
      await page.clock.runFor(30_000);
      await says(state, "Available 13 min");
      await page.show({ label: "busy", labelSince: NOON - 7_460_000 });
      await says(state, "Busy 2 hr 5 min");
      await page.show({ label: "busy", labelSince: await page.evaluate(() => Date.now()) });
      await says(state, "Busy < 1 min");
      await page.show({ label: "busy", labelSince: (await page.evaluate(() => Date.now())) - 7_200_000 });
      await says(state, /Busy 2 hr$/);
      await page.show({ label: "break", labelSince: NOON - 720_000 });
      await says(state, "13:04");
    },
  ],
  [
    "motion: a ringing handset pulses, except with reduced motion",
    async (open) => {
      const animated = (page) => page.locator("header .pulse").evaluate((each) => getComputedStyle(each).animationName !== "none");
      assert.equal(await animated(await open("ringing")), false);
      assert.equal(await animated(await open("ringing", { reducedMotion: "no-preference" })), true);
    },
  ],
];
