import { expect, test, vi } from "vitest";
import { MemoryHost } from "../../dev/memory";
import { base } from "../../dev/samples";
import { noUpdates } from "../../dev/update-scenarios";

vi.stubGlobal("window", Object.assign(new EventTarget(), {}));
vi.stubGlobal("document", { activeElement: null, documentElement: { dataset: {}, lang: "" } });
vi.stubGlobal("navigator", { language: "en-GB" });
vi.stubGlobal("HTMLTextAreaElement", class {});

const { MainSession } = await import("./session.svelte");

test("fd4 a call to show waits for the first snapshot and is then shown once", async () => {
  const host = new MemoryHost(base);
  let take: (snapshot: typeof base) => void = () => undefined;
  host.onSnapshot = (taker) => {
    take = taker;
    return () => undefined;
  };
  const session = new MainSession(host);
  const shown: [number, boolean][] = [];
  session.start();
  session.onShowCall((call) => shown.push([call, session.ready]));
  host.showCall(5);
  expect(shown).toEqual([]);
  take(base);
  await vi.waitFor(() => expect(shown).toEqual([[5, true]]));
  take({ ...base, revision: 2 });
  host.showCall(6);
  expect(shown).toEqual([[5, true], [6, true]]);
});

test("the session has the newest state of the updates from its start until it is stopped", () => {
  const host = new MemoryHost(base);
  const session = new MainSession(host);
  expect(session.update).toBeNull();
  const stop = session.start();
  expect(session.update).toEqual(noUpdates);
  const newer = { ...noUpdates, server: "updates.example.com" };
  host.showUpdate(newer);
  expect(session.update).toEqual(newer);
  stop();
  host.showUpdate(noUpdates);
  expect(session.update).toEqual(newer);
});

test("fd6 a success removes only the failure of the same command", async () => {
  const host = new MemoryHost(base);
  const session = new MainSession(host);
  const refusal = { code: "storeFailed", detail: "", retryable: true };
  const send = host.send.bind(host);
  host.send = () => Promise.reject(refusal);
  await session.send({ kind: "editNote", call: 5, edit: { kind: "text", text: "Monday" } });
  host.send = send;
  await session.send({ kind: "editNote", call: 6, edit: { kind: "text", text: "Tuesday" } });
  await session.send({ kind: "editNote", call: 5, edit: { kind: "done", done: true } });
  await session.run("copyText", Promise.resolve());
  expect(session.failures.map(({ problem }) => problem.code)).toEqual(["storeFailed"]);
  await session.send({ kind: "editNote", call: 5, edit: { kind: "text", text: "Monday" } });
  expect(session.failures).toEqual([]);
});

test("the first snapshot is taken when its language is loaded, and of several only the newest", async () => {
  // No language is loaded yet.
  vi.resetModules();
  const { MainSession } = await import("./session.svelte");
  const host = new MemoryHost(base);
  let take: (snapshot: typeof base) => void = () => undefined;
  host.onSnapshot = (taker) => {
    take = taker;
    return () => undefined;
  };
  const session = new MainSession(host);
  session.start();
  const taken: number[] = [];
  const carry = session.notes.carry.bind(session.notes);
  session.notes.carry = (change) => {
    carry(change);
    taken.push(session.snapshot.revision);
  };
  const chinese = { ...base.settings, language: "chinese" as const };
  take({ ...base, revision: 7 });
  take({ ...base, revision: 8, settings: chinese });
  expect(session.ready).toBe(false);
  await vi.waitFor(() => expect(session.ready).toBe(true));
  expect([taken, session.texts.t.nav.work, document.documentElement.lang]).toEqual([[8], "工作台", "zh-CN"]);
  take({ ...base, revision: 9, settings: chinese });
  expect(taken, "at once").toEqual([8, 9]);
});

test("an error in the log has its message in each web engine", async () => {
  const host = new MemoryHost(base);
  const logged: string[] = [];
  host.logError = (what) => Promise.resolve(void logged.push(what));
  const session = new MainSession(host);
  const error = new TypeError("nothing is there");
  for (const stack of ["@tauri://localhost/assets/index.js:4:5", "TypeError: nothing is there\n    at index.js:4:5", undefined]) session.broke("window", Object.assign(error, { stack }));
  expect(logged).toEqual([
    "window: TypeError: nothing is there\n@tauri://localhost/assets/index.js:4:5",
    "window: TypeError: nothing is there\n    at index.js:4:5",
    "window: TypeError: nothing is there",
  ]);
});
