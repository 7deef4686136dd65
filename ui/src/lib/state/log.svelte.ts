import type { Begin, CallId, ExportFormat, Filter, LogRow, Note, NoteEdit, Problem } from "../contract";
import { dayStart, Days, daysOf, HEAD, limits, ROW } from "../rules/days";
import { ALL } from "../rules/filter";
import { problemOf } from "../host/types";
import type { MainSession } from "./session.svelte";

/** Rows in one request. */
const PAGE = 60;
/** Pages kept in memory. */
const KEPT = 24;

/** One view of the log: the filter, the loaded rows, the position of the list and the chosen call. */
export class CallLog {
  filter = $state.raw<Filter>(ALL);
  days = $state.raw(new Days([], []));
  /** The number of calls that match the filter; null until they are counted. */
  count = $state<number | null>(null);
  /** Whether there was an answer. */
  loaded = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** The scroll position and the height of the visible part, in pixels of the full list, which may be taller than browsers allow. */
  top = $state(0);
  height = $state(0);
  /** The row number of the chosen call; null if the filter excludes it. */
  index = $state<number | null>(null);
  chosen = $state.raw<LogRow | null>(null);
  /** The missed call that was marked as done last; this can be taken back. */
  done = $state.raw<LogRow | null>(null);
  /** The call to be shown is not in the log. */
  absent = $state(false);
  /** Whether the agent searched, chose or scrolled here. */
  touched = false;
  /** Whether the chosen call covers the list in a narrow window. */
  opened = $state(false);
  /** The open part of the toolbar. */
  unfolded = $state<"filters" | "exports" | null>(null);
  /** The chosen format of exports. */
  format = $state<ExportFormat>("xlsx");

  readonly #session: MainSession;
  #pages = $state.raw(new Map<number, LogRow[]>());
  /** The filter of the loaded rows; the answer for a newer filter may be on its way. */
  #shown: Filter = ALL;
  #range: { oldest: number; newest: number } | null = null;
  /** Answers to requests of an earlier turn are dropped. */
  #turn = 0;
  /** The number of open requests for the first rows of a new filter. */
  #filtering = 0;
  /** Grows with each action of the agent. */
  #step = 0;
  /** Grows with each edit of a call in this view. */
  #edits = 0;
  #refreshing = false;
  #again = false;
  #asking = false;

  constructor(session: MainSession) {
    this.#session = session;
  }

  get filtered(): boolean {
    return Object.keys(ALL).some((key) => this.filter[key as keyof Filter] !== ALL[key as keyof Filter]);
  }

  row(n: number): LogRow | null {
    return this.#pages.get(Math.floor(n / PAGE))?.[n % PAGE] ?? null;
  }

  /** The first and the last visible row; null if there are none. */
  get visible(): [number, number] | null {
    if (this.days.total === 0 || this.height === 0) return null;
    return [this.days.rowAt(this.top), this.days.rowAt(this.top + this.height)];
  }

  /** Searches at each key: an answer takes less time than the next key. */
  search(part: Partial<Filter>): void {
    this.touched = true;
    this.#find({ ...this.filter, ...part });
  }

  #find(filter: Filter): void {
    this.#step += 1;
    this.filter = filter;
    void this.#filtered();
  }

  /**
   * Call this when the log changed or the last request failed. One refresh runs at a time, because the log may change faster than the
   * answers come.
   */
  async refresh(): Promise<void> {
    this.#again = true;
    if (this.#refreshing) return;
    this.#refreshing = true;
    while (this.#again) {
      this.#again = false;
      await this.#take(() => this.#renew());
    }
    this.#refreshing = false;
  }

  stop(): void {
    this.#turn += 1;
  }

  /** Loads the visible rows that are missing. One request is open at a time, however fast the list scrolls. */
  async fill(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    await this.#take(async () => {
      for (let page = this.#lacking(); page !== undefined; page = this.#lacking()) {
        const days = this.days;
        const rows = await this.#page(days, this.#shown, page);
        if (days !== this.days) continue;
        const kept = this.#pages.size < KEPT ? this.#pages : [...this.#pages].filter(([each]) => this.#inView(this.days).includes(each));
        this.#pages = new Map(kept).set(page, rows);
        if (this.chosen === null && this.index !== null) this.chosen = this.row(this.index);
      }
    });
    this.#asking = false;
  }

  choose(n: number): void {
    if (this.days.total === 0) return;
    this.touched = true;
    this.#step += 1;
    this.index = Math.max(0, Math.min(this.days.total - 1, n));
    this.chosen = this.row(this.index);
    this.#reveal(this.index);
  }

  scrollTo(top: number): void {
    this.touched = true;
    this.top = top;
  }

  move(by: number): void {
    this.choose(this.index === null ? (this.visible?.[0] ?? 0) : this.index + by);
  }

  /** Shows a call wherever it is in the log. If the agent does something else meanwhile, the list does not jump back. */
  async show(call: CallId): Promise<void> {
    this.filter = ALL;
    this.opened = true;
    const step = ++this.#step;
    await this.#filtered();
    await this.#take(async () => {
      const row = await this.#session.host.logRow(call);
      const index = row && (await this.#indexOf(row));
      if (step !== this.#step) return;
      this.absent = row === null;
      this.chosen = row;
      this.index = index;
      if (index !== null) this.#reveal(index);
    });
  }

  /** Shows the calls that match the filter, from the newest. */
  look(filter: Partial<Filter>): void {
    this.#find({ ...ALL, ...filter });
  }

  /** Shows the edit at once; if it cannot be stored, the old value comes back. */
  async edit(row: LogRow, edit: NoteEdit): Promise<void> {
    if (edit.kind === "done") this.done = edit.done ? row : null;
    if (await this.#edit(row.call.id, edit)) return;
    if (edit.kind === "done") this.done = null;
    await this.refresh();
  }

  #edit(id: CallId, edit: NoteEdit): Promise<boolean> {
    const part: Partial<Note> =
      edit.kind === "text" ? { text: edit.text } : edit.kind === "disposition" ? { disposition: edit.disposition } : { doneAt: edit.done ? Date.now() : null };
    const changed = (each: LogRow) => (each.call.id === id ? { ...each, note: { ...each.note, ...part } } : each);
    this.#edits += 1;
    this.#pages = new Map([...this.#pages].map(([page, rows]) => [page, rows.map(changed)]));
    if (this.chosen) this.chosen = changed(this.chosen);
    return this.#session.send({ kind: "editNote", call: id, edit });
  }

  async #take(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.problem = problemOf(error, "storeFailed");
    }
  }

  /** Loads the log for a new filter, from the top. The first rows are shown before the rest is counted. */
  async #filtered(): Promise<void> {
    let turn = ++this.#turn;
    const filter = this.filter;
    this.#filtering += 1;
    await this.#take(async () => {
      const rows = await this.#session.host.logPage(filter, { kind: "newest" }, 0, PAGE);
      if (turn !== this.#turn) return;
      turn = ++this.#turn;
      this.index = null;
      this.chosen = null;
      this.absent = false;
      this.top = 0;
      this.#show(filter, daysOf(rows.map((row) => row.call.startedAt)), new Map([[0, rows]]));
      this.count = rows.length < PAGE ? rows.length : null;
      if (this.count !== null) return;
      const boundaries = await this.#limits(this.#range === null);
      const counts = await this.#session.host.logCounts(filter, boundaries);
      if (turn !== this.#turn) return;
      this.days = new Days(boundaries, counts);
      this.count = this.days.total;
    });
    this.#filtering -= 1;
  }

  /** Loads the log again for the same filter; the visible rows and the chosen call keep their places. */
  async #renew(): Promise<void> {
    if (!this.loaded) return this.#filtering > 0 ? undefined : this.#filtered();
    const turn = this.#turn;
    const edits = this.#edits;
    const { filter, top } = this;
    const { host } = this.#session;
    const anchor = top > 0 && this.visible ? this.row(this.visible[0]) : null;
    const within = anchor && this.visible ? top - this.days.topOf(this.visible[0]) : 0;
    const chosen = this.chosen;
    const boundaries = await this.#limits(true);
    const [counts, anchorAt, chosenAt, chosenNow] = await Promise.all([
      host.logCounts(filter, boundaries),
      anchor && this.#indexOf(anchor),
      chosen && this.#indexOf(chosen),
      chosen && host.logRow(chosen.call.id),
    ]);
    const days = new Days(boundaries, counts);
    const moved = anchorAt === null || anchorAt >= days.total ? 0 : days.topOf(anchorAt) + within - top;
    const pages = new Map(await Promise.all(this.#inView(days, top + moved).map(async (page) => [page, await this.#page(days, filter, page)] as const)));
    // The filter changed meanwhile, and the request for the new filter returns current rows.
    if (turn !== this.#turn) return;
    // The request is older than an edit, so its answer lacks the edit.
    if (edits !== this.#edits) {
      this.#again = true;
      return;
    }
    this.top = Math.max(0, Math.min(this.top + moved, days.height - this.height));
    this.#turn += 1;
    this.#show(filter, days, pages);
    this.count = days.total;
    if (this.chosen?.call.id !== chosen?.call.id) this.#again = true;
    else if (chosen !== null) {
      this.index = chosenAt;
      this.chosen = chosenNow ?? chosen;
    }
  }

  #show(filter: Filter, days: Days, pages: Map<number, LogRow[]>) {
    this.#shown = filter;
    this.days = days;
    this.#pages = pages;
    this.loaded = true;
    this.problem = null;
  }

  async #limits(anew: boolean): Promise<number[]> {
    if (anew || this.#range === null) {
      const ends = await Promise.all((["oldest", "newest"] as const).map((kind) => this.#session.host.logPage(ALL, { kind }, 0, 1)));
      const [oldest, newest] = ends.map((rows) => rows[0]?.call.startedAt);
      this.#range = oldest === undefined || newest === undefined ? null : { oldest, newest };
    }
    return this.#range ? limits(this.#range.oldest, this.#range.newest) : [dayStart(Date.now()), dayStart(Date.now(), 1)];
  }

  /** Asks from the end of the page's day, so that the store skips at most a day of rows. */
  #page(days: Days, filter: Filter, page: number): Promise<LogRow[]> {
    const row = page * PAGE;
    if (row === 0) return this.#session.host.logPage(filter, { kind: "newest" }, 0, PAGE);
    const day = days.dayOf(row);
    const begin: Begin = { kind: "before", startedAt: day.until, id: 0 };
    return this.#session.host.logPage(filter, begin, row - day.first, PAGE);
  }

  /** The call's row number; null if the filter excludes the call. */
  async #indexOf({ call }: LogRow): Promise<number | null> {
    const [since] = await this.#session.host.logCounts(this.filter, [call.startedAt + 1, 8.64e15]);
    // Several calls may begin in the same millisecond.
    const same = await this.#session.host.logPage(this.filter, { kind: "before", startedAt: call.startedAt + 1, id: 0 }, 0, PAGE);
    const at = same.findIndex((row) => row.call.id === call.id);
    return since === undefined || at < 0 ? null : since + at;
  }

  #inView(days: Days, top = this.top): number[] {
    if (days.total === 0) return [];
    const [first, last] = [days.rowAt(top - 4 * ROW), days.rowAt(top + this.height + 4 * ROW)].map((row) => Math.floor(row / PAGE));
    return Array.from({ length: last! - first! + 1 }, (_, n) => first! + n);
  }

  #lacking(): number | undefined {
    return this.#inView(this.days).find((page) => !this.#pages.has(page));
  }

  #reveal(row: number): void {
    const y = this.days.topOf(row);
    if (y - HEAD < this.top) this.top = row === 0 ? 0 : y - HEAD;
    else if (y + ROW > this.top + this.height) this.top = y + ROW - this.height;
  }
}
