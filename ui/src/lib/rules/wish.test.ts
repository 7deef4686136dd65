import { expect, test } from "vitest";
import { busyAfter, otherWish } from "./wish";
import type { Wish, Snapshot, WishProgress } from "../contract";
import { scene } from "../../dev/scenarios";

const busy: Wish = { kind: "busy", reason: null };
const wishing = (name: string, wish: Wish, kind: "pending" | "afterCall" | "settled"): Snapshot => {
  const snapshot = scene(name);
  const progress: WishProgress = { kind };
  return { ...snapshot, wish: { ...snapshot.wish, wish, progress } };
};

test("the button asks for the opposite of the actual state", () => {
  expect(otherWish(scene("available"))).toEqual(busy);
  expect(otherWish(scene("busy")).kind).toBe("available");
  expect(otherWish(scene("break")).kind).toBe("available");
});

test("a second click asks for the opposite of the pending wish", () => {
  expect(otherWish(scene("pending")).kind).toBe("available");
  expect(otherWish(scene("overdue")).kind).toBe("available");
  expect(otherWish(wishing("busy", { kind: "available" }, "pending"))).toEqual(busy);
});

test("a seat in an unknown state takes no calls", () => {
  const snapshot = scene("available");
  const queues = snapshot.queues.map((queue) => ({ ...queue, seat: { kind: "other" as const, code: 1299 } }));
  expect(otherWish({ ...snapshot, queues }).kind).toBe("available");
});

test("busy after this call is offered in a call, can be taken back, and is not offered while busy", () => {
  expect(busyAfter(scene("available"))).toBeNull();
  expect(busyAfter(scene("ringing"))).toBe("offered");
  expect(busyAfter(scene("talking"))).toBe("offered");
  expect(busyAfter(wishing("talking", busy, "pending"))).toBe("wished");
  expect(busyAfter(wishing("talking", busy, "afterCall"))).toBe("wished");
  expect(busyAfter(wishing("talking", busy, "settled"))).toBeNull();
  expect(busyAfter({ ...scene("talking"), queues: [] })).toBeNull();
});
