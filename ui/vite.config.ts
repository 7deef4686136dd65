import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte()],
  clearScreen: false,
  server: { host: "127.0.0.1", port: 5173, strictPort: false },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    // Nothing inline, so that the content security policy needs no exception.
    assetsInlineLimit: 0,
    rollupOptions: { input: { index: "index.html", ring: "ring.html" } },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
