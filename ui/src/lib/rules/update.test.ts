import { expect, test } from "vitest";
import type { ProblemCode, UpdateStage, UpdateView } from "../contract";
import { installProblem, isLong, isTold, isUnderWay, standingProblem } from "./update";

const ready = (offered: boolean): UpdateStage => ({ kind: "ready", version: "1.2.0", notes: "", offered });
const view = (stage: UpdateStage, code: ProblemCode | null = null): UpdateView => ({
  server: "updates.example.com",
  byOthers: false,
  needsConsent: false,
  lookedAt: null,
  stage,
  problem: code && { code, detail: "", retryable: true },
  backupAt: null,
  backupOffered: false,
});
const NONE: UpdateStage = { kind: "none" };
const WORK: UpdateStage[] = [{ kind: "looking" }, { kind: "loading", version: "1.2.0", percent: 3 }, { kind: "installing", version: "1.2.0" }, { kind: "installed", version: "1.2.0" }];

test("a version is told of while it may be installed, unless that very version was put off", () => {
  expect(isTold(view(ready(true)), null, false)).toBe(true);
  expect(isTold(view(ready(true)), "1.1.0", false)).toBe(true);
  expect(isTold(view(ready(true)), "1.2.0", true)).toBe(false);
  expect(isTold(view(ready(false), "updateFailed"), null, true)).toBe(false);
});

test("looking and fetching are not told of, installing is, whatever was put off", () => {
  expect(WORK.map((stage) => isTold(view(stage), "1.2.0", false))).toEqual([false, false, true, true]);
  expect(isTold(view(NONE), null, true)).toBe(false);
});

test("another attempt changes nothing while one is made", () => {
  expect(WORK.map((stage) => isUnderWay(view(stage)))).toEqual([true, true, true, true]);
  expect([NONE, ready(true), ready(false)].map((stage) => isUnderWay(view(stage)))).toEqual([false, false, false]);
});

test("the problem of an attempt is over once another one is made", () => {
  expect(WORK.map((stage) => standingProblem(view(stage, "updateServer")))).toEqual([null, null, null, null]);
  expect(standingProblem(view(NONE, "updateServer"))?.code).toBe("updateServer");
  expect(standingProblem(view(ready(false), "noUpdateNow"))?.code).toBe("noUpdateNow");
  expect(standingProblem(view(ready(true), "noUpdateNow")), "nothing would be interrupted any more").toBeNull();
});

test("only a failed installation is a problem of the offer", () => {
  expect(installProblem(view(ready(true), "updateFailed"), false)?.code).toBe("updateFailed");
  expect(installProblem(view(ready(true), "storeFull"), true)?.code).toBe("storeFull");
  expect(installProblem(view(ready(true), "updateServer"), true)).toBeNull();
  expect(installProblem(view(NONE, "updateServer"), true)).toBeNull();
});

test("a file that is refused is told of if its installation was wanted", () => {
  expect(installProblem(view(NONE, "updateRefused"), false)).toBeNull();
  expect(installProblem(view(NONE, "updateRefused"), true)?.code).toBe("updateRefused");
  expect(isTold(view(NONE, "updateRefused"), "1.2.0", true)).toBe(true);
});

test("notes are long by their lines or by their letters", () => {
  expect([isLong(""), isLong("a\nb\nc\nd"), isLong("a".repeat(240))]).toEqual([false, false, false]);
  expect([isLong("a\nb\nc\nd\ne"), isLong("新".repeat(241))]).toEqual([true, true]);
});
