import assert from "node:assert/strict";
import { NOON, says } from "./harness.mjs";

const settings = async (open, scenario, look) => {
  const page = await open(scenario, look);
  await page.byId("nav-settings").click();
  return page;
};
const last = async (page) => (await page.sent()).at(-1);
const kept = async (page) => ((await last(page)).kind === "changeSettings" ? (await page.snapshot()).settings.recordings : undefined);
/** Shows the snapshot with another state of the recordings. */
const seen = async (page, part) => page.show({ recordings: { ...(await page.snapshot()).recordings, ...part } });

/** The archive of recordings and automatic removal, in the settings; the copy of one recording. */
export const recordingsTests = [
  [
    "recordings: scope, folder and ages are set one by one, and the others stay",
    async (open) => {
      const page = await settings(open, "recordings-off");
      assert.equal(await page.byId("archive-folder").count(), 0, "no settings while the archive is off");
      await page.byId("archive").selectOption("mine");
      assert.deepEqual(await kept(page), { archive: "mine", order: null, folder: null, limitGb: null, keepDays: null, keepCallsDays: null });
      await page.byId("archive-order").selectOption("oldest");
      const folder = page.byId("archive-folder");
      assert.equal(await folder.getAttribute("placeholder"), "/home/lin/.local/share/ringside/recordings");
      await folder.fill(" /mnt/share/录音 ");
      await folder.blur();
      await page.byId("archive-limit").fill("50");
      await page.byId("archive-limit").blur();
      await page.byId("keep-recordings").selectOption("365");
      await page.byId("keep-calls").selectOption("730");
      assert.deepEqual(await kept(page), { archive: "mine", order: "oldest", folder: "/mnt/share/录音", limitGb: 50, keepDays: 365, keepCallsDays: 730 });
      const sent = (await page.sent()).length;
      for (const wrong of ["-1", "1.5", ""]) {
        await page.byId("archive-limit").fill(wrong);
        await page.byId("archive-limit").blur();
        assert.equal(await page.byId("archive-limit").inputValue(), "50", wrong);
      }
      await folder.fill("/mnt/share/录音");
      await folder.blur();
      assert.equal((await page.sent()).length, sent, "an unchanged value is not sent");
      await page.byId("keep-recordings").selectOption("0");
      assert.equal((await kept(page)).keepDays, 0, "never");
    },
  ],
  [
    "recordings: locked settings cannot be changed, and an age outside of the list is shown",
    async (open) => {
      const page = await settings(open, "recordings-locked");
      for (const id of ["archive", "archive-order", "keep-recordings", "keep-calls"]) assert.ok(await page.byId(id).isDisabled(), id);
      for (const id of ["archive-folder", "archive-limit"]) assert.equal(await page.byId(id).getAttribute("readonly"), "", id);
      const other = await settings(open, "recordings-failing");
      assert.equal(await other.byId("keep-recordings").inputValue(), "400");
      await says(other.byId("keep-recordings"), "After 400 days");
    },
  ],
  [
    "recordings: the state shows the current task, its progress and the next one, and can be stopped and resumed",
    async (open) => {
      const page = await settings(open, "recordings-fetching");
      const state = page.byId("archive-state");
      await says(state, "Fetching recordings");
      await says(page.byId("transfer"), "410 kB of 655 kB");
      assert.equal(await page.locator("[data-testid=transfer] progress").evaluate((bar) => bar.position.toFixed(2)), "0.63");
      await says(page.byId("kept-recordings"), "1,204 recordings · 512 MB");
      await says(page.byId("wanted"), "38 recordings");
      await seen(page, { transfers: [{ call: 812, bytes: 20_000, total: null }] });
      await says(page.byId("transfer"), "20 kB");
      assert.equal(await page.locator("[data-testid=transfer] progress").evaluate((bar) => bar.position), -1, "an unknown total gives no progress");
      await page.byId("archive-stop").click();
      assert.deepEqual(await last(page), { kind: "fetchRecordings", on: false });
      await says(state, "Stopped until you go on");
      assert.equal(await page.byId("transfer").count(), 0);
      await page.byId("archive-go-on").click();
      assert.deepEqual(await last(page), { kind: "fetchRecordings", on: true });
      await seen(page, { state: { kind: "inCall" } });
      await says(state, "Waits for the end of the call");
      await seen(page, { state: { kind: "waiting", nextTryAt: NOON + 3_600_000 } });
      await says(state, "Next try at 13:00.");
      await page.byId("archive-retry").click();
      assert.deepEqual(await last(page), { kind: "fetchRecordings", on: true });
    },
  ],
  [
    "recordings: obstacles and failures are shown with their cure",
    async (open) => {
      const page = await settings(open, "recordings-failing");
      await says(page.byId("archive-state"), "The archive's folder is gone or cannot be written to. Bring it back or choose another");
      await says(page.byId("lost"), "2 recordings");
      await page.byId("troubles").click();
      await says(page.byId("archive-state"), "The platform has no recording of this call.");
      await says(page.byId("archive-state"), "Not tried again.");
      await says(page.byId("removal"), "210 calls, 0 recordings (0 kB).");
    },
  ],
  [
    "recordings: the check shows its progress, can be stopped, and names damaged recordings",
    async (open) => {
      const page = await settings(open, "recordings-fetching");
      await page.byId("verify").click();
      assert.deepEqual(await last(page), { kind: "verifyRecordings", on: true });
      await says(page.byId("verification"), "All 1,204 recordings are as they were kept.");
      await page.byId("close-verify").click();
      assert.deepEqual(await last(page), { kind: "verifyRecordings", on: false });
      assert.ok(await page.byId("verify").isVisible());
      await seen(page, { verification: { checked: 301, total: 1204, damaged: [], damagedTotal: 0, state: { kind: "running" } } });
      await says(page.byId("verification"), "301 of 1,204 verified");
      assert.equal(await page.locator("[data-testid=verification] progress").evaluate((bar) => bar.position), 0.25);
      await page.byId("stop-verify").click();
      assert.deepEqual(await last(page), { kind: "verifyRecordings", on: false });
      await page.byId("open-archive").click();
      assert.deepEqual(await page.asked(), ["openArchiveFolder"]);

      const damaged = await settings(open, "recordings-damaged");
      await says(damaged.byId("verification"), "9 recordings are not as they were kept");
      await says(damaged.byId("damaged"), /Changed · .*call-12\.wav.*Missing · .*call-344\.wav.*Unreadable · .*call-601\.wav.*and 6 more/);
    },
  ],
  [
    "recordings: past and coming removals are shown",
    async (open) => {
      const page = await settings(open, "recordings-complete");
      await says(page.byId("archive-state"), "Everything is kept");
      await says(page.byId("removal"), /Removed for their age at .*: 0 calls, 31 recordings \(12 MB\)\./);
      await says(page.byId("removal-due"), /What is older is removed from here at .*12:09:00/);
    },
  ],
  [
    "recordings: a copy is saved with progress, shown in its folder, and may fail",
    async (open) => {
      const page = await open("log-three", { width: 1280, height: 800 });
      await page.byId("nav-calls").click();
      await page.byId("log-row").first().click();
      const { id } = await page.byId("details").evaluate((details) => ({ id: Number(details.dataset.call) }));
      await page.byId("save").click();
      await says(page.byId("saved-as"), "Saved as /home/lin/Downloads/2026-05-20 12.04.10 13387525701.wav");
      await page.byId("show-saved").click();
      assert.deepEqual(await page.asked(), [`saveRecording ${id}`, `showSavedRecording ${id}`]);

      await page.evaluate(() => (window.memoryHost.saveRecording = () => new Promise((_, fail) => (window.failSaving = fail))));
      await page.byId("save").click();
      await says(page.byId("save-recording"), "Saving a copy …");
      await seen(page, { transfers: [{ call: id, bytes: 30, total: 120 }] });
      assert.equal(await page.locator("[data-testid=save-recording] progress").evaluate((bar) => bar.position), 0.25);
      await page.byId("stop-saving").click();
      assert.deepEqual(await last(page), { kind: "stopTransfer", call: id });
      await page.evaluate(() => window.failSaving({ code: "notARecording", detail: "", retryable: true }));
      await says(page.byId("failure"), "What the platform gave is not a recording.");
      assert.ok(await page.byId("save").isVisible());
    },
  ],
];
