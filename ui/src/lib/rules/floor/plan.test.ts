import { expect, test } from "vitest";
import type { CampaignPlan } from "../../contract";
import { clockOf, faults, listed, listLines, minutesOf, sameCheck, usualPlan, within } from "./plan";

const plan = (part: Partial<CampaignPlan> = {}): CampaignPlan => ({ ...usualPlan(), target: { kind: "queue", name: "queue-1" }, ...part });

test("the usual plan lacks only its agents", () => {
  expect(faults(usualPlan())).toEqual(["target"]);
  expect(faults(plan())).toEqual([]);
});

test("each part of a plan is checked", () => {
  const { limits } = plan();
  expect(faults(plan({ agents: 0 }))).toEqual(["ratio"]);
  expect(faults(plan({ calls: NaN }))).toEqual(["ratio"]);
  expect(faults(plan({ displayNumbers: ["21901", "+86 10"] }))).toEqual(["displayNumbers"]);
  expect(faults(plan({ limits: { ...limits, hours: { days: [], from: 540, to: 1080 } } }))).toEqual(["days"]);
  expect(faults(plan({ limits: { ...limits, hours: { days: [1], from: 1080, to: 540 } } }))).toEqual(["hours"]);
  expect(faults(plan({ limits: { ...limits, hours: { days: [1], from: NaN, to: 540 } } }))).toEqual(["hours"]);
  expect(faults(plan({ limits: { ...limits, attemptsPerDay: 0 } }))).toEqual(["attempts"]);
  expect(faults(plan({ limits: { ...limits, abandonedPerMille: 0 } }))).toEqual(["limit"]);
  expect(faults(plan({ limits: { ...limits, hours: null, attemptsPerDay: null } }))).toEqual([]);
});

test("times of day are read and written", () => {
  expect([clockOf(0), clockOf(545), clockOf(1440)]).toEqual(["00:00", "09:05", "24:00"]);
  expect([minutesOf("9:05"), minutesOf("24:00")]).toEqual([545, 1440]);
  for (const wrong of ["", "9", "9:5", "24:01", "12:60", "noon"]) expect([wrong, minutesOf(wrong)]).toEqual([wrong, NaN]);
});

test("calling hours hold by the platform's clock", () => {
  const hours = { days: [1], from: 540, to: 1080 };
  // Monday 2026-05-18, 01:00 UTC is 09:00 in Shanghai.
  const nine = Date.UTC(2026, 4, 18, 1);
  expect(within(hours, nine, 480)).toBe(true);
  expect(within(hours, nine - 1, 480)).toBe(false);
  expect(within(hours, nine, 0)).toBe(false);
  expect(within(hours, nine + 9 * 3_600_000, 480)).toBe(false);
  expect(within({ ...hours, days: [2] }, nine, 480)).toBe(false);
  expect(within({ ...hours, days: [7] }, nine - 86_400_000, 480)).toBe(true);
  expect(within(null, 0, 0)).toBe(true);
});

test("numbers are taken from a text, each once", () => {
  expect(listed(" 100001, 100002；100001\n100003 ")).toEqual(["100001", "100002", "100003"]);
  expect(listed("  ")).toEqual([]);
});

test("a check holds until the attempts or the campaign change", () => {
  const { limits } = plan();
  const one = { limits, campaign: null };
  expect(sameCheck(one, { limits: { ...limits, hours: null, abandonedPerMille: 50 }, campaign: null })).toBe(true);
  expect(sameCheck(one, { limits: { ...limits, attemptsPerDay: 1 }, campaign: null })).toBe(false);
  expect(sameCheck(one, { limits, campaign: 4 })).toBe(false);
});

test("the lines of a do-not-call list without a number are named before the list is sent", () => {
  expect(listLines("13800138000\r\n\nnobody\n12\n１３８００１３８００１")).toEqual({ numbers: 2, unreadable: [{ n: 3, text: "nobody" }, { n: 4, text: "12" }] });
  expect(listLines("Number;Reason\n138-0013-8000;asked")).toEqual({ numbers: 1, unreadable: [] });
  expect(listLines("nobody")).toEqual({ numbers: 0, unreadable: [{ n: 1, text: "nobody" }] });
  expect(listLines("1".repeat(21)).numbers).toBe(0);
  expect(listLines("")).toEqual({ numbers: 0, unreadable: [] });
});
