import type { Begin, CallId, Captured, CheckupView, CrmPreview, Filter, Intent, LogRow, PlayerOrder, PlayerView, Problem, Snapshot, SoundDevice, Sums, Timestamp } from "../contract";

/** The two windows, by the names that the Rust shell has for them. */
export type WindowLabel = "main" | "ring";

/** What surrounds the UI: the Rust shell, or memory in tests and in a plain browser. */
export interface Host {
  /** The current snapshot at once, then each later one. Returns how to stop. */
  onSnapshot(take: (snapshot: Snapshot) => void): () => void;
  /** Somebody clicked a notification or a tray entry of this call. */
  onShowCall(take: (call: CallId) => void): () => void;
  /** Rejects with a {@link Problem}. */
  send(intent: Intent): Promise<void>;
  openRecording(call: CallId): Promise<void>;
  copyRecording(call: CallId): Promise<void>;
  /** Puts a copy of a call's recording among the downloads; its path. */
  saveRecording(call: CallId): Promise<string>;
  /** Shows that copy where it lies. */
  showSavedRecording(call: CallId): Promise<void>;
  openArchiveFolder(): Promise<void>;
  copyCallbackAddress(): Promise<void>;
  copyText(text: string): Promise<void>;
  /** What a template of a customer's page comes to, for a call as it could be. */
  previewCrm(template: string): Promise<CrmPreview>;
  startDemo(): Promise<void>;
  showMain(call: CallId | null): Promise<void>;
  /** The ring cards' page has what it draws. */
  ringRuns(): Promise<void>;
  /** The ring cards need this many CSS pixels of height. */
  fitRing(height: number): Promise<void>;
  /** The person took hold of the ring cards. */
  dragRing(): Promise<void>;
  /** Back to the corner, on every display. */
  putRingBack(): Promise<void>;
  /** The person wants to type on a ring card. */
  typeOnRing(): Promise<void>;
  /** Where the last export lies. */
  showExport(): Promise<void>;
  openLogFolder(): Promise<void>;
  /** The main window's page runs, and whether it can be seen. */
  mainSeen(seen: boolean): Promise<void>;
  /** The main window's first view is on the screen. */
  mainDrawn(): Promise<void>;
  /** The last exchanges with the platform, the newest first. */
  capture(): Promise<Captured>;
  switchCapture(on: boolean): Promise<void>;
  /** Saves all that are kept; the path of the file. */
  saveCapture(): Promise<string>;
  /** Up to `limit` calls of the log in the order walked, the first `skip` left out. Rejects with a {@link Problem}. */
  logPage(filter: Filter, begin: Begin, skip: number, limit: number): Promise<LogRow[]>;
  /** How many calls began between each boundary and the next; the boundaries ascend. */
  logCounts(filter: Filter, boundaries: Timestamp[]): Promise<number[]>;
  /** What the calls between each boundary and the next come to; the boundaries ascend. */
  logSums(boundaries: Timestamp[]): Promise<Sums[]>;
  logRow(call: CallId): Promise<LogRow | null>;
  /** The recording at hand, at once and then whenever it changes. Returns how to stop. */
  onPlayer(take: (view: PlayerView | null) => void): () => void;
  play(order: PlayerOrder): Promise<void>;
  soundDevices(): Promise<SoundDevice[]>;
  /** Rings once. */
  testSound(): Promise<void>;
  /** Saves the receipt of the shift between these; the path of the file. */
  saveReceipt(from: Timestamp, to: Timestamp): Promise<string>;
  /** While new keys are being pressed, no shortcut is heard. */
  holdShortcuts(held: boolean): Promise<void>;
  /** The check of the setup that goes on, or the last one; at once and then whenever it changes. Returns how to stop. */
  onCheckup(take: (view: CheckupView | null) => void): () => void;
  /** Begins one, unless one goes on. */
  checkSetup(): Promise<void>;
  /** Copies the last one as a text. */
  copyCheckup(): Promise<void>;
  startsWithSystem(): Promise<boolean>;
  startWithSystem(on: boolean): Promise<void>;
  /** A note was typed on here: the other window shows it at once, before it is kept. */
  noteTyped(call: CallId, text: string): Promise<void>;
  /** One was typed on in the other window. */
  onNoteTyped(take: (call: CallId, text: string) => void): () => void;
  /** Something in this page threw: it belongs into the log. */
  logError(what: string): Promise<void>;
  quit(): Promise<void>;
}

/** What was rejected with, in the form that is shown. */
export function problemOf(error: unknown, code: Problem["code"]): Problem {
  return isProblem(error) ? error : { code, detail: String(error), retryable: true };
}

export function isProblem(error: unknown): error is Problem {
  return typeof error === "object" && error !== null && "code" in error && "retryable" in error;
}
