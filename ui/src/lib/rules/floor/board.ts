import type { BoardQueue, WallboardView } from "../../contract";

/**
 * How long a reading is current, in milliseconds: the queues are read at this interval, a tenth more or less; four seconds are added for the
 * answer, so that the board says at the fifth that it is frozen.
 */
export const lasts = ({ everyMs }: Pick<WallboardView, "everyMs">) => everyMs * 1.1 + 4000;

/** The oldest reading of those queues that can be read; a queue that cannot says so itself. */
export function ageOf({ queues }: WallboardView): number | null {
  const read = queues.flatMap(({ readAt, problem }) => (readAt === null || problem !== null ? [] : [readAt]));
  const known = read.length > 0 ? read : queues.flatMap(({ readAt }) => (readAt === null ? [] : [readAt]));
  return known.length === 0 ? null : Math.min(...known);
}

/** Whether the board does not show what is true now. */
export function frozen(board: WallboardView, now: number): boolean {
  if (board.queues.length === 0) return board.problem !== null;
  const readAt = ageOf(board);
  return board.queues.every(({ problem }) => problem !== null) || (readAt !== null && now - readAt > lasts(board));
}

/** Limits from which on the board warns; null: no warning. */
export type Thresholds = { idle: number | null; wait: number | null; abandoned: number | null };

export const usualThresholds: Thresholds = { idle: 1, wait: 20, abandoned: 3 };

export const agents = (queue: BoardQueue) => queue.idle + queue.ringing + queue.talking + queue.busy + queue.other;

export type Alarm = { what: "idle"; queue: string } | { what: "wait" } | { what: "abandoned" };

/**
 * What is beyond its threshold. A queue without agents gives no warning, and neither does a queue during its team break. A queue whose campaigns are over still warns: it can get calls of customers, and it can be left out of the board.
 */
export function alarms(board: WallboardView, { idle, wait, abandoned }: Thresholds): Alarm[] {
  const few = board.queues.filter((queue) => idle !== null && queue.readAt !== null && !queue.onBreak && agents(queue) > 0 && queue.idle < idle);
  const share = board.answered === 0 ? 0 : (board.abandoned / board.answered) * 100;
  return [
    ...few.map((queue): Alarm => ({ what: "idle", queue: queue.name })),
    ...(wait !== null && board.longestWaitSeconds >= wait ? [{ what: "wait" } as const] : []),
    ...(abandoned !== null && board.answered > 0 && share >= abandoned ? [{ what: "abandoned" } as const] : []),
  ];
}

/** The alarms that were not there before. */
export function fresh(before: readonly Alarm[], now: readonly Alarm[]): Alarm[] {
  const known = new Set(before.map((alarm) => JSON.stringify(alarm)));
  return now.filter((alarm) => !known.has(JSON.stringify(alarm)));
}

/** The figures of a tile have at least this size, in pixels: on a screen that is worked at, and on one that is read from five metres. */
export const LEAST = { window: 20, full: 37 };
/** Between two tiles, in pixels. */
export const GAP = 8;

export type Arrangement = { pages: number; perPage: number; columns: number; rows: number };

const clamp = (least: number, value: number, most: number) => Math.min(most, Math.max(least, value));

/** The width of a figure with its icon, as a multiple of its height. The icon of a roomy tile stands above the figure. */
const breadth = (digits: number, isRoomy = false) => (isRoomy ? 0.35 : 0.8) + digits * 0.7;
/** The height of a small tile's texts and spaces above and below its figures, and of its border, in pixels. */
const TEXTS = 88;
/** The text below the bar is at most so long, in its font's size; where a tile is narrower, it has two lines. */
const FOOT = 42;

/** The least size of a tile with five figures in a row, in pixels. */
export function leastTile(digits: number, figure: number): { width: number; height: number } {
  return { width: (5 * figure * breadth(digits)) / 0.88, height: figure * 1.2 + TEXTS };
}

/** The form of all tiles: a tall one has three figures in a row, and a roomy one names each state above its figure. */
export type Shape = { tall: boolean; roomy: boolean };

export function shapeOf({ width, height }: { width: number; height: number }): Shape {
  const isTall = width <= height * 1.6;
  if (isTall) return { tall: height >= 200, roomy: width >= 480 && height >= 320 };
  return { tall: false, roomy: width >= 620 && height >= 190 };
}

/** The size of each tile, in pixels. */
export function tileOf({ columns, rows }: { columns: number; rows: number }, { width, height }: { width: number; height: number }): { width: number; height: number } {
  return { width: Math.max(0, (width - (columns - 1) * GAP) / columns), height: Math.max(0, (height - (rows - 1) * GAP) / rows) };
}

/** The sizes in a tile, in pixels; of a text, its font's. */
export type Sizes = { padding: number; gap: number; name: number; state: number; figure: number; bar: number; foot: number };

/**
 * The texts grow with the tile. The figures have a fifth of its width, or a third in a tall tile, and the height that the texts leave.
 */
export function sizesOf({ width, height }: { width: number; height: number }, digits: number): Sizes {
  const { tall, roomy } = shapeOf({ width, height });
  const [w, h] = [Math.max(0, width - 2) / 100, Math.max(0, height - 2) / 100];
  const sizes = {
    padding: clamp(6, 3 * h, 24),
    gap: clamp(4, 2 * h, 16),
    name: clamp(15, Math.min(9 * h, 5 * w), 40),
    state: clamp(18, tall ? Math.min(6 * h, 4.4 * w) : Math.min(9 * h, 2.6 * w), 40),
    bar: clamp(6, 4 * h, 24),
    foot: clamp(12, Math.min(9 * h, 3.2 * w), 28),
  };
  const left = 100 * h - 2 * sizes.padding - 3 * sizes.gap - 1.3 * sizes.name - sizes.bar - 1.5 * sizes.foot * (sizes.foot * FOOT > 96 * w ? 2 : 1);
  const row = tall ? left / 2 : left;
  const high = roomy ? (row - 1.3 * sizes.state) / 1.1 : row / 1.2;
  const wide = (88 * w) / (tall ? 3 : 5) / breadth(digits, roomy);
  return { ...sizes, figure: Math.max(0, Math.min(wide, high)) };
}

/**
 * How so many tiles are placed on an area: on as few pages as their least size allows, about the same number on each, and in the columns that
 * make their figures largest; an empty place counts against them.
 */
export function arrange(tiles: number, { width, height }: { width: number; height: number }, digits: number, full: boolean): Arrangement {
  const least = leastTile(digits, full ? LEAST.full : LEAST.window);
  const fit = (room: number, tile: number) => Math.max(1, Math.floor((room + GAP) / (tile + GAP)));
  const [across, down] = [fit(width, least.width), fit(height, least.height)];
  const pages = Math.max(1, Math.ceil(tiles / (across * down)));
  const perPage = Math.max(1, Math.ceil(tiles / pages));
  const size = (columns: number) => {
    const rows = Math.ceil(perPage / columns);
    return sizesOf(tileOf({ columns, rows }, { width, height }), digits).figure * (perPage / (columns * rows));
  };
  const choices = Array.from({ length: Math.min(perPage, across) }, (_, n) => n + 1).filter((columns) => Math.ceil(perPage / columns) <= down);
  const columns = choices.reduce((best, next) => (size(next) > size(best) ? next : best), choices[0] ?? 1);
  return { pages, perPage, columns, rows: Math.ceil(perPage / columns) };
}

/** The top of a chart's scale: not below the largest value, and a number that can be halved and read at a glance. */
export function scaleTop(largest: number): number {
  const step = 10 ** Math.floor(Math.log10(Math.max(10, largest))) / 5;
  return Math.ceil(Math.max(10, largest) / step) * step;
}

/** How long a page of the board stays before the next one, in milliseconds. */
export const TURN = 12_000;
