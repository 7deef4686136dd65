import type { Wish, CallId, Intent, Language, Problem, RingIntent, SettingChange, Snapshot } from "../contract";
import { isProblem, type Host, type MainHost } from "../host/types";
import { Texts } from "../i18n";
import { Notes } from "./notes.svelte";

/** A failed command; `what` names the command and its object, such as the call. */
export type Failure = { what: string; problem: Problem };

/** Names a command for `Failure`. The name contains the call, so that a stored note does not remove the failure of another call's note. */
function what(intent: Intent): string {
  const parts = [intent.kind, "call" in intent && intent.call, "queue" in intent && intent.queue, "edit" in intent && intent.edit.kind, "change" in intent && intent.change.setting];
  return parts.filter((part) => part !== false).join(" ");
}

/** The most errors of the page that are logged in one run: an error that repeats with each snapshot would fill the log. */
const ERRORS_LOGGED = 20;

/** The state that all views of a window share: snapshot, host, texts, notes being written, and failed commands. */
export class Session<WindowHost extends Host = Host> {
  #snapshot = $state.raw<Snapshot | null>(null);
  /** The failed commands, newest last. Each stays until it is dismissed or the same command succeeds. */
  failures = $state.raw<Failure[]>([]);
  readonly texts = new Texts();
  readonly notes: Notes;
  readonly #host: WindowHost;
  /** The newest snapshot that was not taken yet, because the first language is being loaded. */
  #untaken: Snapshot | null = null;
  #errorsLogged = 0;

  constructor(host: WindowHost) {
    this.#host = host;
    this.notes = new Notes(host, (call, text) => void this.send({ kind: "editNote", call, edit: { kind: "text", text } }));
  }

  start(): () => void {
    const error = ({ error }: ErrorEvent) => error instanceof Error && this.broke("window", error);
    const rejection = ({ reason }: PromiseRejectionEvent) => this.broke("window", reason);
    window.addEventListener("error", error);
    window.addEventListener("unhandledrejection", rejection);
    const stops = [this.notes.start(), this.#host.onSnapshot((snapshot) => void this.#receive(snapshot))];
    return () => {
      stops.forEach((stop) => stop());
      window.removeEventListener("error", error);
      window.removeEventListener("unhandledrejection", rejection);
    };
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

  /** Properties of `Contained`: where errors are logged, and the message shown in the part's place. */
  get guard() {
    const { t } = this.texts;
    return { broke: (part: string, error: unknown) => this.broke(part, error), words: { ...t.broken, details: t.signIn.details } };
  }

  /** Whether the intent was accepted. */
  send(intent: RingIntent): Promise<boolean> {
    return this.run(what(intent), this.#host.send(intent));
  }

  wish(wish: Wish): void {
    void this.send({ kind: "wish", wish });
  }

  /** Whether the command succeeded; a failure is shown in the current view. */
  async run(what: string, command: Promise<void>): Promise<boolean> {
    try {
      await command;
      this.read(what);
      return true;
    } catch (error) {
      this.fail(what, error);
      return false;
    }
  }

  fail(what: string, error: unknown): void {
    const problem: Problem = isProblem(error) ? error : { code: "refused", detail: String(error), retryable: false };
    this.failures = [...this.failures.filter((each) => each.what !== what), { what, problem }];
  }

  /** Removes a failure: it was dismissed, or the command succeeded. */
  read(what: string): void {
    if (this.failures.some((each) => each.what === what)) this.failures = this.failures.filter((each) => each.what !== what);
  }

  /** Logs an error that a part of this page threw. */
  broke(part: string, error: unknown): void {
    this.#errorsLogged += 1;
    if (this.#errorsLogged > ERRORS_LOGGED) return;
    const words = error instanceof Error ? (error.stack ?? String(error)) : isProblem(error) ? `${error.code} ${error.detail}` : String(error);
    // If the host itself fails, the error cannot be logged.
    this.#host.logError(`${part}: ${words}`).catch(() => undefined);
  }

  /** Takes the snapshot; the first one only when its language is loaded, since no view can be drawn without texts. */
  async #receive(snapshot: Snapshot): Promise<void> {
    this.#untaken = snapshot;
    if (!this.texts.ready) await this.#speak(snapshot.settings.language);
    const newest = this.#untaken;
    if (newest === null || !this.texts.ready) return;
    this.#untaken = null;
    this.take(newest);
  }

  /** Changes the language when it is loaded. If it cannot be loaded, the language stays as it is. */
  async #speak(language: Language): Promise<void> {
    await this.texts.choose(language).catch((error: unknown) => this.broke("language", error));
    if (this.texts.ready) document.documentElement.lang = this.texts.tag;
  }

  protected take(snapshot: Snapshot): void {
    this.notes.carry(() => (this.#snapshot = snapshot));
    void this.#speak(snapshot.settings.language);
    document.documentElement.dataset.theme = snapshot.settings.theme;
    if (snapshot.signIn.kind === "signedOut") this.notes.forget();
  }
}

/** The main window's session. */
export class MainSession extends Session<MainHost> {
  /** The user asked for a check of the setup; the next view that shows the check starts it. */
  checkupWanted = false;
  /** A call that is to be shown as soon as there is a snapshot. */
  #unshown: CallId | null = null;
  #showCall: ((call: CallId) => void) | null = null;

  override send(intent: Intent): Promise<boolean> {
    return this.run(what(intent), this.host.send(intent));
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
