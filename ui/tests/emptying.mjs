import assert from "node:assert/strict";
import { says } from "./harness.mjs";

const MINUTE = 60_000;

/** Does what the browser does when the window is hidden or shown. */
const visible = (page, visible) =>
  page.evaluate((visible) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => !visible });
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => (visible ? "visible" : "hidden") });
    document.dispatchEvent(new Event("visibilitychange"));
  }, visible);

async function hide(page) {
  await visible(page, false);
  await page.clock.runFor(MINUTE);
}

/** Whether the page has views. */
const mounted = (page) => page.evaluate(() => document.querySelector("#app").childElementCount > 0);

const clocked = (open, scenario, look = {}) => open(scenario, { clock: true, ...look });

async function opened(open, scenario, view) {
  const page = await clocked(open, scenario);
  await page.byId(`nav-${view}`).click();
  await page.byId(`view-${view}`).waitFor();
  return page;
}

/** What the views hold in each case, and what the agent does to let go of it. */
const IN_HAND = {
  "the sheet of keys": async (open) => {
    const page = await clocked(open, "available");
    await page.keyboard.press("?");
    await page.byId("sheet").waitFor();
    return [page, () => page.byId("close-sheet").click()];
  },
  "an open menu": async (open) => {
    const page = await clocked(open, "available");
    await page.byId("state-menu").click();
    return [page, () => page.keyboard.press("Escape")];
  },
  "a half-filled field of the settings": async (open) => {
    const page = await opened(open, "available", "settings");
    await page.byId("crm-template").fill("https://crm.exam");
    await page.byId("view-settings").evaluate((main) => (main.scrollTop = 0));
    return [
      page,
      async () => {
        assert.equal(await page.byId("crm-template").inputValue(), "https://crm.exam");
        await page.byId("nav-work").click();
      },
    ];
  },
  "a field that was emptied but not left": async (open) => {
    const page = await opened(open, "available", "settings");
    await page.byId("archive").selectOption("mine");
    await page.byId("archive-folder").fill("");
    await page.byId("view-settings").evaluate((main) => (main.scrollTop = 0));
    return [page, () => page.byId("nav-work").click()];
  },
  "keys being pressed for a shortcut": async (open) => {
    const page = await opened(open, "available", "settings");
    await page.byId("shortcuts").locator("button").first().click();
    await page.byId("view-settings").evaluate((main) => (main.scrollTop = 0));
    return [page, () => page.byId("nav-work").click()];
  },
  "settings that are scrolled": async (open) => {
    const page = await opened(open, "available", "settings");
    await page.byId("view-settings").evaluate((main) => (main.scrollTop = 300));
    return [page, () => page.byId("view-settings").evaluate((main) => (main.scrollTop = 0))];
  },
  "a sign-in form being filled in": async (open) => {
    const page = await clocked(open, "first-start");
    const before = await page.byId("extension").inputValue();
    await page.byId("extension").fill("1234");
    await page.byId("submit").focus();
    return [
      page,
      async () => {
        await page.byId("extension").fill(before);
        await page.byId("submit").focus();
      },
    ];
  },
  "the note of a current call": async (open) => {
    const page = await clocked(open, "talking");
    await page.byId("note-call").first().click();
    return [page, () => page.byId("note-call").first().click()];
  },
  "the work after a call": async (open) => {
    const page = await clocked(open, "wrap-up");
    return [page, () => page.show({ wrapUp: null })];
  },
  "an exercise": async (open) => {
    const page = await opened(open, "practising", "practice");
    return [page, () => page.show({ practice: null })];
  },
  "a chosen day": async (open) => {
    const page = await opened(open, "available", "day");
    await page.byId("week-day").nth(1).locator("button").click();
    await page.byId("view-day").evaluate((main) => (main.scrollTop = 0));
    return [
      page,
      async () => {
        await page.byId("week-day").first().locator("button").click();
        await page.byId("view-day").evaluate((main) => (main.scrollTop = 0));
      },
    ];
  },
};

/** The page of a main window that was hidden for a minute. */
export const emptyingTests = [
  [
    "hidden: after a minute nothing of the views is left, and a shown window has them again before it is painted",
    async (open) => {
      const page = await clocked(open, "available");
      const devtools = await page.context().newCDPSession(page);
      const counts = async () => {
        await devtools.send("HeapProfiler.collectGarbage");
        return devtools.send("Memory.getDOMCounters");
      };
      await page.byId("queue").first().waitFor();
      const before = await counts();
      await visible(page, false);
      await page.clock.runFor(MINUTE - 1);
      assert.equal(await mounted(page), true);
      await page.clock.runFor(1);
      assert.equal(await mounted(page), false);
      // What runs in the engine at that moment can hold nodes for a while.
      let after = await counts();
      for (let tries = 0; after.nodes >= before.nodes / 2 && tries < 100; tries += 1) {
        await new Promise((later) => setTimeout(later, 100));
        after = await counts();
      }
      assert.ok(after.nodes < before.nodes / 2, `${after.nodes} of ${before.nodes} nodes`);
      assert.ok(after.jsEventListeners < before.jsEventListeners, `${after.jsEventListeners} of ${before.jsEventListeners} listeners`);
      const queues = await page.evaluate(async () => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => false });
        document.dispatchEvent(new Event("visibilitychange"));
        // No frame is painted before the queued microtasks are done.
        for (let n = 0; n < 20; n += 1) await null;
        return document.querySelectorAll("[data-testid='queue']").length;
      });
      assert.equal(queues, 2);
    },
  ],
  [
    "hidden: the snapshot that comes before the window is shown mounts the views with its content",
    async (open) => {
      const page = await clocked(open, "available");
      await hide(page);
      assert.equal(await mounted(page), false);
      await page.show({ label: "busy" });
      assert.equal(await page.byId("state").getAttribute("data-label"), "busy");
      await visible(page, true);
      await page.clock.runFor(2 * MINUTE);
      assert.equal(await page.byId("state").getAttribute("data-label"), "busy");
    },
  ],
  [
    "hidden: a call that is to be shown is shown by a page without views",
    async (open) => {
      const page = await clocked(open, "available");
      await hide(page);
      await page.show({});
      await page.evaluate(() => window.memoryHost.showCall(100));
      await visible(page, true);
      await page.byId("view-calls").waitFor();
      await says(page.locator(".pane"), "133 8991 9853");
    },
  ],
  [
    "hidden: the log keeps its search, filters, position, call and format, and the focus",
    async (open) => {
      const page = await clocked(open, "available", { width: 1200, height: 600 });
      await page.byId("nav-calls").click();
      await page.byId("log-row").first().waitFor();
      await page.byId("log-filters").click();
      await page.byId("by-direction").selectOption("outgoing");
      await page.byId("log-exports").click();
      await page.byId("format").selectOption("csv");
      await page.byId("log-search").fill("1");
      await page.byId("log-list").evaluate((list) => (list.scrollTop = 1800));
      const row = page.locator("[data-testid='log-row'][data-call]").nth(6);
      await row.click();
      await page.byId("log-search").focus();
      const state = () =>
        page.evaluate(() => {
          const list = document.querySelector("[data-testid='log-list']");
          return {
            search: document.querySelector("[data-testid='log-search']").value,
            filters: document.querySelector("[data-testid='log-filters']").textContent.trim(),
            format: document.querySelector("[data-testid='format']").value,
            top: list.scrollTop,
            chosen: document.querySelector("[aria-selected='true']")?.dataset.call,
            details: document.querySelector(".pane").innerText,
            focus: document.activeElement.dataset.testid,
          };
        });
      const before = await state();
      assert.equal(before.top, 1800);
      assert.ok(before.chosen);
      assert.equal(before.format, "csv");
      await hide(page);
      assert.equal(await mounted(page), false);
      await visible(page, true);
      assert.deepEqual(await state(), before);
    },
  ],
  [
    "hidden: a control that does something else meanwhile does not get the focus",
    async (open) => {
      const page = await clocked(open, "available");
      await page.byId("state-button").focus();
      const focused = () => page.evaluate(() => document.activeElement.dataset.testid ?? null);
      await hide(page);
      await visible(page, true);
      assert.equal(await focused(), "state-button");
      await hide(page);
      const { wish } = await page.snapshot();
      await page.show({ wish: { ...wish, wish: { kind: "busy", reason: null }, progress: { kind: "pending" } } });
      await visible(page, true);
      await says(page.byId("state-button"), "Go available");
      assert.equal(await focused(), null);
    },
  ],
  [
    "hidden: a note that was typed is stored and shown again",
    async (open) => {
      const page = await clocked(open, "available", { width: 1200, height: 900 });
      await page.byId("nav-calls").click();
      await page.byId("log-row").nth(2).click();
      await page.locator("textarea[data-note]").fill("Calls again on Friday");
      await page.byId("log-search").focus();
      await hide(page);
      assert.equal(await mounted(page), false);
      assert.equal((await page.sent()).at(-1).edit.text, "Calls again on Friday");
      await visible(page, true);
      assert.equal(await page.locator("textarea[data-note]").inputValue(), "Calls again on Friday");
    },
  ],
  [
    "hidden: a note being typed keeps the page as it is, with focus and caret",
    async (open) => {
      const page = await clocked(open, "available", { width: 1200, height: 900 });
      await page.byId("nav-calls").click();
      await page.byId("log-row").nth(2).click();
      const note = page.locator("textarea[data-note]");
      await note.fill("Calls again");
      await page.keyboard.press("Home");
      await hide(page);
      await visible(page, true);
      await page.keyboard.type("Mr Lin ");
      assert.equal(await note.inputValue(), "Mr Lin Calls again");
    },
  ],
  [
    "hidden: the open view and its scroll position are kept, and no view is loaded again",
    async (open) => {
      const page = await clocked(open, "available", { width: 320, height: 460 });
      const main = page.byId("view-work");
      await main.evaluate((main) => (main.scrollTop = 120));
      await page.byId("ask-link").nth(1).focus();
      const focused = () => page.evaluate(() => [...document.querySelectorAll("[data-testid='ask-link']")].indexOf(document.activeElement));
      const top = await main.evaluate((main) => main.scrollTop);
      assert.ok(top > 0);
      await hide(page);
      await visible(page, true);
      assert.equal(await main.evaluate((main) => main.scrollTop), top);
      assert.equal(await focused(), 1);
      await page.byId("nav-settings").click();
      await page.byId("theme").waitFor();
      await page.byId("view-settings").evaluate((main) => (main.scrollTop = 0));
      await hide(page);
      assert.equal(await mounted(page), false);
      const asked = [];
      page.on("request", (request) => asked.push(request.url()));
      await visible(page, true);
      assert.equal(await page.byId("theme").count(), 1);
      assert.deepEqual(asked, []);
    },
  ],
  ...Object.entries(IN_HAND).map(([what, begin]) => [
    `hidden: the page keeps its views because of ${what}, and only as long`,
    async (open) => {
      const [page, letGo] = await begin(open);
      await page.evaluate(() => (window.kept = document.querySelector("#app").firstElementChild));
      await hide(page);
      await page.clock.runFor(MINUTE);
      assert.equal(await page.evaluate(() => window.kept.isConnected), true, "unmounted");
      await visible(page, true);
      await letGo();
      await hide(page);
      assert.equal(await mounted(page), false, "still mounted");
    },
  ]),
  [
    "hidden: a recording that plays is not stopped; when it ends, the views are unmounted",
    async (open) => {
      const page = await clocked(open, "available", { width: 1200, height: 900 });
      await page.byId("nav-calls").click();
      await page.byId("log-row").nth(2).click();
      await page.byId("play").click();
      await page.clock.runFor(300);
      await page.locator("[data-testid='player'][data-kind='playing']").waitFor();
      await page.evaluate(() => (window.kept = document.querySelector("[data-testid='player']")));
      await hide(page);
      assert.equal(await page.evaluate(() => window.kept.isConnected), true);
      await page.evaluate(() => window.memoryHost.play({ kind: "pause" }));
      await page.clock.runFor(MINUTE);
      assert.equal(await mounted(page), false);
    },
  ],
];
