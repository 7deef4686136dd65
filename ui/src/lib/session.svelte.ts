import type { Availability, CallId, Intent, Problem, Snapshot } from "./contract";
import { isProblem, type Host } from "./host/types";
import { Texts } from "./i18n";

/** What the views share: the snapshot, the host, the texts, and the last command that failed. */
export class Session {
  snapshot = $state.raw<Snapshot | null>(null);
  failure = $state.raw<Problem | null>(null);
  /** Somebody was offered the check of the setup, and took it: the next view that has it begins. */
  checkupWanted = false;
  readonly texts = new Texts();
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  start(): () => void {
    return this.#host.onSnapshot((snapshot) => {
      this.snapshot = snapshot;
      this.texts.choose(snapshot.settings.language);
      document.documentElement.dataset.theme = snapshot.settings.theme;
      document.documentElement.lang = this.texts.tag;
    });
  }

  get host(): Host {
    return this.#host;
  }

  send(intent: Intent): void {
    void this.run(this.#host.send(intent));
  }

  wish(availability: Availability): void {
    this.send({ kind: "setAvailability", availability });
  }

  onShowCall(take: (call: CallId) => void): () => void {
    return this.#host.onShowCall(take);
  }

  /** True when done; a failure is shown where the person is. */
  async run(command: Promise<void>): Promise<boolean> {
    try {
      await command;
      this.failure = null;
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  fail(error: unknown): void {
    this.failure = isProblem(error) ? error : { code: "refused", detail: String(error), retryable: false };
  }
}
