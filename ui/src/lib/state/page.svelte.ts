import type { Language, Problem } from "../contract";
import { isProblem } from "../host/types";
import type { Texts } from "../i18n";

/** A failed command; `what` names the command and its object, such as the call. */
export type Failure = { what: string; problem: Problem };

/** The most errors of the page that are logged in one run: an error that repeats with each snapshot would fill the log. */
const ERRORS_LOGGED = 20;

/** The error with its stack. Only in Chromium does the stack begin with the message; WebKit's has none. */
function described(error: Error): string {
  const [message, stack] = [String(error), error.stack ?? ""];
  return stack.startsWith(message) ? stack : `${message}\n${stack}`.trimEnd();
}

/** What the pages of all windows have: failed commands, and errors that go to the log. */
export abstract class Page<PageTexts extends Texts = Texts> {
  /** The failed commands, newest last. Each stays until it is dismissed or the same command succeeds. */
  failures = $state.raw<Failure[]>([]);
  abstract readonly texts: PageTexts;
  #errorsLogged = 0;

  protected abstract logError(what: string): Promise<void>;

  start(): () => void {
    const error = ({ error }: ErrorEvent) => error instanceof Error && this.broke("window", error);
    const rejection = ({ reason }: PromiseRejectionEvent) => this.broke("window", reason);
    window.addEventListener("error", error);
    window.addEventListener("unhandledrejection", rejection);
    return () => {
      window.removeEventListener("error", error);
      window.removeEventListener("unhandledrejection", rejection);
    };
  }

  /** Properties of `Contained`: where errors are logged, and the message shown in the part's place. */
  get guard() {
    const { t } = this.texts;
    return { broke: (part: string, error: unknown) => this.broke(part, error), words: { ...t.broken, details: t.signIn.details } };
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
    const words = error instanceof Error ? described(error) : isProblem(error) ? `${error.code} ${error.detail}` : String(error);
    // If the host itself fails, the error cannot be logged.
    this.logError(`${part}: ${words}`).catch(() => undefined);
  }

  /** Changes the language when it is loaded. If it cannot be loaded, the language stays as it is. */
  protected async speak(language: Language): Promise<void> {
    await this.texts.choose(language).catch((error: unknown) => this.broke("language", error));
    if (this.texts.ready) document.documentElement.lang = this.texts.tag;
  }
}
