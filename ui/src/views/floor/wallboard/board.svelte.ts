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

let audio: AudioContext | null = null;

/** Two short tones. A browser permits them only after a click in this page; the switch for the sound is one. */
export function beep(): void {
  audio ??= new AudioContext();
  void audio.resume();
  for (const [at, frequency] of [[0, 880], [0.22, 660]] as const) {
    const tone = new OscillatorNode(audio, { frequency });
    const volume = new GainNode(audio, { gain: 0.15 });
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + at);
    tone.stop(audio.currentTime + at + 0.18);
  }
}
