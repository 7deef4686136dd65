import { ESLint } from "eslint";
import { expect, test } from "vitest";

const eslint = new ESLint();

/** The imports of a file at this path that the project's own ESLint configuration reports. */
async function forbidden(file, imports) {
  const script = imports.map((path, n) => `import * as part${n} from "${path}";\nvoid part${n};`).join("\n");
  const [{ messages }] = await eslint.lintText(file.endsWith(".svelte") ? `<script lang="ts">\n${script}\n</script>\n` : `${script}\n`, { filePath: `src/${file}` });
  const others = messages.filter(({ ruleId }) => ruleId !== "arrows/arrows");
  expect(others).toEqual([]);
  return messages.map(({ line }) => imports[(line - (file.endsWith(".svelte") ? 2 : 1)) / 2]);
}

test("a view may import kit, lib and views/call, but no other view", async () => {
  const good = ["svelte", "./Recent.svelte", "../../kit/Glyph.svelte", "../../lib/state/context", "../call/NoteField.svelte"];
  const bad = ["../calls/Calls.svelte", "../../App.svelte", "../../dev/samples"];
  expect(await forbidden("views/work/Queues.svelte", [...good, ...bad])).toEqual(bad);
  expect(await forbidden("views/call/Player.svelte", ["./Volume.svelte", "../../kit/Glyph.svelte", "../work/Recent.svelte"])).toEqual(["../work/Recent.svelte"]);
});

test("a supervisor's view may import kit, lib and views/floor/shared, but no other view", async () => {
  const good = ["svelte", "./Queue.svelte", "../../../kit/Mark.svelte", "../../../lib/state/floor.svelte", "../shared/Problem.svelte"];
  const bad = ["../groups/Groups.svelte", "../../call/NoteField.svelte", "../../../Supervisor.svelte"];
  expect(await forbidden("views/floor/queues/Queues.svelte", [...good, ...bad])).toEqual(bad);
  expect(await forbidden("views/work/Queues.svelte", ["../floor/shared/Problem.svelte"])).toEqual(["../floor/shared/Problem.svelte"]);
});

test("kit may import only kit, and lib only lib", async () => {
  const lib = ["../lib/state/context", "../views/call/NoteField.svelte", "../dev/samples"];
  expect(await forbidden("kit/Choice.svelte", ["./Glyph.svelte", ...lib])).toEqual(lib);
  const others = ["../../kit/Glyph.svelte", "../../views/call/NoteField.svelte", "../../dev/memory"];
  expect(await forbidden("lib/state/session.svelte.ts", ["../contract", "./notes.svelte", ...others])).toEqual(others);
});

test("only dev and the tests, which are not shipped, may import dev", async () => {
  expect(await forbidden("main.ts", ["./App.svelte", "./views/ring/Ring.svelte", "./dev/host"])).toEqual(["./dev/host"]);
  expect(await forbidden("dev/main.ts", ["../App.svelte", "../views/ring/Ring.svelte", "../lib/contract", "./host"])).toEqual([]);
  expect(await forbidden("lib/rules/days.test.ts", ["../../dev/samples"])).toEqual([]);
});

test("dynamic imports and re-exports follow the same rules", async () => {
  for (const code of [`void import("../../dev/samples");\n`, `export * from "../../dev/samples";\n`, `export { base } from "../../dev/samples";\n`]) {
    const [{ messages }] = await eslint.lintText(code, { filePath: "src/lib/rules/days.ts" });
    expect(messages.map(({ ruleId }) => ruleId)).toEqual(["arrows/arrows"]);
  }
});
