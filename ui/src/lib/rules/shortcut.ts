import type { ShortcutAction } from "../contract";

/** Global shortcuts, in the notation of the Rust side: `Ctrl+Alt+A`. */

export const ACTIONS: ShortcutAction[] = ["available", "busy", "silence", "show"];

const NAMED = ["Space", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown", "Insert", "Delete", "Pause"];

type Press = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "altKey" | "shiftKey" | "metaKey">;

/**
 * The modifiers held, in the order of the notation. WebKit on Linux does not set `metaKey`: `system` says that the caller saw the
 * system's key go down.
 */
export function held(press: Press, system = false): string[] {
  const all: [boolean, string][] = [[press.ctrlKey, "Ctrl"], [press.altKey, "Alt"], [press.shiftKey, "Shift"], [press.metaKey || system, "Super"]];
  return all.filter(([down]) => down).map(([, name]) => name);
}

/** The key's name in the notation; null if it cannot be used. A letter follows the keyboard layout. */
function keyOf({ key, code }: Press): string | null {
  if (/^[a-z]$/i.test(key)) return key.toUpperCase();
  const plain = /^(?:Key|Digit)([A-Z0-9])$/.exec(code)?.[1];
  if (plain) return plain;
  return /^F([1-9]|1\d|2[0-4])$/.test(code) || NAMED.includes(code) ? code : null;
}

export function isSystemKey(press: Press): boolean {
  return /^(Meta|OS)(Left|Right)$/.test(press.code);
}

export function isModifier(press: Press): boolean {
  return isSystemKey(press) || ["Control", "Alt", "AltGraph", "Shift", "Meta"].includes(press.key);
}

/** The keys pressed in the notation, or why they cannot be used. */
export function pressed(press: Press, system = false): { keys: string } | { fault: "noModifier" | "noKey" } {
  const modifiers = held(press, system);
  // Shift alone is used for typing.
  if (!modifiers.some((name) => name !== "Shift")) return { fault: "noModifier" };
  const key = keyOf(press);
  return key === null ? { fault: "noKey" } : { keys: [...modifiers, key].join("+") };
}

/** With this system's name for the Super key. */
export function shown(keys: string, agent = navigator.userAgent): string {
  const name = agent.includes("Windows") ? "Win" : agent.includes("Mac OS") ? "Cmd" : "Super";
  return keys.replace("Super", name).replaceAll("+", " + ").replace(/Arrow(\w+)/, (_, way: string) => ({ Up: "↑", Down: "↓", Left: "←", Right: "→" })[way] ?? way);
}
