import type { Begin, CallId, Captured, CheckupView, CrmPreview, Filter, Intent, PlayerOrder, PlayerView, Snapshot, SoundDevice, Timestamp, UpdateStage, UpdateView, ZoomStep } from "../lib/contract";
import { MemoryCheckup } from "./memory-checkup";
import { MemoryLog } from "./memory-log";
import { MemoryPlayer } from "./memory-player";
import { changed } from "./memory-settings";
import { noUpdates } from "./update-scenarios";
import type { MainHost, RingHost } from "../lib/host/types";

/** A host without Rust, for both windows: it passes on the snapshots that `show` gets, and records the commands of the page. */
export class MemoryHost implements MainHost, RingHost {
  readonly sent: Intent[] = [];
  /** The calls whose cards were drawn. */
  readonly painted: CallId[] = [];
  readonly asked: string[] = [];
  captured: Captured;
  log: MemoryLog;
  player: MemoryPlayer;
  devices: SoundDevice[] = [
    { id: "usb", name: "USB headset" },
    { id: "hdmi", name: "HDMI monitor, digital stereo" },
  ];
  checkup = new MemoryCheckup(false);
  #starts = false;
  #snapshot: Snapshot;
  #takers = new Set<(snapshot: Snapshot) => void>();
  #callTakers = new Set<(call: CallId) => void>();
  #update = noUpdates;
  #updateTakers = new Set<(view: UpdateView) => void>();
  #noteTakers = new Set<(call: CallId, text: string) => void>();

  constructor(snapshot: Snapshot, captured: Captured = { on: false, count: 0, exchanges: [] }, log = new MemoryLog(0, 0), player = new MemoryPlayer()) {
    this.#snapshot = snapshot;
    this.captured = captured;
    this.log = log;
    this.player = player;
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  show(next: Snapshot): void {
    this.#snapshot = { ...next, revision: this.#snapshot.revision + 1 };
    for (const take of this.#takers) take(this.#snapshot);
    this.checkup.speak(next.settings.language === "chinese");
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

  /** Carries out some intents, so that the UI can be tried. */
  async send(intent: Intent): Promise<void> {
    this.sent.push(intent);
    const now = this.#snapshot;
    if (intent.kind === "dismiss") this.show({ ...now, notices: now.notices.filter((notice) => notice.id !== intent.notice) });
    if (intent.kind === "changeSettings") this.show({ ...now, settings: changed(now.settings, intent.change) });
    if (intent.kind === "silence") {
      this.show({ ...now, calls: now.calls.map((call) => (call.id === intent.call ? { ...call, silenced: true } : call)) });
    }
    if (intent.kind === "hideCard") {
      this.show({ ...now, calls: now.calls.map((call) => (call.id === intent.call ? { ...call, card: false } : call)) });
    }
    if (intent.kind === "wish") {
      const wish = { ...now.wish, wish: intent.wish, set: { by: "window" as const, at: Date.now() }, progress: { kind: "pending" as const } };
      this.show({ ...now, wish });
    }
    if (intent.kind === "enrol" && now.gateway) this.show({ ...now, gateway: { ...now.gateway, state: "enrolling", problem: null } });
    if (intent.kind === "finishWrapUp") this.show({ ...now, label: "available", wrapUp: null });
    if (intent.kind === "editNote") {
      this.log.edit(intent.call, intent.edit);
      const done = intent.edit.kind === "done" ? (intent.edit.done ? -1 : 1) : 0;
      this.show({ ...now, log: { ...now.log, revision: now.log.revision + 1, toDo: Math.max(0, now.log.toDo + done) } });
    }
    if (intent.kind === "fetchLog" && now.log.fetch) this.show({ ...now, log: { ...now.log, fetch: { ...now.log.fetch, on: intent.on } } });
    if (intent.kind === "callBack") {
      const number = this.log.row(intent.call)?.call.customerNumber ?? "";
      const last = { call: intent.call, state: { kind: "sending" as const }, number, at: Date.now(), taskName: "ringside-100001", taskId: null };
      this.show({ ...now, callBack: { offered: false, last } });
    }
    if (intent.kind === "endCallBack") this.show({ ...now, callBack: { offered: true, last: null } });
    if (intent.kind === "exportLog") {
      const [total = 0] = this.log.counts(intent.filter, [0, 8.64e15]);
      const path = `/home/lin/.local/share/ringside/exports/calls.${intent.format === "csv" ? "csv" : "jsonl"}`;
      this.show({ ...now, log: { ...now.log, export: { written: total, total, state: { kind: "done", path } } } });
    }
    if (intent.kind === "fetchRecordings") {
      this.show({ ...now, recordings: { ...now.recordings, transfers: [], state: intent.on ? { kind: "fetching" } : { kind: "stopped" } } });
    }
    if (intent.kind === "verifyRecordings") {
      const { kept } = now.recordings;
      const done = { checked: kept, total: kept, damaged: [], damagedTotal: 0, state: { kind: "done" as const, at: Date.now() } };
      this.show({ ...now, recordings: { ...now.recordings, verification: intent.on ? done : null } });
    }
    if (intent.kind === "endExport") this.show({ ...now, log: { ...now.log, export: null } });
  }

  #note(what: string): Promise<void> {
    this.asked.push(what);
    return Promise.resolve();
  }

  openRecording = (call: CallId) => this.#note(`openRecording ${call}`);
  copyRecording = (call: CallId) => this.#note(`copyRecording ${call}`);
  saveRecording = (call: CallId) => this.#note(`saveRecording ${call}`).then(() => "/home/lin/Downloads/2026-05-20 12.04.10 13387525701.wav");
  showSavedRecording = (call: CallId) => this.#note(`showSavedRecording ${call}`);
  openArchiveFolder = () => this.#note("openArchiveFolder");
  copyCallbackAddress = () => this.#note("copyCallbackAddress");
  zoom = (step: ZoomStep) => this.#note(`zoom ${step}`);
  copyText = (text: string) => this.#note(`copyText ${text}`);
  /** Reports every template that does not begin with `https://` as `noAddress`; only Rust has the full check. */
  previewCrm = (template: string): Promise<CrmPreview> =>
    Promise.resolve(/^https:\/\/./.test(template) ? { kind: "url", url: template.replaceAll("{customer_number}", "13800138000") } : { kind: "faulty", error: { kind: "noAddress" } });
  startDemo = () => this.#note("startDemo");
  showMain = (call: CallId | null) => this.#note(`showMain ${call}`);
  ringRuns = () => Promise.resolve();
  cardPainted = async (call: CallId) => void this.painted.push(call);
  fitRing = (height: number) => this.#note(`fitRing ${height}`);
  dragRing = () => this.#note("dragRing");
  putRingBack = () => this.#note("putRingBack");
  typeOnRing = () => this.#note("typeOnRing");
  mainSeen = () => Promise.resolve();
  mainDrawn = () => Promise.resolve();
  showExport = () => this.#note("showExport");
  openLogFolder = () => this.#note("openLogFolder");
  capture = () => Promise.resolve(this.captured);
  saveDiagnostics = () => this.#note("saveDiagnostics").then(() => "/home/lin/.local/share/ringside/exports/ringside-diagnostics-20260131-083000.zip");
  saveCapture = () => this.#note("saveCapture").then(() => "/home/lin/.local/share/ringside/logs/exchanges.txt");
  switchCapture = (on: boolean) => {
    this.captured = { ...this.captured, on };
    return this.#note(`switchCapture ${on}`);
  };
  logPage = (filter: Filter, begin: Begin, skip: number, limit: number) => Promise.resolve(this.log.page(filter, begin, skip, limit));
  logCounts = (filter: Filter, boundaries: Timestamp[]) => Promise.resolve(this.log.counts(filter, boundaries));
  logSums = (boundaries: Timestamp[]) => Promise.resolve(this.log.sums(boundaries));
  logRow = (call: CallId) => Promise.resolve(this.log.row(call));
  onPlayer = (take: (view: PlayerView | null) => void) => this.player.onView(take);
  play = (order: PlayerOrder) => Promise.resolve(this.player.order(order));
  soundDevices = () => Promise.resolve(this.devices);
  testSound = () => this.#note("testSound");
  saveReceipt = (from: Timestamp, to: Timestamp) =>
    this.#note(`saveReceipt ${from} ${to}`).then(() => "/home/lin/.local/share/ringside/exports/shift-20260520-made-20260520-170211.txt");
  holdShortcuts = (held: boolean) => this.#note(`holdShortcuts ${held}`);
  onCheckup = (take: (view: CheckupView | null) => void) => this.checkup.onView(take);
  checkSetup = () => {
    this.checkup.begin();
    return this.#note("checkSetup");
  };
  showUpdate(next: UpdateView): void {
    this.#update = next;
    for (const take of this.#updateTakers) take(next);
  }
  onUpdate(take: (view: UpdateView) => void): () => void {
    this.#updateTakers.add(take);
    take(this.#update);
    return () => this.#updateTakers.delete(take);
  }
  lookForUpdate = () => {
    if (this.#update.stage.kind === "none") this.#toStage({ kind: "looking" });
    return this.#note("lookForUpdate");
  };
  installUpdate = () => {
    const { stage } = this.#update;
    if (stage.kind === "ready") this.#toStage({ kind: "installing", version: stage.version });
    return this.#note("installUpdate");
  };
  useBackup = () => this.#note("useBackup");
  #toStage(stage: UpdateStage): void {
    this.showUpdate({ ...this.#update, stage });
  }
  copyCheckup = () => this.#note("copyCheckup");
  startsWithSystem = () => Promise.resolve(this.#starts);
  startWithSystem = (on: boolean) => {
    this.#starts = on;
    return this.#note(`startWithSystem ${on}`);
  };
  noteTyped = (call: CallId, text: string) => this.#note(`noteTyped ${call} ${text}`);
  onNoteTyped(take: (call: CallId, text: string) => void): () => void {
    this.#noteTakers.add(take);
    return () => this.#noteTakers.delete(take);
  }
  /** Simulates typing in the other window. */
  typeElsewhere(call: CallId, text: string): void {
    for (const take of this.#noteTakers) take(call, text);
  }
  logError = (what: string) => this.#note(`logError ${what}`);
  quit = () => this.#note("quit");
  openSupervisor = () => this.#note("openSupervisor");
  doNotCall = (phone: string, reason: string) => this.#note(`doNotCall ${phone} ${reason}`);
}
