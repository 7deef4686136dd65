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

/** Remembers the focused control by its test id and its place among those of the same id. Returns a function that focuses it again. */
export function focusKept(): () => void {
  const { testid } = (document.activeElement as HTMLElement | null)?.dataset ?? {};
  if (testid === undefined) return () => undefined;
  const all = () => [...document.querySelectorAll<HTMLElement>(`[data-testid="${testid}"]`)];
  const nth = all().indexOf(document.activeElement as HTMLElement);
  return () => all()[nth]?.focus({ preventScroll: true });
}
