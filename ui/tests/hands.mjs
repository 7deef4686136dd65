import assert from "node:assert/strict";
import { join } from "node:path";
import { audit, says, screens } from "./harness.mjs";
import { layout } from "./layout.mjs";

async function settings(open, scenario = "available", look = {}) {
  const page = await open(scenario, look);
  await page.byId("nav-settings").click();
  await page.byId("shortcuts").waitFor();
  return page;
}

/** The shortcuts in the settings after the last intent. */
const sent = async (page) => ((await page.sent()).at(-1)?.kind === "changeSettings" ? (await page.snapshot()).settings.shortcuts : undefined);
const none = { available: null, busy: null, silence: null, show: null };
const SIZES = [{ width: 320, height: 460 }, { width: 480, height: 900 }, { width: 1280, height: 800 }];

/** Runs in the page: the focused element, whether it is visible, and whether it has an outline. */
function focused() {
  const element = document.activeElement;
  if (element === null || element === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const { left, right, top, bottom } = element.getBoundingClientRect();
  window.walked ??= [];
  const last = window.walked.at(-1);
  // A date field has several stops.
  const again = element !== last && window.walked.includes(element);
  window.walked.push(element);
  return {
    what: `${element.tagName.toLowerCase()} ${element.dataset.testid ?? element.id} ${(element.getAttribute("aria-label") ?? element.textContent).trim().slice(0, 40)}`,
    again,
    outlined: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
    inView: right > 0 && bottom > 0 && left < innerWidth && top < innerHeight,
    inOrder: last === undefined || last === element || Boolean(last.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING),
  };
}

/** Runs in the page: usable elements that the focus never reached. */
function missed() {
  const within = document.querySelector("dialog[open]") ?? document;
  const usable = [...within.querySelectorAll("button, input, select, textarea, summary, a[href], [tabindex='0']")];
  return usable
    .filter((element) => !element.disabled && element.tabIndex >= 0 && element.checkVisibility() && !window.walked.includes(element))
    .map((element) => element.outerHTML.slice(0, 100));
}

/** Presses Tab from the top until the focus leaves the page or returns to an element. */
export async function walk(page) {
  await page.evaluate(() => {
    // Otherwise the browser would continue from the last click.
    const top = document.createElement("span");
    top.tabIndex = -1;
    (document.querySelector("dialog[open]") ?? document.body).prepend(top);
    top.focus();
    top.remove();
    window.walked = [];
  });
  const faults = [];
  for (let n = 0; n < 300; n += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(focused);
    if (at === null || at.again) break;
    if (!at.outlined) faults.push(`no outline: ${at.what}`);
    if (!at.inView) faults.push(`out of view: ${at.what}`);
    if (!at.inOrder) faults.push(`out of order: ${at.what}`);
  }
  faults.push(...(await page.evaluate(missed)).map((what) => `never reached: ${what}`));
  return faults;
}

/** Each view with as many controls as possible. */
const WALKS = [
  "first-start",
  "wrong-key",
  "notices work",
  "ringing work",
  "wrap-up-required work",
  "full work",
  "link-ready work",
  "overdue work",
  "available calls",
  "available calls log-row",
  "log-exported calls log-exports",
  "log-fetching calls log-filters",
  "misses day",
  "demo practice",
  "practising practice",
  "unwell connection",
  "recordings-failing settings",
  "recordings-locked settings",
  "shortcuts settings",
  "shortcuts-wayland settings",
  "exchanges settings exchanges",
  "update-notes work update-news",
  "update-failed settings",
  "backup-offered work use-backup",
  "backup-signed-out",
];

const walks = WALKS.map((name) => [
  `hands: Tab reaches everything in ${name}`,
  async (open) => {
    const [scenario, view, ...clicks] = name.split(" ");
    const page = await open(scenario, { width: 480, height: 800 });
    if (view) await page.byId(`nav-${view}`).click();
    for (const id of clicks) await page.byId(id).first().click();
    const narrow = await walk(page);
    await page.setViewportSize({ width: 1280, height: 800 });
    assert.deepEqual([...narrow, ...(await walk(page))], []);
  },
]);

/** Global shortcuts, keys of this window, and the system's settings for motion and colours. */
export const handsTests = [
  ...walks,
  [
    "hands: Tab reaches everything on the ring cards",
    async (open) => {
      const page = await open("several", { file: "ring", width: 420, height: 360 });
      assert.deepEqual(await walk(page), []);
    },
  ],
  [
    "hands: a shortcut is set by pressing it, and no shortcut works meanwhile",
    async (open) => {
      const page = await settings(open);
      const field = page.byId("shortcut-busy");
      await says(field, "None");
      await field.focus();
      await page.keyboard.press("Enter");
      await says(field, "Press the keys, or Esc …");
      assert.deepEqual(await page.asked(), ["holdShortcuts true"]);
      await page.keyboard.down("Control");
      await says(field, "Ctrl + …");
      await page.keyboard.down("Alt");
      await says(field, "Ctrl + Alt + …");
      await page.keyboard.press("b");
      await page.keyboard.up("Alt");
      await page.keyboard.up("Control");
      assert.deepEqual(await sent(page), { ...none, busy: "Ctrl+Alt+B" });
      assert.deepEqual(await page.asked(), ["holdShortcuts true", "holdShortcuts false"]);
      await says(field, "Ctrl + Alt + B");
      assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), "shortcut-busy", "the focus stays");
      // A space in a shortcut must not click the button.
      await page.byId("shortcut-show").click();
      await page.keyboard.press("Control+Space");
      assert.deepEqual(await sent(page), { ...none, busy: "Ctrl+Alt+B", show: "Ctrl+Space" });
      await says(page.byId("shortcut-show"), "Ctrl + Space");
      await page.byId("clear-busy").click();
      assert.deepEqual(await sent(page), { ...none, busy: "", show: "Ctrl+Space" });
      await says(field, "None");
    },
  ],
  [
    "hands: keys without a modifier, unknown keys and those of another shortcut are refused with the reason",
    async (open) => {
      const page = await settings(open);
      const wrong = page.byId("wrong-busy");
      await page.byId("shortcut-busy").click();
      await page.keyboard.press("Shift+B");
      await says(wrong, "Ctrl, Alt or the system's key must be among them.");
      await page.keyboard.press("Control+Backspace");
      await says(wrong, "This key cannot be used.");
      assert.equal((await page.sent()).length, 0);
      await page.keyboard.press("Control+Alt+b");
      assert.equal(await wrong.innerText(), "");
      await page.byId("shortcut-show").click();
      await page.keyboard.press("Control+Alt+b");
      await says(page.byId("wrong-show"), "These keys are already for “Go busy”.");
      await page.keyboard.press("Escape");
      assert.deepEqual(await sent(page), { ...none, busy: "Ctrl+Alt+B" });
      await says(page.byId("shortcut-show"), "None");
      // Leaving the field by Tab or for another program ends the recording of keys.
      await page.byId("shortcut-show").click();
      await page.keyboard.press("Tab");
      await says(page.byId("shortcut-show"), "None");
      assert.equal((await page.asked()).at(-1), "holdShortcuts false");
      await page.byId("shortcut-show").click();
      await page.byId("nav-work").click();
      assert.equal((await page.asked()).at(-1), "holdShortcuts false");
    },
  ],
  [
    "hands: keys taken by another program, keys set twice, and keys set by an administrator",
    async (open) => {
      const page = await settings(open, "shortcuts");
      await says(page.byId("wrong-busy"), "Another program or the system has these keys. Choose others.");
      await says(page.byId("wrong-show"), "These keys are already for “Go available”.");
      assert.equal(await page.byId("wrong-silence").innerText(), "");
      assert.ok(await page.byId("shortcut-available").isDisabled());
      assert.equal(await page.byId("clear-available").count(), 0);
      await says(page.byId("shortcuts"), "Set by your administrator");
    },
  ],
  [
    "hands: where the system allows no global shortcuts, the equivalent commands are shown",
    async (open) => {
      const page = await settings(open, "shortcuts-wayland");
      await says(page.byId("no-shortcuts"), "Wayland");
      const commands = await Promise.all(["available", "busy", "silence", "show"].map((action) => page.byId(`command-${action}`).innerText()));
      assert.deepEqual(commands, ["ringside --set idle", "ringside --set busy", "ringside --silence", "ringside --show"]);
      assert.equal(await page.byId("shortcut-busy").count(), 0);
      await page.byId("copy-busy").click();
      assert.deepEqual(await page.asked(), ["copyText ringside --set busy"]);
      await page.show({ demo: true });
      await says(page.byId("command-busy"), "ringside --demo --set busy");
    },
  ],
  [
    "hands: ? shows all keys, and Escape closes the sheet and restores the focus",
    async (open) => {
      const page = await open("shortcuts", { width: 480, height: 900 });
      const at = () => page.evaluate(() => document.activeElement.dataset.testid);
      await page.byId("nav-calls").focus();
      await page.keyboard.press("?");
      const sheet = page.byId("sheet");
      await says(sheet, "Ctrl + Alt + A Go available");
      await says(sheet, "/ Search");
      assert.deepEqual(await walk(page), [], "Tab reaches everything in the sheet and nothing behind it");
      // Keys pressed in the sheet do nothing behind it.
      for (const key of ["1", "/", "?"]) await page.keyboard.press(key);
      assert.equal(await page.byId("sheet").count(), 1);
      await page.keyboard.press("Escape");
      await sheet.waitFor({ state: "detached" });
      assert.equal(await at(), "nav-calls");
      await page.keyboard.press("?");
      await page.byId("close-sheet").click();
      await sheet.waitFor({ state: "detached" });
      assert.equal(await at(), "nav-calls");
      await page.byId("nav-calls").click();
      await page.locator(".search").pressSequentially("12?");
      assert.equal(await page.locator(".search").inputValue(), "12?");
      assert.equal(await sheet.count(), 0, "it is typed in a text field");
    },
  ],
  [
    "hands: the sheet in both languages and themes, at every size",
    async (open) => {
      const page = await open("shortcuts", SIZES[0]);
      await page.keyboard.press("?");
      await page.byId("sheet").waitFor();
      const faults = [];
      for (const [language, theme] of [["english", "light"], ["chinese", "dark"]]) {
        for (const size of SIZES) {
          await page.setViewportSize(size);
          await page.show({ settings: { ...(await page.snapshot()).settings, language, theme } });
          await page.screenshot({ path: join(screens, `main-sheet-${language === "english" ? "en" : "zh"}-${theme}-${size.width}.png`) });
          faults.push(...(await layout(page)), ...(await audit(page)));
        }
      }
      assert.deepEqual(faults, []);
    },
  ],
  [
    "hands: nothing moves when the system asks for reduced motion",
    async (open) => {
      const moving = (page) => page.evaluate(() => document.getAnimations().filter((each) => each.playState === "running").length);
      const usual = await open("ringing", { reducedMotion: "no-preference" });
      assert.ok((await moving(usual)) > 0, "the handset pulses");
      const still = await open("ringing", { reducedMotion: "reduce" });
      assert.equal(await moving(still), 0);
    },
  ],
  [
    "hands: a key that belongs to an input method triggers nothing, also as WebKit reports it",
    async (open) => {
      const press = (page, key, keyCode) =>
        page.evaluate((init) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { ...init, bubbles: true, cancelable: true })), { key, keyCode });
      const work = await open("available");
      await press(work, "?", 229);
      assert.equal(await work.byId("sheet").count(), 0);
      await press(work, "?", 191);
      await work.byId("sheet").waitFor();
      const after = await open("wrap-up");
      await after.byId("dispositions").getByRole("button").first().waitFor();
      const edits = async () => (await after.sent()).filter(({ kind }) => kind === "editNote").length;
      await press(after, "1", 229);
      assert.equal(await edits(), 0);
      await press(after, "1", 49);
      assert.equal(await edits(), 1);
    },
  ],
  [
    "hands: with forced colours every button, field and state can be told apart",
    async (open) => {
      const faults = [];
      for (const name of ["notices", "ringing", "wrap-up", "shortcuts settings", "available calls log-row", "available day", "unwell connection"]) {
        const [scenario, view, ...clicks] = name.split(" ");
        const page = await open(scenario, { forcedColors: "active", theme: "dark", colorScheme: "dark", width: view === "calls" ? 1280 : 480 });
        if (view) await page.byId(`nav-${view}`).click();
        for (const id of clicks) await page.byId(id).first().click();
        await page.mouse.move(0, 0);
        assert.ok(await page.evaluate(() => matchMedia("(forced-colors: active)").matches));
        await page.screenshot({ path: join(screens, `main-forced-${name.replaceAll(" ", "-")}.png`) });
        faults.push(...(await page.evaluate(unmarked)).map((fault) => `${name}: ${fault}`));
      }
      assert.deepEqual(faults, []);
    },
  ],
];

/** Runs in the page: elements that forced colours leave without a visible mark. */
function unmarked() {
  const faults = [];
  const outline = (element) => getComputedStyle(element).outlineStyle;
  for (const [one, all] of [["[aria-current]", "nav button"], ["[aria-pressed='true']", "[aria-pressed='false']"], ["[aria-selected='true']", "[aria-selected='false']"]]) {
    const marked = document.querySelector(one);
    const plain = [...document.querySelectorAll(all)].find((element) => element !== marked);
    if (marked && plain && outline(marked) === outline(plain)) faults.push(`${one} looks like the others`);
  }
  for (const element of document.querySelectorAll("button:not(:disabled), input, select, textarea")) {
    if (!element.checkVisibility() || element.matches("nav button, [type=range], [type=checkbox], .fact, .icon, .quiet, [role=menuitem]")) continue;
    const { borderTopStyle, borderTopColor, backgroundColor } = getComputedStyle(element);
    if (borderTopStyle === "none" || borderTopColor === backgroundColor) faults.push(`no edge: ${element.outerHTML.slice(0, 80)}`);
  }
  for (const icon of document.querySelectorAll("svg")) {
    const back = getComputedStyle(document.body).backgroundColor;
    const shapes = [...icon.querySelectorAll("*")].filter((shape) => shape.checkVisibility());
    const drawn = shapes.some((shape) => [getComputedStyle(shape).fill, getComputedStyle(shape).stroke].some((paint) => paint !== "none" && paint !== back));
    if (icon.checkVisibility() && shapes.length > 0 && !drawn) faults.push(`an invisible icon: ${icon.outerHTML.slice(0, 80)}`);
  }
  return faults;
}
