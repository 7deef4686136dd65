import { expect, test } from "vitest";
import { cutText } from "./cut";

test("a text is cut between two characters, never within one", () => {
  expect([cutText("abc", 2), cutText("abc", 9), cutText("a😀b", 2), cutText("a😀b", 3), cutText("😀", 0)]).toEqual(["ab", "abc", "a", "a😀", ""]);
});
