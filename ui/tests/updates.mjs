import assert from "node:assert/strict";
import { audit, NOON, says } from "./harness.mjs";

const ready = (part = {}) => ({ kind: "ready", version: "1.2.0", notes: "", offered: true, ...part });
const problem = (code, detail = "") => ({ code, detail, retryable: true });
const box = (page) => page.byId("update");
const gone = (locator) => locator.waitFor({ state: "detached" });
const focused = (page) => page.evaluate(() => document.activeElement.dataset.testid);

async function settings(open, scenario, look) {
  const page = await open(scenario, look);
  await page.byId("nav-settings").click();
  await page.byId("update-state").waitFor();
  return page;
}

/** Updates, and the copy of the data. */
export const updatesTests = [
  [
    "updates: nothing is said in the work view where nothing can be done, nor in a call",
    async (open) => {
      const page = await open("available");
      await page.byId("queue").first().waitFor();
      for (const stage of [{ kind: "none" }, { kind: "looking" }, { kind: "loading", version: "1.2.0", percent: 3 }, ready({ offered: false })]) {
        await page.update({ stage });
        await page.update({ stage, problem: problem("updateServer") });
        assert.equal(await box(page).count(), 0, stage.kind);
      }
      await page.update({ stage: ready() });
      await says(box(page), "Ringside 1.2.0 is ready.");
      await page.update({ stage: ready({ offered: false }) });
      await gone(box(page));
      const inCall = await open("update-in-call");
      await inCall.byId("queue").first().waitFor();
      assert.equal(await box(inCall).count(), 0);
    },
  ],
  [
    "updates: the offer says what is new and what happens, and its button installs it once",
    async (open) => {
      const page = await open("update-offered");
      await says(box(page), "Ringside 1.2.0 is ready. Wrap-up times can be set for each queue. The call log opens faster. It takes some seconds. Your state at the platform does not change.");
      assert.equal(await box(page).getAttribute("role"), "status");
      assert.ok(!(await box(page).innerText()).includes("Windows"));
      const install = page.getByRole("button", { name: "Install and start again" });
      await says(page.locator(`#${await install.getAttribute("aria-describedby")}`), "It takes some seconds.");
      await install.focus();
      await page.keyboard.press("Enter");
      await says(box(page), "Ringside 1.2.0 is being installed …");
      assert.equal(await page.byId("update-later").count(), 0);
      await page.keyboard.press("Enter");
      assert.deepEqual(await page.asked(), ["installUpdate"]);
      await page.update({ stage: ready(), problem: problem("updateFailed", "the setup ended with 1603") });
      await says(page.byId("update-problem"), "The update could not be installed. This version works on.");
      assert.equal(await focused(page), "update-install", "the focus is where it was");
      await page.update({ stage: { kind: "installed", version: "1.2.0" } });
      await says(box(page), "Ringside 1.2.0 is installed. It starts by itself as soon as no call, after-call work or upload is in the way.");
      assert.equal(await box(page).getByRole("button").count(), 0);
      assert.deepEqual(await audit(page), []);
    },
  ],
  [
    "updates: «Later» hides this version until the next start, in every view and after the page was emptied, and another version comes back",
    async (open) => {
      const page = await open("update-offered", { clock: true });
      await page.byId("update-later").focus();
      await page.keyboard.press("Enter");
      await gone(box(page));
      await page.byId("nav-calls").click();
      await page.byId("nav-work").click();
      await page.byId("queue").first().waitFor();
      assert.equal(await box(page).count(), 0);
      const visible = (visible) =>
        page.evaluate((visible) => {
          Object.defineProperty(document, "hidden", { configurable: true, get: () => !visible });
          Object.defineProperty(document, "visibilityState", { configurable: true, get: () => (visible ? "visible" : "hidden") });
          document.dispatchEvent(new Event("visibilitychange"));
        }, visible);
      await visible(false);
      await page.clock.runFor(60_000);
      assert.equal(await page.byId("queue").count(), 0);
      await visible(true);
      await page.byId("queue").first().waitFor();
      assert.equal(await box(page).count(), 0);
      await page.update({ stage: ready({ version: "1.2.1" }) });
      await says(box(page), "Ringside 1.2.1 is ready.");
      assert.deepEqual(await page.asked(), []);
      await page.reload();
      await says(box(page), "Ringside 1.2.0 is ready.");
    },
  ],
  [
    "updates: long notes are folded, and are text, not markup; where consent is needed that is said",
    async (open) => {
      const page = await open("update-notes");
      assert.equal(await page.locator("details .notes").isVisible(), false);
      await says(box(page), "Windows asks for an administrator's consent.");
      await page.byId("update-news").focus();
      await page.keyboard.press("Enter");
      await says(page.locator("details .notes"), "12. The call log shows");
      await page.update({ stage: ready({ notes: "<b>bold</b> \u202eabc" }) });
      await says(page.byId("update-notes"), "<b>bold</b> abc");
      assert.equal(await box(page).locator("b").count(), 0);
    },
  ],
  [
    "updates: a failed look is no matter of the offer; a refused file is told to who wanted it, until dismissed",
    async (open) => {
      const page = await open("available");
      await page.update({ stage: ready(), problem: problem("updateServer") });
      await says(box(page), "Ringside 1.2.0 is ready.");
      assert.equal(await page.byId("update-problem").count(), 0);
      await page.update({ problem: problem("updateRefused") });
      await gone(box(page));
      await page.update({ stage: ready() });
      await page.byId("update-install").click();
      await page.update({ problem: problem("updateRefused", "the signature is another key's") });
      await says(box(page), "The update was not installed: it is not for this computer, or its signature or version is not right.");
      await page.getByRole("button", { name: "Dismiss: The update was not installed" }).click();
      await gone(box(page));
    },
  ],
  [
    "updates: a refused command is shown",
    async (open) => {
      const page = await open("update-offered");
      await page.refuse("installUpdate", problem("noUpdateNow", "a call would be interrupted"));
      await page.byId("update-install").click();
      await says(page.byId("failure"), "This cannot be done now. Either no update is ready, or a call, after-call work or an upload would be interrupted.");
    },
  ],
  [
    "updates: the offer is also on the sign-in page, and its buttons send no form",
    async (open) => {
      for (const scenario of ["update-signed-out", "gateway-enrol"]) {
        const page = await open(scenario);
        await page.update({ stage: ready() });
        await page.byId("update-install").click();
        await page.update({ stage: ready() });
        await page.byId("update-later").click();
        await gone(box(page));
        assert.deepEqual([await page.asked(), await page.sent(), await page.locator("[aria-invalid='true']").count()], [["installUpdate"], [], 0]);
      }
    },
  ],
  [
    "updates: the settings say in each state what is known, and offer what can be done",
    async (open) => {
      const page = await settings(open, "available");
      const state = page.byId("update-state");
      const says2 = (text) => says(state, text);
      const buttons = () => state.getByRole("button").allInnerTexts();
      assert.equal(await page.byId("update-said").getAttribute("role"), "status");
      await says2("Off: your administrator has named no server for them.");
      assert.deepEqual(await buttons(), []);
      await page.update({ byOthers: true });
      await says2(/^Your administrator or the system installs them\.$/);
      assert.deepEqual(await buttons(), []);
      await page.update({});
      await says2(/^From updates\.example\.com, which was not asked yet\. Look for an update$/);
      await page.byId("update-look").focus();
      await page.keyboard.press("Enter");
      await says2("Looking for a newer version …");
      assert.equal(await page.byId("update-look").getAttribute("aria-disabled"), "true");
      await page.keyboard.press("Enter");
      assert.deepEqual(await page.asked(), ["lookForUpdate"], "once");
      await page.update({ lookedAt: NOON - 1000 });
      await says2(/^This is the newest version\. From updates\.example\.com, asked last at 11:59\./);
      assert.equal(await focused(page), "update-look", "the focus stays");
      assert.equal(await page.byId("update-look").getAttribute("aria-disabled"), "false");
      await page.update({ lookedAt: NOON - 1000, stage: ready({ offered: false }) });
      await says2("Ringside 1.2.0 is ready, and is offered once no call, after-call work or upload is in the way.");
      assert.deepEqual(await buttons(), ["Look for an update"]);
      await page.update({ lookedAt: NOON - 1000, stage: ready(), needsConsent: true });
      await says2(/^Ringside 1\.2\.0 is ready\. .* Your state at the platform does not change\. Windows asks for an administrator's consent\.$/);
      await page.getByRole("button", { name: "Install and start again" }).click();
      await says2("Ringside 1.2.0 is being installed …");
      assert.deepEqual(await page.asked(), ["lookForUpdate", "installUpdate"]);
      await page.update({ stage: { kind: "installed", version: "1.2.0" } });
      await says2("Ringside 1.2.0 is installed. It starts by itself");
      for (const [code, words] of [["updateServer", "The update server cannot be reached"], ["updateRefused", "The update was not installed"], ["noUpdateNow", "This cannot be done now."]]) {
        await page.update({ lookedAt: NOON - 1000, problem: problem(code, "the detail") });
        await says(page.byId("update-problem"), words);
        assert.ok(!(await state.innerText()).includes("newest"), `${code}: whether there is a newer version is not known`);
      }
      assert.deepEqual(await audit(page), []);
    },
  ],
  [
    "updates: fetching shows how far it is, and no number while the length is not known",
    async (open) => {
      const page = await settings(open, "update-loading");
      const bar = page.getByRole("progressbar", { name: "Ringside 1.2.0 is being fetched …" });
      await says(page.byId("update-state"), "Ringside 1.2.0 is being fetched … 42%");
      assert.equal(await bar.evaluate(({ position }) => position), 0.42);
      await page.update({ stage: { kind: "loading", version: "1.2.0", percent: 43 } });
      await says(page.byId("update-percent"), "43%");
      assert.equal(await page.byId("update-said").innerText(), "Ringside 1.2.0 is being fetched …", "what is read aloud does not change with each step");
      assert.equal(await page.byId("update-look").getAttribute("aria-disabled"), "true");
      await page.update({ stage: { kind: "loading", version: "1.2.0", percent: null } });
      await gone(page.byId("update-percent"));
      assert.equal(await bar.evaluate(({ position }) => position), -1);
    },
  ],
  [
    "updates: the copy of the data is offered in place of the database's problem, and used after a question",
    async (open) => {
      const page = await open("backup-offered");
      await page.update({ backupAt: Date.UTC(2026, 10, 30, 0, 12), backupOffered: true });
      await says(page.byId("backup"), /written by a newer Ringside, which this version cannot read\. Calls of this run are kept in memory only\. Install the newer version again, or go on with the copy of Nov 30, 2026, 08:12: what was stored since then is not in it\./);
      assert.equal(await page.byId("trouble-store").count(), 0);
      assert.equal(await page.byId("backup").getByRole("alert").count(), 1);
      const use = page.getByRole("button", { name: "Go on with the copy of Nov 30, 2026, 08:12" });
      await use.focus();
      await page.keyboard.press("Enter");
      const question = page.getByRole("alertdialog", { name: /Start Ringside again with the copy of Nov 30, 2026, 08:12\? The newer data is kept beside it/ });
      await question.waitFor();
      assert.equal(await focused(page), "confirm-backup-no", "Enter pressed twice uses no copy");
      await page.keyboard.press("Escape");
      await gone(question);
      assert.equal(await focused(page), "use-backup");
      assert.deepEqual(await page.asked(), []);
      await page.refuse("useBackup", problem("noUpdateNow"));
      await use.click();
      await page.byId("confirm-backup-yes").click();
      await says(page.byId("failure"), "This cannot be done now.");
      await page.evaluate(() => (window.memoryHost.useBackup = async () => void window.memoryHost.asked.push("useBackup")));
      await use.click();
      await page.byId("confirm-backup-yes").click();
      await says(page.byId("backup-restarts"), "Ringside starts again with the copy …");
      assert.deepEqual(await page.asked(), ["useBackup"]);
      assert.equal(await use.count(), 0);
    },
  ],
  [
    "updates: no copy is offered in a call, and a question that a call interrupted does not come back",
    async (open) => {
      const page = await open("backup-offered");
      await page.byId("use-backup").click();
      await page.byId("confirm-backup").waitFor();
      const backupAt = Date.UTC(2026, 10, 30, 0, 12);
      await page.update({ backupAt });
      await says(page.byId("backup-waits"), "The copy can be chosen once no call, after-call work or upload is in the way.");
      assert.equal(await page.byId("confirm-backup").count(), 0);
      await page.update({ backupAt, backupOffered: true });
      await page.byId("use-backup").waitFor();
      assert.equal(await page.byId("confirm-backup").count(), 0);
    },
  ],
  [
    "updates: another problem of the database stays beside the offer of a copy, and nothing is said of calls in memory",
    async (open) => {
      const page = await open("backup-offered");
      await page.show({ store: problem("storeFull") });
      await says(page.byId("trouble-store"), "The disk is full.");
      assert.ok(!(await page.byId("backup").innerText()).includes("in memory only"));
      await page.show({ store: problem("storeNewer") });
      await gone(page.byId("trouble-store"));
      await page.update({});
      await says(page.byId("trouble-store"), "The call database was made by a newer Ringside.");
    },
  ],
  [
    "updates: the sign-in page offers the copy too, without sending its form, or says what is wrong with the database",
    async (open) => {
      const page = await open("backup-signed-out");
      await page.byId("use-backup").click();
      await page.byId("confirm-backup-yes").click();
      await says(page.byId("backup-restarts"), "Ringside starts again with the copy …");
      assert.deepEqual([await page.asked(), await page.sent(), await page.locator("[aria-invalid='true']").count()], [["useBackup"], [], 0]);
      await page.update({});
      await says(page.byId("trouble-store"), "Install that version again.");
    },
  ],
  [
    "updates: the notices about the copies have titles of their own, also on the sign-in page",
    async (open) => {
      for (const [scenario, title, means] of [
        ["backup-used", "A copy of the data is in use", "Ringside goes on with the copy of its data. What the newer Ringside had written is kept"],
        ["backup-failed", "There is no copy of the data", "could not be copied before this version uses it"],
      ]) {
        const page = await open(scenario);
        const { notices } = await page.snapshot();
        const signedOut = await open("provisioned");
        await signedOut.show({ notices });
        for (const each of [page, signedOut]) {
          assert.equal(await each.byId("notice").locator("strong").innerText(), title);
          await says(each.byId("notice"), means);
        }
      }
    },
  ],
  [
    "updates: an installation that the core refuses is not wanted any more",
    async (open) => {
      const page = await open("update-offered");
      await page.refuse("installUpdate", problem("updateFailed", "the disk is full"));
      await page.byId("update-install").click();
      await says(page.byId("failure"), "The update could not be installed.");
      await page.update({ stage: { kind: "none" }, problem: problem("updateRefused") });
      await gone(box(page));
    },
  ],
  [
    "updates: everything is said in Chinese too",
    async (open) => {
      const page = await open("update-notes", { language: "chinese" });
      await says(box(page), /Ringside 1\.2\.0 已就绪。.*需要几秒钟，你在平台上的状态保持不变。Windows 会要求管理员同意。/);
      await page.getByRole("button", { name: "安装并重新启动" }).click();
      await says(box(page), "正在安装 Ringside 1.2.0…");
      await page.byId("nav-settings").click();
      await says(page.byId("update-state"), "正在安装 Ringside 1.2.0…");
      await page.update({ problem: problem("updateServer") });
      await says(page.byId("update-state"), "无法连接更新服务器，或其响应不正确。");
      const backup = await open("backup-offered", { language: "chinese" });
      await backup.update({ backupAt: Date.UTC(2026, 10, 30, 0, 12), backupOffered: true });
      await says(backup.byId("backup"), "请重新安装该更新版本，或使用 2026年11月30日 08:12 的副本继续：其中没有此后保存的内容。");
      await backup.getByRole("button", { name: "使用 2026年11月30日 08:12 的副本继续" }).click();
      await backup.getByRole("button", { name: "使用副本重新启动" }).click();
      assert.deepEqual(await backup.asked(), ["useBackup"]);
    },
  ],
];
