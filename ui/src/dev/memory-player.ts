import type { CallId, PlayerOrder, PlayerView } from "../lib/contract";

const LENGTH_MS = 83_000;
const FETCHING_MS = 300;

/** A made-up waveform with talk and pauses. */
export const WAVEFORM = Array.from({ length: 300 }, (_, n) => (n % 37 < 5 ? 4 : Math.round(90 + 80 * Math.sin(n / 9) * Math.sin(n / 2.3) + ((n * 53) % 85))));

/** A player without sound. Its position advances with the page's clock. */
export class MemoryPlayer {
  readonly orders: PlayerOrder[] = [];
  view: PlayerView | null;
  #takers = new Set<(view: PlayerView | null) => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(view: PlayerView | null = null) {
    this.view = view;
  }

  onView(take: (view: PlayerView | null) => void): () => void {
    this.#takers.add(take);
    take(this.view);
    return () => this.#takers.delete(take);
  }

  show(part: Partial<PlayerView>): void {
    if (this.view === null) return;
    clearTimeout(this.#timer);
    this.view = { ...this.view, positionMs: this.#position(), at: Date.now(), ...part };
    for (const take of this.#takers) take(this.view);
    if (this.view.state.kind === "playing") {
      const left = ((LENGTH_MS - this.view.positionMs) * 100) / this.view.speedPercent;
      this.#timer = setTimeout(() => this.show({ state: { kind: "ended" }, positionMs: LENGTH_MS }), left);
    }
  }

  order(order: PlayerOrder): void {
    this.orders.push(order);
    const state = this.view?.state.kind;
    if (order.kind === "play") this.#play(order.call);
    if (order.kind === "pause" && (state === "playing" || state === "fetching")) this.show({ state: { kind: "paused" } });
    if (order.kind === "seek") this.show({ positionMs: Math.min(order.ms, LENGTH_MS), ...(state === "ended" ? { state: { kind: "paused" } } : {}) });
    if (order.kind === "speed") this.show({ speedPercent: order.percent });
  }

  #play(call: CallId): void {
    if (this.view?.call === call && this.view.lengthMs !== null) {
      this.show({ state: { kind: "playing" }, ...(this.view.state.kind === "ended" ? { positionMs: 0 } : {}) });
      return;
    }
    this.view = { call, state: { kind: "fetching" }, positionMs: 0, at: Date.now(), lengthMs: null, speedPercent: this.view?.speedPercent ?? 100, waveform: [] };
    this.show({});
    this.#timer = setTimeout(() => this.show({ state: { kind: "playing" }, lengthMs: LENGTH_MS, waveform: WAVEFORM }), FETCHING_MS);
  }

  #position(): number {
    if (this.view?.state.kind !== "playing") return this.view?.positionMs ?? 0;
    return Math.min(LENGTH_MS, this.view.positionMs + ((Date.now() - this.view.at) * this.view.speedPercent) / 100);
  }
}
