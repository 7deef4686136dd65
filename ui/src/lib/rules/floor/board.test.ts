import { expect, test } from "vitest";
import { board, now, queues } from "../../../dev/floor-samples";
import { problem } from "../../../dev/floor-samples";
import { ageOf, alarms, fresh, frozen, lasts, total, usualThresholds } from "./board";

const offices = queues(4, 12).map((queue) => ({ ...queue, readAt: now - 3000 }));
const shown = board(offices);

test("a board is frozen when its oldest reading is overdue by more than four seconds", () => {
  const until = now - 3000 + 6000 * 1.1 + 4000;
  expect(lasts(shown)).toBe(10_600);
  expect(frozen(shown, until)).toBe(false);
  expect(frozen(shown, until + 1)).toBe(true);
});

test("a board of many queues is read more slowly, and that is not taken for frozen", () => {
  const many = board(queues(40, 1).map((queue, n) => ({ ...queue, readAt: now - n * 1500 })));
  expect(frozen(many, now)).toBe(false);
  expect(frozen(board(offices.map((queue) => ({ ...queue, readAt: now - 60_000 }))), now)).toBe(true);
});

test("one queue that cannot be read does not freeze the board; all of them do", () => {
  const failing = (n: number) => board(offices.map((queue, at) => (at < n ? { ...queue, readAt: now - 600_000, problem: problem("queueUnknown") } : queue)));
  expect(frozen(failing(1), now)).toBe(false);
  expect(ageOf(failing(1))).toBe(now - 3000);
  expect(frozen(failing(4), now)).toBe(true);
});

test("a board without queues is frozen only if they cannot be read", () => {
  expect(frozen(board([], { readAt: null }), now)).toBe(false);
  expect(frozen(board([], { readAt: null, problem: problem("unreachable") }), now)).toBe(true);
});

test("the board warns of few available agents, a long wait and many abandoned calls", () => {
  const busy = board(offices.map((queue) => ({ ...queue, agents: queue.agents.map((agent) => ({ ...agent, state: { kind: "talking" as const } })) })), { longestWaitSeconds: 20, answered: 100, abandoned: 3 });
  expect(alarms(busy, usualThresholds).map(({ what }) => what)).toEqual(["idle", "idle", "idle", "idle", "wait", "abandoned"]);
  expect(alarms(busy, { idle: null, wait: null, abandoned: null })).toEqual([]);
  expect(alarms(board([{ ...offices[0]!, agents: [] }], { longestWaitSeconds: 0, abandoned: 0 }), usualThresholds)).toEqual([]);
});

test("only an alarm that was not there before sounds", () => {
  const wait = { what: "wait" } as const;
  expect(fresh([wait], [wait, { what: "idle", queue: "queue-1" }])).toEqual([{ what: "idle", queue: "queue-1" }]);
  expect(fresh([wait], [wait])).toEqual([]);
});

test("the sums are those of all queues", () => {
  const sums = total(shown.queues);
  expect(sums.idle + sums.ringing + sums.talking + sums.busy + sums.other).toBe(48);
});
