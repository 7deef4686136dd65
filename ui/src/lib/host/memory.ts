import type { CallId, Captured, Intent, Snapshot } from "../contract";
import type { Host } from "./types";

/** A host without Rust: shows the snapshots it is given and remembers what it was asked. */
export class MemoryHost implements Host {
  readonly sent: Intent[] = [];
  readonly asked: string[] = [];
  captured: Captured;
  #snapshot: Snapshot;
  #takers = new Set<(snapshot: Snapshot) => void>();
  #callTakers = new Set<(call: CallId) => void>();

  constructor(snapshot: Snapshot, captured: Captured = { on: false, count: 0, exchanges: [] }) {
    this.#snapshot = snapshot;
    this.captured = captured;
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  show(next: Snapshot): void {
    this.#snapshot = { ...next, revision: this.#snapshot.revision + 1 };
    for (const take of this.#takers) take(this.#snapshot);
  }

  showCall(call: CallId): void {
    for (const take of this.#callTakers) take(call);
  }

  onSnapshot(take: (snapshot: Snapshot) => void): () => void {
    this.#takers.add(take);
    take(this.#snapshot);
    return () => this.#takers.delete(take);
  }

  onShowCall(take: (call: CallId) => void): () => void {
    this.#callTakers.add(take);
    return () => this.#callTakers.delete(take);
  }

  /** What needs no platform happens here too, so that the UI can be tried. */
  async send(intent: Intent): Promise<void> {
    this.sent.push(intent);
    const now = this.#snapshot;
    if (intent.kind === "dismiss") this.show({ ...now, notices: now.notices.filter((notice) => notice.id !== intent.notice) });
    if (intent.kind === "changeSettings") this.show({ ...now, settings: intent.settings });
    if (intent.kind === "hideCard") {
      this.show({ ...now, calls: now.calls.map((call) => (call.id === intent.call ? { ...call, card: false } : call)) });
    }
    if (intent.kind === "setAvailability") {
      const availability = { ...now.availability, wish: intent.availability, wishAt: Date.now(), progress: { kind: "pending" as const } };
      this.show({ ...now, availability });
    }
  }

  #note(what: string): Promise<void> {
    this.asked.push(what);
    return Promise.resolve();
  }

  openRecording = (call: CallId) => this.#note(`openRecording ${call}`);
  copyRecording = (call: CallId) => this.#note(`copyRecording ${call}`);
  copyCallbackAddress = () => this.#note("copyCallbackAddress");
  copyText = (text: string) => this.#note(`copyText ${text}`);
  startDemo = () => this.#note("startDemo");
  showMain = (call: CallId | null) => this.#note(`showMain ${call}`);
  fitRing = (height: number) => this.#note(`fitRing ${height}`);
  mainDrawn = () => this.#note("mainDrawn");
  openLogFolder = () => this.#note("openLogFolder");
  capture = () => Promise.resolve(this.captured);
  saveCapture = () => this.#note("saveCapture").then(() => "/home/lin/.local/share/ringside/logs/exchanges.txt");
  switchCapture = (on: boolean) => {
    this.captured = { ...this.captured, on };
    return this.#note(`switchCapture ${on}`);
  };
  quit = () => this.#note("quit");
}
