import { beforeEach, expect, test, vi } from "vitest";
import type { Snapshot } from "../contract";
import { base } from "../../dev/samples";
import { noUpdates } from "../../dev/update-scenarios";

/** A mock of Rust: listeners are registered, and commands answered, only when the test says so. */
const rust = vi.hoisted(() => ({
  heard: [] as (() => void)[],
  takers: new Map<string, (event: { payload: unknown }) => void>(),
  asked: [] as { command: string; answer: (value: unknown) => void }[],
}));

vi.mock("@tauri-apps/api/event", () => ({
  listen: (event: string, take: (event: { payload: unknown }) => void) =>
    new Promise((heard) =>
      rust.heard.push(() => {
        rust.takers.set(event, take);
        heard(() => rust.takers.delete(event));
      }),
    ),
}));
vi.mock("@tauri-apps/api/core", () => ({
  invoke: (command: string) => new Promise((answer) => rust.asked.push({ command, answer })),
}));

/** The element in which Rust puts the first snapshot; null once it is removed. */
let handed: { textContent: string; remove: () => void } | null = null;
vi.stubGlobal("document", { getElementById: (id: string) => (id === "snapshot" ? handed : null) });

const { mainHost, ringHost } = await import("./tauri");
const snapshot = (revision: number): Snapshot => ({ ...base, revision });
const settle = () => new Promise((done) => setTimeout(done));
const hear = () => {
  rust.heard.splice(0).forEach((heard) => heard());
  return settle();
};
/** Like a Tauri event, lost if there is no listener. */
const send = (event: string, payload: unknown) => rust.takers.get(event)?.({ payload });
const answer = (command: string, value: unknown) => {
  const at = rust.asked.findIndex((each) => each.command === command);
  rust.asked.splice(at, 1)[0]!.answer(value);
  return settle();
};

beforeEach(() => {
  handed = null;
  rust.heard.length = 0;
  rust.asked.length = 0;
  rust.takers.clear();
});

test("fd4 the snapshot is asked for only after the listener is registered", async () => {
  const seen: number[] = [];
  mainHost().onSnapshot(({ revision }) => seen.push(revision));
  expect(rust.asked).toEqual([]);
  // The snapshot is asked for only after the listener is registered, so the answer contains every earlier change.
  send("main-snapshot", snapshot(6));
  await hear();
  await answer("snapshot", snapshot(7));
  expect(seen).toEqual([7]);
});

test("fd4 an answer older than a push is dropped; a push never is", async () => {
  const seen: number[] = [];
  ringHost().onSnapshot(({ revision }) => seen.push(revision));
  await hear();
  send("ring-snapshot", snapshot(8));
  await answer("snapshot", snapshot(7));
  // A push is taken even if its revision is lower.
  send("ring-snapshot", snapshot(1));
  expect(seen).toEqual([8, 1]);
});

test("fd4 the state of the updates is asked for once its events are heard, and an older answer is dropped", async () => {
  const seen: boolean[] = [];
  mainHost().onUpdate(({ byOthers }) => seen.push(byOthers));
  expect(rust.asked).toEqual([]);
  await hear();
  send("main-update", { ...noUpdates, byOthers: true });
  await answer("update", noUpdates);
  expect(seen).toEqual([true]);
});

test("fd4 a call to show is asked for after the page was loaded and at each later event", async () => {
  const shown: number[] = [];
  mainHost().onShowCall((call) => shown.push(call));
  await hear();
  await answer("call_to_show", 5);
  send("main-show_call", null);
  await answer("call_to_show", 6);
  send("main-show_call", null);
  await answer("call_to_show", null);
  expect(shown).toEqual([5, 6]);
});

test("the first snapshot is read from the page, once; the answer of the host follows", async () => {
  const seen: number[] = [];
  handed = { textContent: JSON.stringify(snapshot(3)), remove: () => (handed = null) };
  mainHost().onSnapshot(({ revision }) => seen.push(revision));
  expect(seen).toEqual([3]);
  expect(handed).toBeNull();
  await hear();
  await answer("snapshot", snapshot(4));
  expect(seen).toEqual([3, 4]);
});
