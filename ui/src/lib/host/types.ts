import type { CallId, CheckupView, Intent, MainCommands, PlayerView, Problem, RingCommands, RingIntent, Snapshot } from "../contract";

/** Commands that the methods below call. */
type Within = "snapshot" | "intent" | "ringIntent" | "callToShow" | "player" | "checkup";

type Both = Pick<RingCommands, keyof RingCommands & keyof MainCommands>;

/** What surrounds a page, as far as both windows have it: the Rust shell, or memory in tests and in a plain browser. */
export interface Host extends Omit<Both, Within> {
  /** The current snapshot at once, then each later one. Returns how to stop. */
  onSnapshot(take: (snapshot: Snapshot) => void): () => void;
  /** A note was typed on in the other window. */
  onNoteTyped(take: (call: CallId, text: string) => void): () => void;
  /** Rejects with a {@link Problem}. */
  send(intent: RingIntent): Promise<void>;
}

export interface RingHost extends Host, Omit<RingCommands, Within> {}

export interface MainHost extends Host, Omit<MainCommands, Within> {
  send(intent: Intent): Promise<void>;
  /** Somebody clicked a notification or a tray entry of this call. */
  onShowCall(take: (call: CallId) => void): () => void;
  /** The recording at hand, at once and then whenever it changes. Returns how to stop. */
  onPlayer(take: (view: PlayerView | null) => void): () => void;
  /** The check of the setup that goes on, or the last one; at once and then whenever it changes. Returns how to stop. */
  onCheckup(take: (view: CheckupView | null) => void): () => void;
}

/** What was rejected with, in the form that is shown. */
export function problemOf(error: unknown, code: Problem["code"]): Problem {
  return isProblem(error) ? error : { code, detail: String(error), retryable: true };
}

export function isProblem(error: unknown): error is Problem {
  return typeof error === "object" && error !== null && "code" in error && "retryable" in error;
}
