import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** The same pages with the entries of src/dev, whose host needs no Rust: for the browser tests and for work on the views. */
const devEntries: Plugin = {
  name: "dev-entries",
  transformIndexHtml: { order: "pre", handler: (html) => html.replace("/src/", "/src/dev/") },
};

/** The pages of each build. Each shipped page is built alone: pages built together share files, so each would load more of them. */
const PAGES: Record<string, string[]> = {
  main: ["index.html"],
  ring: ["ring.html"],
  supervisor: ["supervisor.html"],
  dev: ["index.html", "ring.html", "supervisor.html"],
};

export default defineConfig(({ mode }) => ({
  plugins: [svelte(), mode === "dev" && devEntries],
  clearScreen: false,
  server: { host: "127.0.0.1", port: 5173, strictPort: false },
  build: {
    target: "es2022",
    outDir: mode === "dev" ? "../target/ui" : "dist",
    // The main page is built first; the others are added to its folder.
    emptyOutDir: mode !== "ring" && mode !== "supervisor",
    modulePreload: { polyfill: false },
    // Nothing inline, so that the content security policy needs no exception.
    assetsInlineLimit: 0,
    rollupOptions: { input: PAGES[mode] ?? [] },
  },
  test: { include: ["src/**/*.test.ts", "lint/*.test.js"], environment: "node", testTimeout: 60_000 },
}));
