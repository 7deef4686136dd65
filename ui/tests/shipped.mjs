import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { dist, pages } from "./harness.mjs";

/** A text that occurs only in this file of src/dev, for each file that has one. */
const MARKERS = {
  "host.ts, picker.ts": "memoryHost",
  "memory.ts": "HDMI monitor, digital stereo",
  "memory-checkup.ts": "192.0.2.17",
  "memory-log.ts": "Moves house in July",
  "samples.ts": "very long name",
  "scenarios.ts": "/etc/ringside/config.toml",
  "update-scenarios.ts": "updates.example.com",
  "floor-host.ts": "repaints",
  "floor-memory.ts": "do-not-call.csv",
  "floor-samples.ts": "Contract by post",
  "floor-scenarios.ts": "HTTP 502 Bad Gateway",
};

async function built(folder) {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
  const texts = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), "utf8")));
  return texts.join("\n");
}

/** A text that occurs only in this language or view, which is loaded when it is wanted. */
const LATER = { English: "You are in no queue yet.", Chinese: "你还没有签入队列。", settings: "crm-template", "my day": "week-day", practice: "offered-exercise", connection: "copy-address" };

/** Texts that occur only in the supervisor's page: of its views, its texts and its rules. */
const SUPERVISOR = ["confirm-leave", "Why is it not dialling?", "为什么没有呼叫？", "watchTopics", "aria-multiselectable"];

/** The files that a page loads, from its entry on. */
async function loaded(name, texts = new Map()) {
  if (texts.has(name)) return texts;
  const text = await readFile(join(dist, name), "utf8");
  texts.set(name, text);
  for (const [, file] of text.matchAll(/["'](?:\/|\.\/)?((?:assets\/)?[\w.-]+\.(?:js|css))["']/g)) {
    const path = file.startsWith("assets/") ? file : join("assets", file);
    if (path !== name) await loaded(path, texts).catch(() => undefined);
  }
  return texts;
}

/** The files that are shipped. */
export const shippedTests = [
  [
    "shipped: the shipped pages contain nothing of src/dev, unlike the pages for a browser",
    async () => {
      const [shipped, dev] = await Promise.all([built(dist), built(pages)]);
      assert.ok(shipped.includes("__TAURI_INTERNALS__"), "the shipped pages call the shell");
      for (const [file, marker] of Object.entries(MARKERS)) {
        assert.ok(dev.includes(marker), `${file} no longer contains «${marker}»`);
        assert.ok(!shipped.includes(marker), `${file} is shipped: «${marker}»`);
      }
    },
  ],
  [
    "shipped: each page has one script and one style, without the languages and the rarely used views",
    async () => {
      const files = await built(dist);
      for (const [what, marker] of Object.entries(LATER)) assert.ok(files.includes(marker), `«${marker}» is no longer in ${what}`);
      for (const name of ["index", "ring"]) {
        const page = await readFile(join(dist, `${name}.html`), "utf8");
        const [scripts, styles, links] = [/<script [^>]*src="([^"]+)"/g, /<link rel="stylesheet"/g, /<link /g].map((tag) => [...page.matchAll(tag)]);
        assert.deepEqual([scripts.length, styles.length, links.length], [1, 1, 1], page);
        const script = await readFile(join(dist, scripts[0][1]), "utf8");
        assert.ok(!/\bimport\s*["'{]|\bfrom\s*["']\.\//.test(script), `${name} needs another script before it runs`);
        for (const [what, marker] of Object.entries(LATER)) assert.ok(!script.includes(marker), `${what} is in ${scripts[0][1]}`);
      }
    },
  ],
  [
    "shipped: an agent's pages load nothing of the supervisor's page",
    async () => {
      const words = async (name) => [...(await loaded(name)).values()].join("\n");
      const supervisor = await words("supervisor.html");
      for (const marker of SUPERVISOR) assert.ok(supervisor.includes(marker), `the supervisor's page no longer contains «${marker}»`);
      for (const page of ["index.html", "ring.html"]) {
        const agent = await words(page);
        assert.ok(agent.includes("__TAURI_INTERNALS__"), `${page}: its files were found`);
        for (const marker of SUPERVISOR) assert.ok(!agent.includes(marker), `${page} loads «${marker}»`);
      }
    },
  ],
];
