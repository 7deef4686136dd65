import type { BoardQueue, Campaign, CampaignCounts, CampaignDetail, CampaignPart, CampaignStage, Dialled, DeskView, DoNotCall, ElsewhereView, ExtensionsView, FloorAgent, FloorEntry, FloorQueue, GroupsView, NumberFate, NumberFilter, NumberRow, PartState, Phone, Problem, ProblemCode, SeatState, ServiceForm, WallboardView } from "../lib/contract";
import { usualPlan, usualQueue } from "../lib/rules/floor/plan";

// Parts of the scenarios of the supervisor's page.

export const now = Date.now();
export const ago = (seconds: number) => now - seconds * 1000;
const COMPANY = "Lantern Services 灯塔服务";
const PEOPLE = ["Wang Min", "陈静", "J. Okafor"];
const TITLES = ["Renewals May", "回访 · 五月", "Card offer", "Payment reminder", "New customers north", "满意度调查", "Contract by post", "A campaign with a very long name that somebody copied from the subject of a message"];
const pick = <T>(all: readonly T[], n: number): T => all[n % all.length]!;

export function problem(code: ProblemCode, detail = ""): Problem {
  return { code, detail, retryable: true };
}

export const desk: DeskView = { signedIn: true, company: COMPANY, problem: null, unlicensed: [], answeredAt: ago(2), dialledUntil: ago(48), notices: [], breaks: [] };

export function counts(part: Partial<CampaignCounts> = {}): CampaignCounts {
  return { waiting: 0, taken: 25_000, uncalled: 13_796, refused: 12, unknown: 0, removed: 3, called: 11_204, calls: 13_911, answered: 4_120, reached: 4_031, abandoned: 89, answeredToday: 1_480, abandonedToday: 31, answered30Days: 4_120, abandoned30Days: 89, ...part };
}

export function parts(total: number, state: (n: number, count: number) => PartState = (_, count) => ({ kind: "taken", at: ago(3000), accepted: count })): CampaignPart[] {
  return Array.from({ length: Math.ceil(total / 10_000) }, (_, n) => {
    const count = Math.min(10_000, total - n * 10_000);
    return { number: n, count, state: state(n, count) };
  });
}

export function campaign(id: number, stage: CampaignStage, part: Partial<Campaign> = {}, given: Partial<CampaignCounts> = {}, rest: Partial<CampaignDetail> = {}): CampaignDetail {
  const usual = usualPlan();
  const states: Partial<Record<CampaignStage, "open" | "paused" | "over">> = { running: "open", paused: "paused", ended: "over", finished: "over", resuming: "paused", pausing: "open" };
  const made: Campaign = {
    id,
    account: { url: "https://call.example.com/", appid: "lantern" },
    plan: { ...usual, name: pick(TITLES, id), target: { kind: "queue", name: `queue-${(id % 4) + 1}` }, agents: 1, calls: 2, displayNumbers: ["2190170001"], limits: { ...usual.limits, hours: { days: [1, 2, 3, 4, 5], from: 540, to: 1140 } } },
    source: id % 3 === 0 ? "" : `customers-${id}.xlsx`,
    madeAt: ago(3600 + id * 5000),
    madeBy: pick(PEOPLE, id),
    taskId: stage === "notMade" || stage === "unknown" ? null : String(88_000 + id),
    task: { kind: "is", state: states[stage] ?? "open", since: ago(900) },
    holds: stage === "paused" || stage === "resuming" ? [{ reason: "person", since: ago(1260), by: pick(PEOPLE, id + 1) }] : [],
    ended: stage === "ended" ? { reason: "person", since: ago(2400), by: pick(PEOPLE, id) } : null,
    finishedAt: stage === "finished" ? ago(1200) : null,
    sendingStopped: stage === "stopped",
    problem: null,
    removedAt: null,
    ...part,
  };
  const all = counts(given);
  return {
    row: { campaign: made, counts: all, stage, busy: ["pausing", "resuming", "ending", "sending"].includes(stage) },
    // The platform names those that it refuses; they are in the first part.
    parts: parts(all.waiting + all.taken + all.refused + all.unknown, (n, count) => ({ kind: "taken", at: ago(3000), accepted: n === 0 ? count - all.refused : count })),
    evidence: [],
    causes: [],
    endings: [],
    unread: [],
    ...rest,
  };
}

const STAGES: CampaignStage[] = ["running", "paused", "finished", "running", "ended", "sending", "running", "stopped", "notMade", "pausing"];

export function campaigns(count: number): CampaignDetail[] {
  return Array.from({ length: count }, (_, n) => {
    const scale = ((n * 7) % 11) + 1;
    const lost = [9, 22, 27, 31, 64][n % 5]!;
    const stage = pick(STAGES, n);
    const given = { taken: 2_270 * scale, called: 1_000 * scale, calls: 1_210 * scale, answered: 400 * scale, reached: 390 * scale, answeredToday: 1000, abandonedToday: lost, answered30Days: 12_000, abandoned30Days: lost * 10 };
    const unsent = stage === "sending" || stage === "stopped" ? { waiting: 12_000 } : stage === "notMade" ? { waiting: 2_000, taken: 0, called: 0, calls: 0, answered: 0, reached: 0, answeredToday: 0, answered30Days: 0, abandonedToday: 0, abandoned30Days: 0 } : {};
    return campaign(n + 1, stage, {}, { ...given, ...unsent });
  });
}

const SEATS: SeatState[] = [{ kind: "waiting" }, { kind: "talking" }, { kind: "talking" }, { kind: "paused" }, { kind: "receiving" }, { kind: "waiting" }, { kind: "didNotAnswer" }, { kind: "talking" }, { kind: "rejected" }, { kind: "other", code: 1219 }];
const NAMES = ["Li Wen", "赵磊", "Ana Souza", "孙丽", "T. Becker", "何强"];

export function agent(n: number, part: Partial<FloorAgent> = {}): FloorAgent {
  const phone: Phone = n % 17 === 16 ? "notRegistered" : "ready";
  return { extension: String(100_000 + n), name: pick(NAMES, n), agentId: String(5000 + n), phone, state: pick(SEATS, n), since: ago(20 + ((n * 53) % 1900)), answered: (n * 7) % 61, missed: n % 4, lastAnswerAt: ago(300 + n), change: null, ...part };
}

export function queue(n: number, agents: number, part: Partial<FloorQueue> = {}): FloorQueue {
  const strategies = ["longestIdle", "roundRobin", "all", "priority"] as const;
  return {
    name: `queue-${n + 1}`,
    settings: { ...usualQueue, remark: pick(["Renewals", "回访 · Follow-up", "New customers", "催收"], n), strategy: { kind: pick(strategies, n) } },
    dialler: { kind: n % 5 === 4 ? "unavailable" : n % 3 === 1 ? "busy" : "idle" },
    announcement: null,
    readAt: ago(2 + (n % 4)),
    problem: null,
    agents: Array.from({ length: agents }, (_, each) => agent(n * agents + each + 1)),
    ...part,
  };
}

export const queues = (count: number, agents: number): FloorQueue[] => Array.from({ length: count }, (_, n) => queue(n, agents));

/** In the examples each agent is in one queue. */
export function persons(queues: readonly BoardQueue[]): WallboardView["agents"] {
  const sum = { idle: 0, ringing: 0, talking: 0, busy: 0, other: 0 };
  for (const queue of queues) for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += queue[key];
  return sum;
}

export function board(from: readonly FloorQueue[], part: Partial<WallboardView> = {}): WallboardView {
  const of = (queue: FloorQueue, ...kinds: SeatState["kind"][]) => queue.agents.filter((agent) => kinds.includes(agent.state.kind)).length;
  const tiles = from.map((queue): BoardQueue => ({
    name: queue.name,
    remark: queue.settings.remark,
    idle: of(queue, "waiting"),
    ringing: of(queue, "receiving"),
    talking: of(queue, "talking"),
    busy: of(queue, "paused"),
    other: of(queue, "didNotAnswer", "rejected", "other"),
    onBreak: false,
    notRegistered: queue.agents.filter((agent) => agent.phone === "notRegistered").length,
    readAt: queue.readAt,
    problem: queue.problem,
  }));
  const hours = Array.from({ length: 24 }, (_, hour): [number, number] => (hour < 9 || hour > 12 ? [0, 0] : [820 + hour * 31, 240 + hour * 12]));
  return { queues: tiles, agents: persons(tiles), answered: 1_480, reached: 1_449, abandoned: 31, longestWaitSeconds: 14, hours, readAt: ago(3), dialledUntil: ago(48), everyMs: Math.max(3000, 1500 * tiles.length), problem: null, ...part };
}

export function groups(count: number): GroupsView {
  const calls = ["hangup", "answer", "ring"];
  return {
    readAt: ago(6),
    problem: null,
    groups: Array.from({ length: count }, (_, n) => ({
      name: `group-${n + 1}`,
      code: n === 2 ? 1018 : 1042,
      readAt: ago(6),
      problem: null,
      members: Array.from({ length: 4 + ((n * 5) % 9) }, (_, each) => ({
        extension: String(100_001 + n * 13 + each),
        busy: each % 3 === 2 ? null : each % 3 === 1,
        call: pick(calls, each),
        change: n === 0 && each === 1 ? { order: "busy", since: ago(3), progress: { kind: "accepted" } } : null,
      })),
    })),
  };
}

export function extensions(count: number): ExtensionsView {
  return {
    readAt: ago(9),
    problem: null,
    untold: [],
    extensions: Array.from({ length: count }, (_, n) => {
      const talking = n % 4 === 1;
      const on = n % 13 !== 12;
      return { extension: String(100_001 + n), enabled: n === 5 ? null : n % 29 !== 28, enabledInList: n === 8 ? false : n % 29 !== 28, registered: on, phoneAddress: on ? `192.0.2.${(n % 250) + 1}:5060` : null, serverAddress: on ? "198.51.100.4:5060" : null, state: talking ? "talking" : n % 19 === 7 ? "ringing" : "idle", callSince: talking ? ago(30 + ((n * 37) % 900)) : null, customer: talking ? `1338752${String(5000 + n).slice(-4)}` : null };
    }),
  };
}

export const abandoned = (count: number): Dialled[] =>
  Array.from({ length: count }, (_, n) => ({ key: `bill-${n}`, phone: `1380013${String(8000 + n * 7).slice(-4)}`, beganAt: ago(240 + n * 417), endedAt: ago(230 + n * 417), outcome: "abandoned", talkedSeconds: 2 + (n % 9), waitedSeconds: 11, extension: null, shown: "2190170001", ending: { kind: "normal" }, customerId: n % 3 ? `C-${4400 + n}` : "", campaign: n % 5 === 4 ? null : (n % 3) + 1 }));

/** Calls with so many numbers shown. */
export function elsewhere(shown: number): ElsewhereView {
  const of = (n: number) => ({ customers: 900 - n * 7, calls: 1_204 - n * 9, answered: 412 - n * 3, reached: 401 - n * 3, abandoned: 11, firstAt: ago(86_400 * 6 + n * 977), lastAt: ago(95 + n * 613) });
  return {
    calls: { all: shown === 0 ? null : { ...of(0), customers: 900 * shown, calls: 1_204 * shown, answered: 412 * shown, reached: 401 * shown, abandoned: 11 * shown }, shown: Array.from({ length: shown }, (_, n) => ({ number: n === 2 ? "" : `021901700${String(10 + n)}`, counts: of(n) })) },
    tasks: shown === 0 ? [] : [{ taskId: "20260504091500881204", state: "paused", since: ago(640), by: pick(PEOPLE, 0) }, { taskId: "20260503183012004411", state: "over", since: ago(70_000), by: "" }],
  };
}

export const doNotCall = (n: number): DoNotCall => ({ phone: `1390000${String(n).padStart(4, "0")}`, since: ago(3600 * (n + 1)), by: pick(PEOPLE, n), reason: pick(["Asked not to be called", "投诉", ""], n) });

const ACTS: [string, string, string, string][] = [
  ["start", "Renewals May", "done", ""],
  ["sendPart", "Renewals May", "done", "part 0"],
  ["pause", "回访 · 五月", "done", "person"],
  ["seatBusy", "100003 · queue-1", "failed", "code 1012: extension does not exist"],
  ["sendPart", "Card offer", "unknown", "part 1: no answer: timed out"],
  ["addDoNotCall", "13900000001", "done", ""],
  ["showPassword", "100007", "", ""],
  ["editQueue", "queue-2", "done", ""],
  ["startTeamBreak", "queue-1", "", "10 minutes"],
  ["teamBreakStep", "queue-1", "done", "settingAvailable"],
  ["seatAvailable", "100004 · queue-1", "failed", "code 1042: "],
];

export const entry = (n: number): FloorEntry => {
  const [what, subject, result, detail] = pick(ACTS, n);
  return { at: ago(60 + n * 83), by: n % 6 === 1 ? "" : pick(PEOPLE, n), what, subject, result, detail };
};

const FATES: NumberFate[] = ["taken", "taken", "taken", "waiting", "taken", "refused", "taken", "removed"];

/** The numbers of a campaign, each made from its row, so that a million need no memory. */
export function numberRow(n: number): NumberRow {
  const fate = pick(FATES, n);
  const calls = fate === "taken" && n % 2 === 0 ? 1 + (n % 3) : 0;
  return { row: n + 2, part: Math.floor(n / 10_000), customer: { phone: `1${String(3_000_000_000 + n * 37).slice(0, 10)}`, at: null, agentId: "", memberId: "", customerId: n % 4 ? "" : `C-${n}`, maturity: "" }, fate, doNotCall: n % 29 === 4, reason: fate === "refused" && n % 3 === 0 ? "attemptsToday" : null, calls, last: calls === 0 ? null : pick(["reached", "notAnswered", "abandoned"] as const, n), lastAt: calls === 0 ? null : ago(100 + n) };
}

export function numberFits(row: NumberRow, { text, fate, part, called }: NumberFilter): boolean {
  return (text === "" || row.customer.phone.includes(text)) && (fate === null || row.fate === fate) && (part === null || row.part === part) && (called === null || row.calls > 0 === called);
}

export const services: ServiceForm[] = [
  { name: "App.Sip_Auth.GetToken", does: "A token for the account.", chinese: "获取账号的令牌。", required: [], optional: [], changes: false },
  { name: "App.Sip_Queue.GetQueueList", does: "The queues of the company.", chinese: "查询公司的队列。", required: [], optional: ["queuename"], changes: false },
  { name: "App.Sip_Queue.GetQueueSipStatus", does: "The agents signed in to queues, with their states and figures.", chinese: "查询已签入队列的坐席及其状态和统计。", required: [], optional: ["queuename", "extnumber", "state"], changes: false },
  { name: "App.Sip_Queue.AddQueue", does: "Makes a queue.", chinese: "新建队列。", required: ["queuename", "autocall", "remark"], optional: ["strategy"], changes: true },
  { name: "App.Sip_Queue.DelQueue", does: "Deletes a queue.", chinese: "删除队列。", required: ["queuename"], optional: [], changes: true },
  { name: "App.Sip_Call.GetSipnumberInfo", does: "The extensions of the company.", chinese: "查询公司的分机。", required: [], optional: ["extnumber"], changes: false },
  { name: "App.Sip_Yccall.TaskSet", does: "Opens, pauses or ends a task.", chinese: "开启、暂停或结束任务。", required: ["taskid", "status"], optional: [], changes: true },
];
