import type { Sums, Timestamp } from "../contract";
import { dayStart } from "./days";

const HOUR = 3_600_000;
/** Drawn at least: an office day, so that the picture of a morning does not change its scale with each call. */
const OPENS = 8;
const CLOSES = 18;

export const NOTHING: Sums = { answered: 0, missed: 0, noAnswer: 0, talkSeconds: 0, ringSeconds: 0, wrapUpSeconds: 0 };

/** The limits of a day's hours, in the user's zone; the day may have 23 or 25 of them. */
export function hours(day: Timestamp): Timestamp[] {
  const end = dayStart(day, 1);
  const limits = [];
  for (let at = dayStart(day); at < end; at += HOUR) limits.push(at);
  return [...limits, end];
}

/** The limits of the last seven days, today the last. */
export function week(now: Timestamp): Timestamp[] {
  return Array.from({ length: 8 }, (_, n) => dayStart(now, n - 6));
}

export const isEmpty = (sums: Sums) => Object.values(sums).every((sum) => sum === 0);

/** The hours to be drawn: those with calls, and an office day around them. */
export function drawn(limits: Timestamp[], sums: Sums[]): number[] {
  const all = sums.map((_, n) => n);
  const counts = all.filter((n) => !isEmpty(sums[n]!));
  const office = all.filter((n) => new Date(limits[n]!).getHours() >= OPENS && new Date(limits[n]!).getHours() < CLOSES);
  const shown = [...counts, ...office];
  return all.filter((n) => n >= Math.min(...shown) && n <= Math.max(...shown));
}

/** A round number that is not less, of which half is a whole one. */
export function roof(most: number): number {
  for (let unit = 1; ; unit *= 10) {
    const found = [2, 4, 6, 10].map((each) => each * unit).find((each) => each >= most);
    if (found !== undefined) return found;
  }
}
