import { expect, test } from "vitest";
import { engineKey } from "./engine-keys";

const press = (key: string, held = "", code = "", inText = false) =>
  engineKey({ key, code, ctrlKey: held.includes("c"), altKey: held.includes("a"), shiftKey: held.includes("s"), metaKey: held.includes("m") }, inText);

test("keys by which an engine loads a page again, goes back, prints or searches do nothing", () => {
  for (const [key = "", held] of [["F5", ""], ["F5", "c"], ["r", "c"], ["R", "cs"], ["r", "m"], ["BrowserRefresh", ""], ["ArrowLeft", "a"], ["p", "c"], ["f", "c"], ["F3", ""]]) {
    expect(press(key, held), `${held} ${key}`).toBe("ignore");
  }
});

test("plus, minus and zero with Ctrl, or with the command key, change the page's size, also on the number pad", () => {
  expect([press("+", "cs"), press("=", "c"), press("+", "m"), press("+", "c", "NumpadAdd")]).toEqual(["larger", "larger", "larger", "larger"]);
  expect([press("-", "c"), press("_", "cs"), press("-", "c", "NumpadSubtract")]).toEqual(["smaller", "smaller", "smaller"]);
  expect([press("0", "c"), press("0", "c", "Numpad0")]).toEqual(["normal", "normal"]);
});

test("typing, editing and keys of Ringside's own stay", () => {
  for (const [key = "", held] of [["r", ""], ["+", ""], ["-", ""], ["0", ""], ["c", "c"], ["v", "c"], ["a", "c"], ["z", "c"], ["Home", ""], ["ArrowLeft", ""], ["ArrowLeft", "c"], ["F2", ""], ["/", ""], ["+", "ca"]]) {
    expect(press(key, held), `${held} ${key}`).toBeNull();
  }
  expect([press("ArrowLeft", "a", "", true), press("F5", "", "", true)], "by a word, on macOS").toEqual([null, "ignore"]);
});
