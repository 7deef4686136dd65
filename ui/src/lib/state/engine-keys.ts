import type { ZoomStep } from "../contract";
import { engineKey } from "../rules/engine-keys";

/**
 * Keeps the web engine's own keys, its menu and its zoom by the mouse wheel from this page. `zoom`: the page's size can be changed.
 * Returns a function that stops this.
 */
export function holdEngine(zoom: ((step: ZoomStep) => void) | null): () => void {
  const stop = new AbortController();
  // Before the page's own listeners, some of which keep a key to themselves.
  const options = { capture: true, passive: false, signal: stop.signal };
  const isText = ({ target }: Event) => target instanceof Element && target.closest("input, textarea") !== null;
  const key = (event: KeyboardEvent) => {
    const meaning = engineKey(event, isText(event));
    if (meaning === null) return;
    event.preventDefault();
    if (meaning !== "ignore") zoom?.(meaning);
  };
  // The menu of a text field is needed to paste. That of the rest could load the page again.
  const menu = (event: MouseEvent) => {
    if (!isText(event)) event.preventDefault();
  };
  const wheel = (event: WheelEvent) => {
    if (event.ctrlKey) event.preventDefault();
  };
  window.addEventListener("keydown", key, options);
  window.addEventListener("contextmenu", menu, options);
  window.addEventListener("wheel", wheel, options);
  return () => stop.abort();
}
