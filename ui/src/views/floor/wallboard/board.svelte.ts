import { usualThresholds, type Thresholds } from "../../../lib/rules/floor/board";
import type { FloorSession } from "../../../lib/state/floor.svelte";

type Kept = { queues: string[]; thresholds: Thresholds; sound: boolean };

/** What a supervisor chose for the board of this screen. The shell keeps it as a text, since the window keeps nothing. */
export class BoardChoice {
  queues = $state.raw<string[]>([]);
  thresholds = $state<Thresholds>({ ...usualThresholds });
  sound = $state(false);
  readonly #session: FloorSession;

  constructor(session: FloorSession) {
    this.#session = session;
    try {
      const kept = JSON.parse(session.place.board || "null") as Partial<Kept> | null;
      if (Array.isArray(kept?.queues)) this.queues = kept.queues.filter((name) => typeof name === "string");
      if (kept?.thresholds) this.thresholds = { ...usualThresholds, ...kept.thresholds };
      this.sound = kept?.sound === true;
    } catch {
      // What is kept cannot be read: the board begins with the usual choice.
    }
  }

  keep(): void {
    this.#session.keepBoard(JSON.stringify({ queues: this.queues, thresholds: $state.snapshot(this.thresholds), sound: this.sound } satisfies Kept));
  }
}
