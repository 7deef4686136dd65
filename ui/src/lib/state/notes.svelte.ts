import { flushSync } from "svelte";
import { SvelteMap } from "svelte/reactivity";
import type { CallId } from "../contract";
import type { Host } from "../host/types";

/** A note is stored this long after the last key. */
const PAUSE_MS = 400;

/**
 * The notes being written: one text for each call, shared by all fields in both windows. A field may disappear while the agent types
 * in it, because its call ended; the text, the focus and the caret then move to the next field of the same call.
 */
export class Notes {
  /** The call in whose note an input method composes text. */
  composing = $state<CallId | null>(null);
  /** The call whose note is being typed while no other view shows it. */
  held = $state<CallId | null>(null);
  readonly #host: Host;
  readonly #write: (call: CallId, text: string) => void;
  readonly #texts = new SvelteMap<CallId, string>();
  /** Texts typed in this window that are not stored yet. */
  readonly #waiting = new Map<CallId, ReturnType<typeof setTimeout>>();

  constructor(host: Host, write: (call: CallId, text: string) => void) {
    this.#host = host;
    this.#write = write;
  }

  /** Starts to take over the texts typed in the other window. */
  start(): () => void {
    return this.#host.onNoteTyped((call, text) => {
      // The other window has the latest key. Its text already includes or replaces what was typed here.
      this.#settle(call);
      this.#texts.set(call, text);
    });
  }

  /** The text of a call's note; undefined if no field for it was opened yet. */
  text(call: CallId): string | undefined {
    return this.#texts.get(call);
  }

  /** Called when a field for this call appears. The stored text is used only if nothing was typed for this call before. */
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

  /** Makes a change that may remove the field in which the agent types, and moves the focus to the next field of the same call. */
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

  /** At a sign-out: stores the texts that wait for it, and removes all, since the next agent has other notes. */
  forget(): void {
    for (const call of [...this.#waiting.keys()]) this.save(call);
    this.#texts.clear();
    this.held = null;
  }

  /** Whether a text was waiting to be stored. */
  #settle(call: CallId): boolean {
    clearTimeout(this.#waiting.get(call));
    return this.#waiting.delete(call);
  }
}
