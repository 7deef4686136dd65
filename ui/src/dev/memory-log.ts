import type { Begin, Call, CallId, CallOutcome, Filter, LogRow, Note, NoteEdit, Sums, Timestamp } from "../lib/contract";
import { ALL } from "../lib/rules/filter";
import { isToDo } from "../lib/rules/to-do";

const NONE: Note = { text: "", disposition: null, doneAt: null, wrappedUpAt: null, owedAt: null };
const NOTES = ["Asked for the offer by mail", "明天下午再打", "Moves house in July; wants the old contract ended first, then a new one for the new address", "费用问题"];
const DISPOSITIONS = ["Promised to pay", "Call again", "No interest"];

/** A pseudo-random number that depends only on its arguments. */
const mix = (n: number, salt: number) => (Math.imul(n + 1, 2_654_435_761) ^ Math.imul(salt + 7, 40_503)) >>> 8;

/** A log that stores no calls: each is made from its position, where 0 is the newest. Only edited notes are stored. */
export class MemoryLog {
  #notes = new Map<CallId, Note>();
  #found: { key: string; places: Int32Array } | null = null;

  constructor(
    readonly size: number,
    readonly now: Timestamp,
    /** The average time from one call to the next, in milliseconds. */
    readonly apart = 90_000,
  ) {}

  page(filter: Filter, begin: Begin, skip: number, limit: number): LogRow[] {
    const places = this.#places(filter);
    const count = places?.length ?? this.size;
    const older = begin.kind === "newest" || begin.kind === "before";
    let at = older ? 0 : count - 1;
    if (begin.kind === "before") at = this.#first(places, (call) => call.startedAt < begin.startedAt || (call.startedAt === begin.startedAt && call.id < begin.id));
    if (begin.kind === "after") at = this.#first(places, (call) => call.startedAt < begin.startedAt || (call.startedAt === begin.startedAt && call.id <= begin.id)) - 1;
    const rows: LogRow[] = [];
    for (let n = at + (older ? skip : -skip); n >= 0 && n < count && rows.length < limit; n += older ? 1 : -1) rows.push(this.#row(places?.[n] ?? n));
    return rows;
  }

  counts(filter: Filter, boundaries: Timestamp[]): number[] {
    const places = this.#places(filter);
    const before = boundaries.map((moment) => this.#first(places, (call) => call.startedAt < moment));
    return before.slice(1).map((from, n) => before[n]! - from);
  }

  sums(boundaries: Timestamp[]): Sums[] {
    const seconds = (from: Timestamp | null, to: Timestamp | null) => (from === null || to === null ? 0 : Math.max(0, Math.floor((to - from) / 1000)));
    const before = boundaries.map((moment) => this.#first(null, (call) => call.startedAt < moment));
    return before.slice(1).map((first, n) => {
      const sums: Sums = { answered: 0, missed: 0, noAnswer: 0, talkSeconds: 0, ringSeconds: 0, wrapUpSeconds: 0 };
      for (let place = first; place < before[n]!; place += 1) {
        const { call, outcome } = this.#row(place);
        if (outcome !== null) sums[outcome] += 1;
        sums.talkSeconds += call.talkedSeconds ?? 0;
        sums.ringSeconds += seconds(call.rangAt, call.answeredAt ?? call.endedAt);
        sums.wrapUpSeconds += outcome === "answered" ? 10 + (call.id % 40) : 0;
      }
      return sums;
    });
  }

  row(call: CallId): LogRow | null {
    return call > 0 && call <= this.size ? this.#row(this.size - call) : null;
  }

  edit(call: CallId, edit: NoteEdit): void {
    const note = { ...this.#note(call) };
    if (edit.kind === "text") note.text = edit.text;
    if (edit.kind === "disposition") note.disposition = edit.disposition;
    if (edit.kind === "done") note.doneAt = edit.done ? this.now : null;
    this.#notes.set(call, note);
    this.#found = null;
  }

  /** Marks the call as to do, since its after-call work was broken off. */
  owe(call: CallId): void {
    this.#notes.set(call, { ...this.#note(call), owedAt: this.now });
    this.#found = null;
  }

  /** The index of the first call for which `is` is true, by binary search: `is` must be true for all calls after it. */
  #first(places: Int32Array | null, is: (call: { startedAt: Timestamp; id: CallId }) => boolean): number {
    let [low, high] = [0, places?.length ?? this.size];
    while (low < high) {
      const middle = (low + high) >> 1;
      const n = places?.[middle] ?? middle;
      if (is({ startedAt: this.#startedAt(n), id: this.size - n })) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The positions of the calls that match the filter. Null: all calls match. */
  #places(filter: Filter): Int32Array | null {
    const key = JSON.stringify(filter);
    if (key === JSON.stringify({ ...filter, ...ALL })) return null;
    if (this.#found?.key !== key) {
      const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
      const places = new Int32Array(this.size);
      let count = 0;
      for (let n = 0; n < this.size; n += 1) if (this.#fits(n, filter, words)) places[count++] = n;
      this.#found = { key, places: places.subarray(0, count) };
    }
    return this.#found.places;
  }

  #fits(n: number, filter: Filter, words: string[]): boolean {
    const startedAt = this.#startedAt(n);
    if ((filter.from !== null && startedAt < filter.from) || (filter.to !== null && startedAt >= filter.to)) return false;
    const { call, outcome, note } = this.#row(n);
    if (filter.direction !== null && call.direction !== filter.direction) return false;
    if (filter.outcome !== null && outcome !== filter.outcome) return false;
    if (filter.queue !== null && call.queue !== filter.queue) return false;
    if (filter.disposition !== null && note.disposition !== filter.disposition) return false;
    if (filter.toDo && !isToDo({ call, outcome, note })) return false;
    const texts = [call.customerNumber, note.text, note.disposition ?? "", call.memberId ?? "", call.customerId ?? ""].map((text) => text.toLowerCase());
    return words.every((word) => texts.some((text) => text.includes(word)));
  }

  #startedAt(n: number): Timestamp {
    return this.now - 600_000 - n * this.apart - (mix(n, 1) % 60_000);
  }

  #note(id: CallId): Note {
    const known = this.#notes.get(id);
    if (known) return known;
    const n = mix(id, 2);
    if (n % 5 !== 0) return NONE;
    return { ...NONE, text: NOTES[n % 4]!, disposition: n % 3 === 0 ? DISPOSITIONS[(n >> 4) % 3]! : null };
  }

  #row(n: number): LogRow {
    const id = this.size - n;
    const seed = mix(n, 3);
    const outcome: CallOutcome = n === 1 || seed % 11 === 0 ? "missed" : seed % 7 === 0 ? "noAnswer" : "answered";
    const startedAt = this.#startedAt(n);
    const rangAt = outcome === "noAnswer" ? null : startedAt + 3000;
    const answeredAt = outcome === "answered" ? startedAt + 3000 + (seed % 9) * 1000 : null;
    const talkedSeconds = answeredAt === null ? 0 : 20 + (seed % 400);
    const call: Call = {
      id,
      uuid: null,
      buuid: null,
      recordId: null,
      account: "lantern",
      extension: "100001",
      agent: "10",
      queue: seed % 2 ? "queue-1" : "queue-2",
      customerNumber: n === 5 ? "" : `13${String(387_525_701 + (seed % 600_000_000)).padStart(9, "0")}`,
      displayNumber: "2190170001",
      direction: seed % 3 === 0 ? "incoming" : "outgoing",
      method: { kind: seed % 3 === 0 ? "ivr" : "predictive" },
      startedAt,
      rangAt,
      answeredAt,
      endedAt: answeredAt === null ? startedAt + 21_000 : answeredAt + talkedSeconds * 1000,
      hungUpBy: { kind: seed % 2 ? "caller" : "called" },
      ending: { kind: outcome === "answered" ? "normal" : outcome === "missed" ? "noAnswer" : "customerBusy" },
      waitedSeconds: null,
      talkedSeconds,
      recording: outcome === "answered" ? `${id}.wav` : null,
      memberId: seed % 4 === 0 ? String(18_533_700_187 + n) : null,
      customerId: seed % 6 === 0 ? "李雯 · VIP" : null,
      maturity: null,
    };
    return { call, outcome, note: this.#note(id) };
  }
}
