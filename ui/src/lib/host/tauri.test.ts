import { beforeEach, expect, test, vi } from "vitest";
import type { Snapshot } from "../contract";
import { base } from "../../dev/samples";

/** What Rust is asked for and what it sends, each answered when the test says so. */
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

/** The element that Rust put the first snapshot into, while it is in the page. */
let handed: { textContent: string; remove: () => void } | null = null;
vi.stubGlobal("document", { getElementById: (id: string) => (id === "snapshot" ? handed : null) });

const { mainHost, ringHost } = await import("./tauri");
const snapshot = (revision: number): Snapshot => ({ ...base, revision });
const settle = () => new Promise((done) => setTimeout(done));
const hear = () => {
  rust.heard.splice(0).forEach((heard) => heard());
  return settle();
};
/** Lost where nobody listens, as Tauri's events are. */
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

test("fd4 the snapshot is asked for when nothing that is sent can be missed any more", async () => {
  const seen: number[] = [];
  mainHost().onSnapshot(({ revision }) => seen.push(revision));
  expect(rust.asked).toEqual([]);
  // Whatever changes before the page is heard is in the answer to what is asked after.
  send("main-snapshot", snapshot(6));
  await hear();
  await answer("snapshot", snapshot(7));
  expect(seen).toEqual([7]);
});

test("fd4 an answer that is older than what was sent meanwhile is left out; what is sent is never left out", async () => {
  const seen: number[] = [];
  ringHost().onSnapshot(({ revision }) => seen.push(revision));
  await hear();
  send("ring-snapshot", snapshot(8));
  await answer("snapshot", snapshot(7));
  // An engine that was started again counts anew.
  send("ring-snapshot", snapshot(1));
  expect(seen).toEqual([8, 1]);
});

test("fd4 a call that was to be shown before the page was there is asked for, and each one later, too", async () => {
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

test("the first snapshot is in the page; it is taken once, and what is asked for follows", async () => {
  const seen: number[] = [];
  handed = { textContent: JSON.stringify(snapshot(3)), remove: () => (handed = null) };
  mainHost().onSnapshot(({ revision }) => seen.push(revision));
  expect(seen).toEqual([3]);
  expect(handed).toBeNull();
  await hear();
  await answer("snapshot", snapshot(4));
  expect(seen).toEqual([3, 4]);
});
