import { expect, test, vi } from "vitest";
import { place } from "../../dev/floor-scenarios";
import { usualPlan } from "../rules/floor/plan";

vi.stubGlobal("navigator", { language: "en-GB" });

async function fresh(language: "english" | "chinese") {
  const { FloorTexts } = await import("./floor-texts.svelte");
  const texts = new FloorTexts();
  await texts.choose(language);
  return texts;
}

test("the ledger's keys and codes are said in words; a code without a meaning is told as a code, and other details as they are", async () => {
  const [english, chinese] = [await fresh("english"), await fresh("chinese")];
  const both = (detail: string) => [english.detail(detail), chinese.detail(detail)];
  expect(both("settingAvailable")).toEqual(["setting its agents available", "把坐席设为示闲"]);
  expect(both("10 minutes")).toEqual(["10 minutes", "10 分钟"]);
  expect(both("do-not-call list: 1 numbers")).toEqual(["1 number of the do-not-call list", "免呼名单中的 1 个号码"]);
  expect(both("part 0")).toEqual(["Part 1", expect.stringContaining("1")]);
  expect(both("part 2: code 1042: ")[0]).toBe("Part 3 · code 1042");
  expect(both("code 1042: ")).toEqual(["code 1042", "代码 1042"]);
  expect(english.detail("code 1012: no such extension")).toBe("the extension does not exist · code 1012 · no such extension");
  expect(both("no answer: timed out")).toEqual(["no answer: timed out", "no answer: timed out"]);
  expect(both("")).toEqual(["", ""]);
});

test("each hold has a cause with its own way out", async () => {
  const texts = await fresh("english");
  const means = (["paused", "abandonedLimit", "teamBreak", "outsideHours"] as const).map((kind) => texts.cause({ kind }, 0)[1]);
  expect(new Set(means).size).toBe(4);
  expect(means[1]).toContain("Raise the limit under Limits");
  expect(means[0]).toBe("Resume it to go on.");
});

test("the states of a member's call are said in words, an unknown one as the platform names it", async () => {
  const texts = await fresh("chinese");
  expect(["hangup", "Ring", "answer", "parked"].map((word) => texts.memberCall(word))).toEqual(["无通话", "振铃", "通话中", "parked"]);
});

test("where the platform's zone is not this computer's, the board shows both times with the zone", async () => {
  const texts = await fresh("english");
  const noon = Date.UTC(2026, 4, 20, 4, 0, 0);
  const here = -new Date(noon).getTimezoneOffset();
  expect(texts.boardClock(noon, { ...place, platformUtcMinutes: here })).toBe(texts.hour(noon));
  const away = (minutes: number) => texts.boardClock(noon, { ...place, platformUtcMinutes: minutes });
  const other = here === 480 ? 330 : 480;
  expect(away(other)).toContain(other === 480 ? "12:00 at the platform (UTC+08:00)" : "09:30 at the platform (UTC+05:30)");
  if (here !== -300) expect(away(-300)).toContain("23:00 at the platform (UTC−05:00)");
  expect(texts.moments(noon, { ...place, platformUtcMinutes: 480 })).toMatch(/\nAt the platform: .*12:00:00 \(UTC\+08:00\)$/);
});

test("the summary tells in numbers what the limit permits among a day's first calls, and when attempts are counted", async () => {
  const [english, chinese] = [await fresh("english"), await fresh("chinese")];
  const plan = (abandonedPerMille: number, pauseAtLimit: boolean) => ({ ...usualPlan(), limits: { ...usualPlan().limits, abandonedPerMille, pauseAtLimit, attemptsPerDay: 3, attemptsInAll: null } });
  const check = { rows: 1, good: 1, repaired: 0, refused: [], doubts: [] };
  const [attempts, limit] = english.summary(plan(410, true), check, 480, true).slice(-2);
  expect(attempts).toBe("A number is called at most 3 times a day; this is checked when numbers are imported and before each part is sent.");
  expect(limit).toBe("Ringside pauses it as soon as 41% of today’s answered calls are abandoned. While fewer than 100 calls were answered today, 40 abandoned calls are permitted; the next one is at the limit.");
  expect(english.summary(plan(30, false), check, 480, true).at(-1)).toContain("2 abandoned calls are permitted");
  expect(english.summary(plan(20, false), check, 480, true).at(-1)).toContain("1 abandoned call is permitted");
  expect(chinese.summary(plan(30, true), check, 480, true).at(-1)).toBe("今日接听的电话中呼损达到 3% 时，Ringside 会暂停任务。当日接听不足 100 通时，允许呼损 2 通，再多一通即达到上限。");
});
