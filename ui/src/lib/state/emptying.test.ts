import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Emptying } from "./emptying";

const MINUTE = 60_000;
const page = { hidden: false };
vi.stubGlobal("document", page);
let done: string[];
let inHand: boolean;
let emptying: Emptying;

beforeEach(() => {
  vi.useFakeTimers();
  done = [];
  inHand = false;
  page.hidden = false;
  emptying = new Emptying({ isInHand: () => inHand, unmount: () => done.push("unmount"), mount: () => done.push("mount") });
});
afterEach(() => void vi.useRealTimers());

function becomes(hidden: boolean) {
  page.hidden = hidden;
  emptying.heard();
}

test("the views are unmounted after a minute, and mounted when the window is shown", () => {
  becomes(true);
  vi.advanceTimersByTime(MINUTE - 1);
  expect(done).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(done).toEqual(["unmount"]);
  vi.advanceTimersByTime(10 * MINUTE);
  becomes(false);
  expect(done, "each once").toEqual(["unmount", "mount"]);
  vi.advanceTimersByTime(10 * MINUTE);
  expect(done, "a visible window keeps its views").toEqual(["unmount", "mount"]);
});

test("a window that is shown within the minute keeps its views", () => {
  becomes(true);
  vi.advanceTimersByTime(MINUTE - 1);
  becomes(false);
  vi.advanceTimersByTime(MINUTE);
  expect(done).toEqual([]);
});

test("a snapshot mounts the views before the window is shown, and the minute begins again", () => {
  becomes(true);
  vi.advanceTimersByTime(MINUTE);
  emptying.heard();
  expect(done).toEqual(["unmount", "mount"]);
  vi.advanceTimersByTime(MINUTE - 1);
  expect(done).toEqual(["unmount", "mount"]);
  vi.advanceTimersByTime(1);
  expect(done).toEqual(["unmount", "mount", "unmount"]);
});

test("while something is in hand, the views stay; they are unmounted a minute later at the latest", () => {
  inHand = true;
  becomes(true);
  vi.advanceTimersByTime(5 * MINUTE);
  expect(done).toEqual([]);
  inHand = false;
  vi.advanceTimersByTime(MINUTE);
  expect(done).toEqual(["unmount"]);
});

test("a page that ends unmounts nothing later", () => {
  becomes(true);
  emptying.stop();
  vi.advanceTimersByTime(MINUTE);
  expect(done).toEqual([]);
});
