import { createSubscriber } from "svelte/reactivity";

/**
 * Tells its readers the time again at each multiple of `period` milliseconds. It runs only while something in view reads it and the
 * window is seen: a window at rest that redraws a text each second costs the computer five times what the rest of the program does.
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

/** The longest time in milliseconds that a timer takes; a longer one ends at once. */
const LONGEST = 2 ** 31 - 1;

const [second, fiveSeconds, minute] = [new Beat(1000), new Beat(5000), new Beat(60_000)];

/** The time, read anew as often as its reader needs: `now` for what counts seconds in view, `beat` for ages, `minute` for times of day. */
export const ticker = {
  get now() {
    return second.now;
  },
  get beat() {
    return fiveSeconds.now;
  },
  get minute() {
    return minute.now;
  },
  /** Whether a moment is over. Its reader hears of it at that moment, and needs no beat. */
  isPast(at: number): boolean {
    const left = at - Date.now();
    if (left <= 0) return true;
    createSubscriber((update) => {
      const timer = setTimeout(update, Math.min(left, LONGEST));
      return () => clearTimeout(timer);
    })();
    return false;
  },
};
