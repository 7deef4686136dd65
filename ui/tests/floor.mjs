import assert from "node:assert/strict";
import { desk, goTo, host, last, wizardAt } from "./floor-pictures.mjs";
import { says } from "./harness.mjs";

/** The element of a table that its cursor is on. */
const marked = (page) => page.evaluate(() => document.activeElement?.getAttribute("aria-activedescendant"));

/** The supervisor's window: campaigns. */
export const floorTests = [
  [
    "floor: campaigns made elsewhere have a row and a card, and a task of theirs is set by its id",
    async (open) => {
      const page = await desk(open, "usual");
      const row = page.byId("campaigns-row").filter({ has: page.byId("elsewhere-row") });
      const words = await says(row, "Made elsewhere");
      for (const part of ["2,700", "1,236", "1,203", "2.7%"]) assert.ok(words.includes(part), `${part} in ${words}`);
      await page.byId("campaign-show").selectOption("elsewhere");
      await says(page.byId("campaigns-view"), "1 row");
      await page.byId("campaign-show").selectOption("open");
      assert.equal(await page.byId("elsewhere-row").count(), 0);
      await page.byId("campaign-show").selectOption("all");
      await page.byId("campaign-search").fill("88120");
      assert.equal(await page.byId("elsewhere-row").count(), 1, "found by a task's id");
      await page.byId("see-elsewhere").click();
      await page.byId("back").click();
      await page.byId("campaign-search").fill("");
      await page.byId("campaigns-row").nth(12).click();
      await row.click({ modifiers: ["Shift"] });
      await says(page.byId("campaigns-view"), "2 selected");
      await row.click({ modifiers: ["Control"] });
      await says(page.byId("campaigns-view"), "2 selected");
      assert.equal(await row.getAttribute("aria-selected"), "false", "acts concern only campaigns of this desk");
      await page.keyboard.press("Enter");
      await page.byId("back").click();
      await row.dblclick();
      await says(page.byId("elsewhere"), "Their numbers, agents and limits are not known here");
      await says(page.byId("elsewhere-counts"), "Calls 3,612");
      await says(page.byId("elsewhere-shown"), /^Number shown First call Last call ▼ Customers Calls Answered Reached Abandoned/);
      const first = page.byId("elsewhere-task").first();
      await says(first, "20260504091500881204 paused by Wang Min");
      for (const width of [960, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        const tops = await first.getByRole("button").evaluateAll((all) => all.map((button) => button.getBoundingClientRect().top));
        assert.equal(tops.length, 3);
        assert.equal(new Set(tops).size, 1, `its buttons are side by side at ${width} px`);
      }
      assert.ok(await page.byId("task-pause").first().isDisabled(), "it is paused already");
      await first.getByRole("button", { name: "Resume" }).click();
      assert.deepEqual(await last(page), { kind: "setTask", taskId: "20260504091500881204", state: "open" });
      await says(page.byId("elsewhere-task").first(), "resumed");
      assert.ok(await page.byId("task-resume").first().isDisabled());
      assert.equal(await page.byId("elsewhere-task").nth(1).getByRole("button").count(), 0, "a task that is over cannot be set");
      assert.ok(await page.byId("typed-end").isDisabled(), "no id was typed");
      await page.byId("elsewhere-id").fill(" 777 ");
      await page.byId("typed-end").click();
      await says(page.byId("elsewhere-tasks"), "End the task 777?");
      await page.byId("elsewhere-tasks").getByRole("button", { name: "End for good" }).click();
      assert.deepEqual(await last(page), { kind: "setTask", taskId: "777", state: "over" });
      await host(page, (memory) => memory.show({ elsewhere: { calls: null, tasks: [] } }));
      await says(page.byId("elsewhere"), "Reading …");
      await page.byId("back").click();
      assert.equal(await page.byId("elsewhere-row").count(), 0);
    },
  ],
  [
    "floor: a task made elsewhere is ended by its id although no call and no task is known, and whatever the list shows",
    async (open) => {
      const page = await desk(open, "empty");
      await says(page.byId("see-elsewhere"), "Made elsewhere, 30 days: 0 calls");
      await page.byId("see-elsewhere").click();
      await says(page.byId("elsewhere-tasks"), "No task is known.");
      await page.byId("elsewhere-id").fill("20260504091500881204");
      await page.byId("typed-end").click();
      await page.byId("elsewhere-tasks").getByRole("button", { name: "End for good" }).click();
      assert.deepEqual(await last(page), { kind: "setTask", taskId: "20260504091500881204", state: "over" });
      await page.byId("back").click();
      await says(page.byId("campaigns-row"), "No such calls are known.");
      await host(page, (memory) => memory.show({ elsewhere: { ...memory.floor.elsewhere, calls: null } }));
      await says(page.byId("see-elsewhere"), /^Campaigns made elsewhere$/);
      const row = await says(page.byId("campaigns-row"), "Reading …");
      assert.ok(!row.includes("No such calls are known."), "calls that were not read are not taken for none");
      await page.byId("campaign-search").fill("nothing has this name");
      assert.equal(await page.byId("campaigns-row").count(), 0);
      await page.byId("see-elsewhere").click();
      await page.byId("elsewhere-id").waitFor();
      const unlicensed = await desk(open, "unlicensed");
      await unlicensed.byId("see-elsewhere").click();
      await says(unlicensed.byId("unlicensed").first(), "Campaigns: not licensed (603)");
      const loading = await desk(open, "loading");
      await loading.byId("new-campaign").waitFor();
      assert.equal(await loading.byId("see-elsewhere").count(), 0, "it is not known yet");
    },
  ],
  [
    "floor: fewer than 100 answered calls are judged by their number, and the words say so",
    async (open) => {
      const page = await desk(open, "few");
      await says(page.locator("[data-testid='campaigns-row'][data-key='1']"), "3 (max. 2) beyond");
      await goTo(page, "campaigns", "campaigns-row!");
      await says(page.byId("limits"), "Abandoned today beyond 3 of 88 answered; 2 permitted in the first 100");
      await says(page.byId("limits"), "Abandoned, 30 days beyond 3 of 88 answered; 2 permitted in the first 100");
      await host(page, (memory) => memory.settle({ language: "chinese" }));
      await says(page.byId("limits"), "接听 88 通，呼损 3 通；前 100 通允许 2 通");
      await page.byId("back").click();
      await says(page.locator("[data-testid='campaigns-row'][data-key='1']"), "3 通（限 2） 超限");
    },
  ],
  [
    "floor: what was not read yet is said among the causes, and is not taken for nothing",
    async (open) => {
      const page = await desk(open, "unread");
      await goTo(page, "campaigns", "campaigns-row!");
      const causes = page.byId("causes");
      await says(causes, "Not known yet: The list of queues was not read yet.");
      await says(causes, "Not known yet: The agents of its queue were not read yet.");
      assert.ok(!(await causes.innerText()).includes("nothing known keeps it"));
    },
  ],
  [
    "floor: a campaign is made from a file, and nothing is sent before the one button",
    async (open) => {
      const page = await desk(open, "usual");
      await wizardAt(page, "start");
      await says(page.byId("check-counts"), "Rows 7");
      await says(page.byId("refused"), "Not a telephone number 1");
      await says(page.byId("refused"), "Same number as an earlier row 1");
      assert.ok(await page.byId("start-campaign").isDisabled(), "open questions come first");
      await says(page.byId("doubt-twoNumbers"), "13800138001 / 13800138002");
      await page.byId("answer-twoNumbers-repair").check();
      assert.ok(await page.byId("answer-doubts").isDisabled(), "each kind needs an answer");
      await page.byId("answer-letters-leaveOut").check();
      await page.byId("answer-doubts").click();
      await says(page.byId("check-counts"), "Will be sent 3");
      await says(page.byId("refused"), "Left out by your answer 1");
      const words = await says(page.byId("summary"), "3 numbers are sent to the platform.");
      for (const part of ["Queue queue-1", "Mon–Fri, 09:00–18:00 (UTC+08:00)", "at most 3 times a day", "3%"]) assert.ok(words.includes(part), part);
      await page.byId("save-refused").click();
      await says(page.byId("saved-refused"), "/home/lin/Downloads/refused-rows.csv");
      assert.deepEqual(await page.sent(), []);
      await says(page.byId("start-campaign"), "Start: send 3 numbers");
      await page.byId("start-campaign").click();
      const { kind, plan } = await last(page);
      assert.deepEqual([kind, plan.name, plan.target, plan.limits.pauseAtLimit], ["start", "renewals-june", { kind: "queue", name: "queue-1" }, true]);
      await says(page.byId("campaigns-row").first(), "Sending numbers");
      await says(page.byId("campaigns-row").first(), "0 of 3");
      assert.equal(await page.locator("[data-testid='campaigns-row'][aria-selected='true']").count(), 1, "the new campaign is selected");
      await says(page.locator("[data-testid='campaigns-row'][aria-selected='true']"), "renewals-june");
    },
  ],
  [
    "floor: a copy of a campaign has a name of its own, and brings its settings only or the numbers that were not reached, too",
    async (open) => {
      const page = await desk(open, "usual");
      await page.byId("campaigns-row").first().click();
      const name = (await page.byId("campaigns-row").first().locator(".first").innerText()).trim();
      await page.byId("act-copy").click();
      await page.byId("copy-no").click();
      assert.equal(await page.byId("copy").count(), 0);
      await page.byId("act-copy").click();
      await says(page.byId("copy"), "Copy “");
      await says(page.byId("copy-open"), "all its numbers would be left out");
      assert.equal(await page.locator("[data-testid='copy'] .primary").getAttribute("data-testid"), "copy-settings", "while it is open");
      await page.byId("copy-unreached").click();
      await says(page.byId("wizard"), `Copy of “${name}”`);
      assert.ok((await page.byId("sent-as").count()) > 0, "the numbers are there");
      await page.byId("step-plan").click();
      assert.equal(await page.byId("plan-name").inputValue(), `${name} (2)`);
      assert.deepEqual(await page.sent(), []);
      await page.byId("wizard-leave").click();
      await page.byId("confirm-leave").getByRole("button", { name: "Leave" }).click();
      await page.byId("campaigns-row").first().click();
      await page.byId("act-copy").click();
      await page.byId("copy-settings").click();
      assert.equal(await page.byId("step-numbers").getAttribute("aria-current"), "step");
    },
  ],
  [
    "floor: columns and their meanings are corrected in the preview",
    async (open) => {
      const page = await desk(open, "usual");
      await wizardAt(page, "columns", "a;b\nC-1;13800138000\nC-2;13800138001\n");
      await page.byId("column-0").selectOption("customer");
      await page.byId("column-1").selectOption("number");
      await says(page.byId("sent-as").first(), "13800138000".replace(/(\d{3})(\d{4})(\d{4})/, "$1 $2 $3"));
      await page.byId("has-header").uncheck();
      await says(page.byId("sent-as").first(), "Not a telephone number");
      await page.byId("separator").selectOption("");
      await page.byId("column-1").selectOption("");
      await says(page.byId("wizard"), "Mark the column that holds the numbers.");
      assert.ok(await page.byId("wizard-next").isDisabled());
    },
  ],
  [
    "floor: pasted numbers are taken, and a file that cannot be read says why",
    async (open) => {
      const page = await desk(open, "usual");
      await page.byId("new-campaign").click();
      await page.byId("paste").fill("13800138000\n13800138001\n");
      await page.byId("use-pasted").click();
      await says(page.byId("preview"), "138 0013 8000");
      await page.byId("step-numbers").click();
      await page.byId("file").setInputFiles({ name: "empty.csv", mimeType: "text/csv", buffer: Buffer.from(" \n") });
      await says(page.byId("sheet-fault"), "The file is empty.");
      await page.byId("wizard-leave").click();
      await page.byId("confirm-leave-yes").click();
      await page.byId("campaigns").waitFor();
      assert.deepEqual(await page.sent(), []);
    },
  ],
  [
    "floor: a pause is shown as paused only when the platform has confirmed it",
    async (open) => {
      const page = await desk(open, "usual");
      const row = page.locator("[data-testid='campaigns-row'][data-key='1']");
      await row.click();
      await page.byId("act-pause").click();
      assert.deepEqual(await last(page), { kind: "pause", campaign: 1 });
      await says(row, "Pausing …");
      assert.ok(await page.byId("act-pause").isDisabled());
      await host(page, "(host) => host.confirm()");
      await says(row, "Paused by Wang Min");
      await page.byId("act-resume").click();
      await says(row, "Resuming …");
    },
  ],
  [
    "floor: several campaigns are ended at once, after a question; one alone by its name",
    async (open) => {
      const page = await desk(open, "usual");
      await page.locator("[data-testid='campaigns-row'][data-key='1']").click();
      await page.byId("act-end").click();
      assert.ok(await page.byId("confirm-end-yes").isDisabled());
      await page.byId("confirm-end-name").fill("回访 · 五月");
      await page.keyboard.press("Enter");
      assert.deepEqual(await page.sent(), [{ kind: "end", campaign: 1 }]);
      await page.locator("[data-testid='campaigns-row'][data-key='2']").click();
      await page.locator("[data-testid='campaigns-row'][data-key='4']").click({ modifiers: ["Control"] });
      await page.byId("act-end").click();
      await says(page.byId("confirm-end"), "End 2 campaigns");
      await page.keyboard.press("Escape");
      assert.equal(await page.byId("confirm-end").count(), 0);
      await page.byId("act-end").click();
      await page.byId("confirm-end-yes").click();
      assert.deepEqual((await page.sent()).slice(1).map((intent) => [intent.kind, intent.campaign]), [["end", 2], ["end", 4]]);
    },
  ],
  [
    "floor: a part whose outcome is unknown shows what is known, and is decided by a person only",
    async (open) => {
      const page = await desk(open, "unknown");
      await goTo(page, "campaigns", "campaigns-row!");
      await says(page.byId("unknown-part"), "Part 2: it is not known whether the platform got it");
      await says(page.byId("evidence"), "has called 312 of its numbers");
      assert.ok(await page.byId("resume-sending").isDisabled());
      await page.byId("decide-sendAgain").click();
      await says(page.byId("confirm-part"), "up to 10,000 customers are called twice");
      assert.deepEqual(await page.sent(), []);
      await page.byId("confirm-part-no").click();
      await page.byId("decide-taken").click();
      await page.byId("confirm-part-yes").click();
      assert.deepEqual(await last(page), { kind: "decide", campaign: 1, part: 1, decision: "taken", taskId: null });

      const unmade = await desk(open, "unmade");
      await goTo(unmade, "campaigns", "campaigns-row!");
      await unmade.byId("task-id").fill(" 4711 ");
      await unmade.byId("decide-taken").click();
      await unmade.byId("confirm-part-yes").click();
      assert.equal((await last(unmade)).taskId, "4711");

      const unnamed = await desk(open, "unnamed");
      await goTo(unnamed, "campaigns", "campaigns-row!");
      await says(unnamed.byId("unaccounted"), "2 not accounted for");
      assert.ok(await unnamed.byId("save-task-id").isDisabled());
      await unnamed.byId("task-id").fill(" 4711 ");
      await unnamed.byId("save-task-id").click();
      assert.deepEqual(await last(unnamed), { kind: "decide", campaign: 1, part: 0, decision: "taken", taskId: "4711" });
    },
  ],
  [
    "floor: a million numbers are scrolled through by keyboard, and only pages of them are asked for",
    async (open) => {
      const page = await desk(open, "full");
      await goTo(page, "campaigns", "campaigns-row!");
      const table = page.byId("numbers");
      assert.equal(await table.getAttribute("aria-rowcount"), "1000001");
      await table.focus();
      await page.keyboard.press("End");
      await says(page.byId("numbers-row").last(), "1,000,001");
      assert.ok((await page.byId("numbers-row").count()) < 80, "only visible rows are drawn");
      assert.ok((await page.asked()).filter((what) => what.startsWith("campaignNumbers")).length < 12);
      await page.keyboard.press("Home");
      await says(page.byId("numbers-row").first(), "2 130 0000 0000");
      await page.byId("number-search").fill("37");
      await page.byId("number-fate").selectOption("refused");
      await says(page.byId("numbers-row").first(), "Refused");
    },
  ],
  [
    "floor: the list is sorted, searched and selected by keyboard",
    async (open) => {
      const page = await desk(open, "full");
      const table = page.byId("campaigns");
      assert.equal(await table.getAttribute("aria-rowcount"), "202", "the titles, 200 campaigns, and those made elsewhere");
      await page.byId("campaigns-sort-name").focus();
      await page.keyboard.press("Enter");
      await says(page.byId("campaigns-row").first(), "A campaign with a very long name");
      assert.equal(await page.locator("[role='columnheader'][aria-sort='ascending']").count(), 1);
      await table.focus();
      assert.equal(await marked(page), "campaigns-0");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Space");
      await page.keyboard.press("Shift+ArrowDown");
      await page.keyboard.press("Shift+ArrowDown");
      await says(page.byId("campaigns-view"), "3 selected");
      await page.keyboard.press("Control+a");
      await says(page.byId("campaigns-view"), "200 selected");
      await page.keyboard.press("Escape");
      await says(page.byId("campaigns-view"), "201 rows");
      await page.byId("campaign-search").fill("customers-199");
      await says(page.byId("campaigns-view"), "1 row");
      await table.focus();
      await page.keyboard.press("Enter");
      await page.byId("campaign-details").waitFor();
    },
  ],
];
