import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "svelte/compiler";
import { expect, test } from "vitest";
import { en } from "./en";
import { floorEn } from "./floor-en";
import { floorZh } from "./floor-zh";
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
    .map((path) => (statSync(path).isDirectory() ? sources(path) : /\.(svelte|ts)$/.test(path) && !/i18n\/(floor-)?(en|zh)\.ts|test\.ts/.test(path) ? readFileSync(path, "utf8") : ""))
    .join("\n");
}

const PLURAL = ["one", "other"];
const tables = (english: object, chinese: object) => ({ english: new Map(leaves(english as Tree)), chinese: new Map(leaves(chinese as Tree)) });

/** The texts of all windows and those of the supervisor's window, each with the name by which views read them. */
const CATALOGUES = [
  { name: "t", ...tables(en, zh), same: ["crm.short", "signIn.appid", "signIn.accesskey", "methods.ivr", "ring.more"], byRust: ["reasons"], blank: [] as string[] },
  {
    name: "f",
    ...tables(floorEn, floorZh),
    same: ["none", "percent", "table.loading", "hours.daysAndTimes", "campaigns.of", "encodings.utf-8", "encodings.utf-16le", "encodings.utf-16be", "encodings.gb18030"],
    // Rust stores the kinds of the ledger's entries and their results.
    byRust: ["entries", "ledger"],
    // The stage alone says it.
    blank: ["stageMeans.running", "stageMeans.paused", "stageMeans.ended"],
  },
];

for (const { name, english, chinese, same, blank } of CATALOGUES) {
  test(`${name}: both languages have the same texts`, () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  });

  test(`${name}: no text is empty`, () => {
    const empty = [...english, ...chinese].filter(([key, text]) => text === "" && !blank.includes(key));
    expect(empty.map(([key]) => key)).toEqual([]);
  });

  test(`${name}: the texts of both languages have the same placeholders`, () => {
    const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
    for (const [key, text] of english) expect([key, places(chinese.get(key)!)]).toEqual([key, places(text)]);
  });

  test(`${name}: Chinese texts are Chinese`, () => {
    for (const [key, text] of chinese) if (!same.includes(key) && text !== "") expect([key, /[\u4e00-\u9fff]/.test(text)]).toEqual([key, true]);
  });

  test(`${name}: English texts contain no Chinese`, () => {
    expect([...english].filter(([, text]) => /[\u4e00-\u9fff]/.test(text)).map(([key]) => key)).toEqual([]);
  });
}

test("the text about the demo contains the simulator's accesskey", () => {
  const key = /accesskey: "([^"]+)"\.into\(\)/.exec(readFileSync("../crates/simulator/src/options.rs", "utf8"))?.[1];
  expect(key).toBeTruthy();
  for (const texts of [en, zh]) expect(texts.signIn.leadDemo).toContain(key);
});

for (const { name, english, byRust } of CATALOGUES) {
  test(`${name}: every text is used`, () => {
    const code = sources("src");
    const contract = sources("src/lib/contract");
    const has = (text: string, word: string) => new RegExp(`(?<![\\w.])${word.replace(/[.[\]$]/g, "\\$&")}(?!\\w)`).test(text);
    const unused = [...english.keys()].filter((key) => {
      const path = key.split(".");
      // Either its own key is used, or its parent is indexed with a value; then a type or a list must contain the key.
      return !path.some((_, n) => {
        const [above, chosen] = [path.slice(0, n + 1).join("."), path[n + 1]];
        if (!new RegExp(`\\b${name}\\.${above}(?!\\w)`).test(code)) return false;
        const dynamic = new RegExp(`\\b${name}\\.${above}(\\[|[,;)}]|$)`, "m").test(code);
        return chosen === undefined || byRust.includes(above) || (dynamic && (/^\d+$/.test(chosen) || PLURAL.includes(chosen) || has(contract, `"${chosen}"`) || has(code, chosen) || has(code, `"${chosen}"`)));
      });
    });
    expect(unused).toEqual([]);
  });
}

/** Texts that need no translation: names, keys and what is the same in each language. */
const WORDLESS = new Set(["Ringside", "English", "简体中文"]);

type Node = { type: string; [key: string]: unknown };

/** The literal texts in a view's markup and in attributes that are shown or read aloud. */
function literals(node: unknown, spoken = true): string[] {
  if (Array.isArray(node)) return node.flatMap((each) => literals(each, spoken));
  if (typeof node !== "object" || node === null) return [];
  const { type, ...parts } = node as Node;
  if (type === "Text") return spoken ? [String(parts.data)] : [];
  if (type === "Attribute") return literals(parts.value, ["aria-label", "aria-description", "aria-roledescription", "aria-valuetext", "title", "placeholder", "alt"].includes(String(parts.name)));
  if (type === "Literal") return spoken && typeof parts.value === "string" ? [parts.value] : [];
  if (type === "TemplateElement") return spoken ? [String((parts.value as { cooked: string }).cooked)] : [];
  // The operands of comparisons and the arguments of calls are not shown; the two results of a condition are.
  if (type === "ConditionalExpression") return literals([parts.consequent, parts.alternate], spoken);
  if (type === "LogicalExpression") return literals(parts.right, spoken);
  if (["BinaryExpression", "CallExpression", "MemberExpression", "ArrowFunctionExpression", "ObjectExpression"].includes(type)) return [];
  if (["OnDirective", "BindDirective", "ClassDirective", "StyleDirective", "ConstTag", "StyleSheet"].includes(type)) return [];
  if (type === "IfBlock") return literals([parts.consequent, parts.alternate], spoken);
  if (type === "EachBlock") return literals([parts.body, parts.fallback], spoken);
  return literals(Object.values(parts), spoken);
}

test("no view has literal texts", () => {
  const views = readdirSync("src", { recursive: true }).map(String).filter((name) => name.endsWith(".svelte"));
  expect(views.length).toBeGreaterThan(30);
  const found = views.flatMap((name) => {
    const { fragment } = parse(readFileSync(join("src", name), "utf8"), { modern: true });
    const words = literals(fragment).filter((text) => /\p{L}/u.test(text) && !WORDLESS.has(text.trim()));
    return words.map((text) => `${name}: ${text.trim()}`);
  });
  expect(found).toEqual([]);
});

test("values are filled in, and a placeholder without a value stays visible", () => {
  expect(fill("{a} of {b}", { a: 1, b: "x" })).toBe("1 of x");
  expect(fill("{a}", {})).toBe("{a}");
});
