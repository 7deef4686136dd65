import assert from "node:assert/strict";
import { says } from "./harness.mjs";

const row = (page, n) => page.locator(`#log-${n}`);
const orders = (page) => page.evaluate(() => window.memoryHost.player.orders);
const kind = (page, kind) => page.locator(`[data-testid='player'][data-kind='${kind}']`).waitFor();
/** The settings after the last intent. */
const sent = async (page) => ((await page.sent()).at(-1)?.kind === "changeSettings" ? (await page.snapshot()).settings : undefined);

/** The details of the newest call; its recording is 1:23 long. */
async function details(open, scenario = "available", look = {}) {
  const page = await open(scenario, { width: 1280, height: 800, clock: true, ...look });
  await page.byId("nav-calls").click();
  await row(page, 0).click();
  await page.byId("player").waitFor();
  return page;
}

async function playing(open, look) {
  const page = await details(open, "available", look);
  await page.byId("play").click();
  await kind(page, "fetching");
  await says(page.byId("player-state"), "Fetching the recording …");
  await page.clock.runFor(300);
  await kind(page, "playing");
  return page;
}

async function settings(open, scenario = "available", look = {}) {
  const page = await open(scenario, look);
  await page.byId("nav-settings").click();
  await page.byId("ring-devices").getByRole("checkbox").first().waitFor();
  return page;
}

/** Playing recordings in place, and the settings of sound. */
export const soundTests = [
  [
    "sound: a recording is fetched, played to its end, and again",
    async (open) => {
      const page = await playing(open);
      await says(page.byId("time"), "0:00 / 1:23");
      await page.clock.runFor(31_000);
      await says(page.byId("time"), "0:31 / 1:23");
      assert.equal(await page.byId("wave").getAttribute("aria-valuetext"), "0:31 of 1:23");
      await page.clock.runFor(52_100);
      await kind(page, "ended");
      await says(page.byId("time"), "1:23 / 1:23");
      await page.byId("play").click();
      await kind(page, "playing");
      await says(page.byId("time"), "0:00 / 1:23");
      assert.deepEqual(await orders(page), [{ kind: "play", call: 240 }, { kind: "play", call: 240 }]);
    },
  ],
  [
    "sound: the position stands still during a pause, and the space key pauses and plays",
    async (open) => {
      const page = await playing(open);
      await page.clock.runFor(5000);
      await page.byId("log-list").focus();
      await page.keyboard.press(" ");
      await kind(page, "paused");
      await page.clock.runFor(9000);
      await says(page.byId("time"), "0:05 / 1:23");
      await page.keyboard.press(" ");
      await kind(page, "playing");
      await page.byId("wave").focus();
      await page.keyboard.press(" ");
      await kind(page, "paused");
      // In a text field the space is typed, and on a button it presses the button.
      await page.byId("note").focus();
      await page.keyboard.press(" ");
      assert.equal(await page.byId("note").inputValue(), " ");
      await page.byId("speed").focus();
      await page.keyboard.press(" ");
      assert.equal((await orders(page)).length, 4);
    },
  ],
  [
    "sound: keys, buttons and the pointer seek to any position",
    async (open) => {
      const page = await playing(open);
      const wave = page.byId("wave");
      await wave.focus();
      for (const key of ["ArrowRight", "ArrowRight", "ArrowLeft", "End", "Home", "ArrowLeft"]) await page.keyboard.press(key);
      await page.byId("forward").click();
      await page.byId("back").click();
      const seeks = async () => (await orders(page)).flatMap((order) => (order.kind === "seek" ? [order.ms] : []));
      assert.deepEqual(await seeks(), [5000, 10_000, 5000, 83_000, 0, 0, 5000, 0]);
      const { x, y, width, height } = await wave.boundingBox();
      await page.mouse.click(x + width / 2, y + height / 2);
      assert.ok(Math.abs((await seeks()).at(-1) - 41_500) < 400, `${(await seeks()).at(-1)}`);
      // Dragging shows the new position and seeks once, at the end.
      await page.mouse.move(x + width / 4, y + 5);
      await page.mouse.down();
      await page.mouse.move(x + width * 0.75, y + 5, { steps: 4 });
      await says(page.byId("time"), "1:02 / 1:23");
      assert.equal((await seeks()).length, 9);
      await page.mouse.up();
      assert.ok(Math.abs((await seeks()).at(-1) - 62_250) < 400);
    },
  ],
  [
    "sound: the position follows the speed, and the volume is remembered",
    async (open) => {
      const page = await playing(open);
      await page.byId("speed").selectOption("200");
      await page.clock.runFor(10_000);
      await says(page.byId("time"), "0:20 / 1:23");
      await page.byId("volume").focus();
      await page.keyboard.press("ArrowLeft");
      assert.equal((await sent(page)).sound.recordingsVolume, 75);
      assert.deepEqual((await orders(page)).at(-1), { kind: "speed", percent: 200 });
    },
  ],
  [
    "sound: a locked volume says who set it, without a pointer",
    async (open) => {
      const page = await playing(open);
      assert.ok(await page.byId("volume").isEnabled());
      const { place } = await page.snapshot();
      await page.show({ place: { ...place, locked: ["sound.recordings_volume"] } });
      assert.ok(await page.byId("volume").isDisabled());
      await says(page.byId("player"), "Set by your administrator");
      const told = await page.byId("volume").getAttribute("aria-describedby");
      assert.equal(await page.locator(`[id='${told}']`).innerText(), "Set by your administrator");
    },
  ],
  [
    "sound: a call interrupts playback, leaving the view stops it, and another call has another recording",
    async (open) => {
      const page = await playing(open);
      await page.evaluate(() => window.memoryHost.player.show({ state: { kind: "interrupted" } }));
      await says(page.byId("player-state"), "Paused by a call.");
      await page.byId("play").click();
      await kind(page, "playing");
      await row(page, 2).click();
      await says(page.byId("player-state"), "The platform keeps it until Aug 20, 2026.");
      assert.deepEqual((await orders(page)).at(-1), { kind: "pause" });
      assert.equal(await page.byId("wave").getAttribute("tabindex"), "-1", "seeking is not possible yet");
      await page.byId("play").click();
      await page.clock.runFor(300);
      await kind(page, "playing");
      await page.byId("nav-work").click();
      assert.deepEqual((await orders(page)).slice(-2), [{ kind: "play", call: 238 }, { kind: "pause" }]);
    },
  ],
  [
    "sound: in a narrow window playback stops when the call is closed",
    async (open) => {
      const page = await playing(open, { width: 480, height: 800 });
      await page.byId("close-details").click();
      await page.byId("log-list").waitFor();
      assert.deepEqual((await orders(page)).at(-1), { kind: "pause" });
      // The hidden player does not react to keys.
      await page.keyboard.press(" ");
      assert.equal((await orders(page)).length, 2);
    },
  ],
  [
    "sound: a recording that cannot be played shows the reason in place and can be tried again",
    async (open) => {
      const page = await playing(open);
      for (const [code, words] of [
        ["recordingUnreadable", "This recording cannot be played."],
        ["recordingEmpty", "This recording is empty."],
        ["recordingGone", "The recording's file is not there any more."],
        ["soundMissing", "No sound can be played here."],
      ]) {
        await page.evaluate((code) => window.memoryHost.player.show({ state: { kind: "failed", problem: { code, detail: "", retryable: true } } }), code);
        await says(page.byId("player-problem"), words);
      }
      await page.byId("play").click();
      await kind(page, "playing");
    },
  ],
  [
    "sound: the progress of fetching a recording is shown",
    async (open) => {
      const page = await details(open, "log-fetching-recording");
      await says(page.byId("player-state"), "Fetching the recording: 32%");
    },
  ],
  [
    "sound: ring devices, volume and quiet apply at once; a device that is not connected stays chosen",
    async (open) => {
      const page = await settings(open);
      const device = (name) => page.byId("ring-devices").getByRole("checkbox", { name });
      await device("USB headset").check();
      await device("HDMI monitor").check();
      assert.deepEqual((await sent(page)).sound.devices.map(({ id }) => id), ["usb", "hdmi"]);
      await device("USB headset").uncheck();
      assert.deepEqual((await sent(page)).sound.devices.map(({ id }) => id), ["hdmi"]);
      await page.byId("recordings-device").selectOption("usb");
      assert.deepEqual((await sent(page)).sound.recordingsDevice, { id: "usb", name: "USB headset" });
      await page.evaluate(() => {
        window.memoryHost.devices = window.memoryHost.devices.slice(1, 1);
        window.dispatchEvent(new Event("focus"));
      });
      await device("HDMI monitor, digital stereo (not connected)").waitFor();
      assert.ok(await device("HDMI monitor").isChecked());
      assert.equal(await page.byId("recordings-device").inputValue(), "usb");
      await page.byId("ring-volume").focus();
      await page.keyboard.press("ArrowRight");
      assert.equal((await sent(page)).sound.volume, 75);
      await page.byId("quiet-incoming").check();
      assert.deepEqual((await sent(page)).doNotDisturb, { incoming: true, outgoing: false });
      await page.byId("connected-tone").uncheck();
      assert.equal((await sent(page)).sound.connectedTone, false);
      await page.byId("test-sound").click();
      assert.deepEqual(await page.asked(), ["testSound"]);
    },
  ],
  [
    "sound: the button silences one call; Escape silences the card with the focus or all cards",
    async (open) => {
      const look = { file: "ring", width: 420, height: 360 };
      const page = await open("several", look);
      const card = (call) => page.locator(`[data-testid='ring-card'][data-call='${call}']`);
      await card(901).getByTestId("silence").click();
      assert.deepEqual(await page.sent(), [{ kind: "silence", call: 901 }]);
      assert.ok(await card(901).getByTestId("silence").isDisabled());
      assert.equal(await card(901).getByTestId("silence").getAttribute("aria-label"), "Silenced");
      await card(902).getByTestId("hide-card").focus();
      await page.keyboard.press("Escape");
      assert.deepEqual((await page.sent()).slice(1), [{ kind: "silence", call: 902 }]);
      const other = await open("several", look);
      await other.keyboard.press("Escape");
      assert.deepEqual((await other.sent()).map(({ call }) => call), [900, 901, 902]);
      await other.keyboard.press("Escape");
      assert.equal((await other.sent()).length, 3, "once is enough");
      assert.equal(await other.byId("ring-card").count(), 3, "the cards stay");
    },
  ],
];
