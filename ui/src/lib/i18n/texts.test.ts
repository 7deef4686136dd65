import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { en } from "./en";
import { fill } from "./texts.svelte";
import { zh } from "./zh";

type Tree = { [key: string]: string | Tree | string[] };

function leaves(tree: Tree, path: string[] = []): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [[[...path, key].join("."), value] as [string, string]] : leaves(value as Tree, [...path, key]),
  );
}

function sources(folder: string): string {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .map((path) => (statSync(path).isDirectory() ? sources(path) : /\.(svelte|ts)$/.test(path) && !/i18n\/(en|zh)\.ts|test\.ts/.test(path) ? readFileSync(path, "utf8") : ""))
    .join("\n");
}

const english = new Map(leaves(en as unknown as Tree));
const chinese = new Map(leaves(zh as unknown as Tree));

test("both languages have the same texts", () => {
  expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
});

test("no text is empty", () => {
  expect([...english, ...chinese].filter(([, text]) => text === "").map(([key]) => key)).toEqual([]);
});

test("both languages take the same values", () => {
  const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
  for (const [key, text] of english) expect([key, places(chinese.get(key)!)]).toEqual([key, places(text)]);
});

test("Chinese texts are Chinese", () => {
  const same = new Set(["crm.short", "signIn.appid", "signIn.accesskey", "methods.ivr", "ring.more"]);
  for (const [key, text] of chinese) if (!same.has(key)) expect([key, /[\u4e00-\u9fff]/.test(text)]).toEqual([key, true]);
});

test("every text is used", () => {
  const code = sources("src");
  // Chosen by a value of the contract, or by a field's name.
  const byValue = ["labels", "phones", "seats", "directions", "methods", "endings", "hungUpBy", "reasons", "problems", "connection"];
  const unused = [...english.keys()].filter((key) => {
    const [group = "", ...rest] = key.split(".");
    if (byValue.includes(group)) return !code.includes(`t.${group}`);
    const name = rest[0] ?? group;
    return !code.includes(`t.${group}.${name}`) && !code.includes(`t.${group}[`) && !code.includes(`t.${key}`);
  });
  expect(unused).toEqual([]);
});

test("values are put in, and a forgotten one is noticed", () => {
  expect(fill("{a} of {b}", { a: 1, b: "x" })).toBe("1 of x");
  expect(fill("{a}", {})).toBe("{a}");
});
