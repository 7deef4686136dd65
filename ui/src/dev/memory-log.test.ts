import { expect, test } from "vitest";
import { ALL } from "../lib/rules/filter";
import { MemoryLog } from "./memory-log";

const ids = (log: MemoryLog, ...question: Parameters<MemoryLog["page"]>) => log.page(...question).map((row) => row.call.id);

test("a million calls are paged from either end and from any call, without being stored", () => {
  const log = new MemoryLog(1_000_000, Date.now());
  expect(ids(log, ALL, { kind: "newest" }, 0, 3)).toEqual([1_000_000, 999_999, 999_998]);
  expect(ids(log, ALL, { kind: "newest" }, 999_998, 3)).toEqual([2, 1]);
  expect(ids(log, ALL, { kind: "oldest" }, 1, 2)).toEqual([2, 3]);
  const { id, startedAt } = log.row(500)!.call;
  expect(ids(log, ALL, { kind: "before", startedAt, id }, 0, 2)).toEqual([499, 498]);
  expect(ids(log, ALL, { kind: "after", startedAt, id }, 1, 2)).toEqual([502, 503]);
  expect(log.counts(ALL, [0, startedAt, 8.64e15])).toEqual([499, 999_501]);
});

test("a call is found by the text of its note", () => {
  const log = new MemoryLog(100, Date.now());
  log.edit(7, { kind: "text", text: "Blue door" });
  expect(ids(log, { ...ALL, text: "blue DOOR" }, { kind: "newest" }, 0, 9)).toEqual([7]);
});
