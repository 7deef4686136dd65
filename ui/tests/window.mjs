import assert from "node:assert/strict";
import { says } from "./harness.mjs";

/** The settings of the window. */
export const windowTests = [
  [
    "window: «always on top» and the start with the system apply at once, and the system's answer is shown",
    async (open) => {
      const page = await open("available");
      await page.byId("nav-settings").click();
      await page.byId("always-on-top").check();
      assert.deepEqual((await page.snapshot()).settings.window, { alwaysOnTop: true });
      await page.byId("start-with-system").check();
      assert.deepEqual(await page.asked(), ["startWithSystem true"]);
      await page.refuse("startWithSystem", { code: "refused", detail: "read-only", retryable: true });
      await page.byId("start-with-system").click();
      await page.waitForFunction(() => document.querySelector("[data-testid='start-with-system']").checked);
      await says(page.byId("window-settings"), "leaves Ringside in the tray");
      await page.show({ tray: { code: "trayMissing", detail: "", retryable: true }, demo: true });
      await says(page.byId("window-settings"), "has no tray");
      assert.equal(await page.byId("start-with-system").count(), 0);
    },
  ],
];
