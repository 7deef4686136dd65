import { expect, test } from "vitest";
import { dayStart, Days, daysOf, HEAD, limits, ROW } from "./days";

const NOON = new Date(2026, 4, 20, 12).getTime();
const DAY = 86_400_000;

test("limits ascend from the start of the oldest call's day to the end of the newest call's day", () => {
  const found = limits(NOON - 2 * DAY, NOON);
  expect(found).toEqual([dayStart(NOON, -2), dayStart(NOON, -1), dayStart(NOON), dayStart(NOON, 1)]);
});

test("the days of a page of calls equal the days made from counts", () => {
  const moments = [NOON, NOON - 1, NOON - DAY, NOON - 3 * DAY, NOON - 3 * DAY];
  const { days, total } = daysOf(moments);
  expect([total, ...days.map((day) => [day.since, day.count])]).toEqual([5, [dayStart(NOON), 2], [dayStart(NOON, -1), 1], [dayStart(NOON, -3), 2]]);
  expect(daysOf([]).total).toBe(0);
});

test("dates very far apart share one long day instead of thousands of empty ones", () => {
  const found = limits(0, NOON);
  expect(found.length).toBeLessThan(4000);
  expect(found[0]).toBeLessThanOrEqual(0);
  expect([...found].sort((a, b) => a - b)).toEqual(found);
});

test("days without calls have no heading, and the newest day comes first", () => {
  const days = new Days([0, 10, 20, 30], [2, 0, 3]);
  expect(days.days.map(({ since, first, count, top }) => ({ since, first, count, top }))).toEqual([
    { since: 20, first: 0, count: 3, top: 0 },
    { since: 0, first: 3, count: 2, top: HEAD + 3 * ROW },
  ]);
  expect(days.total).toBe(5);
});

test("rowAt finds each row at its drawn position, also the last of a million", () => {
  const days = new Days([0, 1, 2, 3], [1, 999_000, 999]);
  for (const row of [0, 998, 999, 500_000, 999_998, 999_999]) {
    expect(days.rowAt(days.topOf(row))).toBe(row);
    expect(days.rowAt(days.topOf(row) + ROW - 1)).toBe(row);
  }
  expect(days.rowAt(days.height)).toBe(999_999);
  expect(days.topOf(999_999) + ROW).toBe(days.height);
});
