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

/** What is beyond its threshold. A queue without agents has nobody who could be available, which is no news. */
export function alarms(board: WallboardView, { idle, wait, abandoned }: Thresholds): Alarm[] {
  const few = board.queues.filter((queue) => idle !== null && queue.readAt !== null && agents(queue) > 0 && queue.idle < idle);
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

/** The sum of all queues. */
export function total(queues: readonly BoardQueue[]): Pick<BoardQueue, "idle" | "ringing" | "talking" | "busy" | "other" | "notRegistered"> {
  const sum = { idle: 0, ringing: 0, talking: 0, busy: 0, other: 0, notRegistered: 0 };
  for (const queue of queues) for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += queue[key];
  return sum;
}
