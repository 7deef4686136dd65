import assert from "node:assert/strict";
import { says } from "./harness.mjs";

/** The customer's page: its settings and the buttons that open it. */
export const crmTests = [
  [
    "crm: a template is previewed while it is typed, and set when the field is left",
    async (open) => {
      const page = await open("available");
      await page.byId("nav-settings").click();
      await says(page.byId("crm-preview"), "https://crm.example.com/search?number=13800138000");
      await page.byId("crm-template").fill("crm.example.com");
      await says(page.byId("crm-preview"), "no whole address");
      assert.equal(await page.byId("crm-template").getAttribute("aria-invalid"), "true");
      assert.deepEqual(await page.sent(), []);
      await page.byId("crm-template").fill("https://crm.example.com/{customer_number}");
      await page.byId("crm-template").press("Enter");
      await says(page.byId("crm-preview"), "https://crm.example.com/13800138000");
      await page.byId("crm-mode").selectOption("onRing");
      const { settings } = await page.snapshot();
      assert.deepEqual(settings.crm, { mode: "onRing", template: "https://crm.example.com/{customer_number}" });
      await says(page.byId("crm-settings"), "It may begin with: https.");
    },
  ],
  [
    "crm: locked settings can be read but not changed, and a failure is shown",
    async (open) => {
      const page = await open("available");
      const { place, crm } = await page.snapshot();
      await page.show({ place: { ...place, locked: ["crm.mode", "crm.template"] }, crm: { ...crm, problem: { code: "refused", detail: "no program", retryable: true } } });
      await page.byId("nav-settings").click();
      assert.ok(await page.byId("crm-mode").isDisabled());
      assert.equal(await page.byId("crm-template").getAttribute("readonly"), "");
      await says(page.byId("crm-problem"), "The last page was not opened.");
    },
  ],
  [
    "crm: the page is opened from the card, the call and the after-call work, if there is one",
    async (open) => {
      const ring = await open("ringing", { file: "ring", width: 420, height: 360 });
      await ring.byId("open-crm").click();
      assert.deepEqual(await ring.sent(), [{ kind: "openCrm", call: 900 }]);
      assert.deepEqual((await ring.asked()).filter((asked) => asked === "typeOnRing"), [], "the card does not take the keyboard focus");
      const { crm } = await ring.snapshot();
      await ring.show({ crm: { ...crm, ready: false } });
      assert.equal(await ring.byId("open-crm").count(), 0);
      for (const scenario of ["ringing", "wrap-up"]) {
        const page = await open(scenario);
        await page.byId("open-crm").first().click();
        assert.equal((await page.sent())[0].kind, "openCrm");
      }
    },
  ],
];
