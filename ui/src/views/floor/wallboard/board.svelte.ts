import { usualThresholds, type Thresholds } from "../../../lib/rules/floor/board";

type Kept = { queues: string[]; thresholds: Thresholds; sound: boolean };
const KEY = "ringside.wallboard";

/** What a supervisor chose for the board of this screen. It concerns only what is drawn, so the page keeps it. */
export class BoardChoice {
  queues = $state.raw<string[]>([]);
  thresholds = $state<Thresholds>({ ...usualThresholds });
  sound = $state(false);

  constructor() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) ?? "null") as Partial<Kept> | null;
      if (Array.isArray(kept?.queues)) this.queues = kept.queues.filter((name) => typeof name === "string");
      if (kept?.thresholds) this.thresholds = { ...usualThresholds, ...kept.thresholds };
      this.sound = kept?.sound === true;
    } catch {
      // What is kept cannot be read, or nothing may be kept: the board begins with the usual choice.
    }
  }

  keep(): void {
    try {
      localStorage.setItem(KEY, JSON.stringify({ queues: this.queues, thresholds: $state.snapshot(this.thresholds), sound: this.sound } satisfies Kept));
    } catch {
      // Nothing may be kept here: the choice holds until the window is closed.
    }
  }
}
