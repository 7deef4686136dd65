import assert from "node:assert/strict";
import { desk, goTo, last, wizardAt } from "./floor-pictures.mjs";
import { says } from "./harness.mjs";

const focused = (page) => page.evaluate(() => document.activeElement?.dataset.testid ?? document.activeElement?.id ?? "");
const SHORT = "Phone,Name\n13800138000,An\n1.38E+10,Li\n1.39E+10,Wu\n13800138000,Xu\n";

/** The supervisor's window: the wizard of campaigns. */
export const floorWizardTests = [
  [
    "floor: numbers that were pasted are not thrown away by Escape without a question",
    async (open) => {
      const page = await desk(open, "usual");
      await page.byId("new-campaign").click();
      await page.byId("paste").fill("13800138000\n13800138001");
      await page.byId("paste").press("Escape");
      await page.getByText("Leave? The numbers").waitFor();
      assert.equal(await page.byId("paste").inputValue(), "13800138000\n13800138001");
    },
  ],
  [
    "floor: a campaign of missed customers begins with their numbers and ids, without a question about columns",
    async (open) => {
      const page = await desk(open, "usual");
      await goTo(page, "rescue");
      await page.byId("rescue-row").nth(1).click();
      await page.byId("rescue-row").nth(2).click({ modifiers: ["Control"] });
      await page.byId("rescue-make").click();
      const words = await says(page.byId("preview"), "138 0013 8007");
      for (const part of ["Customer", "C-4401", "Employee", "801"]) assert.ok(words.includes(part), `${part} in ${words}`);
      assert.ok(!words.includes("Member"), "an empty column is left out");
      await page.byId("sent-as").first().locator(".mark > span:last-child").evaluate((said) => (said.textContent = "In an open campaign already"));
      const cells = await page.byId("preview").locator("tbody tr").first().locator("td").evaluateAll((all) => all.map((cell) => [cell.scrollWidth, cell.clientWidth]));
      for (const [needs, has] of cells) assert.ok(needs <= has, `a cell needs ${needs} px and has ${has}`);
      for (const absent of ["encoding", "separator", "has-header", "column-0", "step-numbers"]) assert.equal(await page.byId(absent).count(), 0, absent);
      assert.deepEqual((await page.asked()).filter((what) => what.startsWith("import")), ["importCalls 2"]);
      await page.byId("wizard-next").click();
      assert.match(await page.byId("plan-name").inputValue(), /^Missed customers, /);
      await page.byId("target-name").selectOption("queue-1");
      await page.byId("wizard-next").click();
      await says(page.byId("check-counts"), "Will be sent 2");
      await page.byId("start-campaign").click();
      assert.equal((await last(page)).kind, "start");
    },
  ],
  [
    "floor: a question can be answered otherwise until the numbers are sent, and each answer is possible",
    async (open) => {
      const page = await desk(open, "usual");
      await wizardAt(page, "start", SHORT);
      await says(page.byId("doubt-exponent"), "proposed is 138 0000 0000");
      assert.equal(await page.byId("answer-exponent-asItIs").count(), 0, "such a number cannot be sent");
      await page.byId("answer-exponent-leaveOut").check();
      await page.byId("answer-doubts").click();
      await says(page.byId("check-counts"), "Will be sent 1");
      assert.ok(await page.byId("answer-exponent-leaveOut").isChecked(), "the question stays with its answer");
      assert.ok(await page.byId("start-campaign").isEnabled());
      await page.byId("answer-exponent-repair").check();
      assert.ok(await page.byId("start-campaign").isDisabled(), "the rows were not checked with the new answer");
      await page.byId("answer-doubts").click();
      await says(page.byId("check-counts"), "Will be sent 3");
      assert.equal(await focused(page), "check-title", "the focus is not lost with the button");
      assert.deepEqual(await page.sent(), []);
    },
  ],
  [
    "floor: a saved list is shown in its folder",
    async (open) => {
      const page = await desk(open, "usual");
      await wizardAt(page, "start", SHORT);
      await page.byId("save-refused").click();
      await page.byId("saved-refused").getByRole("button", { name: "Show in folder" }).click();
      await goTo(page, "doNotCall", "dnc-export");
      await page.byId("dnc-said").getByRole("button", { name: "Show in folder" }).click();
      const asked = (await page.asked()).filter((what) => what.startsWith("showSavedList") || what.startsWith("importSaveRefused"));
      assert.deepEqual(asked, ["importSaveRefused 1 Row,Reason,Number as read", "showSavedList /home/lin/Downloads/refused-rows.csv", "showSavedList /home/lin/Downloads/do-not-call.csv"]);
    },
  ],
  [
    "floor: the first rows show what becomes of each",
    async (open) => {
      const page = await desk(open, "usual");
      await wizardAt(page, "columns", SHORT);
      await says(page.byId("become"), "The first 4 rows: 1 to be sent, 2 to be asked about, 1 left out");
      await says(page.byId("sent-as").last(), "Same number as an earlier row");
      assert.equal(await page.locator("tr.refused").count(), 1);
    },
  ],
  [
    "floor: each step of the wizard begins in its first field, Enter goes on, and nothing that was chosen is lost",
    async (open) => {
      const page = await desk(open, "usual");
      await page.byId("new-campaign").click();
      await says(page.byId("wizard"), "Drop a file");
      assert.equal(await focused(page), "choose-file");
      await page.byId("paste").fill("+86 138 0013 8000\n13800138001");
      await page.keyboard.press("Control+Enter");
      await page.byId("preview").waitFor();
      assert.equal(await focused(page), "encoding");
      assert.equal(await page.getByRole("group", { name: "Columns", exact: true }).count(), 1, "the field's group has the step's name");
      await page.byId("has-header").focus();
      await page.keyboard.press("Enter");
      assert.equal(await focused(page), "plan-name");
      await page.byId("plan-name").fill("May");
      await page.byId("target-name").selectOption("queue-1");
      await page.byId("target-group").check();
      await page.byId("target-queue").check();
      assert.equal(await page.byId("target-name").inputValue(), "queue-1", "looking at the groups forgets no queue");
      await page.byId("hours-from").fill("9h");
      await page.keyboard.press("Enter");
      await says(page.byId("wizard"), "The first time must be before the second");
      assert.equal(await page.byId("hours-from").inputValue(), "");
      await page.byId("hours-from").fill("08:30");
      await page.keyboard.press("Enter");
      await page.byId("check-counts").waitFor();
      assert.equal(await focused(page), "wizard-step", "no key that follows starts the campaign");
      for (let n = 0; n < 3; n += 1) await page.byId("wizard-back").click();
      assert.equal(await page.byId("paste").inputValue(), "+86 138 0013 8000\n13800138001");
      await page.byId("wizard-next").click();
      await page.byId("wizard-next").click();
      assert.deepEqual([await page.byId("plan-name").inputValue(), await page.byId("hours-from").inputValue()], ["May", "08:30"]);
      await page.keyboard.press("Escape");
      await says(page.byId("confirm-leave"), "nothing was sent");
      await page.keyboard.press("Escape");
      assert.equal(await page.byId("confirm-leave").count(), 0);
      assert.equal(await focused(page), "plan-name");
      assert.deepEqual(await page.sent(), []);
    },
  ],
  [
    "floor: the same file can be chosen again after it failed",
    async (open) => {
      const page = await desk(open, "usual");
      await page.byId("new-campaign").click();
      const name = { name: "a.csv", mimeType: "text/csv", buffer: Buffer.from(" \n") };
      await page.byId("file").setInputFiles(name);
      await says(page.byId("sheet-fault"), "The file is empty.");
      assert.equal(await page.byId("file").evaluate((picker) => picker.files.length), 0, "the next choice is a change, also of the same file");
    },
  ],
];
