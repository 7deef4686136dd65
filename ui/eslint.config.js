import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import arrows from "./lint/arrows.js";

export default ts.config(
  { ignores: ["dist", "src/lib/contract"] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  { files: ["**/*.svelte", "**/*.svelte.ts"], languageOptions: { parserOptions: { parser: ts.parser } } },
  // Dates are plain values here, and a set that no view reads needs no reactivity.
  { rules: { "svelte/prefer-svelte-reactivity": "off" } },
  {
    files: ["src/**"],
    rules: {
      "no-restricted-syntax": ["error", { selector: ":not(CallExpression[callee.name='once'] > ArrowFunctionExpression) > NewExpression[callee.object.name='Intl']", message: "A formatter is costly: make it once, as Texts does." }],
    },
  },
  { files: ["src/**"], plugins: { arrows: { rules: { arrows } } }, rules: { "arrows/arrows": "error" } },
  {
    files: ["src/**"],
    ignores: ["src/lib/host/tauri.ts"],
    rules: {
      "no-restricted-imports": ["error", { patterns: [{ group: ["@tauri-apps/*"], message: "Only src/lib/host/tauri.ts may use Tauri; use the host." }] }],
    },
  },
);
