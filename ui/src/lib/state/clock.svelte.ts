import { createSubscriber } from "svelte/reactivity";

/**
 * Updates its readers at each multiple of `period` milliseconds. It runs only while a component reads it and the window is visible: an idle
 * window that draws a text each second takes five times the processor time of the rest of the program.
 */
class Beat {
  #subscribe: () => void;

  constructor(period: number) {
    this.#subscribe = createSubscriber((update) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const wait = () => {
        clearTimeout(timer);
        if (!document.hidden) timer = setTimeout(beat, period - (Date.now() % period));
      };
      const beat = () => {
        update();
        wait();
      };
      document.addEventListener("visibilitychange", beat);
      wait();
      return () => {
        document.removeEventListener("visibilitychange", beat);
        clearTimeout(timer);
      };
    });
  }

  get now(): number {
    this.#subscribe();
    return Date.now();
  }
}

/** Timers stand still while the computer sleeps, so a longer wait is divided into waits of this many milliseconds. */
const LONGEST = 5000;

const [second, fiveSeconds, minute] = [new Beat(1000), new Beat(5000), new Beat(60_000)];

/** The current time, at the rate that the reader needs: `now` each second, `beat` every five seconds for ages, `minute` for times of day. */
export class Ticker {
  readonly #ahead: () => number;

  /** `ahead`: the milliseconds that this computer's clock is ahead of the one whose time is wanted. */
  constructor(ahead: () => number) {
    this.#ahead = ahead;
  }

  get now(): number {
    return second.now - this.#ahead();
  }

  get beat(): number {
    return fiveSeconds.now - this.#ahead();
  }

  get minute(): number {
    return minute.now - this.#ahead();
  }

  /** The time at this moment; its reader is not updated. */
  read(): number {
    return Date.now() - this.#ahead();
  }

  /** Whether this time is past. The reader is updated at that time and needs no regular updates. */
  isPast(at: number): boolean {
    const ahead = this.#ahead();
    if (Date.now() - ahead >= at) return true;
    createSubscriber((update) => {
      let timer: ReturnType<typeof setTimeout>;
      const wait = () => {
        const left = at + ahead - Date.now();
        if (left <= 0) update();
        else timer = setTimeout(wait, Math.min(left, LONGEST));
      };
      wait();
      return () => clearTimeout(timer);
    })();
    return false;
  }
}

/** This computer's clock. */
export const ticker = new Ticker(() => 0);
