/** One ticker for all: whole seconds, aligned, at rest while nobody sees it. */
class Ticker {
  now = $state(Date.now());
  #timer: ReturnType<typeof setTimeout> | undefined;

  start(): () => void {
    const wake = () => (document.hidden ? this.#stop() : this.#tick());
    document.addEventListener("visibilitychange", wake);
    wake();
    return () => {
      document.removeEventListener("visibilitychange", wake);
      this.#stop();
    };
  }

  #tick = () => {
    this.#stop();
    this.now = Date.now();
    this.#timer = setTimeout(this.#tick, 1000 - (this.now % 1000));
  };

  #stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

export const ticker = new Ticker();
