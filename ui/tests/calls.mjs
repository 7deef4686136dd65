import assert from "node:assert/strict";
import { NOON, says } from "./harness.mjs";

const row = (page, n) => page.locator(`#log-${n}`);
const rows = (page) => page.byId("log-row").evaluateAll((all) => all.map((each) => Number(each.getAttribute("aria-rowindex"))));
const count = (page, text) => says(page.byId("log-count"), text);

async function calls(open, scenario, look = {}) {
  const page = await open(scenario, { width: 1280, height: 800, ...look });
  await page.byId("nav-calls").click();
  return page;
}

/** Waits until a condition holds in the page. */
const until = (page, is, value) => page.waitForFunction(is, value, { polling: 20 });

/** The call log. */
export const callsTests = [
  [
    "calls: newest first, by day, with what happened in words",
    async (open) => {
      const page = await calls(open, "available");
      await count(page, "240 calls");
      await says(page.byId("day").first(), "Wednesday, May 20");
      await says(row(page, 0), /rung 0:\d\d talked \d:\d\d 11:4\d .*hung up/);
      await says(row(page, 1), /Missed · no answer/);
      await says(page.byId("complete"), "Complete from Feb 19, 12:00 to 11:59.");
      assert.equal(await page.byId("log-list").getAttribute("aria-rowcount"), "240");
    },
  ],
  [
    "calls: a million calls can be scrolled to the last one, with few rows drawn",
    async (open) => {
      const page = await calls(open, "log-million");
      await count(page, "1,000,000 calls");
      const list = page.byId("log-list");
      await list.focus();
      await page.keyboard.press("End");
      await until(page, () => document.querySelector("#log-999999")?.getAttribute("data-call") === "1");
      assert.ok((await rows(page)).length <= 60);
      assert.equal(await list.getAttribute("aria-activedescendant"), "log-999999");
      await page.keyboard.press("ArrowUp");
      await says(row(page, 999_998), "hung up");
      await page.keyboard.press("Home");
      await until(page, () => document.querySelector("#log-0")?.getAttribute("data-call") === "1000000");

      // By the scroll bar: the middle is about row 500,000, the end is the last row.
      await list.evaluate((each) => (each.scrollTop = (each.scrollHeight - each.clientHeight) / 2));
      await until(page, () => document.querySelector("#log-500000")?.getAttribute("data-call") === "500000");
      await list.evaluate((each) => (each.scrollTop = each.scrollHeight));
      await until(page, () => document.querySelector("#log-999999")?.getAttribute("data-call") === "1");
      const [box, last] = await Promise.all([list.boundingBox(), row(page, 999_999).boundingBox()]);
      assert.ok(Math.abs(box.y + box.height - (last.y + last.height)) <= 1, "the last row ends at the end of the list");
      assert.ok((await rows(page)).length <= 60);
    },
  ],
  [
    "calls: the wheel scrolls by its own distance, however long the list",
    async (open) => {
      const page = await calls(open, "log-million");
      await count(page, "1,000,000 calls");
      const before = await row(page, 5).boundingBox();
      await row(page, 5).hover();
      await page.mouse.wheel(0, 96);
      await until(page, (y) => Math.abs(document.querySelector("#log-5").getBoundingClientRect().y - y) < 1, before.y - 96);
    },
  ],
  [
    "calls: each key searches, and a late answer is dropped",
    async (open) => {
      const page = await calls(open, "available");
      await page.keyboard.press("/");
      await page.keyboard.type("明天");
      await count(page, /^\d+ calls$/);
      await until(page, () => [...document.querySelectorAll("[data-testid='log-row']")].every((each) => each.textContent.includes("明天")));
      await page.keyboard.press("ArrowDown");
      assert.equal(await page.byId("log-list").getAttribute("aria-activedescendant"), "log-0");
      // The answer to the first search is held back until the second was answered.
      await page.evaluate(() => {
        const { logPage } = window.memoryHost;
        window.late = [];
        window.memoryHost.logPage = (...question) =>
          question[0].text === "zzz" ? new Promise((answer) => window.late.push(() => answer(logPage(...question)))) : logPage(...question);
      });
      await page.byId("log-search").fill("zzz");
      await until(page, () => window.late.length > 0);
      await page.byId("log-search").fill("");
      await count(page, "240 calls");
      await page.evaluate(() => window.late.forEach((answer) => answer()));
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
      await count(page, "240 calls");
    },
  ],
  [
    "calls: the first rows are shown before the matching calls are counted",
    async (open) => {
      const page = await calls(open, "available");
      await count(page, "240 calls");
      await page.evaluate(() => {
        const { logCounts } = window.memoryHost;
        window.memoryHost.logCounts = (...question) => new Promise((answer) => (window.counted = () => answer(logCounts(...question))));
      });
      await page.byId("log-search").fill("1");
      await until(page, () => window.counted !== undefined);
      await says(row(page, 3), "hung up");
      assert.equal(await page.byId("log-count").innerText(), "");
      assert.equal(await page.byId("log-list").getAttribute("aria-rowcount"), "-1");
      await page.evaluate(() => window.counted());
      await count(page, "240 calls");
      assert.equal(await page.byId("log-list").getAttribute("aria-rowcount"), "240");
      // Fewer rows than a page need no request to count them.
      await page.byId("log-search").fill("zzz");
      await count(page, "0 calls");
    },
  ],
  [
    "calls: an empty result says so and offers to show all calls",
    async (open) => {
      const page = await calls(open, "available");
      await page.byId("log-search").fill("\" OR 1=1 *");
      await says(page.byId("nothing"), "No call fits.");
      await page.byId("reset").click();
      await count(page, "240 calls");
      assert.equal(await page.byId("log-search").inputValue(), "");
    },
  ],
  [
    "calls: filters by direction, outcome, queue, day and to do",
    async (open) => {
      const page = await calls(open, "available");
      await page.byId("log-filters").click();
      await page.byId("by-direction").selectOption("incoming");
      await until(page, () => [...document.querySelectorAll("[data-testid='log-row']")].every((each) => each.textContent.includes("Incoming")));
      await page.byId("by-direction").selectOption("");
      await page.byId("by-outcome").selectOption("noAnswer");
      await until(page, () => [...document.querySelectorAll("[data-testid='log-row']")].every((each) => each.textContent.includes("No answer")));
      await says(page.byId("log-filters"), "(1)");
      await page.byId("by-outcome").selectOption("");
      await page.byId("from").fill("2026-05-19");
      await page.byId("to").fill("2026-05-19");
      await says(page.byId("day").first(), "Tuesday, May 19");
      assert.equal(await page.byId("day").count(), 1);
      await page.byId("from").fill("");
      await page.byId("to").fill("");
      await count(page, "240 calls");
      await page.byId("log-to-do").click();
      await until(page, () => [...document.querySelectorAll("[data-testid='log-row']")].every((each) => each.textContent.includes("Missed")));
    },
  ],
  [
    "calls: a missed call marked as done leaves the list of calls to do, and undo brings it back",
    async (open) => {
      const page = await calls(open, "available");
      await page.byId("log-to-do").click();
      await until(page, () => document.querySelector("#log-0")?.getAttribute("data-call") === "239");
      await page.byId("row-done").first().click();
      await until(page, () => document.querySelector("#log-0")?.getAttribute("data-call") !== "239");
      await page.byId("undo").click();
      await until(page, () => document.querySelector("#log-0")?.getAttribute("data-call") === "239");
      assert.equal(await page.byId("undo").count(), 0);
      assert.deepEqual(await page.sent(), [
        { kind: "editNote", call: 239, edit: { kind: "done", done: true } },
        { kind: "editNote", call: 239, edit: { kind: "done", done: false } },
      ]);
    },
  ],
  [
    "calls: the bar counts the calls to do in the whole log and opens them from any view and filter",
    async (open) => {
      const page = await open("misses", { width: 1280, height: 800 });
      await says(page.byId("to-do"), "1,204 calls to do");
      await page.byId("to-do").click();
      await until(page, () => document.querySelector("#log-0")?.getAttribute("data-call") === "239");
      assert.equal(await page.byId("log-to-do").getAttribute("aria-pressed"), "true");
      await page.byId("row-done").first().click();
      await says(page.byId("to-do"), "1,203 calls to do");
      // The navigation leads back to the agent's own view of the log.
      await page.byId("nav-work").click();
      await page.byId("nav-calls").click();
      await count(page, "240 calls");
      await page.byId("log-search").fill("nobody");
      await says(page.byId("nothing"), "No call fits.");
      await page.byId("to-do").click();
      await says(row(page, 0), "Missed");
      assert.equal(await page.byId("log-search").inputValue(), "");
      await page.byId("nav-calls").click();
      await says(page.byId("nothing"), "No call fits.");
      assert.equal(await page.byId("log-search").inputValue(), "nobody");
    },
  ],
  [
    "calls: a note survives later snapshots, is saved while typed, and at the latest when the field is left",
    async (open) => {
      const page = await calls(open, "available", { clock: true });
      await row(page, 0).click();
      await page.byId("note").fill("Wants ");
      await page.byId("note").press("End");
      await page.keyboard.type("a call on Monday");
      await page.show({ log: { ...(await page.snapshot()).log, revision: 9 } });
      assert.equal(await page.byId("note").inputValue(), "Wants a call on Monday");
      assert.deepEqual(await page.sent(), [], "not saved at each key");
      await page.clock.runFor(500);
      assert.deepEqual(await page.sent(), [{ kind: "editNote", call: 240, edit: { kind: "text", text: "Wants a call on Monday" } }]);
      await says(row(page, 0), "Wants a call on Monday");
      await page.keyboard.type(", early");
      await page.byId("nav-work").click();
      assert.equal((await page.sent())[1].edit.text, "Wants a call on Monday, early");
      await page.byId("nav-calls").click();
      await row(page, 0).click();
      assert.equal(await page.byId("note").inputValue(), "Wants a call on Monday, early");
    },
  ],
  [
    "calls: choosing another call while a note is typed keeps both notes apart",
    async (open) => {
      const page = await calls(open, "log-three");
      await row(page, 0).click();
      await page.byId("note").fill("of the first");
      await row(page, 2).click();
      assert.notEqual(await page.byId("note").inputValue(), "of the first");
      assert.deepEqual(await page.sent(), [{ kind: "editNote", call: 3, edit: { kind: "text", text: "of the first" } }]);
    },
  ],
  [
    "calls: dispositions are chosen by button and by digit, and can be taken back",
    async (open) => {
      const page = await calls(open, "log-three");
      await row(page, 0).click();
      await page.keyboard.press("2");
      await says(row(page, 0), "Call again");
      const given = page.byId("dispositions").getByRole("button", { name: "Call again" });
      assert.equal(await given.getAttribute("aria-pressed"), "true");
      await page.byId("note").press("1");
      await given.click();
      const edits = (await page.sent()).map(({ edit }) => edit);
      assert.deepEqual(edits.filter(({ kind }) => kind === "disposition"), [
        { kind: "disposition", disposition: "Call again" },
        { kind: "disposition", disposition: null },
      ]);
    },
  ],
  [
    "calls: an edit that cannot be stored is undone in the view",
    async (open) => {
      const page = await calls(open, "log-three");
      await page.refuse("send", { code: "storeFull", detail: "", retryable: true });
      await row(page, 1).click();
      await page.byId("done").click();
      await says(page.byId("failure"), "The disk is full.");
      await page.byId("done").waitFor();
      assert.equal(await page.byId("undo").count(), 0);
    },
  ],
  [
    "calls: in a narrow window a call covers the list, and Escape returns to its row",
    async (open) => {
      const page = await calls(open, "available", { width: 480, height: 800 });
      await count(page, "240 calls");
      assert.ok(!(await page.byId("details").isVisible()));
      await page.byId("log-list").focus();
      for (const key of ["End", "ArrowUp", "Enter"]) await page.keyboard.press(key);
      await page.byId("details").waitFor();
      assert.ok(!(await page.byId("log-list").isVisible()));
      const index = 240 - Number(await page.byId("details").getAttribute("data-call"));
      assert.equal(index, 238);
      await page.keyboard.press("Escape");
      await until(page, () => document.activeElement?.getAttribute("data-testid") === "log-list");
      await until(page, (row) => document.activeElement.getAttribute("aria-activedescendant") === row, `log-${index}`);
      assert.ok(await row(page, index).isVisible());
    },
  ],
  [
    "calls: the visible rows stay in place when newer calls come",
    async (open) => {
      const page = await calls(open, "available");
      await page.byId("log-list").focus();
      await page.keyboard.press("End");
      await until(page, () => document.querySelector("#log-239")?.getAttribute("data-call") === "1");
      const before = await page.locator("[data-call='5'][role='row']").boundingBox();
      await page.evaluate((now) => {
        const { log, snapshot } = window.memoryHost;
        const { page, counts } = log;
        const fresh = { ...log.row(240), call: { ...log.row(240).call, id: 241, startedAt: now - 1000 } };
        log.page = (filter, begin, skip, limit) => {
          if (begin.kind === "oldest") return page.call(log, filter, begin, skip, limit);
          const rows = page.call(log, filter, begin, 0, 500);
          const newer = begin.kind === "newest" || begin.startedAt > fresh.call.startedAt;
          return (newer ? [fresh, ...rows] : rows).slice(skip, skip + limit);
        };
        log.counts = (filter, limits) => counts.call(log, filter, limits).map((n, at) => n + (limits[at] <= fresh.call.startedAt && fresh.call.startedAt < limits[at + 1] ? 1 : 0));
        window.memoryHost.show({ ...snapshot, log: { ...snapshot.log, revision: 7 } });
      }, NOON);
      await count(page, "241 calls");
      const after = await page.locator("[data-call='5'][role='row']").boundingBox();
      assert.ok(Math.abs(after.y - before.y) <= 1);
      assert.equal(await page.byId("log-list").getAttribute("aria-activedescendant"), "log-240");
    },
  ],
  [
    "calls: the tooltip of a call's time gives the platform's local time",
    async (open) => {
      const page = await calls(open, "available");
      await page.show({ place: { ...(await page.snapshot()).place, platformOffset: -210 } });
      await row(page, 0).click();
      const tip = page.byId("details").getByRole("tooltip", { includeHidden: true });
      assert.ok(!(await tip.isVisible()));
      await page.byId("moment").focus();
      await until(page, () => document.querySelector("[role='tooltip']").checkVisibility());
      // The test runs in Shanghai (UTC+8), eleven and a half hours ahead of the platform (UTC−3:30).
      await says(tip, /At the platform: May 20, 2026, 00:1\d:\d\d \(UTC−03:30\)/);
      assert.match(await row(page, 0).locator(".when").getAttribute("title"), /11:49.*\nAt the platform: .* \(UTC−03:30\)/);
    },
  ],
  [
    "calls: a recording is asked for in the call's details",
    async (open) => {
      const page = await calls(open, "log-three");
      await row(page, 0).click();
      await page.byId("details").getByTestId("ask-link").click();
      assert.deepEqual(await page.sent(), [{ kind: "fetchLink", call: 3 }]);
      await page.show({ link: { call: 3, state: { kind: "ready", expiresAt: NOON + 287_000 } } });
      await page.byId("details").getByTestId("copy-link").click();
      assert.deepEqual(await page.asked(), ["copyRecording 3"]);
    },
  ],
  [
    "calls: the filtered calls are exported, and the file can be shown",
    async (open) => {
      const page = await calls(open, "available");
      await page.byId("log-search").fill("费用");
      await until(page, () => !document.querySelector("[data-testid='log-count']").textContent.includes("240"));
      await page.byId("log-exports").click();
      await page.byId("format").selectOption("jsonLines");
      await page.byId("export").click();
      const [sent] = await page.sent();
      assert.equal(sent.kind, "exportLog");
      assert.equal(sent.format, "jsonLines");
      assert.equal(sent.filter.text, "费用");
      await says(page.byId("exported"), "/home/lin/.local/share/ringside/exports/calls.jsonl");
      await page.byId("show-file").click();
      await page.byId("copy-path").click();
      assert.deepEqual(await page.asked(), ["showExport", "copyText /home/lin/.local/share/ringside/exports/calls.jsonl"]);
    },
  ],
  [
    "calls: a running export and a running fetch can be stopped",
    async (open) => {
      const page = await calls(open, "log-exporting");
      await says(page.byId("exports"), "81,920 of 1,000,000 calls are written");
      await page.byId("end-export").click();
      await page.show({ log: { ...(await page.snapshot()).log, fetch: { on: true, done: 3, total: 90 } } });
      await says(page.byId("fetch"), "Fetching past calls: 3 of 90 days");
      await page.byId("fetch-switch").click();
      await says(page.byId("fetch"), "Past calls are not fetched");
      await page.byId("fetch-switch").click();
      assert.deepEqual(await page.sent(), [{ kind: "endExport" }, { kind: "fetchLog", on: false }, { kind: "fetchLog", on: true }]);
    },
  ],
  [
    "calls: a log that cannot be read shows the problem and is read again",
    async (open) => {
      const page = await open("log-three", { width: 1280, height: 800 });
      await page.evaluate(() => (window.logPage = window.memoryHost.logPage));
      await page.refuse("logPage", { code: "storeFailed", detail: "disk I/O error", retryable: true });
      await page.byId("nav-calls").click();
      await says(page.byId("log-problem"), "The call database failed.");
      await page.evaluate(() => (window.memoryHost.logPage = window.logPage));
      await page.byId("log-again").click();
      await count(page, "3 calls");
    },
  ],
  [
    "calls: an empty log says so",
    async (open) => {
      const page = await calls(open, "log-empty");
      await says(page.byId("no-calls"), "No calls yet.");
      await count(page, "0 calls");
    },
  ],
  [
    "calls: a notification's call is found wherever it is in the log",
    async (open) => {
      const page = await open("log-million", { width: 1280, height: 800 });
      await page.evaluate(() => window.memoryHost.showCall(400_000));
      await page.locator("[data-testid='details'][data-call='400000']").waitFor();
      await until(page, () => document.querySelector("#log-600000")?.getAttribute("data-call") === "400000");
      await page.evaluate(() => window.memoryHost.showCall(2_000_000));
      await says(page.byId("absent"), "This call is not in the log.");
    },
  ],
];
