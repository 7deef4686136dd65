import assert from "node:assert/strict";
import { desk, goTo, host } from "./floor-pictures.mjs";
import { says } from "./harness.mjs";

/** The test id of the focused element and of those around it. */
const focused = (page) =>
  page.evaluate(() => {
    const ids = [];
    for (let element = document.activeElement; element; element = element.parentElement) if (element.dataset.testid) ids.push(element.dataset.testid);
    return ids;
  });

/** Where the buttons of the view are, by their test ids. */
const places = (page) =>
  page.evaluate(() => Object.fromEntries([...document.querySelectorAll("main button[data-testid]")].map((button) => [button.dataset.testid, button.getBoundingClientRect()]).map(([id, { left, top }]) => [id, [Math.round(left), Math.round(top)]])));

/** What was there before is where it was. */
async function stays(page, before, why) {
  const now = await places(page);
  const moved = Object.keys(before).filter((id) => now[id] && String(now[id]) !== String(before[id]));
  assert.deepEqual(moved, [], `${why} moves no button: ${moved.map((id) => `${id} ${before[id]} → ${now[id]}`).join("; ")}`);
}

const notice = (id, act, progress) => ({ id, at: Date.UTC(2026, 4, 20, 4, 0, 0), act, subject: "queue-1", progress, found: 0, missing: 0 });
const told = (page, ...notices) => host(page, "(host, notices) => host.show({ desk: { ...host.floor.desk, notices } })", notices);
const FAILED = { code: "refused", detail: "code 1042: ", number: 1042, retryable: false };

/** Scenario, view, clicks that lead to the opener, the opener, what it opens, the button that closes it. */
const OPENED = [
  ["usual", "campaigns", ["campaigns-row"], "act-remove", "remove-numbers", "remove-no", "remove-phones"],
  ["usual", "campaigns", ["campaigns-row"], "act-copy", "copy", "copy-no", "copy-settings"],
  ["usual", "campaigns", ["campaigns-row"], "act-end", "confirm-end", "confirm-end-no", "confirm-end-name"],
  ["usual", "campaigns", ["campaigns-row!"], "edit-limits", "limits", "drop-limits", "hours-on"],
  ["usual", "queues", [], "add-queue", "queue-form", "drop-queue", "queue-name"],
  ["usual", "queues", ["queues-row"], "edit-queue", "queue-form", "drop-queue", "queue-remark"],
  ["usual", "queues", ["queues-row"], "team-break-open", "team-break-form", "drop-team-break", "break-minutes"],
  ["usual", "queues", ["queues-row"], "delete-queue", "confirm-delete", "confirm-delete-no", "confirm-delete-name"],
  ["usual", "queues", ["queues-row"], "seat-signIn", "join-form", "drop-join", "join-extensions"],
  ["unnumbered", "queues", ["queues-row", "agents-row"], "seat-busy", "numbers-needed", "drop-order", "agent-number"],
  ["usual", "groups", ["groups-row", "members-row"], "member-remove", "confirm-remove", "confirm-remove-no", "confirm-remove-no"],
  ["usual", "doNotCall", [], "dnc-add", "dnc-text", "dnc-add-no", "dnc-text"],
  ["usual", "doNotCall", ["dnc-row"], "dnc-remove", "confirm-dnc", "confirm-dnc-no", "confirm-dnc-no"],
  ["usual", "wallboard", [], "board-settings", "board-form", null, "board-queue"],
];

/** The supervisor's window: what a hand meets. */
export const floorHandsTests = [
  [
    "floor: a success from before the window was opened is not told again",
    async (open) => {
      const page = await desk(open, "changing");
      await says(page.byId("results"), "Make queue queue-8: failed");
      assert.equal(await page.byId("result").count(), 2);
      assert.ok(!(await page.byId("results").innerText()).includes("queue-7"));
    },
  ],
  [
    "floor: what opens in place has the focus in its first field; Escape and Cancel close it and give the focus back",
    async (open) => {
      for (const [scenario, view, way, opener, opened, closer, field] of OPENED) {
        const page = await desk(open, scenario);
        await goTo(page, view, ...way);
        for (const close of [() => page.keyboard.press("Escape"), closer && (() => page.byId(closer).click())].filter(Boolean)) {
          await page.byId(opener).click();
          await page.byId(field).first().waitFor();
          assert.equal((await focused(page))[0], field, `${opener}: its field`);
          await close();
          await page.byId(opened === "limits" ? closer : opened).waitFor({ state: "hidden" });
          assert.equal((await focused(page))[0], opener, `${opener}: the focus comes back`);
        }
        await page.close();
      }
    },
  ],
  [
    "floor: a line that appears or goes moves no button",
    async (open) => {
      const page = await desk(open, "usual");
      await goTo(page, "campaigns", "campaigns-row");
      let before = await places(page);
      await told(page, notice(1, "pause", { kind: "accepted" }), notice(2, "seatSignIn", { kind: "failed", problem: FAILED }));
      await says(page.byId("results"), "Pause queue-1");
      await stays(page, before, "a result");
      await host(page, "(host, problem) => host.show({ desk: { ...host.floor.desk, problem, breaks: [{ queue: 'queue-1', step: 'onBreak', endsAt: Date.now() + 60000, problems: [] }] } })", FAILED);
      await page.byId("team-break").waitFor();
      await stays(page, before, "a problem and a break");
      await page.refuse("floorIntent", FAILED);
      await page.byId("act-pause").click();
      await says(page.byId("said"), "The campaign was not paused.");
      await stays(page, before, "a failure");

      const one = await desk(open, "usual");
      await goTo(one, "campaigns", "campaigns-row!");
      before = await places(one);
      const change = (part) => host(one, "(host, part) => host.show({ campaigns: host.floor.campaigns.map((each, n) => (n ? each : { ...each, row: { ...each.row, stage: part.stage, campaign: { ...each.row.campaign, ...part.campaign } } })) })", part);
      const hold = { reason: "person", since: Date.UTC(2026, 4, 20, 3, 50, 0), by: "Wang Min" };
      await change({ stage: "paused", campaign: { holds: [hold] } });
      await says(one.byId("held"), "by Wang Min, since 11:50");
      await stays(one, before, "the line about Pause");
      await change({ stage: "finished", campaign: { holds: [], ended: hold } });
      await says(one.byId("held"), "ended by Wang Min");
      await stays(one, before, "the line about the end");
    },
  ],
  [
    "floor: choosing an extension, and showing and copying its password, moves neither a row nor a button",
    async (open) => {
      const page = await desk(open, "usual", { clock: true });
      await goTo(page, "extensions");
      await page.clock.runFor(50);
      const row = page.byId("extensions-row").nth(3);
      const top = async () => (await row.boundingBox()).y;
      const first = await top();
      await row.click();
      await page.byId("copy-password").waitFor();
      assert.equal(await top(), first);
      const before = await places(page);
      await page.byId("show-password").click();
      await page.byId("hide-password").waitFor();
      await page.byId("copy-password").click();
      await says(page.byId("password-said"), "Copied");
      await stays(page, before, "a password");
      assert.equal(await top(), first);
    },
  ],
  [
    "floor: the acts of the list of campaigns are always the same buttons",
    async (open) => {
      const page = await desk(open, "full");
      const before = await places(page);
      for (let n = 0; n < 11; n += 1) {
        await page.byId("campaigns-row").nth(n).click();
        assert.deepEqual(Object.keys(await places(page)), Object.keys(before));
        await stays(page, before, `campaign ${n}`);
      }
    },
  ],
  [
    "floor: a success leaves after some seconds, but not below the pointer or the focus; anything else stays",
    async (open) => {
      const page = await desk(open, "usual", { clock: true });
      await page.clock.runFor(50);
      assert.equal(await page.locator(".results").getAttribute("role"), "status", "known to a screen reader before it speaks");
      await told(page, notice(1, "addQueue", { kind: "confirmed" }), notice(2, "seatSignIn", { kind: "failed", problem: FAILED }), notice(3, "seatSignIn", { kind: "overdue" }));
      await says(page.byId("results"), "Make queue queue-1: done");
      await page.clock.runFor(7_500);
      assert.equal(await page.byId("result").count(), 3);
      await page.byId("result").first().hover();
      await page.clock.runFor(60_000);
      assert.equal(await page.byId("result").count(), 3, "it is below the pointer");
      await page.byId("result").first().getByRole("button").focus();
      await page.mouse.move(5, 5);
      await page.clock.runFor(60_000);
      assert.equal(await page.byId("result").count(), 3, "its button has the focus");
      await page.byId("campaign-search").focus();
      await page.clock.runFor(9_000);
      assert.equal(await page.byId("result").count(), 2);
      await page.clock.runFor(600_000);
      const left = await page.byId("results").innerText();
      assert.ok(left.includes("failed") && left.includes("not confirmed"), left);
      await told(page, notice(4, "addQueue", { kind: "pending" }));
      await page.clock.runFor(60_000);
      await says(page.byId("results"), "requested …");
      await told(page, notice(4, "addQueue", { kind: "confirmed" }));
      await says(page.byId("results"), "done");
      await page.clock.runFor(9_000);
      assert.equal(await page.byId("result").count(), 0);
    },
  ],
  [
    "floor: a campaign that the limit of abandoned calls stopped says how it goes on, and its buttons say so, too",
    async (open) => {
      const page = await desk(open, "limit");
      await goTo(page, "campaigns", "campaigns-row!");
      const words = await says(page.byId("causes"), "Too many abandoned calls stopped it. Raise the limit under Limits");
      assert.ok(!words.includes("Resume it to go on"), words);
      assert.ok(await page.byId("act-resume").isDisabled());
      assert.match(await page.byId("act-resume").getAttribute("title"), /raise the limit under Limits/);
      assert.match(await page.byId("act-pause").getAttribute("title"), /stays paused until it is resumed/);
      assert.match(await page.byId("act-hideCampaign").getAttribute("title"), /End it first/);
    },
  ],
  [
    "floor: a removal says how many numbers it asked for, a failed sign-in is told as one, and a number is said to be on the do-not-call list",
    async (open) => {
      const page = await desk(open, "usual");
      await told(page, { ...notice(1, "removeNumbers", { kind: "accepted" }), found: 2, missing: 1 }, notice(2, "seatSignIn", { kind: "failed", problem: FAILED }), notice(3, "memberAdd", { kind: "failed", problem: FAILED }));
      for (const words of ["2 asked for; those called already stay", "1 not in this campaign", "Sign in queue-1: failed", "Add queue-1: failed"]) await says(page.byId("results"), words);
      await goTo(page, "campaigns", "campaigns-row!", "numbers-row", "number-forbid");
      await says(page.byId("numbers-said"), "1 number is on the do-not-call list now.");
    },
  ],
  [
    "floor: the state of a number on the do-not-call list, each hold of a campaign and what becomes of a customer are whole at 1280 pixels",
    async (open) => {
      const cut = (locator) => locator.evaluateAll((all) => all.filter((each) => each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1).map((each) => each.innerText));
      for (const language of ["english", "chinese"]) {
        const page = await desk(open, "usual");
        await host(page, `(host, language) => {
          const holds = ["hours", "abandoned", "teamBreak", "person"].map((reason) => ({ reason, since: Date.now(), by: reason === "person" ? "10" : null }));
          const [first, ...others] = host.floor.campaigns;
          const few = { answeredToday: 46, abandonedToday: 3, answered30Days: 88, abandoned30Days: 3 };
          host.show({ campaigns: [{ ...first, row: { ...first.row, stage: "paused", counts: { ...first.row.counts, ...few }, campaign: { ...first.row.campaign, holds } } }, ...others] });
          return host.settle({ language });
        }`, language);
        const row = page.locator("[data-testid='campaigns-row'][data-key='1']");
        await says(row, "10");
        assert.deepEqual(await cut(row.locator(".two, .mark > .cut")), [], language);
        await row.dblclick();
        await page.byId("listed").first().waitFor();
        assert.deepEqual(await cut(page.byId("listed")), [], language);
        await page.close();
      }
    },
  ],
  [
    "floor: what the do-not-call list says about an import leaves by itself",
    async (open) => {
      const page = await desk(open, "usual", { clock: true });
      await goTo(page, "doNotCall", "dnc-add");
      await page.byId("dnc-text").fill("13900000777");
      await page.byId("dnc-add-yes").click();
      await says(page.byId("dnc-said"), "1 number is new on the list.");
      await page.clock.runFor(7_000);
      await says(page.byId("dnc-said"), "1 number is new on the list.");
      await page.clock.runFor(1_500);
      await says(page.byId("dnc-said"), /^[\d,]+ rows$/);
    },
  ],
  [
    "floor: an agent's name and numbers are whole in the table",
    async (open) => {
      const page = await desk(open, "usual");
      await host(page, `(host) => {
        const [first, ...others] = host.floor.queues.queues;
        const agents = first.agents.map((agent) => ({ ...agent, name: agent.extension + "_10_" + first.name }));
        host.show({ queues: { ...host.floor.queues, queues: [{ ...first, agents }, ...others] } });
      }`);
      await goTo(page, "queues", "queues-row");
      for (const [language, words] of [["english", "100001 · number 5001"], ["chinese", "100001 · 工号 5001"]]) {
        await host(page, "(host, language) => host.settle({ language })", language);
        for (const width of [960, 1180, 1280, 1920]) {
          await page.setViewportSize({ width, height: 800 });
          await says(page.byId("agent-name").first(), "100001_10_queue-1");
          await says(page.byId("agent-ids").first(), words);
          for (const id of ["agent-name", "agent-ids"]) assert.ok(await page.byId(id).first().evaluate((cell) => cell.scrollWidth <= cell.clientWidth), `${id} is cut at ${width} in ${language}`);
        }
      }
    },
  ],
  [
    "floor: a time by the platform's clock is told with its zone",
    async (open) => {
      const page = await desk(open, "usual", { timezoneId: "America/New_York" });
      await goTo(page, "wallboard");
      await says(page.byId("board-clock"), "00:00 · 12:00 at the platform (UTC+08:00)");
      await says(page.byId("wallboard"), "All campaigns, in the platform’s time (UTC+08:00).");
      await goTo(page, "campaigns", "campaigns-row!");
      await says(page.byId("limits"), "09:00–19:00 UTC+08:00");
      await goTo(page, "rescue");
      const titles = await page.byId("rescue").locator("[data-testid='rescue-row'] span[title]").evaluateAll((all) => all.map((each) => each.title));
      assert.ok(titles.length > 0 && titles.every((title) => /\nAt the platform: .* \(UTC\+08:00\)$/.test(title)), titles[0]);
      const near = await desk(open, "usual");
      await goTo(near, "wallboard");
      await says(near.byId("board-clock"), /^12:00$/);
    },
  ],
  [
    "floor: what was chosen in a view is chosen when one comes back to it",
    async (open) => {
      const page = await desk(open, "usual");
      await page.byId("campaigns-row").nth(2).click();
      await goTo(page, "queues");
      await page.byId("queues-row").nth(1).click();
      await goTo(page, "groups");
      await page.byId("groups-row").nth(1).click();
      await goTo(page, "extensions");
      await page.byId("extensions-row").nth(5).click();
      await goTo(page, "console");
      await page.byId("service").nth(2).click();
      await goTo(page, "wallboard", "board-settings");
      await page.byId("board-queue").nth(1).uncheck();
      const chosen = (id) => page.locator(`[data-testid='${id}-row'][aria-selected='true']`);
      await goTo(page, "campaigns");
      assert.equal(await chosen("campaigns").getAttribute("id"), "campaigns-2");
      await page.byId("act-open").click();
      await page.byId("back").click();
      assert.equal(await chosen("campaigns").getAttribute("id"), "campaigns-2");
      await goTo(page, "queues");
      await says(page.byId("queues-view").locator("h2"), "queue-2");
      assert.equal(await chosen("queues").getAttribute("id"), "queues-1");
      await goTo(page, "groups");
      await says(page.byId("groups-view").locator("h2"), "group-2");
      await goTo(page, "extensions");
      assert.equal(await chosen("extensions").getAttribute("id"), "extensions-5");
      await goTo(page, "console");
      assert.equal(await page.byId("service").nth(2).getAttribute("aria-pressed"), "true");
      await goTo(page, "wallboard");
      assert.equal(await page.byId("tile").count(), 3);
      assert.equal(JSON.parse(await host(page, "(host) => host.place.board")).queues.length, 3, "the shell keeps it for the next start");

      const many = await desk(open, "full");
      await goTo(many, "queues");
      await many.byId("queues").focus();
      await many.keyboard.press("End");
      const last = await says(many.byId("queues-view").locator("h2"), "queue-");
      await goTo(many, "ledger");
      await goTo(many, "queues");
      await says(many.byId("queues-view").locator("h2"), last);
      assert.ok(await many.locator("[data-testid='queues-row'][aria-selected='true']").isVisible(), "its row is in view");
    },
  ],
  [
    "floor: the platform's words and codes are said in words, and its answer is laid out",
    async (open) => {
      const page = await desk(open, "usual");
      await goTo(page, "groups", "groups-row");
      await says(page.byId("groups-view"), "state at the platform: code 1042");
      const members = await says(page.byId("members"), "talking");
      assert.ok(!/hangup|answer\b/.test(members), members);
      await goTo(page, "ledger");
      const ledger = await says(page.byId("ledger"), "setting its agents available");
      for (const part of ["10 minutes", "Part 1", "code 1042", "the extension does not exist · code 1012"]) assert.ok(ledger.includes(part), `${part} in ${ledger}`);
      await host(page, (memory) => memory.settle({ language: "chinese" }));
      await says(page.byId("ledger"), "把坐席设为示闲");
      await says(page.byId("ledger"), "10 分钟");
      await goTo(page, "console", "service", "call-service");
      const lines = (await page.byId("answer-text").innerText()).split("\n");
      assert.ok(lines.length > 8 && lines[1] === '  "ret": 200,', lines.join("⏎"));
    },
  ],
  [
    "floor: the calls of campaigns are told beside their numbers and customers",
    async (open) => {
      const page = await desk(open, "usual");
      await says(page.byId("see-elsewhere"), "Made elsewhere, 30 days: 3,612 calls to 2,700 customers");
      const row = page.byId("campaigns-row").filter({ has: page.byId("elsewhere-row") });
      await says(row, "2,700 3,612 calls");
      await page.byId("campaigns-row").first().dblclick();
      await says(page.byId("counts"), "Numbers called");
      await says(page.byId("calls"), /^[\d,]+ calls · Calls are known up to/);
    },
  ],
  [
    "floor: the chart by hour fills its box after a break's banner and on a full screen",
    async (open) => {
      const page = await desk(open, "usual", { width: 1280, height: 800 });
      await goTo(page, "wallboard");
      const drawn = () =>
        page.evaluate(() => {
          const bars = document.querySelector("svg.bars");
          const box = bars.parentElement.getBoundingClientRect();
          const all = [...bars.querySelectorAll("g > rect[fill='transparent']")].map((bar) => bar.getBoundingClientRect());
          return [box.left - all[0].left, box.right - all.at(-1).right, box.top - all[0].top, box.bottom - all[0].bottom, box.width, box.height].map(Math.round);
        });
      const fits = async (why) => {
        const end = Date.now() + 3000;
        for (;;) {
          const [left, right, top, bottom, ...size] = await drawn();
          if ([left, right, top, bottom].every((each) => Math.abs(each) <= 1)) return size;
          if (Date.now() > end) assert.fail(`${why}: ${[left, right, top, bottom]}`);
          await new Promise((later) => setTimeout(later, 20));
        }
      };
      const sizes = [await fits("at first")];
      await host(page, "(host) => host.show({ desk: { ...host.floor.desk, breaks: [{ queue: 'queue-1', step: 'onBreak', endsAt: Date.now() + 60000, problems: [] }] } })");
      await page.byId("team-break").waitFor();
      await fits("with a banner");
      await page.byId("full-screen").click();
      await page.setViewportSize({ width: 1920, height: 1080 });
      sizes.push(await fits("on a full screen"));
      assert.notDeepEqual(sizes[0], sizes[1]);
      await page.keyboard.press("Escape");
      await page.setViewportSize({ width: 1280, height: 800 });
      await fits("in the window again");
    },
  ],
];
