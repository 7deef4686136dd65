/** Runs a function once the last change is on the screen. The first frame draws it; the second begins when that frame was handed over. */
export function oncePainted(run: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(run));
}
