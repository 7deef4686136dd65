import { expect, test } from "vitest";
import { matches, pressed, sorted, still } from "./table";

test("a second press on a column turns its order", () => {
  const up = pressed({ column: "made", down: true }, "name");
  expect(up).toEqual({ column: "name", down: false });
  expect(pressed(up, "name")).toEqual({ column: "name", down: true });
});

test("rows without a value come last in both directions, and equal rows keep their order", () => {
  const rows = [{ id: 1, n: 2 }, { id: 2, n: null }, { id: 3, n: 10 }, { id: 4, n: 2 }];
  const ids = (down: boolean) => sorted(rows, (row) => row.n, down).map(({ id }) => id);
  expect(ids(false)).toEqual([1, 4, 3, 2]);
  expect(ids(true)).toEqual([3, 1, 4, 2]);
});

test("a search matches when each of its words occurs", () => {
  expect(matches("wang ren", ["Renewals", null, "Wang Min"])).toBe(true);
  expect(matches("wang exit", ["Renewals", "Wang Min"])).toBe(false);
  expect(matches("", [])).toBe(true);
  expect(matches("回访", ["回访 · 五月"])).toBe(true);
});

test("a row that is gone is not selected any more", () => {
  expect(still(new Set(["a", "b"]), ["b", "c"])).toEqual(new Set(["b"]));
});
