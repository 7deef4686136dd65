/**
 * What opens in place, such as a question or a form: its first field has the focus, Escape closes it, and then the focus is where it was
 * before, unless a person has put it elsewhere.
 */
export function inPlace(close: () => void) {
  return (box: HTMLElement) => {
    const before = document.activeElement;
    const keys = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.stopPropagation();
      close();
    };
    box.querySelector<HTMLElement>("input:not([tabindex='-1']), textarea, select, button")?.focus();
    box.addEventListener("keydown", keys);
    return () => {
      const now = document.activeElement;
      const isElsewhere = now !== null && now !== document.body && !box.contains(now);
      if (!isElsewhere && before instanceof HTMLElement && before.isConnected) before.focus();
    };
  };
}
