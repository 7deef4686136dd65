import type { ZoomStep } from "../contract";

type Press = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "altKey" | "shiftKey" | "metaKey">;

const ALONE = ["F3", "F5", "F7", "BrowserRefresh", "BrowserBack", "BrowserForward", "BrowserSearch"];
/** With Ctrl: reload, print, find, find again, save, source. */
const WITH_CTRL = ["r", "p", "f", "g", "s", "u"];
const ZOOM: Record<string, ZoomStep> = { "+": "larger", "=": "larger", "-": "smaller", _: "smaller", "0": "normal" };

/**
 * What a web engine would do by itself at these keys, and Ringside does not: a page that is loaded again loses what is typed, and the
 * engine's own zoom is forgotten. `null`: the engine does nothing, or something that a text field needs. `inText`: the key is pressed in a
 * text field, where Alt with an arrow moves by a word on macOS.
 */
export function engineKey({ key, code, ctrlKey, altKey, shiftKey, metaKey }: Press, inText: boolean): ZoomStep | "ignore" | null {
  const command = (ctrlKey || metaKey) && !altKey;
  if (command) {
    const pad = /^Numpad(Add|Subtract|0)$/.exec(code)?.[1];
    const sign = pad === "Add" ? "+" : pad === "Subtract" ? "-" : key;
    const step = ZOOM[sign];
    if (step !== undefined) return step;
    return WITH_CTRL.includes(key.toLowerCase()) || ALONE.includes(key) ? "ignore" : null;
  }
  if (ALONE.includes(key)) return "ignore";
  const history = !inText && altKey && !ctrlKey && !metaKey && !shiftKey && ["ArrowLeft", "ArrowRight", "Home"].includes(key);
  return history ? "ignore" : null;
}
