import { expect, test } from "vitest";
import { pressed, shown } from "./shortcut";

const press = (key: string, code: string, ...held: string[]) => ({
  key,
  code,
  ctrlKey: held.includes("Ctrl"),
  altKey: held.includes("Alt"),
  shiftKey: held.includes("Shift"),
  metaKey: held.includes("Super"),
});

test("keys have the same notation as in Rust", () => {
  expect(pressed(press("a", "KeyA", "Alt", "Ctrl"))).toEqual({ keys: "Ctrl+Alt+A" });
  expect(pressed(press("!", "Digit1", "Shift", "Ctrl"))).toEqual({ keys: "Ctrl+Shift+1" });
  expect(pressed(press(" ", "Space", "Super"))).toEqual({ keys: "Super+Space" });
  expect(pressed(press("F24", "F24", "Alt"))).toEqual({ keys: "Alt+F24" });
  expect(pressed(press("F9", "F9", "Shift"), true)).toEqual({ keys: "Shift+Super+F9" });
  expect(pressed(press("PageUp", "PageUp", "Ctrl"))).toEqual({ keys: "Ctrl+PageUp" });
});

test("a Latin letter follows the layout; any other letter is named by its position", () => {
  expect(pressed(press("q", "KeyA", "Ctrl"))).toEqual({ keys: "Ctrl+Q" });
  expect(pressed(press("ф", "KeyA", "Ctrl"))).toEqual({ keys: "Ctrl+A" });
});

test("keys that cannot be used give the reason", () => {
  expect(pressed(press("A", "KeyA", "Shift"))).toEqual({ fault: "noModifier" });
  expect(pressed(press("F5", "F5"))).toEqual({ fault: "noModifier" });
  expect(pressed(press("ü", "BracketLeft", "Ctrl"))).toEqual({ fault: "noKey" });
  expect(pressed(press("F25", "F25", "Ctrl"))).toEqual({ fault: "noKey" });
});

test("keys are shown with the system's names", () => {
  expect(["Windows NT 10.0", "Macintosh; Intel Mac OS X", "X11; Linux"].map((agent) => shown("Super+ArrowUp", agent))).toEqual(["Win + ↑", "Cmd + ↑", "Super + ↑"]);
});
