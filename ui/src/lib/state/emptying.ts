/** The views of a window that is hidden, and gets no snapshot, for this long are unmounted. */
const AFTER_MS = 60_000;

/** Decides when the views of a hidden window are unmounted, which frees their memory, and when they are mounted again. */
export class Emptying {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #emptied = false;
  readonly #views: { isInHand: () => boolean; unmount: () => void; mount: () => void };

  /** `isInHand`: whether an unmount would lose anything; it is then asked again later. */
  constructor(views: { isInHand: () => boolean; unmount: () => void; mount: () => void }) {
    this.#views = views;
  }

  /** Call this when the window was shown or hidden, and at each snapshot: Rust sends one to a hidden window only before it shows it. */
  heard(): void {
    this.stop();
    if (this.#emptied) this.#views.mount();
    this.#emptied = false;
    if (document.hidden) this.#wait();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      if (this.#views.isInHand()) return this.#wait();
      this.#emptied = true;
      this.#views.unmount();
    }, AFTER_MS);
  }
}
