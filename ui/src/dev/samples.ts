import type { BreakStage, CallBackState, CallView, LogView, Notice, Problem, ProblemCode, QueueView, RecentCall, RecordingSettings, RecordingsView, Snapshot, WrapUpView } from "../lib/contract";

// Parts of the scenarios' snapshots.

export const now = Date.now();
export const ago = (seconds: number) => now - seconds * 1000;

export function problem(code: ProblemCode, detail = "", retryable = false): Problem {
  return { code, detail, retryable };
}

export function queue(part: Partial<QueueView> & { name: string }): QueueView {
  return {
    remark: "Renewals",
    membership: { kind: "in" },
    seat: { kind: "waiting" },
    changedAt: ago(754),
    lastAnswerAt: ago(312),
    answered: 42,
    missed: 1,
    missesLeft: 2,
    wrapUpSeconds: 10,
    others: { available: 3, ringing: 1, talking: 6, busy: 2, away: 1 },
    readAt: ago(4),
    problem: null,
    wish: null,
    ...part,
  };
}

export function call(part: Partial<CallView> = {}): CallView {
  return {
    id: 900,
    state: "ringing",
    party: "agent",
    card: true,
    silenced: false,
    test: false,
    direction: "outgoing",
    method: { kind: "predictive" },
    queue: "queue-1",
    customerNumber: "13387525701",
    displayNumber: "2190170001",
    memberId: "18533700187590656",
    customerId: "李雯 · VIP",
    maturity: "3",
    startedAt: ago(9),
    rangAt: ago(6),
    answeredAt: null,
    lookedUp: true,
    lastContact: { at: ago(86_400 * 3), answered: true, talkedSeconds: 187, disposition: "Call again", note: "Asks for the contract by post 请寄合同" },
    ...part,
  };
}

export function recent(id: number, part: Partial<RecentCall> = {}): RecentCall {
  return {
    id,
    direction: "outgoing",
    method: { kind: "predictive" },
    customerNumber: `1338752570${id % 10}`,
    startedAt: ago(id * 340),
    answered: true,
    talkedSeconds: 30 + ((id * 37) % 300),
    hungUpBy: { kind: id % 2 ? "caller" : "called" },
    ending: { kind: "normal" },
    recording: true,
    ...part,
  };
}

export const base: Snapshot = {
  revision: 1,
  demo: false,
  signIn: { kind: "signedIn", company: "Lantern Services 灯塔服务" },
  account: { url: "https://call.example.com/", appid: "lantern" },
  agent: { extension: "100001", agentId: "10", queues: ["queue-1", "queue-2"] },
  label: "available",
  labelSince: ago(754),
  reason: null,
  onBreak: null,
  breaks: [{ name: "Lunch", minutes: 45 }, { name: "Coffee", minutes: 15 }, { name: "Meeting", minutes: null }, { name: "Training", minutes: null }],
  wrapUp: null,
  heldUntil: null,
  wish: { id: 3, wish: { kind: "available" }, set: { by: "window", at: ago(760) }, progress: { kind: "settled" }, confirmedAt: ago(4) },
  phone: "ready",
  phoneAt: ago(4),
  queues: [queue({ name: "queue-1" }), queue({ name: "queue-2", remark: "回访 · Follow-up", answered: 7, missed: 0, missesLeft: null, lastAnswerAt: ago(5400) })],
  offered: [
    { name: "queue-1", remark: "Renewals" },
    { name: "queue-2", remark: "回访 · Follow-up" },
    { name: "queue-3", remark: "New customers" },
  ],
  calls: [],
  moreCalls: 0,
  recent: [
    recent(1),
    recent(2, { answered: false, talkedSeconds: 0, ending: { kind: "noAnswer" }, hungUpBy: { kind: "caller" }, recording: false }),
    recent(3, { direction: "incoming", customerNumber: "02566823420" }),
    recent(4, { ending: { kind: "other", code: 10020 }, hungUpBy: { kind: "other", code: 10015 } }),
    recent(5),
    recent(6, { recording: false }),
  ],
  link: null,
  log: { revision: 1, toDo: 0, complete: { since: ago(86_400 * 90), until: ago(30) }, gaps: [], fetch: null, problem: null, export: null, dispositions: ["Promised to pay", "Call again", "No interest", "Wrong number"] },
  callBack: { offered: false, last: null },
  recordings: { transfers: [], state: { kind: "off" }, kept: 0, bytes: 0, wanted: 0, closestDeletion: null, lost: 0, troubles: [], verification: null, removalDue: null, removal: null },
  crm: { ready: true, schemes: ["https"], problem: null },
  notices: [],
  owed: { queues: [], moreQueues: 0, task: false, token: false, secrets: false, since: null, problem: null, nextTryAt: null, fresh: false },
  connection: {
    state: "connected",
    since: ago(5000),
    problem: null,
    callbackAt: ago(41),
    callbacksAlive: true,
    callbacksContradicted: false,
    rateTooLow: false,
    unlicensed: [],
    answerAt: ago(4),
    answerMs: 38,
    latenessMs: 84,
    skewMs: -200,
    malformed: 0,
    foreign: 212,
    otherCompany: 0,
  },
  gateway: null,
  listener: { shown: "http://127.0.0.1:7780/callbacks/••••••••", public: false, problem: null, test: null },
  ways: {
    callbacksSince: ago(4100),
    asking: null,
    rings: [
      { at: ago(340), by: "callback", lateMs: 84, paintedMs: 22 },
      { at: ago(680), by: "callback", lateMs: null, paintedMs: 31 },
      { at: ago(4300), by: "asking", lateMs: 1000, paintedMs: 28 },
    ],
  },
  vault: null,
  store: null,
  notifications: null,
  tray: null,
  sound: null,
  shortcuts: { possible: true, refused: [] },
  settings: {
    language: "system",
    theme: "system",
    afterSignIn: "busy",
    recordings: { archive: null, order: null, folder: null, limitGb: null, keepDays: null, keepCallsDays: null },
    doNotDisturb: { incoming: false, outgoing: false },
    sound: { devices: [], volume: 70, connectedTone: true, recordingsDevice: null, recordingsVolume: 80 },
    card: { size: "normal", discreet: false, masked: false },
    crm: { mode: "byHand", template: "https://crm.example.com/search?number={customer_number}" },
    window: { alwaysOnTop: false },
    leaving: { quit: "busy", logOff: "busy", sleep: "signOut" },
    shortcuts: { available: null, busy: null, silence: null, show: null },
    detailedLog: null,
    supervisor: null,
  },
  place: {
    version: "0.1.0",
    dataFolder: "/home/lin/.local/share/ringside",
    logFile: "/home/lin/.local/share/ringside/logs/ringside.log",
    archiveFolder: "/home/lin/.local/share/ringside/recordings",
    locked: [],
    hiddenViews: [],
    configFile: null,
    platformOffset: 480,
    platformZone: null,
    safeMode: null,
  },
  practice: null,
};

export const out: Partial<Snapshot> = {
  signIn: { kind: "signedOut" },
  label: "signedOut",
  queues: [],
  offered: [],
  recent: [],
  phone: "unknown",
  phoneAt: null,
  connection: { ...base.connection, state: "off", callbackAt: null, callbacksAlive: false, answerAt: null, answerMs: null, foreign: 0 },
  ways: { callbacksSince: null, asking: null, rings: [] },
};

export const seats = (seat: QueueView["seat"]) => base.queues.map((each, n) => (n === 0 ? { ...each, seat, changedAt: ago(6) } : each));
export const paused = (part: Partial<QueueView> = {}) => base.queues.map((each) => ({ ...each, seat: { kind: "paused" as const }, changedAt: ago(252), ...part }));
export const lunch = (seconds: number, stage: BreakStage): Partial<Snapshot> => ({
  label: "break",
  reason: "Lunch",
  labelSince: ago(seconds),
  onBreak: { beganAt: ago(seconds), limitAt: ago(seconds - 45 * 60), stage },
  queues: paused({ changedAt: ago(seconds) }),
  wish: { ...base.wish, wish: { kind: "busy", reason: "Lunch" }, set: { by: "tray", at: ago(seconds + 2) } },
});
export const failed = (code: ProblemCode, detail = "", retryable = false): Partial<Snapshot> => ({
  ...out,
  signIn: { kind: "failed", problem: problem(code, detail, retryable), nextTryAt: retryable ? now + 23_000 : null },
  connection: { ...base.connection, state: retryable ? "disconnected" : "failed", problem: problem(code, detail, retryable) },
});
export const wrapUp = (part: Partial<WrapUpView>): Partial<Snapshot> => ({
  label: "wrapUp",
  labelSince: ago(6),
  wrapUp: { call: 240, queue: "queue-1", customerNumber: "13387525701", endedAt: ago(6), until: now + 24_000, holds: false, dispositionLacks: false, noteLacks: false, ...part },
  heldUntil: part.holds ? null : now + 24_000,
  ...(part.holds ? { queues: paused(), wish: { ...base.wish, wish: { kind: "busy", reason: null }, set: { by: "wrapUp", at: ago(3) } } } : {}),
});
export const notice = (id: number, what: Notice["what"]): Notice => ({ id, at: ago(id * 50), what });
export const log = (part: Partial<LogView>): Partial<Snapshot> => ({ log: { ...base.log, ...part } });
export const callingBack = (state: CallBackState): Partial<Snapshot> => ({
  callBack: { offered: state.kind !== "sending" && state.kind !== "calling", last: { call: 239, state, number: "13387525701", at: ago(3), taskName: `ringside-100001-${Math.floor(now / 1000)}`, taskId: state.kind === "calling" ? "20200212163504393460" : null } },
});
export const archive: RecordingsView = { ...base.recordings, state: { kind: "fetching" }, kept: 1204, bytes: 512_300_000, wanted: 38, closestDeletion: now + 86_400_000 * 3 };
export const recordings = (part: Partial<RecordingsView>, settings: Partial<RecordingSettings> = {}): Partial<Snapshot> => ({
  recordings: { ...archive, ...part },
  settings: { ...base.settings, recordings: { ...base.settings.recordings, archive: "mine", ...settings } },
});
export const long = "非常长的名字 very long name ".repeat(6).trim();
