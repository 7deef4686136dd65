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
  /** Whether this time is past. The reader is updated at that time and needs no regular updates. */
  isPast(at: number): boolean {
    if (Date.now() >= at) return true;
    createSubscriber((update) => {
      let timer: ReturnType<typeof setTimeout>;
      const wait = () => {
        const left = at - Date.now();
        if (left <= 0) update();
        else timer = setTimeout(wait, Math.min(left, LONGEST));
      };
      wait();
      return () => clearTimeout(timer);
    })();
    return false;
  },
};
