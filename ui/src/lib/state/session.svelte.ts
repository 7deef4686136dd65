import type { Wish, CallId, Intent, Problem, RingIntent, SettingChange, Snapshot } from "../contract";
import { isProblem, type Host, type MainHost } from "../host/types";
import { Texts } from "../i18n";
import { Notes } from "./notes.svelte";

/** A command that failed; `what` names its kind, and the call that it was about. */
export type Failure = { what: string; problem: Problem };

/** One note that is kept says nothing of another that was not. */
function what(intent: Intent): string {
  const parts = [intent.kind, "call" in intent && intent.call, "queue" in intent && intent.queue, "edit" in intent && intent.edit.kind, "change" in intent && intent.change.setting];
  return parts.filter((part) => part !== false).join(" ");
}

/** Errors of the page that are written to the log in one run; one that repeats with every snapshot would fill it. */
const ERRORS_LOGGED = 20;

/** What the views of a window share: the snapshot, the host, the texts, the notes being written, and the commands that failed. */
export class Session<WindowHost extends Host = Host> {
  #snapshot = $state.raw<Snapshot | null>(null);
  /** The newest last; each stays until it was read or the same thing was done after all. */
  failures = $state.raw<Failure[]>([]);
  readonly texts = new Texts();
  readonly notes: Notes;
  readonly #host: WindowHost;
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
    const stops = [this.notes.start(), this.#host.onSnapshot((snapshot) => this.take(snapshot))];
    return () => {
      stops.forEach((stop) => stop());
      window.removeEventListener("error", error);
      window.removeEventListener("unhandledrejection", rejection);
    };
  }

  get host(): WindowHost {
    return this.#host;
  }

  /** The first snapshot is there. */
  get ready(): boolean {
    return this.#snapshot !== null;
  }

  /** The latest one. Views are drawn once the session is ready. */
  get snapshot(): Snapshot {
    if (this.#snapshot === null) throw new Error("no snapshot yet");
    return this.#snapshot;
  }

  /** For a part of a window that may break without the rest: where its error goes, and what is said in its place. */
  get guard() {
    const { t } = this.texts;
    return { broke: (part: string, error: unknown) => this.broke(part, error), words: { ...t.broken, details: t.signIn.details } };
  }

  /** True when it was taken. */
  send(intent: RingIntent): Promise<boolean> {
    return this.run(what(intent), this.#host.send(intent));
  }

  wish(wish: Wish): void {
    void this.send({ kind: "wish", wish });
  }

  /** True when done; a failure is shown where the person is. */
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

  /** A failure was read, or what failed was done. */
  read(what: string): void {
    if (this.failures.some((each) => each.what === what)) this.failures = this.failures.filter((each) => each.what !== what);
  }

  /** A part of this page threw. */
  broke(part: string, error: unknown): void {
    this.#errorsLogged += 1;
    if (this.#errorsLogged > ERRORS_LOGGED) return;
    const words = error instanceof Error ? (error.stack ?? String(error)) : isProblem(error) ? `${error.code} ${error.detail}` : String(error);
    // A host that takes no more has nothing to write this to.
    this.#host.logError(`${part}: ${words}`).catch(() => undefined);
  }

  protected take(snapshot: Snapshot): void {
    this.notes.carry(() => (this.#snapshot = snapshot));
    this.texts.choose(snapshot.settings.language);
    document.documentElement.dataset.theme = snapshot.settings.theme;
    document.documentElement.lang = this.texts.tag;
    if (snapshot.signIn.kind === "signedOut") this.notes.forget();
  }
}

/** The main window's session. */
export class MainSession extends Session<MainHost> {
  /** Somebody was offered the check of the setup, and took it: the next view that has it begins. */
  checkupWanted = false;
  /** A call that was to be shown before there was anything to show it in. */
  #unshown: CallId | null = null;
  #showCall: ((call: CallId) => void) | null = null;

  override send(intent: Intent): Promise<boolean> {
    return this.run(what(intent), this.host.send(intent));
  }

  set(change: SettingChange): void {
    void this.send({ kind: "changeSettings", change });
  }

  /** A call may be asked for before the first snapshot is there; then it waits for it. */
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
