import { expect, test } from "vitest";
import { campaign, counts } from "../../../dev/floor-samples";
import type { Campaign, CampaignPart, CampaignStage, Hold, PartState } from "../../contract";
import { can, copyName, decidedPart, FEWEST_ANSWERED, forEach, judged, limitTone, month, note, noteOf, permittedOfFew, sent, unaccounted, worst } from "./campaigns";

const row = (stage: CampaignStage, part = {}) => campaign(1, stage, part).row;

test("30 days are judged by their share, and not as a day's first calls, unless all their calls are today's", () => {
  const days = counts({ answeredToday: 10, abandonedToday: 0, answered30Days: 40, abandoned30Days: 2 });
  expect(month(days)).toEqual({ answered: 40, abandoned: 2, fewest: 1 });
  expect(worst(days, 30)).toMatchObject({ tone: "bad", part: 0.05, fewest: 1 });
  expect(permittedOfFew(40, 30, 1)).toBeNull();
  expect(judged(2, 40, 1)).toBe(0.05);
  const first = counts({ answeredToday: 40, abandonedToday: 2, answered30Days: 40, abandoned30Days: 2 });
  expect(worst(first, 30)).toMatchObject({ tone: "done", fewest: 100 });
});

test("the abandonment rate warns from 80 per cent of its limit on, and is beyond it at the limit", () => {
  const tones = [[0, 0], [0, 50], [23, 1000], [24, 1000], [29, 1000], [30, 1000]].map(([abandoned, answered]) => limitTone(abandoned!, answered!, 30));
  expect(tones).toEqual(["off", "done", "done", "warn", "warn", "bad"]);
});

test("the first 100 answered calls permit as many abandoned calls as 100 do; the share that is shown stays the true one", () => {
  const tones = [[1, 1], [2, 2], [2, 99], [3, 3], [3, 100], [3, 101]].map(([abandoned, answered]) => limitTone(abandoned!, answered!, 30));
  expect(tones).toEqual(["done", "done", "done", "bad", "bad", "warn"]);
  expect(limitTone(4, 5, 50)).toBe("warn");
  expect(worst(counts({ answeredToday: 2, abandonedToday: 1, answered30Days: 2, abandoned30Days: 1 }), 30)).toMatchObject({ tone: "done", part: 0.5 });
  expect([99, 100].map((answered) => permittedOfFew(answered, 30))).toEqual([2, null]);
  expect([[1, 1], [2, 99], [3, 100], [6, 200]].map(([abandoned, answered]) => judged(abandoned!, answered!))).toEqual([0.01, 0.02, 0.03, 0.03]);
  // The permitted calls of those few are the most that are not beyond the limit, also in the meter.
  for (const perMille of [1, 5, 30, 31, 100, 1000]) {
    const permitted = permittedOfFew(FEWEST_ANSWERED - 1, perMille)!;
    expect([permitted, permitted + 1].map((abandoned) => limitTone(abandoned, FEWEST_ANSWERED - 1, perMille) === "bad")).toEqual([false, true]);
    expect([permitted, permitted + 1].map((abandoned) => judged(abandoned, FEWEST_ANSWERED - 1) >= perMille / 1000)).toEqual([false, true]);
  }
});

test("the worse of today and 30 days is shown", () => {
  expect(worst(counts({ answeredToday: 100, abandonedToday: 1, answered30Days: 100, abandoned30Days: 5 }), 30)).toMatchObject({ tone: "bad", part: 0.05 });
  expect(worst(counts({ answeredToday: 0, abandonedToday: 0, answered30Days: 100, abandoned30Days: 1 }), 30)).toMatchObject({ tone: "done", part: 0.01 });
  expect(worst(counts({ answeredToday: 0, answered30Days: 0 }), 30).part).toBeNull();
});

test("only a campaign whose task is known is paused, and only a person's pause is ended by a person", () => {
  expect(can("pause", row("running"))).toBe(true);
  expect(can("pause", row("unknown"))).toBe(false);
  expect(can("pause", row("paused"))).toBe(false);
  expect(can("resume", row("paused"))).toBe(true);
  const byHours = row("paused", { holds: [{ reason: "hours", since: 0, by: null }] });
  expect(can("resume", byHours)).toBe(false);
  expect(can("pause", byHours)).toBe(true);
});

test("a campaign that is over can be hidden and copied, and no more", () => {
  for (const stage of ["ended", "finished", "notMade"] as const) {
    expect(can("hideCampaign", row(stage))).toBe(true);
    for (const act of ["pause", "resume", "end", "addNumbers", "removeNumbers", "resumeSending"] as const) expect([stage, act, can(act, row(stage))]).toEqual([stage, act, false]);
  }
  expect(can("hideCampaign", row("running"))).toBe(false);
});

test("an act concerns only those of the chosen campaigns to which it can be done", () => {
  expect(forEach("pause", [row("running"), row("ended"), campaign(7, "running").row])).toEqual([
    { kind: "pause", campaign: 1 },
    { kind: "pause", campaign: 7 },
  ]);
});

test("numbers whose outcome is unknown count as sent", () => {
  expect(sent(counts({ waiting: 5, taken: 10, refused: 1, unknown: 4, removed: 3 }))).toEqual({ done: 15, total: 20 });
});

test("a campaign that waits for its hours can be paused and its sending stopped, with a task and without one", () => {
  const hours: Hold[] = [{ reason: "hours", since: 0, by: null }];
  const person: Hold = { reason: "person", since: 0, by: "ann" };
  const unmade: Partial<Campaign> = { taskId: null, task: { kind: "none" } };
  for (const task of [unmade, {}]) {
    const waits = (part: Partial<Campaign> = {}, waiting = 5) => campaign(1, "paused", { holds: hours, ...task, ...part }, { waiting }).row;
    expect(can("pause", waits())).toBe(true);
    expect(can("resume", waits({ holds: [...hours, person] }))).toBe(true);
    expect(can("stopSending", waits())).toBe(true);
    expect(can("stopSending", waits({}, 0))).toBe(false);
    const stopped = waits({ sendingStopped: true });
    expect([can("stopSending", stopped), can("resumeSending", stopped)]).toEqual([false, true]);
  }
});

const part = (number: number, state: PartState): CampaignPart => ({ number, count: 10, state });

test("numbers that were neither accepted nor refused are seen", () => {
  const taken = [part(0, { kind: "taken", at: 0, accepted: 8 }), part(1, { kind: "waiting" })];
  expect(unaccounted(counts({ taken: 9, refused: 1 }), taken)).toBe(1);
  expect(unaccounted(counts({ taken: 8, refused: 2 }), taken)).toBe(0);
  expect(unaccounted(counts({ taken: 7, removed: 1 }), taken)).toBe(0);
});

test("the id of a task can be given with a part that was decided, once all are", () => {
  const taken = part(1, { kind: "taken", at: 0, accepted: 10 });
  expect(decidedPart([part(0, { kind: "waiting" }), taken])).toBe(1);
  expect(decidedPart([part(0, { kind: "givenUp", at: 0 })])).toBe(0);
  expect(decidedPart([taken, part(2, { kind: "unknown", since: 0 })])).toBeNull();
  expect(decidedPart([part(0, { kind: "waiting" })])).toBeNull();
});

test("a copy gets a name that no other campaign has", () => {
  expect(copyName("spring", [])).toBe("spring (2)");
  expect(copyName("spring", ["spring", "spring (2)", "spring (4)"])).toBe("spring (3)");
  expect(copyName("spring (2)", ["spring", "spring (2)"])).toBe("spring (3)");
  const long = "x".repeat(60);
  const copies = Array.from({ length: 12 }).reduce<string[]>((names) => [...names, copyName(long, names)], []);
  expect(new Set(copies).size).toBe(12);
  expect(copies.every((name) => name.length <= 60)).toBe(true);
  for (const stem of [52, 53, 54]) expect(() => encodeURIComponent(copyName(`${"x".repeat(stem)}😀𠮷y`, []))).not.toThrow();
});

test("a button says why it cannot be pressed, and what the other holds do after Resume", () => {
  const holds = (...reasons: Hold["reason"][]) => row("paused", { holds: reasons.map((reason) => ({ reason, since: 0, by: reason === "person" ? "ann" : null })) });
  expect(note("resume", holds("abandoned"))).toBe("limitHolds");
  expect(note("resume", holds("teamBreak"))).toBe("breakHolds");
  expect(note("resume", holds("hours", "teamBreak"))).toBe("hoursHold");
  expect(note("resume", holds("person", "abandoned"))).toBe("resumeLimit");
  expect(note("resume", holds("person"))).toBeNull();
  expect(note("pause", holds("abandoned"))).toBe("pauseStays");
  expect(note("pause", holds("person"))).toBe("paused");
  expect(note("resume", row("running"))).toBe("notPaused");
  expect(note("resume", row("resuming"))).toBe("waits");
  expect(note("addNumbers", row("sending", { taskId: null, task: { kind: "none" } }))).toBe("addLater");
  expect(note("hideCampaign", row("running"))).toBe("notOver");
  expect(note("pause", row("unknown", { task: { kind: "mayExist", since: 0 } }))).toBe("noTask");
  for (const act of ["pause", "resume", "end", "addNumbers", "removeNumbers"] as const) expect(note(act, row("ended"))).toBe("over");
});

test("without a campaign, or with several, the buttons say that one is to be chosen", () => {
  expect(noteOf("pause", [])).toBe("choose");
  expect(noteOf("addNumbers", [row("running"), row("running")])).toBe("one");
  expect(noteOf("pause", [row("ended"), row("running")])).toBeNull();
  expect(noteOf("pause", [row("ended"), row("finished")])).toBe("over");
});
