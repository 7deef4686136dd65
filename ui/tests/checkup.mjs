import assert from "node:assert/strict";
import { says } from "./harness.mjs";

const lines = (page) => page.byId("checkup-line").evaluateAll((rows) => rows.map((row) => [row.dataset.about, row.dataset.verdict]));
const status = (page) => page.byId("checkup-status");

async function settings(open, scenario = "available", look = {}) {
  const page = await open(scenario, { clock: true, ...look });
  await page.byId("nav-settings").click();
  return page;
}

/** The check of the setup in the window. */
export const checkupTests = [
  [
    "checkup: started by keyboard; each line appears when it is ready, and the result names the failed checks",
    async (open) => {
      const page = await settings(open);
      assert.equal(await status(page).innerText(), "");
      await page.byId("checkup").focus();
      await page.keyboard.press("Enter");
      await says(status(page), "Looking at: Setup (1 of 19)");
      assert.equal(await status(page).getAttribute("role"), "status");
      await page.clock.runFor(550);
      await says(status(page), "Looking at: Platform (6 of 19)");
      assert.deepEqual(await lines(page), ["setup", "proxy", "name", "connection", "tls"].map((about) => [about, "ok"]));
      assert.equal(await page.byId("copy-checkup").count(), 0, "an unfinished check is not copied");
      await page.keyboard.press("Enter");
      await page.clock.runFor(2000);
      await says(status(page), "Checked at 12:00: Phone and Callbacks failed. Worth a look: Clock and Sound.");
      assert.equal((await lines(page)).length, 19, "a second click starts no second check");
      const phone = page.locator("[data-about='phone']");
      assert.equal(await says(phone, "registered"), "Failed: Phone not registered: it cannot ring 100001 → Switch the phone on, and check its account and its network.");
      await page.byId("copy-checkup").click();
      await says(page.byId("copy-checkup"), "Copied");
      assert.deepEqual(await page.asked(), ["checkSetup", "checkSetup", "copyCheckup"]);
      await page.byId("checkup").click();
      await says(status(page), "Looking at: Setup (1 of 19)");
      await page.clock.runFor(2000);
      await says(page.byId("copy-checkup"), "Copy as text");
    },
  ],
  [
    "checkup: the result is still there after another view and in the other language",
    async (open) => {
      const page = await settings(open, "checkup-running");
      await says(status(page), "Looking at: Queues (11 of 19)");
      await page.byId("nav-work").click();
      await page.byId("nav-settings").click();
      assert.equal((await lines(page)).length, 10);
      await page.show({ settings: { ...(await page.snapshot()).settings, language: "chinese" } });
      await says(status(page), "正在检查：队列（11/19）");
      await says(page.locator("[data-about='phone']"), "话机 未注册，无法振铃");
      assert.deepEqual(await page.asked(), [], "no other check was started");
    },
  ],
  [
    "checkup: offered where no ring can arrive; a click starts it and shows it",
    async (open) => {
      for (const [scenario, part, view] of [
        ["available", { phone: "notRegistered", label: "phoneNotReady" }, "work"],
        ["offline", {}, "calls"],
        ["test-failed", {}, "connection"],
      ]) {
        const page = await open(scenario, { clock: true, width: 320, height: 460 });
        await page.show(part);
        await page.byId(`nav-${view}`).click();
        await page.byId("offer-checkup").first().click();
        await says(status(page), "Looking at: Setup (1 of 19)");
        const heading = page.getByRole("heading", { name: "Check the setup" });
        assert.ok(await heading.evaluate((heading) => heading === document.activeElement), "the heading has the focus");
        const { y } = await heading.boundingBox();
        assert.ok(y >= 0 && y < 460, `in view: ${y}`);
        await page.byId("nav-work").click();
        await page.byId("nav-settings").click();
        assert.deepEqual(await page.asked(), ["checkSetup"], "once");
      }
    },
  ],
  [
    "checkup: a refused command is shown",
    async (open) => {
      const page = await settings(open, "checkup-well");
      await says(status(page), "Checked at 12:00: nothing failed.");
      await page.refuse("copyCheckup", { code: "refused", detail: "no clipboard", retryable: false });
      await page.byId("copy-checkup").click();
      await page.byId("failure").waitFor();
      await says(page.byId("copy-checkup"), "Copy as text");
    },
  ],
];
