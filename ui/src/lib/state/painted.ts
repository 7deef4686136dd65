/** Runs a function once the last change is on the screen: the first frame draws the change, and the second begins after that. */
export function oncePainted(run: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(run));
}
