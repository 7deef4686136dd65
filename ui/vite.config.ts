import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** The same pages with the entries of src/dev, which have a host without Rust: for the browser's tests, and to work on the views. */
const devEntries: Plugin = {
  name: "dev-entries",
  transformIndexHtml: { order: "pre", handler: (html) => html.replace("/src/", "/src/dev/") },
};

/** What a build makes. Each page that is shipped has a build of its own: pages built together share files, and load more of them. */
const PAGES: Record<string, string[]> = { main: ["index.html"], ring: ["ring.html"], dev: ["index.html", "ring.html"] };

export default defineConfig(({ mode }) => ({
  plugins: [svelte(), mode === "dev" && devEntries],
  clearScreen: false,
  server: { host: "127.0.0.1", port: 5173, strictPort: false },
  build: {
    target: "es2022",
    outDir: mode === "dev" ? "../target/ui" : "dist",
    // The ring card's page is built last, beside the main one.
    emptyOutDir: mode !== "ring",
    modulePreload: { polyfill: false },
    // Nothing inline, so that the content security policy needs no exception.
    assetsInlineLimit: 0,
    rollupOptions: { input: PAGES[mode] ?? [] },
  },
  test: { include: ["src/**/*.test.ts", "lint/*.test.js"], environment: "node", testTimeout: 60_000 },
}));
