import { beforeEach, expect, test, vi } from "vitest";
import { FloorMemoryHost } from "../../dev/floor-memory";
import { floors, place } from "../../dev/floor-scenarios";
import { frozen, lasts } from "../rules/floor/board";

vi.stubGlobal("window", new EventTarget());
vi.stubGlobal("document", { documentElement: { dataset: {}, lang: "" } });
vi.stubGlobal("navigator", { language: "en-GB" });

const { FloorSession } = await import("./floor.svelte");
const { Pages } = await import("./pages.svelte");
const { Wizard } = await import("./wizard.svelte");

let host: FloorMemoryHost;
let session: InstanceType<typeof FloorSession>;
/** Once what is under way in this process has been answered; the memory host answers at the latest by a timer of no length. */
const settle = () => new Promise((done) => setTimeout(done, 5));
/** The texts of a language are loaded from a file, so the place takes its time. */
const started = async () => {
  session.start();
  await vi.waitFor(() => session.place);
};

beforeEach(() => {
  host = new FloorMemoryHost(floors.usual!, place);
  session = new FloorSession(host);
});

test("the shell's rows come page by page, and a page that is not in view any more is not asked for", async () => {
  const asked: number[] = [];
  const pages = new Pages<number>(
    async (skip, limit) => {
      asked.push(skip);
      return Array.from({ length: limit }, (_, n) => skip + n);
    },
    async () => 1_000_000,
  );
  pages.show(0, 20);
  await pages.renew();
  expect([pages.count, pages.row(7), pages.row(999_999)]).toEqual([1_000_000, 7, null]);
  pages.show(999_980, 999_999);
  await settle();
  expect(pages.row(999_999)).toBe(999_999);
  expect(asked).toEqual([0, 999_800]);
});

test("an answer that is given while the rows are looked at again is kept with the one before it, whichever answer of the shell is late", async () => {
  await started();
  const wizard = new Wizard(session, { kind: "new" });
  await wizard.take(new File(["phone,customer\n138-0013-8000,C-1\n"], "may.csv"), "may.csv");
  wizard.plan.target = { kind: "queue", name: "queue-1" };
  wizard.go("start");
  expect(wizard.current).toBe(true);
  const looks: (() => void)[] = [];
  const preview = host.importPreview.bind(host);
  vi.spyOn(host, "importPreview").mockImplementation(async (id, layout) => {
    const answer = await preview(id, layout);
    await new Promise<void>((done) => looks.push(done));
    return answer;
  });
  const first = wizard.answer("letters", "repair");
  const second = wizard.answer("twoNumbers", "both");
  await settle();
  expect(wizard.current, "nothing is sent by a check of other answers").toBe(false);
  looks[1]?.();
  await settle();
  looks[0]?.();
  await Promise.all([first, second]);
  expect(wizard.preview?.layout.answers).toEqual([["letters", "repair"], ["twoNumbers", "both"]]);
  vi.mocked(host.importPreview).mockRejectedValueOnce({ code: "partFailed", detail: "", retryable: true });
  await wizard.answer("letters", "leaveOut");
  expect([wizard.looking, wizard.problem?.code, wizard.preview?.layout.answers.length]).toEqual([false, "partFailed", 2]);
});

test("an older look that fails says nothing once a newer one was asked for, and a look that succeeds ends the failure of an earlier one", async () => {
  const wizard = new Wizard(session, { kind: "new" });
  await wizard.take(new File(["phone,customer\n138-0013-8000,C-1\n"], "may.csv"), "may.csv");
  const failed = { code: "partFailed", detail: "", retryable: true };
  let fail: () => void = () => undefined;
  vi.spyOn(host, "importPreview").mockImplementationOnce(() => new Promise((_, no) => (fail = () => no(failed))));
  const older = wizard.answer("letters", "repair");
  let end: () => void = () => undefined;
  const preview = host.importPreview.bind(host);
  vi.mocked(host.importPreview).mockImplementationOnce(async (id, layout) => {
    await new Promise<void>((done) => (end = done));
    return preview(id, layout);
  });
  const newer = wizard.answer("twoNumbers", "both");
  fail();
  await older;
  expect([wizard.problem, wizard.looking], "while the newer one is under way").toEqual([null, true]);
  end();
  await newer;
  expect([wizard.problem, wizard.looking, wizard.preview?.layout.answers.length]).toEqual([null, false, 2]);
  vi.mocked(host.importPreview).mockRejectedValueOnce(failed);
  await wizard.answer("letters", "leaveOut");
  expect(wizard.problem?.code).toBe("partFailed");
  await wizard.answer("letters", "leaveOut");
  expect(wizard.problem).toBeNull();
});

test("a look that fails after the file was dropped does not end the look of the next file", async () => {
  const wizard = new Wizard(session, { kind: "new" });
  await wizard.take(new File(["phone\n13800138000\n"], "may.csv"), "may.csv");
  let fail: () => void = () => undefined;
  const preview = host.importPreview.bind(host);
  vi.spyOn(host, "importPreview").mockImplementationOnce(() => new Promise((_, no) => (fail = () => no({ code: "partFailed", detail: "", retryable: true }))));
  const older = wizard.answer("letters", "repair");
  let end: () => void = () => undefined;
  vi.mocked(host.importPreview).mockImplementationOnce(async (id, layout) => {
    await new Promise<void>((done) => (end = done));
    return preview(id, layout);
  });
  const next = wizard.take(new File(["phone\n13800138001\n"], "june.csv"), "june.csv");
  await settle();
  fail();
  await older;
  expect([wizard.looking, wizard.problem]).toEqual([true, null]);
  end();
  await next;
  expect([wizard.looking, wizard.step]).toEqual([false, "columns"]);
});

test("a campaign's name from a file's name is not cut within a character", async () => {
  const wizard = new Wizard(session, { kind: "new" });
  const name = `${"x".repeat(59)}😀.csv`;
  await wizard.take(new File(["13800138000\n"], name), name);
  expect(wizard.plan.name).toBe("x".repeat(59));
});

test("rows of an older filter are dropped", async () => {
  let answer: (rows: string[]) => void = () => undefined;
  const pages = new Pages<string>(() => new Promise((done) => (answer = done)), async () => 1);
  const first = pages.renew();
  const late = answer;
  const second = pages.renew();
  answer(["new"]);
  late(["old"]);
  await Promise.all([first, second]);
  expect(pages.row(0)).toBe("new");
});

test("a file is sent, looked at, and checked once for its layout and attempts", async () => {
  await started();
  const wizard = new Wizard(session, { kind: "new" });
  await wizard.take(new File(["phone,customer\n138-0013-8000,C-1\n13800138001,C-2\n"], "may.csv"), "may.csv");
  expect([wizard.step, wizard.plan.name, wizard.preview?.rows.length]).toEqual(["columns", "may", 2]);
  wizard.plan.target = { kind: "queue", name: "queue-1" };
  wizard.go("plan");
  wizard.go("start");
  await settle();
  const checks = () => host.asked.filter((what) => what.startsWith("importCheck")).length;
  expect([wizard.current, checks()]).toEqual([true, 1]);
  wizard.go("plan");
  wizard.plan.limits.hours = null;
  wizard.go("start");
  await settle();
  expect(checks()).toBe(1);
  wizard.plan.limits.attemptsPerDay = 1;
  expect(wizard.current).toBe(false);
  wizard.go("start");
  await settle();
  expect(checks()).toBe(2);
});

test("a step is closed until the one before it is answered", async () => {
  const wizard = new Wizard(session, { kind: "new" });
  expect(wizard.reachable("columns")).toBe(false);
  await wizard.take(new File(["13800138000\n"], ""), "");
  expect([wizard.reachable("plan"), wizard.reachable("start")]).toEqual([true, false]);
  await wizard.mean(0, null);
  expect(wizard.reachable("plan")).toBe(false);
});

test("a file that changed while it was read is told from one that the store refuses", async () => {
  const wizard = new Wizard(session, { kind: "new" });
  const changed = { size: 3, slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException("gone", "NotReadableError")) }) };
  await wizard.take(changed as unknown as Blob, "may.csv");
  expect([wizard.sheetError?.error, wizard.problem, wizard.step]).toEqual(["changed", null, "numbers"]);
  host.floor = { ...host.floor, refusal: { code: "storeFull", detail: "", retryable: true } };
  await wizard.take(new Blob(["13800138000"]), "");
  expect([wizard.sheetError, wizard.problem?.code]).toEqual([null, "storeFull"]);
});

test("the desk's clock is the platform's, on a computer that is two minutes slow or fast", async () => {
  await started();
  for (const clockAheadMs of [-120_000, 120_000, 0]) {
    host.settle({ clockAheadMs });
    const platform = Date.now() - clockAheadMs;
    await vi.waitFor(() => expect(Math.abs(session.clock.read() - platform)).toBeLessThan(1000));
    const board = { ...floors.usual!.wallboard!, queues: floors.usual!.wallboard!.queues.map((queue) => ({ ...queue, readAt: platform - 2000 })) };
    expect(frozen(board, session.clock.read())).toBe(false);
    expect(frozen(board, session.clock.read() + lasts(board))).toBe(true);
    expect([session.clock.isPast(platform - 2000), session.clock.isPast(platform + 60_000)]).toEqual([true, false]);
  }
});

test("the choice for the wallboard is kept by the shell, and the page has it at once", async () => {
  await started();
  session.keepBoard('{"queues":["queue-1"]}');
  expect(session.place.board).toBe('{"queues":["queue-1"]}');
  await settle();
  expect(host.place.board).toBe('{"queues":["queue-1"]}');
});
