import type { Sums, Timestamp } from "../contract";
import { dayStart } from "./days";

const HOUR = 3_600_000;
/** The hours of an office day are always drawn, so that a morning's chart keeps its scale as calls come in. */
const OPENS = 8;
const CLOSES = 18;

export const NOTHING: Sums = { answered: 0, missed: 0, noAnswer: 0, talkSeconds: 0, ringSeconds: 0, wrapUpSeconds: 0 };

/** The boundaries of a day's hours in the user's time zone; a day may have 23 or 25 of them. */
export function hours(day: Timestamp): Timestamp[] {
  const end = dayStart(day, 1);
  const limits = [];
  for (let at = dayStart(day); at < end; at += HOUR) limits.push(at);
  return [...limits, end];
}

/** The boundaries of the last seven days; today is the last. */
export function week(now: Timestamp): Timestamp[] {
  return Array.from({ length: 8 }, (_, n) => dayStart(now, n - 6));
}

export const isEmpty = (sums: Sums) => Object.values(sums).every((sum) => sum === 0);

/** The hours to draw: the office day, and all hours from the first to the last one with calls. */
export function drawn(limits: Timestamp[], sums: Sums[]): number[] {
  const all = sums.map((_, n) => n);
  const counts = all.filter((n) => !isEmpty(sums[n]!));
  const office = all.filter((n) => new Date(limits[n]!).getHours() >= OPENS && new Date(limits[n]!).getHours() < CLOSES);
  const shown = [...counts, ...office];
  return all.filter((n) => n >= Math.min(...shown) && n <= Math.max(...shown));
}

/** The end of a chart's scale: a round number not below `most` whose half is a whole number. */
export function roof(most: number): number {
  for (let unit = 1; ; unit *= 10) {
    const found = [2, 4, 6, 10].map((each) => each * unit).find((each) => each >= most);
    if (found !== undefined) return found;
  }
}
