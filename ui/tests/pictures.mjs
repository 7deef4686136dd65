import assert from "node:assert/strict";
import { join } from "node:path";
import { audit, screens, speaks } from "./harness.mjs";
import { layout } from "./layout.mjs";

const NARROW = { width: 320, height: 460 };
const USUAL = { width: 480, height: 900 };
const WIDE = { width: 1280, height: 800 };
const RING = { width: 420, height: 360 };
const EVERY = ["english", "chinese"].flatMap((language) => ["light", "dark"].map((theme) => ({ language, theme })));
const BOTH = [
  { language: "english", theme: "light" },
  { language: "chinese", theme: "dark" },
];
const sized = (looks, ...sizes) => looks.flatMap((look) => sizes.map((size) => ({ ...look, ...size })));

/** The pages of a desk behind a gateway, in each language, theme and usual size. */
const GATEWAY = ["gateway", "gateway connection", "gateway-unheard connection", "gateway-no-leader connection", "gateway-away connection", "gateway-enrol", "gateway-enrol-troubles", "gateway-refused", "gateway-revoked", "gateway-hot-desk", "gateway-signed-out", "gateway settings sign-out"];

/** The heights of the window, for each width, in which a long view is drawn without scrolling. */
const LONG = { "available settings": [4700, 3700, 3200], "policy settings": [5000, 4000, 3600], "available connection": [900, 900, 800], "available day": [1200, 1200, 800], "update-failed settings health": [1300, 1020, 840], "update-loading settings health": [1100, 900, 800], "update-settings-refused settings health": [1200, 960, 800] };

/** The most used views, in each language, theme and size. */
const KEY = ["first-start", "available", "ringing", "notices", "misses", "break-after", "full", "available connection", "available settings", "exchanges settings exchanges", "available calls", "available calls log-row", "log-fetching calls log-filters", "available calls log-row call-back", "call-back-unknown", "available day", "log-playing calls log-row", "break-over", "leaving", "recordings-failing settings troubles", "policy settings", "wrap-up", "checkup-ill settings checkup-status", "update-offered", "update-notes", "backup-offered"];
/** The state of the updates in the settings. */
const UPDATES = ["offered", "in-call", "failed", "loading", "installed", "settings-length-unknown", "settings-looking", "settings-unasked", "settings-newest", "settings-by-others", "settings-unreachable", "settings-refused"].map((name) => `update-${name} settings health`);
/** States of the other views, after the given clicks. */
const VIEWS = ["checkup-running settings checkup-status", "checkup-well settings checkup-status", "offline connection", "unwell connection", "unpunctual connection", "rate-too-low connection", "unlicensed calls", "test-ring connection", "test-arrived connection", "test-failed connection", "unwell settings", "available settings exchanges", "exchanges-off settings exchanges", "exchanges-none settings exchanges", "exchanges settings exchanges exchange", "misses work unfold", "log-empty calls", "log-three calls log-row", "log-million calls", "log-stopped calls", "log-exporting calls", "log-exported calls log-exports", "log-export-failed calls log-exports", "busy calls log-row", "log-empty day", "log-three day", "log-million day", "log-fetching day", "demo practice", "practising practice", "practised practice", "log-fetching-recording calls log-row", "log-interrupted calls log-row", "log-unplayable calls log-row", "break-over work state-menu", "recordings-off settings archive-state", "recordings-fetching settings archive-state", "recordings-complete settings archive-state", "recordings-damaged settings archive-state", "recordings-locked settings archive-state", "wrap-up calls log-row", "last-miss calls", "shortcuts settings shortcut-busy", "shortcuts-wayland settings copy-show", ...UPDATES];
/** States with long texts, which must fit the narrowest window. */
const TIGHT = ["update-failed", "update-signed-out", "update-failed settings health", "update-loading settings health", "update-settings-refused settings health", "backup-signed-out", "backup-in-call", "backup-offered work use-backup", "backup-used", "backup-failed", "full work state-menu", "owed", "phone-at-sign-in", "overdue-in-one", "unlicensed", "set-aside", "restarted", "rolled-back", "rate-too-low connection", "gateway-no-leader connection", "gateway-revoked", "test-arrived connection", "log-exported calls log-exports"];
/** States of the ring card, after the given clicks. */
const RINGS = ["ringing", "several", "long-ring", "test-ring", "ringing note-call"];

/** The names of all scenarios, from the picker. */
async function scenarios(open) {
  const page = await open("available", { picker: true });
  const names = await page.getByLabel("Scenario").locator("option").evaluateAll((options) => options.map((option) => option.value));
  await page.context().close();
  assert.ok(names.length > 30, "the picker lists the scenarios");
  return names;
}

/** Draws and audits each view in several looks; nothing may be cut off, stick out or overlap. */
export async function pictures(open) {
  // Checkups, exchanges, recordings and shortcuts appear only in the settings, the log only in the call log.
  const inWork = (await scenarios(open)).filter((name) => !/^(checkup|exchanges|log|recordings|shortcuts|update-settings)/.test(name));
  const main = new Map([...inWork, ...VIEWS].map((name) => [name, sized(BOTH, USUAL)]));
  for (const name of GATEWAY) main.set(name, sized(EVERY, USUAL, WIDE));
  const sizes = (name) => [NARROW, USUAL, WIDE].map((size, n) => ({ ...size, height: LONG[name]?.[n] ?? size.height }));
  for (const name of TIGHT) main.set(name, sized(GATEWAY.includes(name) ? EVERY : BOTH, ...sizes(name)));
  for (const name of KEY) main.set(name, sized(EVERY, ...sizes(name)));
  return [
    ...[...main].map(([name, looks]) => [`pictures: main ${name}`, (open) => draw(open, "index", name, looks)]),
    ...RINGS.map((name) => [`pictures: ring ${name}`, (open) => draw(open, "ring", name, sized(EVERY, RING))]),
  ];
}

/** Scrolls to the section of the clicked element, or back to the top. */
function scroll(page, clicked) {
  return page.evaluate((clicked) => {
    const main = document.querySelector("main");
    const section = main.querySelector(`[data-testid='${clicked}']`)?.closest("section") ?? main;
    main.scrollTo(0, section.offsetTop - main.offsetTop);
  }, clicked);
}

async function draw(open, file, name, looks) {
  const [scenario, ...words] = name.split(" ");
  // The ring card has only one view.
  const [view, ...clicks] = file === "index" ? words : [undefined, ...words];
  const page = await open(scenario, { file, ...looks[0] });
  if (view) await page.byId(`nav-${view}`).click();
  for (const id of clicks) await page.byId(id).first().click();
  const found = [];
  for (const { language, theme, ...size } of looks) {
    await page.setViewportSize(size);
    await page.show({ settings: { ...(await page.snapshot()).settings, language, theme } });
    await speaks(page, language);
    const short = { english: "en", chinese: "zh" }[language];
    const picture = [file === "index" ? "main" : file, scenario, view, ...clicks, short, theme, size.width].filter(Boolean).join("-");
    await scroll(page, clicks[0]);
    await page.screenshot({ path: join(screens, `${picture}.png`) });
    await scroll(page);
    const faults = [...(await layout(page)), ...(await audit(page))];
    found.push(...faults.map((fault) => `${picture}: ${fault}`));
  }
  assert.deepEqual(found, []);
}
