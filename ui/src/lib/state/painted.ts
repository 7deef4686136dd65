/** Runs once what was just changed is on the screen: the first frame draws it, the second comes when that one is on its way. */
export function oncePainted(run: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(run));
}
