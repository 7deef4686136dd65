import assert from "node:assert/strict";
import { says } from "./harness.mjs";

async function day(open, scenario, look = {}) {
  const page = await open(scenario, { width: 1280, height: 800, ...look });
  await page.byId("nav-day").click();
  return page;
}

/** The table's cells, once it has rows: the view and its figures are loaded first. */
async function cells(page, table) {
  const rows = page.byId(table).locator("tbody tr");
  await rows.first().waitFor();
  return rows.evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent.trim())));
}

export const myDayTests = [
  [
    "my day: figures, chart and table agree and open the calls",
    async (open) => {
      const page = await day(open, "available");
      const figures = await says(page.byId("figures"), /Answered \d+ Missed \d+/);
      const [, answered, missed] = figures.match(/Answered (\d+) Missed (\d+)/).map(Number);
      const hours = await cells(page, "by-hour");
      const sum = (column) => hours.reduce((all, row) => all + Number(row[column]), 0);
      assert.deepEqual([sum(1), sum(2)], [answered, missed]);
      assert.ok(answered > 5 && missed > 0);
      assert.deepEqual(hours.map(([hour]) => hour).slice(0, 2), ["00:00", "01:00"], "the hours begin with the first call");
      // A bar's height is the number of its hour's calls.
      const charts = page.locator("figure .bars");
      assert.equal(await charts.count(), 2);
      const drawn = await charts.first().locator("g").evaluateAll((bars) => bars.map((bar) => [...bar.querySelectorAll("rect[stroke]")].reduce((all, rect) => all + Number.parseFloat(rect.getAttribute("height")), 0)));
      const most = Math.max(...hours.map((row) => Number(row[1]) + Number(row[2])));
      const tallest = Math.max(...drawn);
      hours.forEach((row, n) => assert.ok(Math.abs(drawn[n] / tallest - (Number(row[1]) + Number(row[2])) / most) < 0.01, `the bar of ${row[0]}`));
      await page.byId("show-calls").click();
      await says(page.byId("log-filters"), "(2)");
      await page.waitForFunction(() => document.querySelectorAll("[data-testid='day']").length === 1, undefined, { polling: 20 });
    },
  ],
  [
    "my day: each of the last seven days can be shown",
    async (open) => {
      const page = await day(open, "available");
      const days = await cells(page, "week");
      assert.deepEqual(days.map(([name]) => name), ["Today", "Tue, May 19", "Mon, May 18", "Sun, May 17", "Sat, May 16", "Fri, May 15", "Thu, May 14"]);
      await page.byId("week-day").nth(1).getByRole("button").click();
      await says(page.byId("day"), "Tuesday, May 19");
      await says(page.byId("figures"), `Answered ${days[1][1]} Missed ${days[1][2]}`);
      await page.byId("week-day").nth(6).getByRole("button").click();
      await says(page.byId("day-empty"), "No calls on this day.");
      await page.byId("week-day").first().getByRole("button").click();
      await says(page.byId("day"), "Today");
    },
  ],
  [
    "my day: the receipt is saved for the shown day, and its path is given",
    async (open) => {
      const page = await day(open, "available");
      await page.byId("week-day").nth(1).getByRole("button").click();
      await says(page.byId("day"), "Tuesday, May 19");
      await page.byId("save-receipt").click();
      await says(page.byId("receipt-saved"), "Saved as /home/lin/.local/share/ringside/exports/shift-");
      const [asked] = await page.evaluate(() => window.memoryHost.asked.filter((what) => what.startsWith("saveReceipt")));
      const [, from, to] = asked.split(" ").map(Number);
      assert.equal(to - from, 24 * 3600 * 1000);
      await page.byId("week-day").nth(2).getByRole("button").click();
      await says(page.byId("day"), "Monday, May 18");
      assert.equal(await page.byId("receipt-saved").textContent(), "", "the saved receipt is of another day");
      await page.refuse("saveReceipt", { code: "refused", detail: "Read-only file system", retryable: true });
      await page.byId("save-receipt").click();
      await says(page.byId("failure"), "The platform refused.");
    },
  ],
  [
    "my day: counts again when the log changes, and shows a failure",
    async (open) => {
      const page = await day(open, "available");
      await says(page.byId("figures"), "Answered");
      await page.evaluate(() => {
        const { log } = window.memoryHost;
        const { sums } = log;
        log.sums = (limits) => sums.call(log, limits).map((each) => ({ ...each, answered: 7 }));
      });
      await page.show({ log: { ...(await page.snapshot()).log, revision: 5 } });
      await says(page.byId("week"), "Today 7");
      const logSums = await page.evaluateHandle(() => window.memoryHost.logSums);
      await page.refuse("logSums", { code: "storeFailed", detail: "disk I/O error", retryable: true });
      await page.show({ log: { ...(await page.snapshot()).log, revision: 6 } });
      await says(page.byId("day-problem"), "The call database failed.");
      await says(page.byId("week"), "Today 7");
      await page.evaluate((logSums) => (window.memoryHost.logSums = logSums), logSums);
      await page.byId("day-again").click();
      await page.byId("day-problem").waitFor({ state: "detached" });
    },
  ],
  [
    "my day: a failure at the start, a day without calls, and a day whose calls are still being loaded",
    async (open) => {
      const page = await open("available", { width: 480, height: 800 });
      await page.refuse("logSums", { code: "storeFailed", detail: "", retryable: true });
      await page.byId("nav-day").click();
      await says(page.byId("day-problem"), "The call database failed.");
      const empty = await day(open, "log-empty");
      await says(empty.byId("day-empty"), "No calls on this day.");
      await says(empty.byId("day-lacks"), "Not complete yet.");
      const fetching = await day(open, "log-fetching");
      await fetching.byId("week-day").nth(5).getByRole("button").click();
      await says(fetching.byId("day-lacks"), "Calls that began before May 17, 12:00 are still being fetched.");
    },
  ],
  [
    "my day: the next day begins at midnight of the user's zone",
    async (open) => {
      const page = await day(open, "available", { clock: true });
      await says(page.byId("week"), "Tue, May 19");
      await page.clock.runFor(12 * 3_600_000 + 1000);
      await says(page.byId("week"), "Wed, May 20");
      await says(page.byId("day-empty"), "No calls on this day.");
    },
  ],
];
