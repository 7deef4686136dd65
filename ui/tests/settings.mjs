import assert from "node:assert/strict";
import { says } from "./harness.mjs";

const GROUPS = ["account", "queues", "callbacks", "sound", "notifications", "shortcuts", "appearance", "data", "diagnostics"];

/** The description of a control, as a screen reader says it. */
const described = (page, id) =>
  page.byId(id).evaluate((control) => (control.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id)?.innerText ?? "").join(" "));

/** The groups of settings and the navigation between them. */
export const settingsTests = [
  [
    "settings: the index moves the focus to each group, and Tab continues there",
    async (open) => {
      for (const width of [320, 1280]) {
        const page = await open("available", { width, height: 460 });
        await page.byId("nav-settings").click();
        for (const group of GROUPS) {
          await page.byId(`index-${group}`).focus();
          await page.keyboard.press("Enter");
          const heading = page.byId(`settings-${group}`).locator("h2");
          assert.ok(await heading.evaluate((element) => element === document.activeElement), group);
          const { y } = await heading.boundingBox();
          assert.ok(y >= 0 && y < 440, `${group} is in view: ${y}`);
        }
        await page.byId("index-appearance").click();
        await page.keyboard.press("Tab");
        assert.equal(await page.evaluate(() => document.activeElement.id), "language");
      }
    },
  ],
  [
    "settings: each one applies at once, and the others stay as they are",
    async (open) => {
      const page = await open("available");
      await page.byId("nav-settings").click();
      const before = (await page.snapshot()).settings;
      const choose = async (id, value, change) => {
        await page.byId(id).selectOption(value);
        const { settings } = await page.snapshot();
        assert.deepEqual(settings, { ...before, ...change }, id);
        await page.show({ settings: before });
      };
      await choose("after-sign-in", "available", { afterSignIn: "available" });
      await choose("leaving-sleep", "stay", { leaving: { ...before.leaving, sleep: "stay" } });
      await choose("language", "chinese", { language: "chinese" });
      await choose("theme", "dark", { theme: "dark" });
      await page.byId("detailed-log").check();
      assert.deepEqual((await page.snapshot()).settings, { ...before, detailedLog: true });
      await page.byId("supervisor-on").check();
      assert.deepEqual((await page.snapshot()).settings, { ...before, detailedLog: true, supervisor: true });
      await page.byId("open-supervisor").click();
      await page.byId("language").selectOption("chinese");
      await says(page.byId("settings-appearance"), "外观");
      await page.byId("theme").selectOption("dark");
      assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "dark");
    },
  ],
  [
    "settings: a locked setting says so in every group",
    async (open) => {
      const page = await open("available");
      await page.byId("nav-settings").click();
      const { place } = await page.snapshot();
      const locks = {
        "agent.after_sign_in": "queues", "leaving.quit": "queues", "leaving.log_off": "queues", "leaving.sleep": "queues", "callbacks.bind": "callbacks", "card.size": "calls", "card.masked": "calls",
        "sound.ring_devices": "sound", "sound.ring_volume": "sound", "sound.connected_tone": "sound", "sound.recordings_device": "sound", "notifications.quiet_incoming": "notifications",
        "notifications.quiet_outgoing": "notifications", "notifications.discreet": "notifications", "crm.mode": "crm", "crm.template": "crm", "shortcuts.busy": "shortcuts", "appearance.language": "appearance",
        "appearance.theme": "appearance", "window.always_on_top": "appearance", "window.start_with_system": "appearance", "recordings.archive": "data", "log.keep_days": "data", "log.detailed": "diagnostics",
        "diagnostics.capture": "diagnostics", "supervisor.enabled": "supervisor",
      };
      for (const [key, group] of Object.entries(locks)) {
        await page.show({ place: { ...place, locked: [] } });
        assert.ok(!(await page.byId("view-settings").innerText()).includes("Set by your administrator"), key);
        await page.show({ place: { ...place, locked: [key] } });
        await says(page.byId(`settings-${group}`), "Set by your administrator");
      }
    },
  ],
  [
    "settings: no control of a locked setting takes a change",
    async (open) => {
      const page = await open("policy");
      await page.byId("nav-settings").click();
      const ids = ["after-sign-in", "leaving-quit", "leaving-logOff", "leaving-sleep", "card-size", "card-masked", "ring-volume", "connected-tone", "recordings-device", "quiet-incoming", "quiet-outgoing", "discreet"];
      ids.push("crm-mode", "shortcut-busy", "language", "theme", "always-on-top", "start-with-system", "supervisor-on", "archive", "keep-calls", "detailed-log", "keep-exchanges");
      for (const id of ids) {
        assert.ok(await page.byId(id).isDisabled(), id);
        assert.match(await described(page, id), /^Set by your administrator/, id);
      }
      for (const box of await page.byId("ring-devices").locator("input").all()) assert.ok(await box.isDisabled());
      assert.ok(!(await page.byId("crm-template").isEditable()));
      assert.ok(await page.byId("archive-folder").count() === 0 && (await page.byId("shortcut-available").isEnabled()), "what is not locked can be changed");
    },
  ],
  [
    "settings: a view that the administrator hides is not offered, and what leads to it stays where it is",
    async (open) => {
      const page = await open("available");
      const { place } = await page.snapshot();
      await page.show({ place: { ...place, hiddenViews: ["day", "calls", "connection"] } });
      for (const view of ["day", "calls", "connection"]) assert.equal(await page.byId(`nav-${view}`).count(), 0, view);
      assert.ok(await page.byId("nav-settings").isVisible());
      await page.byId("connection").click();
      assert.ok(await page.byId("view-work").isVisible());
    },
  ],
  [
    "settings: notifications show whether the desktop supports them, and callbacks show the address",
    async (open) => {
      const page = await open("available");
      await page.byId("nav-settings").click();
      await says(page.byId("settings-notifications"), "Notifications Works. Tray Works.");
      await says(page.byId("settings-callbacks"), "http://127.0.0.1:7780/callbacks/•••••••• this computer only");
      const unwell = await open("unwell");
      await unwell.byId("nav-settings").click();
      await says(unwell.byId("settings-notifications"), "This desktop shows no tray icons.");
      await says(unwell.byId("settings-callbacks"), "Another program uses the callback port.");
    },
  ],
];
