import { dirname, relative, resolve, sep } from "node:path";

const SRC = resolve(import.meta.dirname, "../src");

/** Which folders of src each one may import from, beside itself. Every folder of views stands alone, but all may show the parts of a call. */
const ARROWS = {
  kit: [],
  lib: [],
  "views/call": ["kit", "lib"],
  views: ["kit", "lib", "views/call"],
  // The entries, and the component that holds all views.
  "": ["kit", "lib", "views"],
  dev: ["", "kit", "lib", "views"],
};

/** The folder that a file belongs to, as the arrows have it: `views/work` for any view of the work; empty for what lies in src itself. */
function folder(file) {
  const [first, second, third] = relative(SRC, file).split(sep);
  if (second === undefined) return "";
  return first === "views" && third !== undefined ? `views/${second}` : first;
}

/** Whether `from` may import from `to`, both as `folder` gives them. */
function allowed(from, to) {
  const arrows = ARROWS[from] ?? (from.startsWith("views/") ? ARROWS.views : []);
  return from === to || arrows.includes(to) || (arrows.includes("views") && to.startsWith("views/"));
}

/** Holds the arrows between the folders of src, for static and dynamic imports alike. A test is not shipped, and may use samples. */
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
