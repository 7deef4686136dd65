import type { Timestamp } from "../contract";

/** The heights of a row and of a day's heading, in CSS pixels. */
export const ROW = 48;
export const HEAD = 28;

/**
 * At most this many headings, about ten years of days; all older calls share one. A wrong clock must not create a long list of empty
 * days.
 */
const MOST = 3700;

export interface Day {
  since: Timestamp;
  until: Timestamp;
  /** The number of the day's first row, its newest call. */
  first: number;
  count: number;
  /** Position of the heading, in CSS pixels from the top. */
  top: number;
}

/** The start of the day of `at`, or of the day `later` days after it, in the user's time zone. Days may have 23 or 25 hours. */
export function dayStart(at: Timestamp, later = 0): Timestamp {
  const day = new Date(at);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + later).getTime();
}

/** The starts of all days between two moments and the end of the last one, ascending. */
export function limits(oldest: Timestamp, newest: Timestamp): Timestamp[] {
  const found = [dayStart(newest, 1)];
  while (found.at(-1)! > oldest && found.length < MOST) found.push(dayStart(newest, 1 - found.length));
  if (found.at(-1)! > oldest) found.push(dayStart(oldest));
  return found.reverse();
}

/** The days of calls that began at these moments, newest first. */
export function daysOf(moments: Timestamp[]): Days {
  const [newest, oldest] = [moments[0], moments.at(-1)];
  if (newest === undefined || oldest === undefined) return new Days([], []);
  const boundaries = limits(oldest, newest);
  return new Days(boundaries, boundaries.slice(1).map((until, n) => moments.filter((at) => at >= boundaries[n]! && at < until).length));
}

/** The geometry of the list: row 0 is the newest call; each day with calls has a heading. */
export class Days {
  readonly days: Day[] = [];
  readonly total: number = 0;
  readonly height: number = 0;

  /** `counts[n]` is the number of calls between `boundaries[n]` and `boundaries[n + 1]`, as returned by `logCounts`. */
  constructor(boundaries: Timestamp[], counts: number[]) {
    for (let n = counts.length - 1; n >= 0; n -= 1) {
      const count = counts[n]!;
      if (count === 0) continue;
      this.days.push({ since: boundaries[n]!, until: boundaries[n + 1]!, first: this.total, count, top: this.height });
      this.total += count;
      this.height += HEAD + count * ROW;
    }
  }

  dayOf(row: number): Day {
    return this.#last((day) => day.first <= row);
  }

  topOf(row: number): number {
    const day = this.dayOf(row);
    return day.top + HEAD + (row - day.first) * ROW;
  }

  /** The row at this height; for a heading, the first row below it. */
  rowAt(y: number): number {
    const day = this.#last((each) => each.top <= y);
    const n = Math.floor((y - day.top - HEAD) / ROW);
    return day.first + Math.max(0, Math.min(day.count - 1, n));
  }

  #last(is: (day: Day) => boolean): Day {
    let [low, high] = [0, this.days.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (is(this.days[middle]!)) low = middle;
      else high = middle - 1;
    }
    return this.days[low]!;
  }
}
