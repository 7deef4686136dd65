import assert from "node:assert/strict";
import { join } from "node:path";
import { audit, screens } from "./harness.mjs";
import { layout } from "./layout.mjs";

const LANGUAGES = ["english", "chinese"];
const THEMES = ["light", "dark"];
const SIZES = [
  { width: 320, height: 460 },
  { width: 480, height: 900 },
  { width: 1280, height: 800 },
];
/** Scenarios with a ring card. */
const RINGS = ["ringing", "several", "long-ring", "test-ring"];
/** What is used most, in every language, theme and size. */
const KEY = [["first-start"], ["available"], ["ringing"], ["notices"], ["full"], ["available", "connection"], ["available", "settings"]];
/** States of the other two views. */
const VIEWS = [
  ["offline", "connection"],
  ["unwell", "connection"],
  ["test-ring", "connection"],
  ["test-arrived", "connection"],
  ["test-failed", "connection"],
  ["unwell", "settings"],
];

/** Each picture is a test: drawn, audited, nothing cut off or overlapping. Every scenario that there is, in both themes. */
export async function pictures(open) {
  const page = await open("available?");
  await page.evaluate(() => (location.hash = "#available"));
  await page.reload();
  const scenarios = await page.locator("select[aria-label='Scenario'] option").evaluateAll((options) => options.map((option) => option.value));
  await page.context().close();
  assert.ok(scenarios.length > 30, "the picker lists the scenarios");

  const specs = new Map();
  const add = (scenario, view, look) => {
    const { file = "main", language, theme, width } = look;
    const name = [file, scenario, view, { english: "en", chinese: "zh" }[language], theme, width].filter(Boolean).join("-");
    specs.set(name, { scenario, view, look: { ...look, file: file === "main" ? "index" : file } });
  };
  for (const [scenario, view] of [...scenarios.map((name) => [name]), ...VIEWS]) {
    add(scenario, view, { language: "english", theme: "light", ...SIZES[1] });
    add(scenario, view, { language: "chinese", theme: "dark", ...SIZES[1] });
  }
  for (const language of LANGUAGES) {
    for (const theme of THEMES) {
      for (const [scenario, view] of KEY) for (const size of SIZES) add(scenario, view, { language, theme, ...size });
      for (const scenario of RINGS) add(scenario, undefined, { file: "ring", language, theme, width: 420, height: 360 });
    }
  }
  return [...specs].map(([name, spec]) => [`picture ${name}`, (open) => picture(open, name, spec)]);
}

async function picture(open, name, { scenario, view, look }) {
  const page = await open(scenario, look);
  if (view) await page.byId(`nav-${view}`).click();
  if (look.file === "ring") await page.byId("ring-card").first().waitFor();
  await page.screenshot({ path: join(screens, `${name}.png`) });
  assert.deepEqual([...(await layout(page)), ...(await audit(page))], []);
}
