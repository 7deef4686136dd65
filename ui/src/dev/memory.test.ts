import { expect, test } from "vitest";
import { scene } from "./scenarios";
import { MemoryHost } from "./memory";

test("shows the current snapshot at once and each later one, with growing revisions", () => {
  const host = new MemoryHost(scene("available"));
  const seen: number[] = [];
  const stop = host.onSnapshot((snapshot) => seen.push(snapshot.revision));
  host.show(scene("busy"));
  stop();
  host.show(scene("available"));
  expect(seen).toEqual([1, 2]);
});

test("a new wish is pending and does not change the state", async () => {
  const host = new MemoryHost(scene("available"));
  await host.send({ kind: "wish", wish: { kind: "busy", reason: null } });
  expect(host.snapshot.wish.progress.kind).toBe("pending");
  expect(host.snapshot.label).toBe("available");
});

test("the largest snapshot is smaller than 16 KiB", () => {
  const host = new MemoryHost(scene("full"));
  expect(new TextEncoder().encode(JSON.stringify(host.snapshot)).length).toBeLessThan(16_384);
});
