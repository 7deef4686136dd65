import { beforeEach, expect, test, vi } from "vitest";

vi.stubGlobal("navigator", { language: "en-GB" });

/** The names of languages whose file cannot be loaded. */
const missing = new Set<string>();

beforeEach(() => {
  missing.clear();
  vi.resetModules();
  for (const file of ["en", "zh"]) {
    vi.doMock(`./${file}`, async (original) => {
      if (missing.has(file)) throw new Error(`no ${file}`);
      return original();
    });
  }
});

async function fresh() {
  const { Texts } = await import("./texts.svelte");
  return new Texts();
}

const shown = (texts: Awaited<ReturnType<typeof fresh>>) => [texts.tag, texts.t.nav.settings];

test("a language is shown once it is loaded, and until then the one before it", async () => {
  const texts = await fresh();
  const loading = texts.choose("system");
  expect(texts.ready).toBe(false);
  expect(() => texts.t).toThrow("no language yet");
  await loading;
  expect(shown(texts)).toEqual(["en-GB", "Settings"]);
  const other = texts.choose("chinese");
  expect(shown(texts)).toEqual(["en-GB", "Settings"]);
  await other;
  expect(shown(texts)).toEqual(["zh-CN", "设置"]);
});

test("a loaded language is shown at once", async () => {
  const texts = await fresh();
  await texts.choose("chinese");
  await texts.choose("english");
  void texts.choose("chinese");
  expect(shown(texts)).toEqual(["zh-CN", "设置"]);
});

test("of two languages chosen in a row, the last one is shown, whichever is loaded first", async () => {
  const texts = await fresh();
  await texts.choose("english");
  const chinese = texts.choose("chinese");
  await texts.choose("english");
  await chinese;
  expect(shown(texts)).toEqual(["en", "Settings"]);
});

test("a language that cannot be loaded leaves the shown one, and is tried again when it is chosen again", async () => {
  const texts = await fresh();
  await texts.choose("english");
  missing.add("zh");
  await expect(texts.choose("chinese")).rejects.toThrow();
  expect(shown(texts)).toEqual(["en", "Settings"]);
  await expect(texts.choose("chinese"), "asked once only").resolves.toBeUndefined();
  await texts.choose("english");
  missing.clear();
  vi.resetModules();
  await texts.choose("chinese");
  expect(shown(texts)).toEqual(["zh-CN", "设置"]);
});

test("if the first language cannot be loaded, the other one is shown", async () => {
  const texts = await fresh();
  missing.add("zh");
  await expect(texts.choose("chinese")).rejects.toThrow();
  expect(shown(texts)).toEqual(["en", "Settings"]);
});

test("if no language can be loaded, the next attempt can succeed", async () => {
  const texts = await fresh();
  missing.add("zh").add("en");
  await expect(texts.choose("english")).rejects.toThrow();
  expect(texts.ready).toBe(false);
  missing.clear();
  vi.resetModules();
  await texts.choose("english");
  expect(shown(texts)).toEqual(["en", "Settings"]);
});
