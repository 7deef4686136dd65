import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** The same pages with the entries of src/dev, which have a host without Rust: for the browser's tests, and to work on the views. */
const devEntries: Plugin = {
  name: "dev-entries",
  transformIndexHtml: { order: "pre", handler: (html) => html.replace("/src/", "/src/dev/") },
};

export default defineConfig(({ mode }) => ({
  plugins: [svelte(), mode === "dev" && devEntries],
  clearScreen: false,
  server: { host: "127.0.0.1", port: 5173, strictPort: false },
  build: {
    target: "es2022",
    outDir: mode === "dev" ? "../target/ui" : "dist",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    // Nothing inline, so that the content security policy needs no exception.
    assetsInlineLimit: 0,
    rollupOptions: { input: { index: "index.html", ring: "ring.html" } },
  },
  test: { include: ["src/**/*.test.ts", "lint/*.test.js"], environment: "node" },
}));
