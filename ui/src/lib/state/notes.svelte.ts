import { flushSync } from "svelte";
import { SvelteMap } from "svelte/reactivity";
import type { CallId } from "../contract";
import type { Host } from "../host/types";

/** How long after the last key a note is kept. */
const PAUSE_MS = 400;

/**
 * The notes being written: one text for a call, whichever field and whichever window it is typed in. A field may go while somebody
 * types in it, because its call ended; the text, the keys and the caret go on in the next field of the same call.
 */
export class Notes {
  /** The call in whose note an input method is composing. */
  composing = $state<CallId | null>(null);
  /** The call whose note is being typed although no view shows it any more. */
  held = $state<CallId | null>(null);
  readonly #host: Host;
  readonly #write: (call: CallId, text: string) => void;
  readonly #texts = new SvelteMap<CallId, string>();
  /** What was typed here and is not kept yet. */
  readonly #waiting = new Map<CallId, ReturnType<typeof setTimeout>>();

  constructor(host: Host, write: (call: CallId, text: string) => void) {
    this.#host = host;
    this.#write = write;
  }

  /** Takes what is typed in the other window. */
  start(): () => void {
    return this.#host.onNoteTyped((call, text) => {
      // The later key is there: what was typed here before it is part of that text, or was replaced.
      this.#settle(call);
      this.#texts.set(call, text);
    });
  }

  /** Undefined: nobody opened this call's note yet. */
  text(call: CallId): string | undefined {
    return this.#texts.get(call);
  }

  /** A field of this call is there; what is kept of it counts unless somebody wrote meanwhile. */
  open(call: CallId, kept: string): void {
    if (!this.#texts.has(call)) this.#texts.set(call, kept);
  }

  type(call: CallId, text: string): void {
    if (text === this.#texts.get(call)) return;
    this.#texts.set(call, text);
    this.#settle(call);
    this.#waiting.set(call, setTimeout(() => this.save(call), PAUSE_MS));
    void this.#host.noteTyped(call, text);
  }

  save(call: CallId): void {
    if (this.#settle(call)) this.#write(call, this.#texts.get(call) ?? "");
  }

  /** Makes a change that may take the field away in which somebody types. */
  carry(change: () => void): void {
    const field = document.activeElement;
    if (!(field instanceof HTMLTextAreaElement) || field.dataset.note === undefined) return change();
    const call = Number(field.dataset.note);
    const { selectionStart, selectionEnd, selectionDirection, scrollTop } = field;
    change();
    flushSync();
    if (field.isConnected) return;
    const other = () => document.querySelector<HTMLTextAreaElement>(`textarea[data-note="${call}"]`);
    if (other() === null) flushSync(() => (this.held = call));
    const next = other();
    next?.focus();
    next?.setSelectionRange(selectionStart, selectionEnd, selectionDirection);
    if (next) next.scrollTop = scrollTop;
  }

  /** Whoever comes next has notes of their own. */
  forget(): void {
    for (const call of [...this.#waiting.keys()]) this.save(call);
    this.#texts.clear();
    this.held = null;
  }

  /** True: something was waiting. */
  #settle(call: CallId): boolean {
    clearTimeout(this.#waiting.get(call));
    return this.#waiting.delete(call);
  }
}
