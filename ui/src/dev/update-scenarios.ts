import type { Problem, Snapshot, UpdateStage, UpdateView } from "../lib/contract";
import { ago, call, notice, out, problem, seats, wrapUp } from "./samples";

/** No administrator has named a server. */
export const noUpdates: UpdateView = { server: null, byOthers: false, needsConsent: false, lookedAt: null, stage: { kind: "none" }, problem: null, backupAt: null, backupOffered: false };

const asked = (part: Partial<UpdateView>): UpdateView => ({ ...noUpdates, server: "updates.example.com", lookedAt: ago(1500), ...part });
const NOTES = "Wrap-up times can be set for each queue.\nThe call log opens faster.";
const LONG = Array.from({ length: 12 }, (_, n) => `${n + 1}. The call log shows what a queue's supervisor changed, and when · 通话记录显示班长的更改。`).join("\n");
const ready = (part: Partial<UpdateStage & { kind: "ready" }> = {}): UpdateStage => ({ kind: "ready", version: "1.2.0", notes: NOTES, offered: true, ...part });
const failed = (why: Problem, part: Partial<UpdateView> = {}) => asked({ problem: why, ...part });
const backup: UpdateView = { ...noUpdates, backupAt: ago(86_400 * 2 + 13_680), backupOffered: true };
const newer: Partial<Snapshot> = { store: problem("storeNewer", "ringside.db: schema 31, this version knows 30") };
const kept = "/home/lin/.local/share/ringside/ringside-newer-20260520T035900Z.db";

/** Updates, and the copy of the data. Those of `update-settings` are seen in the settings only. */
const SCENARIOS = {
  "update-offered": [asked({ stage: ready() })],
  "update-notes": [asked({ stage: ready({ notes: LONG }), needsConsent: true })],
  "update-signed-out": [asked({ stage: ready({ notes: "" }), needsConsent: true }), out],
  "update-in-call": [asked({ stage: ready({ offered: false }) }), { label: "onCall", labelSince: ago(192), queues: seats({ kind: "talking" }), calls: [call({ state: "talking", card: false, answeredAt: ago(192) })] }],
  "update-installing": [asked({ stage: { kind: "installing", version: "1.2.0" } })],
  "update-installed": [asked({ stage: { kind: "installed", version: "1.2.0" } }), wrapUp({})],
  "update-failed": [failed(problem("updateFailed", "the setup program ended with 1603", true), { stage: ready({ notes: "" }), needsConsent: true })],
  "update-loading": [asked({ stage: { kind: "loading", version: "1.2.0", percent: 42 } })],
  "update-settings-length-unknown": [asked({ stage: { kind: "loading", version: "1.2.0", percent: null } })],
  "update-settings-looking": [asked({ lookedAt: null, stage: { kind: "looking" } })],
  "update-settings-unasked": [asked({ lookedAt: null })],
  "update-settings-newest": [asked({})],
  "update-settings-by-others": [asked({ byOthers: true, lookedAt: null })],
  "update-settings-unreachable": [failed(problem("updateServer", "no answer: Connection refused (os error 111)", true))],
  "update-settings-refused": [failed(problem("updateRefused", "the signature is another key's"))],
  "backup-offered": [backup, newer],
  "backup-signed-out": [backup, { ...out, ...newer, account: { url: "", appid: "" }, agent: { extension: "", agentId: "", queues: [] } }],
  "backup-in-call": [{ ...backup, backupOffered: false }, { ...newer, ...wrapUp({}) }],
  "backup-used": [noUpdates, { notices: [notice(1, { kind: "setAside", problem: problem("backupUsed", kept) })] }],
  "backup-failed": [noUpdates, { notices: [notice(1, { kind: "setAside", problem: problem("backupFailed", "No space left on device (os error 28)", true) })] }],
} satisfies Record<string, [UpdateView, Partial<Snapshot>?]>;

type Name = keyof typeof SCENARIOS;
const names = Object.keys(SCENARIOS) as Name[];

export const updateScenarios = Object.fromEntries(names.map((name) => [name, SCENARIOS[name][1] ?? {}])) as Record<Name, Partial<Snapshot>>;

/** The updates of the scenario in the address. */
export function scriptedUpdate(): UpdateView {
  const name = location.hash.slice(1).split("?")[0] ?? "";
  return names.some((each) => each === name) ? SCENARIOS[name as Name][0] : noUpdates;
}
