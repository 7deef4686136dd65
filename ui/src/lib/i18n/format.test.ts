import { expect, test } from "vitest";
import { clock, groupNumber, lengths, plain } from "./format";
import { fill } from "./texts.svelte";
import numbers from "../numbers.json";

test("fr7 phone numbers are grouped as in the tray and in notifications", () => {
  expect(numbers.length).toBeGreaterThan(10);
  for (const [number, shown] of numbers) expect(groupNumber(number!)).toBe(shown);
});

test("fc20 control characters are removed from texts of other systems, and right-to-left text is isolated", () => {
  expect(plain("a\u0000b\u202ec\u0085\ufeff")).toBe("abc");
  expect(plain("two\nlines\tand 你好")).toBe("two\nlines\tand 你好");
  expect(fill("{who} in {queue}", { who: "عمر", queue: "queue-1" })).toBe("\u2068عمر\u2069 in queue-1");
  expect(fill("{count} of {who}", { count: 3, who: "\u202eabc" })).toBe("3 of abc");
});

test("durations", () => {
  expect([0, 999, 7_000, 192_000, 3_765_000, -5].map(clock)).toEqual(["0:00", "0:00", "0:07", "3:12", "1:02:45", "0:00"]);
});

test("the talk time is the billed one, else the observed one, else unknown", () => {
  const call = (part: object) => ({ rangAt: 1000, answeredAt: 4000, endedAt: 64_000, talkedSeconds: null, ...part }) as Parameters<typeof lengths>[0];
  expect(lengths(call({}))).toEqual({ rung: 3000, talked: 60_000 });
  expect(lengths(call({ talkedSeconds: 58 }))).toEqual({ rung: 3000, talked: 58_000 });
  expect(lengths(call({ answeredAt: null }))).toEqual({ rung: 63_000, talked: null });
  expect(lengths(call({ rangAt: null, endedAt: null }))).toEqual({ rung: null, talked: null });
});
