import { expect, test } from "vitest";
import { indented } from "./json";

test("JSON is indented as by the language itself, whatever is in its texts", () => {
  for (const value of [{ ret: 200, data: { list: [{ name: 'a "b": {1, [2]}\\', on: true, none: null, share: -1.5e-7 }, []], empty: {} }, msg: "" }, [], [[1], [2]], [1, "x"]]) {
    expect(indented(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
    expect(indented(JSON.stringify(value, null, 3))).toBe(JSON.stringify(value, null, 2));
  }
});

test("no digit of a long number changes", () => {
  expect(indented('{"id":20260504091500881204}')).toBe('{\n  "id": 20260504091500881204\n}');
});

test("what is no JSON is unchanged, and of a cut text what is left is indented", () => {
  for (const text of ["", "<html>{}</html>", "not found", "200 OK"]) expect(indented(text)).toBe(text);
  expect(indented('{"a":[1,{"b":"cut here… (12 bytes more)')).toBe('{\n  "a": [\n    1,\n    {\n      "b": "cut here… (12 bytes more)');
  expect(indented("{]}").length).toBeGreaterThan(2);
});

test("a large answer is indented at once", () => {
  const rows = JSON.stringify(Array.from({ length: 3000 }, (_, n) => ({ id: n, name: `queue-${n}`, texts: ["a", "b"] })));
  const began = performance.now();
  expect(indented(rows)).toBe(JSON.stringify(JSON.parse(rows), null, 2));
  expect(performance.now() - began).toBeLessThan(1000);
});
