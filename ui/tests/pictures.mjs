import assert from "node:assert/strict";
import { join } from "node:path";
import { audit, screens } from "./harness.mjs";
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

/** What is used most, in every language, theme and size. */
const KEY = ["first-start", "available", "ringing", "notices", "full", "available connection", "available settings"];
/** States of the other two views. */
const VIEWS = ["offline connection", "unwell connection", "test-ring connection", "test-arrived connection", "test-failed connection", "unwell settings"];
const RINGS = ["ringing", "several", "long-ring", "test-ring"];

/** The scenarios that there are, as the picker lists them. */
async function scenarios(open) {
  const page = await open("available", { picker: true });
  const names = await page.getByLabel("Scenario").locator("option").evaluateAll((options) => options.map((option) => option.value));
  await page.context().close();
  assert.ok(names.length > 30, "the picker lists the scenarios");
  return names;
}

/** Each view drawn in several looks, and each time audited; nothing is cut off, sticks out or overlaps. */
export async function pictures(open) {
  const main = new Map([...(await scenarios(open)), ...VIEWS].map((name) => [name, sized(BOTH, USUAL)]));
  for (const name of KEY) main.set(name, sized(EVERY, NARROW, USUAL, WIDE));
  return [
    ...[...main].map(([name, looks]) => [`pictures: main ${name}`, (open) => draw(open, "index", name, looks)]),
    ...RINGS.map((name) => [`pictures: ring ${name}`, (open) => draw(open, "ring", name, sized(EVERY, RING))]),
  ];
}

async function draw(open, file, name, looks) {
  const [scenario, view] = name.split(" ");
  const page = await open(scenario, { file, ...looks[0] });
  if (view) await page.byId(`nav-${view}`).click();
  const found = [];
  for (const { language, theme, ...size } of looks) {
    await page.setViewportSize(size);
    await page.show({ settings: { ...(await page.snapshot()).settings, language, theme } });
    const short = { english: "en", chinese: "zh" }[language];
    const picture = [file === "index" ? "main" : file, scenario, view, short, theme, size.width].filter(Boolean).join("-");
    await page.screenshot({ path: join(screens, `${picture}.png`) });
    const faults = [...(await layout(page)), ...(await audit(page))];
    found.push(...faults.map((fault) => `${picture}: ${fault}`));
  }
  assert.deepEqual(found, []);
}
