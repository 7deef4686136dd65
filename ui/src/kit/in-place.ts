import { composes } from "./composing";

/**
 * For a question or a form that opens inside a view: gives its first field the focus, closes it on Escape, and then returns the focus to where
 * it was, unless a person has moved it.
 */
export function inPlace(close: () => void) {
  return (box: HTMLElement) => {
    const before = document.activeElement;
    const keys = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || composes(event)) return;
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
