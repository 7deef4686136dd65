import { afterEach, beforeEach, expect, test, vi } from "vitest";

const updates: (() => void)[] = [];
vi.mock("svelte/reactivity", () => ({
  createSubscriber: (start: (update: () => void) => unknown) => () => {
    const update = vi.fn();
    updates.push(update);
    start(update);
  },
}));
const { ticker } = await import("./clock.svelte");

beforeEach(() => {
  vi.useFakeTimers();
  updates.length = 0;
});
afterEach(() => void vi.useRealTimers());

test("a reader is updated when the time is past, and not before", () => {
  const at = Date.now() + 30_000;
  expect(ticker.isPast(at)).toBe(false);
  vi.advanceTimersByTime(29_999);
  expect(updates[0]).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(updates[0]).toHaveBeenCalledOnce();
  expect(ticker.isPast(at)).toBe(true);
});

test("a time that is months away, because the clock was set back, does not update its reader again and again", () => {
  // A single timer of more than 2^31 milliseconds would end at once.
  expect(ticker.isPast(Date.now() + 90 * 86_400_000)).toBe(false);
  vi.advanceTimersByTime(60_000);
  expect(updates[0]).not.toHaveBeenCalled();
});

test("after the computer slept, during which timers stand still, the reader is updated within five seconds", () => {
  expect(ticker.isPast(Date.now() + 30_000)).toBe(false);
  vi.advanceTimersByTime(1000);
  vi.setSystemTime(Date.now() + 3_600_000);
  vi.advanceTimersByTime(5000);
  expect(updates[0]).toHaveBeenCalledOnce();
});
