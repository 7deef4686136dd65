import { dirname, relative, resolve, sep } from "node:path";

const SRC = resolve(import.meta.dirname, "../src");

/**
 * Which folders of src a folder may import from, besides itself. The folders of views do not import each other, except `views/call`,
 * which all of them may use. The folders in `views/floor`, the supervisor's views, may use `views/floor/shared` in its place.
 */
const ARROWS = {
  kit: [],
  lib: [],
  "views/call": ["kit", "lib"],
  "views/floor/shared": ["kit", "lib"],
  "views/floor": ["kit", "lib", "views/floor/shared"],
  views: ["kit", "lib", "views/call"],
  // The entries, App.svelte and Supervisor.svelte, which hold all views.
  "": ["kit", "lib", "views"],
  dev: ["", "kit", "lib", "views"],
};

/** The name of a file's folder: `views/work` or `views/floor/queues` for a file under it, "" for a file directly in src. */
function folder(file) {
  const [first, second, third, fourth] = relative(SRC, file).split(sep);
  if (second === undefined) return "";
  if (first !== "views" || third === undefined) return first;
  return second === "floor" && fourth !== undefined ? `views/floor/${third}` : `views/${second}`;
}

/** Whether folder `from` may import from folder `to`; both as returned by `folder`. */
function allowed(from, to) {
  const arrows = ARROWS[from] ?? (from.startsWith("views/floor/") ? ARROWS["views/floor"] : from.startsWith("views/") ? ARROWS.views : []);
  return from === to || arrows.includes(to) || (arrows.includes("views") && to.startsWith("views/"));
}

/**
 * Checks static and dynamic imports between the folders of src against `ARROWS`. Tests are not shipped, so they may import samples of
 * src/dev.
 */
export default {
  meta: { type: "problem", schema: [], messages: { sideways: "{{from}} may not import from {{to}}: see ui/lint/arrows.js." } },
  create(context) {
    const from = folder(context.filename);
    const isTest = context.filename.endsWith(".test.ts");
    function check({ source }) {
      if (typeof source?.value !== "string" || !source.value.startsWith(".")) return;
      const to = folder(resolve(dirname(context.filename), source.value));
      if (allowed(from, to) || (isTest && to === "dev")) return;
      context.report({ node: source, messageId: "sideways", data: { from: from || "src", to: to || "src" } });
    }
    return { ImportDeclaration: check, ImportExpression: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};
