import { expect, test } from "vitest";
import { board, now, queues } from "../../../dev/floor-samples";
import { problem } from "../../../dev/floor-samples";
import { ageOf, alarms, arrange, fresh, frozen, LEAST, lasts, leastTile, scaleTop, shapeOf, sizesOf, tileOf, usualThresholds } from "./board";

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

test("a queue does not warn of few available agents during its team break", () => {
  const busy = queues(2, 3).map((queue, n) => ({ ...queue, readAt: now, agents: queue.agents.map((agent) => ({ ...agent, state: { kind: "paused" as const } })), n }));
  const shown = board(busy);
  const paused = { ...shown, queues: shown.queues.map((queue, n) => ({ ...queue, onBreak: n === 0 })) };
  const few = (board: typeof shown) => alarms(board, { idle: 1, wait: null, abandoned: null }).map((alarm) => ("queue" in alarm ? alarm.queue : ""));
  expect(few(shown)).toEqual(shown.queues.map(({ name }) => name));
  expect(few(paused)).toEqual([shown.queues[1]!.name]);
});

test("only an alarm that was not there before sounds", () => {
  const wait = { what: "wait" } as const;
  expect(fresh([wait], [wait, { what: "idle", queue: "queue-1" }])).toEqual([{ what: "idle", queue: "queue-1" }]);
  expect(fresh([wait], [wait])).toEqual([]);
});

test("few tiles share the whole area, and the more there are, the more columns they have", () => {
  const screen = { width: 1888, height: 480 };
  expect(arrange(1, screen, 2, true)).toEqual({ pages: 1, perPage: 1, columns: 1, rows: 1 });
  expect(arrange(2, screen, 2, true)).toMatchObject({ pages: 1, columns: 1, rows: 2 });
  expect(arrange(3, screen, 2, true)).toMatchObject({ pages: 1, columns: 3, rows: 1 });
  expect(arrange(4, screen, 2, true)).toMatchObject({ pages: 1, columns: 2, rows: 2 });
  expect(arrange(12, screen, 2, true)).toMatchObject({ pages: 1, columns: 4, rows: 3 });
});

test("tiles are never smaller than can be read: those without room are on further pages, about the same number on each", () => {
  expect(arrange(50, { width: 1888, height: 480 }, 2, true)).toMatchObject({ pages: 5, perPage: 10 });
  expect(arrange(50, { width: 1888, height: 480 }, 2, false)).toMatchObject({ pages: 2, perPage: 25 });
  expect(arrange(50, { width: 1080, height: 330 }, 2, false)).toMatchObject({ pages: 7, perPage: 8, columns: 4, rows: 2 });
  for (const count of [0, 1, 12, 50, 10_000]) {
    for (const width of [0, 300, 1080, 1888, 3800]) {
      for (const height of [0, 130, 340, 560, 1500]) {
        for (const digits of [2, 3, 5]) {
          for (const full of [false, true]) {
            const place = arrange(count, { width, height }, digits, full);
            const { pages, perPage, columns, rows } = place;
            expect(pages * perPage).toBeGreaterThanOrEqual(count);
            expect((pages - 1) * perPage).toBeLessThan(Math.max(1, count));
            expect(columns * rows).toBeGreaterThanOrEqual(perPage);
            const figure = full ? LEAST.full : LEAST.window;
            const least = leastTile(digits, figure);
            if (width < least.width || height < least.height) continue;
            const tile = tileOf(place, { width, height });
            expect(sizesOf(tile, digits).figure, JSON.stringify({ count, width, height, digits, full })).toBeGreaterThanOrEqual(figure - 0.001);
          }
        }
      }
    }
  }
});

test("a chart's scale ends at a round number that is not below its largest value", () => {
  expect([0, 7, 10, 11, 96, 100, 101, 1192, 98_765].map(scaleTop)).toEqual([10, 10, 10, 12, 96, 100, 120, 1200, 100_000]);
});

test("a tall tile has three figures in a row, and a tile with room names its states", () => {
  const shape = (width: number, height: number) => Object.entries(shapeOf({ width, height })).flatMap(([name, is]) => (is ? [name] : []));
  expect([shape(300, 130), shape(300, 200), shape(620, 190), shape(619, 190), shape(480, 320), shape(900, 500), shape(800, 500)]).toEqual([[], ["tall"], ["roomy"], [], ["tall", "roomy"], ["roomy"], ["tall", "roomy"]]);
  expect(tileOf({ columns: 2, rows: 1 }, { width: 1008, height: 300 })).toEqual({ width: 500, height: 300 });
  expect(tileOf({ columns: 3, rows: 2 }, { width: 0, height: 0 })).toEqual({ width: 0, height: 0 });
});
