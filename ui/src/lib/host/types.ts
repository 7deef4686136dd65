import type { Begin, CallId, Captured, CheckupView, CrmPreview, Filter, Intent, LogRow, PlayerOrder, PlayerView, Problem, Snapshot, SoundDevice, Sums, Timestamp } from "../contract";

/** The two windows, by their labels in the Rust shell. */
export type WindowLabel = "main" | "ring";

/** The UI's environment: the Rust shell, or a host in memory for tests and for a plain browser. */
export interface Host {
  /** Calls `take` with the current snapshot and then with each later one. Returns a function that stops this. */
  onSnapshot(take: (snapshot: Snapshot) => void): () => void;
  /** The agent clicked a notification or a tray entry of this call. */
  onShowCall(take: (call: CallId) => void): () => void;
  /** Rejects with a {@link Problem}. */
  send(intent: Intent): Promise<void>;
  openRecording(call: CallId): Promise<void>;
  copyRecording(call: CallId): Promise<void>;
  /** Saves a copy of a call's recording in the downloads folder; resolves to its path. */
  saveRecording(call: CallId): Promise<string>;
  /** Shows that copy in the file manager. */
  showSavedRecording(call: CallId): Promise<void>;
  openArchiveFolder(): Promise<void>;
  copyCallbackAddress(): Promise<void>;
  copyText(text: string): Promise<void>;
  /** The address that a template for the customer's page gives for a sample call. */
  previewCrm(template: string): Promise<CrmPreview>;
  startDemo(): Promise<void>;
  showMain(call: CallId | null): Promise<void>;
  /** The page of the ring cards has a snapshot and can draw. */
  ringRuns(): Promise<void>;
  /** Sets the height of the ring cards' window, in CSS pixels. */
  fitRing(height: number): Promise<void>;
  /** The agent began to drag the ring cards. */
  dragRing(): Promise<void>;
  /** Moves the ring cards back to their corner, on every display. */
  putRingBack(): Promise<void>;
  /** The agent wants to type on a ring card: its window takes the keyboard focus. */
  typeOnRing(): Promise<void>;
  /** Shows the last export in the file manager. */
  showExport(): Promise<void>;
  openLogFolder(): Promise<void>;
  /** The main window's page runs; `seen`: the window is visible. */
  mainSeen(seen: boolean): Promise<void>;
  /** The main window's first view has been painted. */
  mainDrawn(): Promise<void>;
  /** The last exchanges with the platform, newest first. */
  capture(): Promise<Captured>;
  switchCapture(on: boolean): Promise<void>;
  /** Saves all recorded exchanges; resolves to the file's path. */
  saveCapture(): Promise<string>;
  /** Up to `limit` calls of the log from `begin` on, without the first `skip`. Rejects with a {@link Problem}. */
  logPage(filter: Filter, begin: Begin, skip: number, limit: number): Promise<LogRow[]>;
  /** The number of calls that began between each boundary and the next; the boundaries ascend. */
  logCounts(filter: Filter, boundaries: Timestamp[]): Promise<number[]>;
  /** The sums over the calls that began between each boundary and the next; the boundaries ascend. */
  logSums(boundaries: Timestamp[]): Promise<Sums[]>;
  logRow(call: CallId): Promise<LogRow | null>;
  /** The state of the player: now, then at each change. Returns a function that stops this. */
  onPlayer(take: (view: PlayerView | null) => void): () => void;
  play(order: PlayerOrder): Promise<void>;
  soundDevices(): Promise<SoundDevice[]>;
  /** Plays the ring sound once. */
  testSound(): Promise<void>;
  /** Saves the receipt of the shift from `from` to `to`; resolves to the file's path. */
  saveReceipt(from: Timestamp, to: Timestamp): Promise<string>;
  /** Disables all global shortcuts while the agent presses new keys. */
  holdShortcuts(held: boolean): Promise<void>;
  /** The running or the last check of the setup: now, then at each change. Returns a function that stops this. */
  onCheckup(take: (view: CheckupView | null) => void): () => void;
  /** Starts a check of the setup, unless one is running. */
  checkSetup(): Promise<void>;
  /** Copies the last check to the clipboard as text. */
  copyCheckup(): Promise<void>;
  startsWithSystem(): Promise<boolean>;
  startWithSystem(on: boolean): Promise<void>;
  /** The text of a note changed in this window: the other window shows it at once, before it is stored. */
  noteTyped(call: CallId, text: string): Promise<void>;
  /** The text of a note changed in the other window. */
  onNoteTyped(take: (call: CallId, text: string) => void): () => void;
  /** Writes an error of this page to the log. */
  logError(what: string): Promise<void>;
  quit(): Promise<void>;
}

/** The problem with which a host's promise was rejected; any other error gets `code`. */
export function problemOf(error: unknown, code: Problem["code"]): Problem {
  return isProblem(error) ? error : { code, detail: String(error), retryable: true };
}

export function isProblem(error: unknown): error is Problem {
  return typeof error === "object" && error !== null && "code" in error && "retryable" in error;
}
