import { expect, test } from "vitest";
import { clock, groupNumber, lengths } from "./format";

test("numbers are grouped for reading", () => {
  expect(groupNumber("13387525701")).toBe("133 8752 5701");
  expect(groupNumber("02566823420")).toBe("025 6682 3420");
  expect(groupNumber("015029913692")).toBe("0150 2991 3692");
  expect(groupNumber("+8613387525701")).toBe("+86133 8752 5701".replace("86133", "86133"));
  expect(groupNumber("133875257")).toBe("13387 5257");
  expect(groupNumber("100001")).toBe("100001");
  expect(groupNumber("<b>x</b>")).toBe("<b>x</b>");
});

test("durations", () => {
  expect([0, 999, 7_000, 192_000, 3_765_000, -5].map(clock)).toEqual(["0:00", "0:00", "0:07", "3:12", "1:02:45", "0:00"]);
});

test("how long it rang and was talked: as billed where it was, else as seen, else not known", () => {
  const call = (part: object) => ({ rangAt: 1000, answeredAt: 4000, endedAt: 64_000, talkedSeconds: null, ...part }) as Parameters<typeof lengths>[0];
  expect(lengths(call({}))).toEqual({ rung: 3000, talked: 60_000 });
  expect(lengths(call({ talkedSeconds: 58 }))).toEqual({ rung: 3000, talked: 58_000 });
  expect(lengths(call({ answeredAt: null }))).toEqual({ rung: 63_000, talked: null });
  expect(lengths(call({ rangAt: null, endedAt: null }))).toEqual({ rung: null, talked: null });
});
