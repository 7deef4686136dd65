import type { CallId, CheckupView, Intent, MainCommands, PlayerView, Problem, RingCommands, RingIntent, Snapshot, SupervisorCommands, SupervisorPlace, TopicEvent, UpdateView } from "../contract";

/** Commands that the methods below call. */
type Within = "snapshot" | "intent" | "ringIntent" | "callToShow" | "player" | "checkup" | "update";

type Both = Pick<RingCommands, keyof RingCommands & keyof MainCommands>;

/** The part of a page's environment that both windows have: the Rust shell, or a host in memory for tests and for a plain browser. */
export interface Host extends Omit<Both, Within> {
  /** Calls `take` with the current snapshot and then with each later one. Returns a function that stops this. */
  onSnapshot(take: (snapshot: Snapshot) => void): () => void;
  /** The text of a note changed in the other window. */
  onNoteTyped(take: (call: CallId, text: string) => void): () => void;
  /** Rejects with a {@link Problem}. */
  send(intent: RingIntent): Promise<void>;
}

export interface RingHost extends Host, Omit<RingCommands, Within> {}

export interface MainHost extends Host, Omit<MainCommands, Within> {
  send(intent: Intent): Promise<void>;
  /** The agent clicked a notification or a tray entry of this call. */
  onShowCall(take: (call: CallId) => void): () => void;
  /** The state of the player: now, then at each change. Returns a function that stops this. */
  onPlayer(take: (view: PlayerView | null) => void): () => void;
  /** The running or the last check of the setup: now, then at each change. Returns a function that stops this. */
  onCheckup(take: (view: CheckupView | null) => void): () => void;
  /** The state of the updates: now, then at each change. Returns a function that stops this. */
  onUpdate(take: (view: UpdateView) => void): () => void;
}

/** The environment of the supervisor's page. */
export interface SupervisorHost extends Omit<SupervisorCommands, "supervisorPlace"> {
  /** The language, the theme and the person: now, then at each change. Returns a function that stops this. */
  onPlace(take: (place: SupervisorPlace) => void): () => void;
  /** The views of the watched topics. `heard` is called once no later view can be missed. Returns a function that stops this. */
  onTopic(take: (event: TopicEvent) => void, heard: () => void): () => void;
}

/** The problem with which a host's promise was rejected; any other error gets `code`. */
export function problemOf(error: unknown, code: Problem["code"]): Problem {
  return isProblem(error) ? error : { code, detail: String(error), retryable: true };
}

export function isProblem(error: unknown): error is Problem {
  return typeof error === "object" && error !== null && "code" in error && "retryable" in error;
}
