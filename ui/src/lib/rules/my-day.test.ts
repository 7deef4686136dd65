import { expect, test } from "vitest";
import { drawn, hours, NOTHING, roof, week } from "./my-day";

const at = (...parts: [number, number, number, number?]) => new Date(parts[0], parts[1] - 1, parts[2], parts[3] ?? 0).getTime();

test("a day has its hours, and the seven days end with today", () => {
  const day = hours(at(2026, 5, 20, 13));
  expect([day[0], day.at(-1), day.length]).toEqual([at(2026, 5, 20), at(2026, 5, 21), 25]);
  expect(week(at(2026, 3, 3, 9))).toEqual([25, 26, 27, 28].map((n) => at(2026, 2, n)).concat([1, 2, 3, 4].map((n) => at(2026, 3, n))));
});

test("a day of 23 or 25 hours has that many hours, in ascending order", () => {
  const zone = process.env.TZ;
  process.env.TZ = "Europe/Berlin";
  for (const [day, length] of [[at(2026, 3, 29), 24], [at(2026, 10, 25), 26], [at(2026, 6, 1), 25]] as const) {
    const limits = hours(day);
    expect(limits.length).toBe(length);
    expect(limits.slice(1).every((limit, n) => limit > limits[n]!)).toBe(true);
  }
  process.env.TZ = zone;
});

test("the hours of an office day are drawn, and more if there were calls outside of them", () => {
  const limits = hours(at(2026, 5, 20));
  const sums = limits.slice(1).map(() => NOTHING);
  expect(drawn(limits, sums)).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
  sums[6] = { ...NOTHING, missed: 1 };
  expect(drawn(limits, sums)[0]).toBe(6);
  sums[23] = { ...NOTHING, talkSeconds: 5 };
  expect(drawn(limits, sums).at(-1)).toBe(23);
});

test("the scale's end is round and can be halved", () => {
  expect([0, 1, 2, 3, 5, 7, 11, 21, 100, 101].map(roof)).toEqual([2, 2, 2, 4, 6, 10, 20, 40, 100, 200]);
});
