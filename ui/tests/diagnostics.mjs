import assert from "node:assert/strict";
import { NOON, says } from "./harness.mjs";

const exchange = (n, part = {}) => ({ at: NOON + n, tookMs: n, service: "GetExtnumber", text: `text ${n}`, ...part });

/** The settings, and a counter of the requests to the host for the exchanges. */
async function settings(open, scenario, look) {
  const page = await open(scenario, look);
  await page.evaluate(() => {
    window.reads = 0;
    const { capture } = window.memoryHost;
    window.memoryHost.capture = () => ((window.reads += 1), capture());
  });
  await page.byId("nav-settings").click();
  return Object.assign(page, {
    reads: () => page.evaluate(() => window.reads),
    keep: (captured) => page.evaluate((captured) => void (window.memoryHost.captured = captured), captured),
    services: () => page.byId("exchange").evaluateAll((rows) => rows.map((row) => row.innerText.replace(/\s+/g, " ").trim())),
  });
}

/** The last exchanges with the platform. */
export const diagnosticsTests = [
  [
    "diagnostics: off until switched on, and shown as on only after the host confirmed it",
    async (open) => {
      const page = await settings(open, "available");
      const box = page.byId("keep-exchanges");
      await page.byId("exchanges").click();
      await says(page.byId("kept"), "None kept. Switch it on");
      assert.ok(await page.byId("save-exchanges").isDisabled());
      await box.click();
      await says(page.byId("kept"), "None kept yet.");
      assert.deepEqual([await page.asked(), await box.isChecked()], [["switchCapture true"], true]);
      await page.refuse("switchCapture", { code: "refused", detail: "", retryable: false });
      await box.click();
      await says(page.byId("failure"), "The platform refused.");
      assert.ok(await box.isChecked(), "still on");
    },
  ],
  [
    "diagnostics: the list is read again only while it is in view and switched on, and not while an exchange is open",
    async (open) => {
      const page = await settings(open, "available", { clock: true });
      await says(page.byId("view-settings"), "Keep exchanges with the platform");
      await page.clock.runFor(10_000);
      assert.equal(await page.reads(), 1, "folded: once");
      await page.byId("exchanges").click();
      await page.clock.runFor(10_000);
      assert.equal(await page.reads(), 2, "off: once more");
      await page.byId("keep-exchanges").click();
      await says(page.byId("kept"), "None kept yet.");
      const before = await page.reads();
      await page.keep({ on: true, count: 1, exchanges: [exchange(1)] });
      await page.clock.runFor(10_000);
      assert.equal(await page.reads(), before + 5, "every two seconds");
      assert.deepEqual(await page.services(), ["12:00:00 GetExtnumber 1 ms"]);
      await page.byId("exchange").click();
      await says(page.byId("exchange-text"), "text 1");
      await page.keep({ on: true, count: 3, exchanges: [exchange(2), exchange(2, { text: "another of that instant" }), exchange(1)] });
      await page.clock.runFor(10_000);
      assert.equal(await page.reads(), before + 5, "the list is not read again while an exchange is open");
      await says(page.byId("view-settings"), "The list stands still while one is open.");
      await page.byId("exchange").click();
      await says(page.byId("kept"), "3 exchanges kept");
      assert.equal((await page.services()).length, 3);
      await page.byId("keep-exchanges").click();
      await page.waitForFunction(() => !document.querySelector("[data-testid='keep-exchanges']").checked, undefined, { polling: 20 });
      const after = await page.reads();
      await page.clock.runFor(10_000);
      assert.equal(await page.reads(), after, "switched off: not read again");
      assert.equal((await page.services()).length, 3, "the recorded exchanges stay");
      await page.byId("keep-exchanges").click();
      await page.byId("nav-work").click();
      const left = await page.reads();
      await page.clock.runFor(10_000);
      assert.equal(await page.reads(), left, "out of view: not read again");
    },
  ],
  [
    "diagnostics: the focus stays on the same exchange while others are added",
    async (open) => {
      const page = await settings(open, "exchanges-none", { clock: true });
      await page.keep({ on: true, count: 1, exchanges: [exchange(1)] });
      await page.byId("exchanges").click();
      await page.byId("exchange").focus();
      await page.keep({ on: true, count: 2, exchanges: [exchange(2), exchange(1)] });
      await page.clock.runFor(2000);
      await says(page.byId("kept"), "2 exchanges kept");
      await page.keyboard.press("Enter");
      await says(page.byId("exchange-text"), "text 1");
    },
  ],
  [
    "diagnostics: texts of 64 KiB are drawn only when opened, without delay, and scroll inside their box",
    async (open) => {
      const page = await settings(open, "available", { width: 320, height: 460 });
      const long = `<b>bold</b> ${"9".repeat(64 << 10)}`;
      await page.keep({ on: false, count: 200, exchanges: Array.from({ length: 50 }, (_, n) => exchange(50 - n, { text: long })) });
      await page.byId("exchanges").click();
      await says(page.byId("kept"), "200 exchanges kept · the newest 50 are shown");
      assert.ok((await page.evaluate(() => document.body.textContent.length)) < 10_000, "no text before it is opened");
      const took = await page.byId("exchange").nth(1).evaluate(async (button) => {
        const begin = performance.now();
        button.click();
        await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
        return performance.now() - begin;
      });
      assert.ok(took < 1000, `${took} ms`);
      const text = page.byId("exchange-text");
      assert.equal((await text.textContent()).length, long.length);
      assert.equal(await text.locator("b").count(), 0);
      const { width, height } = await text.boundingBox();
      assert.ok(width <= 296 && height <= 240, `${width}×${height}`);
      await text.focus();
      await page.keyboard.press("End");
      await page.waitForFunction(() => document.querySelector("[data-testid='exchange-text']").scrollTop > 1000, undefined, { polling: 20 });
      await page.byId("exchange").nth(3).click();
      assert.equal(await text.count(), 1, "one at a time");
    },
  ],
  [
    "diagnostics: saving shows the file's path or the problem",
    async (open) => {
      const page = await settings(open, "exchanges-off");
      await page.byId("exchanges").click();
      await page.byId("save-exchanges").click();
      await says(page.byId("saved"), "Saved as /home/lin/.local/share/ringside/logs/exchanges.txt");
      assert.deepEqual(await page.asked(), ["saveCapture"]);
      await page.refuse("saveCapture", { code: "refused", detail: "disk full", retryable: false });
      await page.byId("save-exchanges").click();
      await says(page.byId("failure"), "The platform refused.");
      assert.equal(await page.byId("saved").innerText(), "");
    },
  ],
  [
    "diagnostics: the file for support is saved once at a time, and its path or the problem is shown",
    async (open) => {
      const page = await settings(open, "available");
      const save = page.byId("save-diagnostics");
      await page.evaluate(() => {
        const { saveDiagnostics } = window.memoryHost;
        const held = new Promise((answer) => (window.answer = answer));
        window.memoryHost.saveDiagnostics = () => held.then(saveDiagnostics);
      });
      await save.click();
      await says(page.byId("diagnostics-saved"), "Checking and collecting");
      assert.equal(await save.getAttribute("aria-disabled"), "true");
      await save.click({ force: true });
      await page.evaluate(() => window.answer());
      await says(page.byId("diagnostics-saved"), "Saved as /home/lin/.local/share/ringside/exports/ringside-diagnostics-20260131-083000.zip");
      assert.deepEqual(await page.asked(), ["saveDiagnostics"]);
      await page.refuse("saveDiagnostics", { code: "refused", detail: "disk full", retryable: false });
      await save.click();
      await says(page.byId("failure"), "The platform refused.");
      assert.equal(await page.byId("diagnostics-saved").innerText(), "");
    },
  ],
];
