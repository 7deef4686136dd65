import assert from "node:assert/strict";
import { says } from "./harness.mjs";

const wish = (availability) => ({ kind: "setAvailability", availability });
const title = (page) => page.byId("state-button").getAttribute("title");

/** The agent's day: breaks, who set the state. */
export const dayTests = [
  [
    "breaks: the reasons are the administrator's, with their limits, an unknown one as written",
    async (open) => {
      const page = await open("available", { language: "chinese" });
      await page.show({ breaks: [{ name: "Lunch", minutes: 30 }, { name: "祷告 · Prayer", minutes: null }] });
      await page.byId("state-menu").click();
      const items = await page.locator("[role='menuitem']").evaluateAll((all) => all.slice(2).map((each) => each.textContent.replace(/\s+/g, " ").trim()));
      assert.deepEqual(items, ["小休 · 午餐 30分钟", "小休 · 祷告 · Prayer"]);
      await page.locator("[role='menuitem']").last().click();
      assert.deepEqual(await page.sent(), [wish({ kind: "busy", reason: "祷告 · Prayer" })]);
    },
  ],
  [
    "breaks: until when, then what is left, then by how much it is over",
    async (open) => {
      const page = await open("break", { clock: true });
      await says(page.byId("state-button"), "On break · Lunch 4:12");
      await says(page.byId("limit"), "until 12:40");
      const status = page.locator("header [role='status']");
      assert.equal((await status.textContent()).trim(), "", "nothing to announce");
      const soon = await open("break-soon", { clock: true });
      await says(soon.byId("limit"), "1:11 left");
      await soon.clock.runFor(11_000);
      await says(soon.byId("limit"), "1:00 left");
      assert.equal((await soon.locator("header [role='status']").textContent()).trim(), "Your break ends soon.");
      const over = await open("break-over", { clock: true });
      await says(over.byId("limit"), "over by 1:12");
      assert.equal((await over.locator("header [role='status']").textContent()).trim(), "Your break is over.");
      await over.show({ label: "available", reason: null, onBreak: null });
      assert.equal(await over.byId("limit").count(), 0);
    },
  ],
  [
    "who: the window, the tray, the command line, a rule, the platform",
    async (open) => {
      const page = await open("busy");
      const { availability } = await page.snapshot();
      const at = availability.set.at;
      const words = {
        window: "«Busy» was set here at 11:47.",
        tray: "«Busy» was set from the tray at 11:47.",
        commandLine: "«Busy» was set from the command line at 11:47.",
        signIn: "«Busy» was set by the rule for signing in, at 11:47.",
        platform: "This was set at the platform at 11:47, not here.",
      };
      for (const [by, text] of Object.entries(words)) {
        await page.show({ availability: { ...availability, set: { by, at }, wish: by === "platform" ? null : availability.wish } });
        assert.equal(await title(page), `${text} The platform last confirmed the state 4 sec ago.`);
      }
      await page.byId("state-menu").click();
      await says(page.byId("told"), words.platform);
    },
  ],
  [
    "leaving: asked once, in place, when nothing else goes on; then each occasion in the settings",
    async (open) => {
      const page = await open("leaving");
      await says(page.byId("leaving"), "When you quit, log off or the computer sleeps");
      for (const label of ["ringing", "onCall", "wrapUp", "unconfirmed"]) {
        await page.show({ label });
        assert.equal(await page.byId("leaving").count(), 0, label);
      }
      await page.show({ label: "available" });
      await page.byId("leave-signOut").click();
      const { settings } = await page.snapshot();
      assert.deepEqual(settings.leaving, { quit: "signOut", logOff: "signOut", sleep: "signOut" });
      assert.equal(await page.byId("leaving").count(), 0);
      await page.byId("nav-settings").click();
      await page.byId("leaving-quit").selectOption("stay");
      assert.deepEqual((await page.sent()).at(-1), { kind: "changeSettings", settings: { ...settings, leaving: { quit: "stay", logOff: "signOut", sleep: "signOut" } } });
      assert.equal(await page.byId("leaving-sleep").inputValue(), "signOut");
    },
  ],
  [
    "leaving: not asked in the demo, and told nothing until it was chosen",
    async (open) => {
      const page = await open("leaving");
      await page.show({ demo: true });
      assert.equal(await page.byId("leaving").count(), 0);
      await page.byId("nav-settings").click();
      assert.equal(await page.byId("leaving-sleep").inputValue(), "stay");
    },
  ],
];
