import type { Wish, CallId, Intent, RingIntent, SettingChange, Snapshot, UpdateView } from "../contract";
import type { Host, MainHost } from "../host/types";
import { Texts } from "../i18n";
import { Notes } from "./notes.svelte";
import { Page } from "./page.svelte";

/** Names a command for `Failure`. The name contains the call, so that a stored note does not remove the failure of another call's note. */
function what(intent: Intent): string {
  const parts = [intent.kind, "call" in intent && intent.call, "queue" in intent && intent.queue, "edit" in intent && intent.edit.kind, "change" in intent && intent.change.setting];
  return parts.filter((part) => part !== false).join(" ");
}

/** The state that all views of a window share: snapshot, host, texts, notes being written, and failed commands. */
export class Session<WindowHost extends Host = Host> extends Page {
  #snapshot = $state.raw<Snapshot | null>(null);
  readonly texts = new Texts();
  readonly notes: Notes;
  readonly #host: WindowHost;
  /** The newest snapshot that was not taken yet, because the first language is being loaded. */
  #untaken: Snapshot | null = null;

  constructor(host: WindowHost) {
    super();
    this.#host = host;
    this.notes = new Notes(host, (call, text) => void this.send({ kind: "editNote", call, edit: { kind: "text", text } }));
  }

  override start(): () => void {
    const stops = [super.start(), this.notes.start(), this.#host.onSnapshot((snapshot) => void this.#receive(snapshot))];
    return () => stops.forEach((stop) => stop());
  }

  protected override logError(what: string): Promise<void> {
    return this.#host.logError(what);
  }

  get host(): WindowHost {
    return this.#host;
  }

  /** Whether there is a snapshot. */
  get ready(): boolean {
    return this.#snapshot !== null;
  }

  /** The latest snapshot; views are drawn only once the session is ready. */
  get snapshot(): Snapshot {
    if (this.#snapshot === null) throw new Error("no snapshot yet");
    return this.#snapshot;
  }

  /** Whether the intent was accepted. */
  send(intent: RingIntent): Promise<boolean> {
    return this.run(what(intent), this.#host.send(intent));
  }

  /** Who set a setting that an administrator locked; "" if the user may change it. A table such as `callbacks` stands for all its keys. */
  locked(key: string): string {
    return this.snapshot.place.locked.some((locked) => locked === key || locked.startsWith(`${key}.`)) ? this.texts.t.signIn.locked : "";
  }

  wish(wish: Wish): void {
    void this.send({ kind: "wish", wish });
  }

  /** Takes the snapshot; the first one only when its language is loaded, since no view can be drawn without texts. */
  async #receive(snapshot: Snapshot): Promise<void> {
    this.#untaken = snapshot;
    if (!this.texts.ready) await this.speak(snapshot.settings.language);
    const newest = this.#untaken;
    if (newest === null || !this.texts.ready) return;
    this.#untaken = null;
    this.take(newest);
  }

  protected take(snapshot: Snapshot): void {
    this.notes.carry(() => (this.#snapshot = snapshot));
    void this.speak(snapshot.settings.language);
    document.documentElement.dataset.theme = snapshot.settings.theme;
    if (snapshot.signIn.kind === "signedOut") this.notes.forget();
  }
}

/** The main window's session. */
export class MainSession extends Session<MainHost> {
  /** The user asked for a check of the setup; the next view that shows the check starts it. */
  checkupWanted = false;
  /** The newest state of the updates; null until the host has told it. */
  update = $state.raw<UpdateView | null>(null);
  /** The version that the user does not want to install before the next start. */
  putOff = $state.raw<string | null>(null);
  /** The user asked for an installation, and has not put its problem aside. */
  installWanted = $state.raw(false);
  /** A call that is to be shown as soon as there is a snapshot. */
  #unshown: CallId | null = null;
  #showCall: ((call: CallId) => void) | null = null;

  override start(): () => void {
    const stops = [super.start(), this.host.onUpdate((view) => (this.update = view))];
    return () => stops.forEach((stop) => stop());
  }

  override send(intent: Intent): Promise<boolean> {
    return this.run(what(intent), this.host.send(intent));
  }

  async installUpdate(): Promise<void> {
    this.installWanted = true;
    if (!(await this.run("installUpdate", this.host.installUpdate()))) this.installWanted = false;
  }

  set(change: SettingChange): void {
    void this.send({ kind: "changeSettings", change });
  }

  /** Calls `take` with each call that is to be shown, but not before the first snapshot. */
  onShowCall(take: (call: CallId) => void): () => void {
    this.#showCall = take;
    return this.host.onShowCall((call) => {
      if (!this.ready) this.#unshown = call;
      else take(call);
    });
  }

  protected override take(snapshot: Snapshot): void {
    super.take(snapshot);
    const call = this.#unshown;
    this.#unshown = null;
    if (call !== null) this.#showCall?.(call);
  }
}
