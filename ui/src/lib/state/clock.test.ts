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

test("a reader hears of a moment when it is over, and not before", () => {
  const at = Date.now() + 30_000;
  expect(ticker.isPast(at)).toBe(false);
  vi.advanceTimersByTime(29_999);
  expect(updates[0]).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(updates[0]).toHaveBeenCalledOnce();
  expect(ticker.isPast(at)).toBe(true);
});

test("a moment that is months away, since the clock was set back, does not keep its reader busy", () => {
  // A timer of more than 2^31 milliseconds ends at once.
  expect(ticker.isPast(Date.now() + 90 * 86_400_000)).toBe(false);
  vi.advanceTimersByTime(60_000);
  expect(updates[0]).not.toHaveBeenCalled();
});
