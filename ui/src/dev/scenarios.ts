import type { PlayerState, Snapshot } from "../lib/contract";
import { gatewayScenarios } from "./gateway-scenarios";
import { MemoryCheckup } from "./memory-checkup";
import { MemoryLog } from "./memory-log";
import { MemoryPlayer, WAVEFORM } from "./memory-player";
import { ago, archive, base, call, callingBack, failed, log, long, lunch, notice, now, out, paused, problem, queue, recent, recordings, seats, wrapUp } from "./samples";
import { updateScenarios } from "./update-scenarios";

/** Scripted snapshots: every view in every state, without Rust. The address chooses the scenario: `#ringing`. */

export const scenarios = {
  "first-start": { ...out, account: { url: "", appid: "" }, agent: { extension: "", agentId: "", queues: [] } },
  "hot-desk": { ...out, agent: { extension: "100001", agentId: "", queues: [] }, place: { ...base.place, locked: ["platform.url", "platform.appid", "agent.extension"], configFile: "/etc/ringside/config.toml" } },
  provisioned: { ...out, place: { ...base.place, locked: ["platform.url", "platform.appid"], configFile: "/etc/ringside/config.toml" } },
  "signing-in": { ...out, signIn: { kind: "pending" } },
  "wrong-key": failed("wrongAccesskey", "code 1003: 授权失败"),
  unreachable: failed("unreachable", "no answer: Connection refused (os error 111)", true),
  "not-platform": failed("notThePlatform", "not the platform's answer (HTTP 200): <html><title>Hotel Wi-Fi</title>", true),
  "no-queue": { label: "signedOut", queues: [], recent: [] },
  joining: {
    label: "unconfirmed",
    labelSince: ago(2),
    queues: [
      queue({ name: "queue-1", membership: { kind: "joining" }, seat: null, readAt: null }),
      queue({ name: "queue-2", remark: "回访 · Follow-up", membership: { kind: "leaving" } }),
      queue({ name: "queue-3", remark: "New customers", membership: { kind: "failed", problem: problem("queueUnknown", "code 1211: 非法队列") }, seat: null, readAt: null }),
      queue({ name: "queue-4", remark: "", seat: null, changedAt: null, lastAnswerAt: null, answered: 0, missed: 0, readAt: null, others: { available: 0, ringing: 0, talking: 0, busy: 0, away: 0 } }),
    ],
  },
  available: {},
  leaving: { settings: { ...base.settings, leaving: { quit: null, logOff: null, sleep: null } } },
  busy: { label: "busy", labelSince: ago(252), queues: paused(), wish: { ...base.wish, wish: { kind: "busy", reason: null } } },
  break: lunch(252, "running"),
  "break-soon": lunch(45 * 60 - 71, "endsSoon"),
  "break-over": lunch(45 * 60 + 72, "over"),
  pending: { wish: { ...base.wish, wish: { kind: "busy", reason: null }, progress: { kind: "pending" } } },
  overdue: { label: "unconfirmed", labelSince: ago(3), wish: { ...base.wish, wish: { kind: "busy", reason: null }, progress: { kind: "overdue" } } },
  "overdue-in-one": {
    label: "unconfirmed",
    labelSince: ago(11),
    wish: { ...base.wish, wish: { kind: "busy", reason: null }, set: { by: "tray", at: ago(11) }, progress: { kind: "overdue" } },
    queues: [
      queue({ name: "queue-1", seat: { kind: "paused" }, changedAt: ago(9), wish: { kind: "confirmed" } }),
      queue({ name: "queue-2", remark: "回访 · Follow-up", wish: { kind: "accepted" } }),
      queue({ name: "queue-3", remark: "New customers", wish: { kind: "failed", problem: problem("queueUnknown", "code 1211: 非法队列") } }),
      queue({ name: "queue-4", remark: "", seat: { kind: "paused" }, changedAt: ago(7), wish: { kind: "confirmed" } }),
      queue({ name: "queue-5", remark: "Service", readAt: ago(74), wish: { kind: "pending" } }),
    ],
  },
  withheld: {
    label: "ringing",
    labelSince: ago(6),
    queues: seats({ kind: "receiving" }),
    calls: [call({ customerNumber: "", direction: "incoming", customerId: null, memberId: null, maturity: null, lastContact: null }), call({ id: 901, customerNumber: "", direction: "incoming", customerId: null, memberId: null, maturity: null, lastContact: null, rangAt: ago(2) })],
    recent: [recent(1, { customerNumber: "", direction: "incoming", answered: false, talkedSeconds: 0, recording: false }), ...base.recent.slice(1)],
    notices: [notice(1, { kind: "missed", call: 1, customerNumber: "" })],
  },
  "phone-at-sign-in": {
    label: "phoneNotReady",
    labelSince: ago(20),
    phone: "notRegistered",
    queues: base.queues.map((each) => ({ ...each, membership: { kind: "failed" as const, problem: problem("phoneNotRegistered", "code 1014: 分机未注册", true) }, seat: null, readAt: null })),
    wish: { ...base.wish, wish: null, set: null, confirmedAt: null },
  },
  unlicensed: { connection: { ...base.connection, unlicensed: ["records", "recordings", "callingBack"] }, log: { ...base.log, complete: null } },
  "rate-too-low": { label: "unconfirmed", labelSince: ago(6), connection: { ...base.connection, rateTooLow: true, callbacksContradicted: true }, queues: Array.from({ length: 12 }, (_, n) => queue({ name: `queue-${n + 1}`, readAt: ago(n * 9) })) },
  owed: {
    ...out,
    owed: { queues: ["queue-1", "queue-2"], moreQueues: 0, task: false, token: true, secrets: true, since: ago(95), problem: problem("serverError", "HTTP 502", true), nextTryAt: now + 25_000, fresh: false },
  },
  "set-aside": {
    notices: [
      notice(2, { kind: "setAside", problem: problem("setAside", "call 812; the sign-in of the last run: kept in /home/lin/.local/share/ringside/set-aside") }),
      notice(1, { kind: "givenUp", queue: "queue-3", problem: problem("queueUnknown", "code 1211: 非法队列") }),
    ],
  },
  restarted: { notices: [notice(1, { kind: "coreRestarted" })] },
  "rolled-back": {
    wish: {
      ...base.wish,
      wish: { kind: "available" },
      progress: { kind: "rolledBack", problem: problem("queueUnknown", "code 1211: 非法队列"), queues: ["queue-2"] },
    },
    notices: [notice(1, { kind: "rolledBack", wish: { kind: "busy", reason: null }, problem: problem("queueUnknown", "code 1211: 非法队列"), queues: ["queue-2"] })],
  },
  ringing: { label: "ringing", labelSince: ago(6), queues: seats({ kind: "receiving" }), calls: [call()] },
  several: {
    label: "ringing",
    labelSince: ago(6),
    queues: seats({ kind: "receiving" }),
    calls: [call(), call({ id: 901, customerNumber: "02566823420", customerId: null, memberId: null, maturity: null, lastContact: null, direction: "incoming", queue: null, rangAt: ago(2) }), call({ id: 902, customerNumber: "", rangAt: ago(1) })],
    moreCalls: 3,
  },
  "long-ring": {
    label: "ringing",
    labelSince: ago(6),
    queues: seats({ kind: "receiving" }),
    calls: [
      call({ customerNumber: "9".repeat(64), customerId: long, queue: long }),
      call({ id: 901, customerNumber: "013387525702", customerId: "<b>bold</b> \u202eabc", memberId: null, queue: "קו שירות" }),
    ],
    moreCalls: 12,
  },
  talking: { label: "onCall", labelSince: ago(192), queues: seats({ kind: "talking" }), calls: [call({ state: "talking", card: false, answeredAt: ago(192) })] },
  calling: { label: "onCall", labelSince: ago(8), calls: [call({ state: "calling", card: false, party: "customer", method: { kind: "api" } })] },
  "busy-after": {
    label: "onCall",
    labelSince: ago(192),
    queues: seats({ kind: "talking" }),
    calls: [call({ state: "talking", card: false, answeredAt: ago(192) })],
    wish: { ...base.wish, wish: { kind: "busy", reason: null }, set: { by: "window", at: ago(30) }, progress: { kind: "afterCall" } },
  },
  "break-after": {
    label: "onCall",
    labelSince: ago(4000),
    queues: seats({ kind: "talking" }),
    calls: [call({ state: "talking", card: false, answeredAt: ago(4000) })],
    wish: { ...base.wish, wish: { kind: "busy", reason: "Training" }, set: { by: "window", at: ago(30) }, progress: { kind: "afterCall" } },
  },
  "available-after": {
    label: "onCall",
    labelSince: ago(192),
    queues: paused(),
    calls: [call({ state: "talking", card: false, method: { kind: "manual" }, answeredAt: ago(192) })],
    wish: { ...base.wish, set: { by: "window", at: ago(30) }, progress: { kind: "afterCall" } },
  },
  "wrap-up": wrapUp({}),
  "wrap-up-required": wrapUp({ until: null, holds: true, dispositionLacks: true, noteLacks: true }),
  "wrap-up-long": wrapUp({ customerNumber: "9".repeat(64), queue: long }),
  held: { heldUntil: now + 24_000, recent: base.recent },
  "last-miss": { queues: [queue({ name: "queue-1", missed: 2, missesLeft: 1 }), queue({ name: "queue-2" })], log: { ...base.log, toDo: 2 } },
  "phone-off": { label: "phoneNotReady", phone: "notRegistered" },
  "phone-disabled": { label: "phoneNotReady", phone: "disabled" },
  "phone-unknown": { label: "phoneNotReady", phone: "notFound" },
  offline: {
    label: "unconfirmed",
    labelSince: ago(40),
    queues: base.queues.map((each) => ({ ...each, readAt: ago(71), problem: problem("unreachable", "no answer: timed out", true) })),
    connection: { ...base.connection, state: "disconnected", since: ago(70), problem: problem("unreachable", "no answer: timed out", true), callbacksAlive: false, callbackAt: ago(640) },
    ways: { ...base.ways, callbacksSince: null },
  },
  reconnecting: {
    label: "unconfirmed",
    labelSince: ago(40),
    signIn: { kind: "failed", problem: problem("tokenTaken", "ret 600", true), nextTryAt: now + 95_000 },
    queues: base.queues.map((each) => ({ ...each, readAt: ago(71) })),
    connection: { ...base.connection, state: "disconnected", since: ago(70), problem: problem("tokenTaken", "ret 600", true) },
  },
  revoked: {
    label: "signedOut",
    signIn: { kind: "failed", problem: problem("appidExpired", "ret 602"), nextTryAt: null },
    connection: { ...base.connection, state: "failed", problem: problem("appidExpired", "ret 602") },
  },
  ...gatewayScenarios,
  ...updateScenarios,
  unwell: {
    place: { ...base.place, safeMode: problem("safeModeCrashes") },
    vault: problem("keyringLocked", "the keyring is locked: prompt dismissed", true),
    store: problem("storeFull", "database or disk is full", true),
    notifications: problem("notificationsMissing", "", true),
    tray: problem("trayMissing"),
    sound: problem("soundMissing", "The requested audio device is not available. It may have been disconnected.", true),
    listener: { shown: null, public: false, problem: problem("portInUse", "127.0.0.1:7780", true), test: null },
    connection: { ...base.connection, callbackAt: null, callbacksAlive: false, malformed: 3 },
    ways: { ...base.ways, callbacksSince: null, asking: { since: ago(600), everyMs: 1000 } },
  },
  unpunctual: {
    connection: { ...base.connection, latenessMs: 4200, skewMs: 12_300 },
    ways: { ...base.ways, rings: [{ at: ago(90), by: "callback", lateMs: 4200, paintedMs: null }, ...base.ways.rings.slice(1)] },
  },
  "test-ring": {
    calls: [call({ test: true, customerNumber: "", customerId: null, memberId: null, maturity: null, lastContact: null, queue: null, rangAt: ago(1) })],
    listener: { ...base.listener, test: { kind: "running", since: ago(1) } },
  },
  "test-arrived": { listener: { ...base.listener, public: true, shown: "https://ring.example.com/callbacks/••••••••", test: { kind: "arrived", at: ago(1), arrivedMs: 46, paintedMs: 71, path: "cutOff" } } },
  "test-failed": { listener: { ...base.listener, test: { kind: "failed", at: ago(1), problem: problem("callbackNotArrived", "HTTP 404", true) } } },
  "link-asking": { link: { call: 1, state: { kind: "asking" } } },
  "link-ready": { link: { call: 1, state: { kind: "ready", expiresAt: now + 287_000 } } },
  "link-expired": { link: { call: 1, state: { kind: "expired" } } },
  "link-failed": { link: { call: 1, state: { kind: "failed", problem: problem("recordingMissing") } } },
  notices: {
    label: "busy",
    labelSince: ago(252),
    queues: paused({ missed: 3, missesLeft: 0 }),
    log: { ...base.log, toDo: 1 },
    notices: [
      notice(3, { kind: "removedFromQueue", queue: "queue-3" }),
      notice(2, { kind: "benched", queue: "queue-1" }),
      notice(1, { kind: "missed", call: 2, customerNumber: "13387525702" }),
    ],
  },
  misses: {
    log: { ...base.log, toDo: 1204 },
    label: "busy",
    labelSince: ago(252),
    queues: paused({ missed: 4, missesLeft: 0 }),
    notices: [
      notice(6, { kind: "missed", call: 2, customerNumber: "13387525702" }),
      notice(5, { kind: "missed", call: 3, customerNumber: "" }),
      notice(4, { kind: "missed", call: 4, customerNumber: "9".repeat(64) }),
      notice(3, { kind: "missed", call: 5, customerNumber: "02566823420" }),
      notice(2, { kind: "missed", call: 6, customerNumber: "13387525706" }),
      notice(1, { kind: "benched", queue: "queue-1" }),
    ],
  },
  exchanges: {},
  "exchanges-off": {},
  "exchanges-none": {},
  full: {
    agent: { ...base.agent, queues: [] },
    label: "break",
    reason: "Meeting",
    onBreak: { beganAt: ago(754), limitAt: null, stage: "running" },
    breaks: Array.from({ length: 12 }, (_, n) => ({ name: n === 3 ? "W".repeat(24) : `Reason number ${n + 1}`, minutes: n === 3 ? 600 : null })),
    queues: Array.from({ length: 12 }, (_, n) => queue({ name: n === 3 ? long : `queue-${n + 1}`, remark: n === 1 ? "קו שירות ‮abc" : "Renewals and follow-up calls", seat: { kind: "paused" } })),
    calls: [call({ customerNumber: "9".repeat(64), customerId: long, state: "talking", card: false, answeredAt: ago(4000) })],
    recent: Array.from({ length: 8 }, (_, n) => recent(n + 1, n === 2 ? { customerNumber: "8".repeat(64) } : {})),
  },
  practising: {
    demo: true,
    label: "onCall",
    labelSince: ago(40),
    queues: seats({ kind: "talking" }),
    calls: [call({ state: "talking", card: false, answeredAt: ago(40) })],
    practice: {
      exercise: "busyHour",
      beganAt: ago(754),
      endedAt: null,
      answered: 6,
      missed: 1,
      states: [
        { label: "available", seconds: 120, times: 8 },
        { label: "ringing", seconds: 41, times: 8 },
        { label: "onCall", seconds: 473, times: 6 },
        { label: "wrapUp", seconds: 80, times: 7 },
      ],
    },
  },
  practised: {
    demo: true,
    practice: {
      exercise: "angryCallers",
      beganAt: ago(4000),
      endedAt: ago(400),
      answered: 1204,
      missed: 3,
      states: [
        { label: "available", seconds: 1200, times: 40 },
        { label: "break", seconds: 2000, times: 1 },
        { label: "unconfirmed", seconds: 400, times: 2 },
      ],
    },
  },
  "log-empty": log({ complete: null }),
  "log-three": {},
  "log-million": {},
  "log-fetching": log({
    complete: { since: ago(86_400 * 3), until: ago(30) },
    gaps: [{ since: ago(86_400 * 90), until: ago(86_400 * 3) }],
    fetch: { on: true, done: 3, total: 90 },
  }),
  "log-stopped": log({ complete: null, fetch: { on: false, done: 41, total: 90 }, problem: problem("unreachable", "no answer: timed out", true) }),
  "log-exporting": log({ export: { written: 81_920, total: 1_000_000, state: { kind: "running" } } }),
  "log-exported": log({ export: { written: 240, total: 240, state: { kind: "done", path: "/home/lin/.local/share/ringside/exports/calls.xlsx" } } }),
  "log-export-failed": log({ export: { written: 1024, total: 240_000, state: { kind: "failed", problem: problem("storeFull", "No space left on device (os error 28)") } } }),
  "call-back-sending": callingBack({ kind: "sending" }),
  "call-back-calling": callingBack({ kind: "calling" }),
  "call-back-ending": callingBack({ kind: "ending", problem: problem("unreachable", "no answer: timed out", true) }),
  "call-back-not-reached": callingBack({ kind: "notReached" }),
  "call-back-failed": callingBack({ kind: "failed", problem: problem("phoneNotRegistered", "code 1014") }),
  "call-back-unknown": callingBack({ kind: "unknown", problem: problem("fateUnknown", "not known whether App.Sip_Yccall.TaskCreat was carried out: no answer: timed out") }),
  "log-fetching-recording": { recordings: { ...base.recordings, transfers: [{ call: 240, bytes: 420_000, total: 1_300_000 }] } },
  "log-playing": {},
  "log-interrupted": {},
  "log-unplayable": {},
  "recordings-off": { recordings: { ...archive, state: { kind: "off" }, kept: 0, bytes: 0, wanted: 0, closestDeletion: null } },
  "recordings-fetching": recordings({ transfers: [{ call: 812, bytes: 410_000, total: 655_404 }] }, { order: "oldest" }),
  "recordings-complete": recordings({
    state: { kind: "complete" },
    wanted: 0,
    verification: { checked: 1204, total: 1204, damaged: [], damagedTotal: 0, state: { kind: "done", at: ago(30) } },
    removalDue: now + 540_000,
    removal: { at: ago(86_400), calls: 0, recordings: 31, bytes: 12_400_000, failed: 0, problem: null },
  }, { keepDays: 365 }),
  "recordings-damaged": recordings({
    state: { kind: "inCall" },
    verification: {
      checked: 1204,
      total: 1204,
      damaged: ([["changed", 12], ["missing", 344], ["unreadable", 601]] as const).map(([how, call]) => ({ call, startedAt: ago(call * 3600), file: `/mnt/company share/录音 recordings/call-${call}.wav`, how })),
      damagedTotal: 9,
      state: { kind: "done", at: ago(30) },
    },
  }, { folder: "/mnt/company share/录音 recordings" }),
  "recordings-failing": recordings({
    state: { kind: "failing", problem: problem("archiveFolder", "/mnt/company share/recordings is gone", true), nextTryAt: now + 53_000 },
    lost: 2,
    troubles: [
      { call: 901, startedAt: ago(7200), problem: problem("recordingMissing", "nothing is there (HTTP 404)", true), nextTryAt: now + 240_000 },
      { call: 17, startedAt: ago(86_400 * 61), problem: problem("notARecording", "the first bytes are no recording's", true), nextTryAt: null },
    ],
    verification: { checked: 410, total: 1204, damaged: [], damagedTotal: 0, state: { kind: "running" } },
    removal: { at: ago(86_400), calls: 210, recordings: 0, bytes: 0, failed: 3, problem: problem("archiveFolder", "/mnt/company share/recordings is gone", true) },
  }, { folder: "/mnt/company share/recordings", limitGb: 50, keepDays: 400, keepCallsDays: 730 }),
  "recordings-locked": {
    ...recordings({ state: { kind: "stopped" } }),
    place: { ...base.place, locked: ["recordings.archive", "recordings.order", "recordings.folder", "recordings.limit_gb", "recordings.keep_days", "log.keep_days"] },
  },
  policy: {
    place: {
      ...base.place,
      configFile: "/etc/ringside/config.toml",
      hiddenViews: ["day"],
      locked: [
        "agent.after_sign_in", "leaving.quit", "leaving.log_off", "leaving.sleep", "callbacks.bind", "card.size", "card.masked", "sound.ring_devices", "sound.ring_volume", "sound.connected_tone",
        "sound.recordings_device", "notifications.quiet_incoming", "notifications.quiet_outgoing", "notifications.discreet", "crm.mode", "crm.template", "shortcuts.busy", "appearance.language",
        "appearance.theme", "window.always_on_top", "window.start_with_system", "supervisor.enabled", "recordings.archive", "log.keep_days", "log.detailed", "diagnostics.capture",
      ],
    },
    settings: { ...base.settings, card: { size: "large", discreet: true, masked: true } },
  },
  "policy-refused": { notices: [notice(1, { kind: "setAside", problem: problem("policyRefused", "/etc/ringside/config.toml: others than its owner may write to it") })] },
  shortcuts: {
    settings: { ...base.settings, shortcuts: { available: "Ctrl+Alt+A", busy: "Ctrl+Alt+B", silence: "Super+F9", show: "Ctrl+Alt+A" } },
    shortcuts: { possible: true, refused: ["busy", "show"] },
    place: { ...base.place, locked: ["shortcuts.available"] },
  },
  "shortcuts-wayland": { shortcuts: { possible: false, refused: [] } },
  "checkup-running": {},
  "checkup-well": {},
  "checkup-ill": {},
  demo: { demo: true, signIn: { kind: "signedIn", company: "Lantern Services 灯塔服务" } },
} satisfies Record<string, Partial<Snapshot>>;

export type Scenario = keyof typeof scenarios;

export function scene(name: string): Snapshot {
  const snapshot = { ...base, ...((scenarios as Record<string, Partial<Snapshot>>)[name] ?? {}) };
  const offered = snapshot.label === "available" && snapshot.wish.progress.kind === "settled";
  return { ...snapshot, callBack: snapshot.callBack.last ? snapshot.callBack : { offered, last: null } };
}

/** The snapshot of the scenario in the address, with the language and the theme there: `#ringing?chinese&dark`. */
export function scripted(): Snapshot {
  const [name = "", options = ""] = location.hash.slice(1).split("?");
  const chosen = options.split("&");
  const language = chosen.includes("chinese") ? "chinese" : chosen.includes("english") ? "english" : base.settings.language;
  const theme = chosen.includes("dark") ? "dark" : chosen.includes("light") ? "light" : base.settings.theme;
  const snapshot = scene(name || "available");
  return { ...snapshot, settings: { ...snapshot.settings, language, theme } };
}

const players: Record<string, PlayerState> = {
  "log-fetching-recording": { kind: "fetching" },
  "log-playing": { kind: "playing" },
  "log-interrupted": { kind: "interrupted" },
  "log-unplayable": { kind: "failed", problem: problem("recordingUnreadable", "no audio", true) },
};

/** The player in the scenario in the address; its recording is of the newest call. */
export function scriptedPlayer(): MemoryPlayer {
  const state = players[location.hash.slice(1).split("?")[0] ?? ""];
  if (state === undefined) return new MemoryPlayer();
  const read = state.kind === "playing" || state.kind === "interrupted";
  return new MemoryPlayer({ call: 240, state, positionMs: read ? 31_000 : 0, at: Date.now(), lengthMs: read ? 83_000 : null, speedPercent: 100, waveform: read ? WAVEFORM : [] });
}

/** The check of the setup in the scenario in the address. In a scenario without one, a check can be started. */
export function scriptedCheckup(): MemoryCheckup {
  const name = location.hash.slice(1).split("?")[0] ?? "";
  const checkup = new MemoryCheckup(name !== "checkup-well", { "checkup-running": 10, "checkup-well": 19, "checkup-ill": 19 }[name] ?? null);
  checkup.speak(scripted().settings.language === "chinese");
  return checkup;
}

/** The log of the scenario in the address. */
export function scriptedLog(): MemoryLog {
  const name = location.hash.slice(1).split("?")[0];
  const size = name === "log-empty" || name === "first-start" ? 0 : name === "log-three" ? 3 : name === "log-million" ? 1_000_000 : 240;
  // Some days, or almost three years.
  return new MemoryLog(size, now, size > 1000 ? 90_000 : 1_200_000);
}
