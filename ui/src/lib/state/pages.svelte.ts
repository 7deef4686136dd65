import type { Problem } from "../contract";
import { problemOf } from "../host/types";

/** Rows in one request. */
const PAGE = 200;
/** Pages kept in memory. */
const KEPT = 20;

/** A list that is too long to be loaded whole: its rows come in pages, for what is in view. */
export class Pages<Row> {
  /** null until it was counted. */
  count = $state<number | null>(null);
  problem = $state.raw<Problem | null>(null);
  #pages = $state.raw(new Map<number, Row[]>());
  #range: [number, number] = [0, 0];
  /** Answers to requests for another filter are dropped. */
  #turn = 0;
  #asking = false;
  readonly #load: (skip: number, limit: number) => Promise<Row[]>;
  readonly #size: () => Promise<number>;

  constructor(load: (skip: number, limit: number) => Promise<Row[]>, size: () => Promise<number>) {
    this.#load = load;
    this.#size = size;
  }

  row(n: number): Row | null {
    return this.#pages.get(Math.floor(n / PAGE))?.[n % PAGE] ?? null;
  }

  /** The loaded row that fits. */
  find(fits: (row: Row) => boolean): Row | undefined {
    return [...this.#pages.values()].flat().find(fits);
  }

  /** Call this when the filter changed, or the rows did. The rows in view stay until the answer is there. */
  async renew(): Promise<void> {
    const turn = ++this.#turn;
    try {
      const [from, to] = [Math.floor(this.#range[0] / PAGE), Math.floor(this.#range[1] / PAGE)];
      const wanted = Array.from({ length: to - from + 1 }, (_, n) => from + n);
      const [count, ...pages] = await Promise.all([this.#size(), ...wanted.map((page) => this.#load(page * PAGE, PAGE))]);
      if (turn !== this.#turn) return;
      this.count = count;
      this.#pages = new Map(wanted.map((page, n) => [page, pages[n]!]));
      this.problem = null;
    } catch (error) {
      if (turn === this.#turn) this.problem = problemOf(error, "storeFailed");
    }
    void this.#fill();
  }

  /** Loads the rows between these that are missing. */
  show(first: number, last: number): void {
    this.#range = [first, last];
    void this.#fill();
  }

  /** One request is open at a time, however fast the list scrolls. */
  async #fill(): Promise<void> {
    if (this.#asking || this.count === null) return;
    this.#asking = true;
    try {
      for (let page = this.#lacking(); page !== undefined; page = this.#lacking()) {
        const turn = this.#turn;
        const rows = await this.#load(page * PAGE, PAGE);
        if (turn !== this.#turn) continue;
        const kept = this.#pages.size < KEPT ? this.#pages : [...this.#pages].filter(([each]) => this.#near(each));
        this.#pages = new Map(kept).set(page, rows);
      }
    } catch (error) {
      this.problem = problemOf(error, "storeFailed");
    }
    this.#asking = false;
  }

  #near(page: number): boolean {
    return page >= Math.floor(this.#range[0] / PAGE) - 1 && page <= Math.floor(this.#range[1] / PAGE) + 1;
  }

  #lacking(): number | undefined {
    const [from, to] = [Math.floor(this.#range[0] / PAGE), Math.floor(this.#range[1] / PAGE)];
    for (let page = from; page <= to && page * PAGE < (this.count ?? 0); page += 1) if (!this.#pages.has(page)) return page;
    return undefined;
  }
}
