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
};

async function built(folder) {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
  const texts = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), "utf8")));
  return texts.join("\n");
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
];
