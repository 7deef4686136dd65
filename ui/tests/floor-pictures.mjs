import assert from "node:assert/strict";
import { join } from "node:path";
import { audit, screens, speaks } from "./harness.mjs";
import { layout } from "./layout.mjs";

const SIZES = [{ width: 1280, height: 800 }, { width: 1920, height: 1080 }];
const LOOKS = ["english", "chinese"].flatMap((language) => ["light", "dark"].map((theme) => ({ language, theme })));
const NUMBERS = ["Phone,Customer,Note", "138-0013-8000,C-1,a", "13800138001 / 13800138002,C-2,b", "tel. 13800138003 home,C-3,c", "12,C-4,d", ",C-5,e", "13800138005,C-6,f", "13800138005,C-7,g"].join("\n");

/** Scenario, view and the elements clicked there; a word with «!» is clicked twice. */
const VIEWS = [
  ...["usual", "empty", "full", "loading", "failing", "offline", "unlicensed", "break"].map((scenario) => `${scenario} campaigns`),
  ...["usual", "empty", "full", "failing", "offline"].flatMap((scenario) => ["queues", "groups", "extensions", "wallboard", "rescue", "doNotCall", "ledger"].map((view) => `${scenario} ${view}`)),
  ...["unread", "idle", "limit", "few", "hours", "unknown", "unmade", "sending"].map((scenario) => `${scenario} campaigns campaigns-row!`),
  "usual campaigns campaigns-row act-end",
  "few campaigns",
  "usual campaigns elsewhere-row!",
  "empty campaigns see-elsewhere",
  "unlicensed campaigns see-elsewhere",
  "unlicensed extensions",
  "usual campaigns campaigns-row act-remove",
  "usual campaigns campaigns-row act-copy",
  "unknown campaigns campaigns-row! decide-sendAgain",
  "usual campaigns campaigns-row! edit-limits",
  "full campaigns campaigns-row!",
  "changing queues queues-row",
  "unnumbered queues queues-row agents-row seat-busy",
  "thousand queues queues-row",
  "usual queues queues-row edit-queue",
  "usual queues queues-row delete-queue",
  "usual queues queues-row team-break-open",
  "usual queues add-queue",
  "break queues queues-row",
  "usual groups groups-row",
  "usual extensions extensions-row show-password",
  "frozen wallboard",
  "alarms wallboard",
  "break wallboard",
  "break wallboard full-screen",
  "failing wallboard full-screen",
  "usual wallboard board-settings",
  ...["one", "three", "dozen", "fifty"].flatMap((scenario) => [`${scenario} wallboard`, `${scenario} wallboard full-screen`]),
  ...["usual", "frozen", "alarms"].map((scenario) => `${scenario} wallboard full-screen`),
  "usual doNotCall dnc-add",
  "usual console",
  "failing console",
  "usual console service call-service",
  "loading queues",
  "loading wallboard",
];

/** The steps of the wizard, each after its file was taken. */
const STEPS = ["numbers", "columns", "plan", "start"];

const LONG = "A customer with a very long name of a company with an even longer name GmbH & Co. KG · 客户名称很长的有限责任公司";
/** Files of one row, of many rows, of many columns with long names, and one whose questions are answered. */
const SHEETS = {
  one: "Phone\n13800138000\n",
  many: ["Phone,Customer", ...Array.from({ length: 10_000 }, (_, n) => `1380${String(n % 9_000).padStart(7, "0")},C-${n}`)].join("\n"),
  wide: [["Phone", ...Array.from({ length: 11 }, (_, n) => `${LONG} ${n}`)], ...Array.from({ length: 12 }, (_, n) => [`008613800138${100 + n}`, ...Array(11).fill(LONG)])].map((row) => row.join(",")).join("\n"),
  answered: `${NUMBERS}\n1.38E+10,C-8,h\n`,
};

/** Makes the wizard of missed customers, up to a step. */
export async function rescueAt(page, step) {
  await goTo(page, "rescue", "rescue-make");
  await page.byId("preview").waitFor();
  if (step === "columns") return;
  await page.byId("step-plan").click();
  await page.byId("target-name").selectOption("queue-1");
  if (step === "start") await page.byId("step-start").click();
}

/** Takes pictures in all looks and sizes; nothing may be cut off, stick out or overlap, and axe finds no violation. */
async function draw(page, name) {
  const found = [];
  for (const { language, theme } of LOOKS) {
    await page.evaluate((look) => window.memoryHost.settle(look), { language, theme });
    await speaks(page, language);
    for (const size of SIZES) {
      await page.setViewportSize(size);
      const picture = ["supervisor", ...name.replaceAll("!", "").split(" "), { english: "en", chinese: "zh" }[language], theme, size.width].join("-");
      await page.screenshot({ path: join(screens, `${picture}.png`) });
      const faults = [...(await layout(page)), ...(await audit(page))];
      found.push(...faults.map((fault) => `${picture}: ${fault}`));
    }
  }
  assert.deepEqual(found, []);
}

/** Opens the supervisor's window. */
export const desk = (open, scenario, look = {}) => open(scenario, { file: "supervisor", ...SIZES[0], ...look });
/** Runs a function with the memory host. */
export const host = (page, run, given) => page.evaluate(`(${run})(window.memoryHost, ${JSON.stringify(given ?? null)})`);
export const last = async (page) => (await page.sent()).at(-1);

/** Goes to a view, and clicks there; a name with «!» is clicked twice. */
export async function goTo(page, view, ...clicks) {
  await page.byId(`nav-${view}`).click();
  for (const click of clicks) {
    if (click.endsWith("!")) await page.byId(click.slice(0, -1)).first().dblclick();
    else await page.byId(click).first().click();
  }
}

/** Opens the wizard with a file, up to a step. */
export async function wizardAt(page, step, text = NUMBERS) {
  await page.byId("new-campaign").click();
  await page.byId("file").setInputFiles({ name: "renewals-june.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await page.byId("preview").waitFor();
  if (step === "numbers" || step === "columns") return void (await page.byId(`step-${step}`).click());
  await page.byId("step-plan").click();
  await page.byId("target-name").selectOption("queue-1");
  if (step === "start") await page.byId("step-start").click();
}

export const floorPictures = [
  ...VIEWS.map((name) => [
    `floor pictures: ${name}`,
    async (open) => {
      const [scenario, ...way] = name.split(" ");
      const page = await desk(open, scenario);
      await goTo(page, ...way);
      await draw(page, name);
    },
  ]),
  ...STEPS.map((step) => [
    `floor pictures: wizard ${step}`,
    async (open) => {
      const page = await desk(open, "usual");
      await wizardAt(page, step);
      if (step === "start") await page.byId("check-counts").waitFor();
      await draw(page, `wizard ${step}`);
    },
  ]),
  ...["columns", "plan", "start"].map((step) => [
    `floor pictures: wizard of missed customers ${step}`,
    async (open) => {
      const page = await desk(open, "usual");
      await rescueAt(page, step);
      if (step === "start") await page.byId("check-counts").waitFor();
      await draw(page, `wizard-rescue ${step}`);
    },
  ]),
  ...Object.entries(SHEETS).map(([name, text]) => [
    `floor pictures: wizard with ${name}`,
    async (open) => {
      const page = await desk(open, "usual");
      await wizardAt(page, "columns", text);
      await draw(page, `wizard-${name} columns`);
      await page.byId("step-plan").click();
      await page.byId("target-name").selectOption("queue-1");
      await page.byId("step-start").click();
      await page.byId("check-counts").waitFor();
      if (name === "answered") {
        await page.byId("answer-exponent-leaveOut").check();
        await page.byId("answer-twoNumbers-both").check();
        await page.byId("answer-letters-repair").check();
        await page.byId("answer-doubts").click();
        await page.byId("save-refused").click();
        await page.byId("show-saved").waitFor();
      }
      await draw(page, `wizard-${name} start`);
    },
  ]),
  [
    "floor pictures: wizard checking",
    async (open) => {
      const page = await desk(open, "checking");
      await wizardAt(page, "start");
      await page.byId("checking").waitFor();
      await draw(page, "wizard checking");
    },
  ],
];
