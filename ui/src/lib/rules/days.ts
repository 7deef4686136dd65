import type { Timestamp } from "../contract";

/** Heights of a call's row and of a day's heading, in CSS pixels. */
export const ROW = 48;
export const HEAD = 28;

/** Days further apart than this are one heading: a clock that was wrong makes no list of empty days. */
const MOST = 3700;

export interface Day {
  since: Timestamp;
  until: Timestamp;
  /** The number of its first row, the newest. */
  first: number;
  count: number;
  /** Where its heading begins. */
  top: number;
}

/** Where the day of a moment begins, some days later, in the user's zone; days may have 23 or 25 hours. */
export function dayStart(at: Timestamp, later = 0): Timestamp {
  const day = new Date(at);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + later).getTime();
}

/** The limits of the days that hold both moments, ascending. */
export function limits(oldest: Timestamp, newest: Timestamp): Timestamp[] {
  const found = [dayStart(newest, 1)];
  while (found.at(-1)! > oldest && found.length < MOST) found.push(dayStart(newest, 1 - found.length));
  if (found.at(-1)! > oldest) found.push(dayStart(oldest));
  return found.reverse();
}

/** The days of calls that began at these moments, the newest first. */
export function daysOf(moments: Timestamp[]): Days {
  const [newest, oldest] = [moments[0], moments.at(-1)];
  if (newest === undefined || oldest === undefined) return new Days([], []);
  const boundaries = limits(oldest, newest);
  return new Days(boundaries, boundaries.slice(1).map((until, n) => moments.filter((at) => at >= boundaries[n]! && at < until).length));
}

/** The list's geometry: rows by number, 0 the newest, under the headings of the days that have calls. */
export class Days {
  readonly days: Day[] = [];
  readonly total: number = 0;
  readonly height: number = 0;

  /** `counts[n]`: calls between `boundaries[n]` and the next, as the host counts them. */
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

  /** The row at this height, or the first one below a heading. */
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
