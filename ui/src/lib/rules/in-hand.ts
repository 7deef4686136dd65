/**
 * What an unmount would lose: open dialogs, menus and parts, and components that say so by `data-in-hand`. With the value `false`, an
 * open part says that it opens again by itself.
 */
const HELD = "dialog[open], [data-in-hand='true'], :is(details[open], [aria-expanded='true']):not([data-in-hand='false'])";

/** Fields whose text is kept nowhere else while the agent types. The log keeps the text of its search. */
const TYPED = "textarea, input:not([type='checkbox'], [type='range'], [type='search'])";

/** Areas whose content is read after they are mounted, so that their scroll position could not be restored. */
const SCROLLED = "[data-scrolls='late']";

export function isInHand(): boolean {
  // The selector `:focus` matches nothing in a window without the focus.
  const typed = document.activeElement?.matches(TYPED) ?? false;
  return typed || document.querySelector(HELD) !== null || [...document.querySelectorAll(SCROLLED)].some((area) => area.scrollTop > 0);
}

const label = (control: HTMLElement) => control.getAttribute("aria-label") ?? control.textContent;

/**
 * Remembers the focused control by its test id and its label. Returns a function that focuses it again; a control with another label may
 * do something else, so it does not get the focus.
 */
export function focusKept(): () => void {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLElement) || focused.dataset.testid === undefined) return () => undefined;
  const [testid, words] = [focused.dataset.testid, label(focused)];
  const same = () => [...document.querySelectorAll<HTMLElement>(`[data-testid="${testid}"]`)].find((control) => label(control) === words);
  return () => same()?.focus({ preventScroll: true });
}
