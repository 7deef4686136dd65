const BEAT = 5_000;
const MINUTE = 60_000;

/**
 * One timer for the whole page, aligned to full seconds; stopped while the page is hidden. Most of an idle window's CPU time is
 * formatting, so each value has its own pace: `now` each second for counters in view, `beat` every five seconds for ages, `minute` for
 * times of day.
 */
class Ticker {
  now = $state(Date.now());
  beat = $state(Date.now());
  minute = $state(Date.now());
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
    if (Math.floor(this.now / BEAT) !== Math.floor(this.beat / BEAT)) this.beat = this.now;
    if (Math.floor(this.now / MINUTE) !== Math.floor(this.minute / MINUTE)) this.minute = this.now;
    this.#timer = setTimeout(this.#tick, 1000 - (this.now % 1000));
  };

  #stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

export const ticker = new Ticker();
