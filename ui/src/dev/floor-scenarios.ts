import type { CampaignCounts, CampaignDetail, SupervisorPlace } from "../lib/contract";
import type { Floor } from "./floor-memory";
import { abandoned, ago, agent, board, campaign, campaigns, counts, desk, doNotCall, elsewhere, entry, extensions, groups, now, parts, problem, queue, queues, services } from "./floor-samples";

const offices = queues(4, 12);
/** The first queue has a team break. */
const paused = board([queue(0, 12, { agents: offices[0]!.agents.map((each) => ({ ...each, state: { kind: "paused" } })) }), ...offices.slice(1)]);
paused.queues[0]!.onBreak = true;
const usual: Floor = {
  desk,
  campaigns: campaigns(14),
  elsewhere: elsewhere(3),
  queues: { readAt: ago(3), problem: null, queues: offices },
  groups: groups(6),
  extensions: extensions(60),
  wallboard: board(offices),
  numbers: 25_000,
  forbidden: Array.from({ length: 40 }, (_, n) => doNotCall(n)),
  abandoned: abandoned(26),
  ledger: Array.from({ length: 460 }, (_, n) => entry(n)),
  services,
  refusal: null,
};

const many = queues(40, 25);
const nothing = { readAt: ago(3), problem: null };
const failing = problem("serverError", "HTTP 502 Bad Gateway");
const lost = problem("unreachable", "connection refused");

/** A campaign of the first row with these parts, among the usual ones. */
const first = (detail: CampaignDetail): Floor => ({ ...usual, campaigns: [detail, ...campaigns(14).slice(1)] });

/** The figures of a campaign for which nothing was called. */
const uncalled: Partial<CampaignCounts> = { uncalled: 0, refused: 0, removed: 0, called: 0, calls: 0, answered: 0, reached: 0, abandoned: 0, answeredToday: 0, abandonedToday: 0, answered30Days: 0, abandoned30Days: 0 };

const unknown = campaign(1, "stopped", { sendingStopped: true }, {
  ...{ waiting: 5_000, taken: 10_000, unknown: 10_000, refused: 0, removed: 0, uncalled: 6_000 },
  ...{ called: 4_312, calls: 5_120, answered: 1_640, reached: 1_604, abandoned: 36, answered30Days: 1_640, abandoned30Days: 36 },
}, {
  parts: parts(25_000, (n) => (n === 0 ? { kind: "taken", at: ago(1300), accepted: 10_000 } : n === 1 ? { kind: "unknown", since: ago(1200) } : { kind: "waiting" })),
  evidence: [[1, 312]],
});

export const floors: Record<string, Floor> = {
  usual,
  empty: { ...usual, campaigns: [], elsewhere: elsewhere(0), queues: { ...nothing, queues: [] }, groups: { ...nothing, groups: [] }, extensions: { ...nothing, extensions: [], untold: [] }, wallboard: board([], { answered: 0, reached: 0, abandoned: 0, longestWaitSeconds: 0, hours: [] }), numbers: 0, forbidden: [], abandoned: [], ledger: [] },
  full: { ...usual, campaigns: campaigns(200), elsewhere: elsewhere(100), queues: { readAt: ago(3), problem: null, queues: many }, groups: groups(40), extensions: extensions(1000), wallboard: board(many), numbers: 1_000_000, forbidden: Array.from({ length: 5000 }, (_, n) => doNotCall(n)), abandoned: abandoned(400) },
  thousand: { ...usual, queues: { readAt: ago(3), problem: null, queues: [queue(0, 1000)] } },
  loading: { ...usual, desk: { ...desk, company: "", answeredAt: null }, campaigns: undefined, elsewhere: undefined, queues: undefined, groups: undefined, extensions: undefined, wallboard: undefined },
  failing: {
    ...usual,
    desk: { ...desk, problem: failing, answeredAt: ago(190) },
    queues: { readAt: ago(190), problem: failing, queues: offices.map((each) => ({ ...each, readAt: ago(190), problem: failing })) },
    groups: { readAt: null, problem: failing, groups: [] },
    extensions: { ...extensions(20), readAt: ago(190), problem: failing },
    wallboard: board(offices.map((each) => ({ ...each, readAt: ago(190), problem: failing })), { readAt: ago(190), problem: failing }),
    refusal: problem("storeFull", "no space left on device"),
  },
  offline: {
    ...usual,
    desk: { ...desk, signedIn: false, problem: lost, answeredAt: ago(1900), dialledUntil: ago(1950) },
    queues: { readAt: null, problem: lost, queues: [] },
    groups: { readAt: null, problem: lost, groups: [] },
    extensions: { readAt: null, problem: lost, extensions: [], untold: [] },
    wallboard: board([], { readAt: null, problem: lost }),
    refusal: lost,
  },
  unlicensed: { ...usual, desk: { ...desk, unlicensed: ["bills", "campaigns", "groups"] }, extensions: { ...extensions(60), extensions: extensions(60).extensions.map((each) => ({ ...each, enabled: null })), untold: [["enabled", problem("moduleNotLicensed")]] }, groups: { readAt: null, problem: problem("moduleNotLicensed"), groups: [] } },
  hours: first(
    campaign(1, "paused", { holds: [{ reason: "hours", since: ago(3600), by: null }], plan: { ...campaign(1, "paused").row.campaign.plan, limits: { hours: { days: [1, 2, 3, 4, 5, 6], from: 840, to: 1200 }, attemptsPerDay: 2, attemptsInAll: 6, abandonedPerMille: 30, pauseAtLimit: true } } }, {}, { causes: [{ kind: "outsideHours" }, { kind: "presetTimeAhead", numbers: 140 }] }),
  ),
  unknown: first(unknown),
  unmade: first(campaign(1, "unknown", { task: { kind: "mayExist", since: ago(900) } }, { ...uncalled, waiting: 15_000, taken: 0, unknown: 10_000 }, { parts: parts(25_000, (n) => (n === 0 ? { kind: "unknown", since: ago(900) } : { kind: "waiting" })) })),
  unnamed: first(campaign(1, "unknown", { task: { kind: "mayExist", since: ago(900) } }, { ...uncalled, waiting: 15_000, taken: 9_990, uncalled: 9_990, refused: 10 }, { parts: parts(25_000, (n) => (n === 0 ? { kind: "taken", at: ago(800), accepted: 9_988 } : { kind: "waiting" })) })),
  limit: first(
    campaign(1, "paused", { holds: [{ reason: "abandoned", since: ago(300), by: null }] }, { answeredToday: 1480, abandonedToday: 52, answered30Days: 9000, abandoned30Days: 230 }, { causes: [{ kind: "abandonedLimit" }, { kind: "noIdleAgent", agents: 12, readAt: ago(4) }] }),
  ),
  few: first(campaign(1, "running", {}, { called: 210, calls: 231, answered: 88, reached: 85, abandoned: 3, uncalled: 24_790, answeredToday: 88, abandonedToday: 3, answered30Days: 88, abandoned30Days: 3 })),
  idle: first(
    campaign(1, "running", {}, counts(), {
      causes: [{ kind: "noIdleAgent", agents: 12, readAt: ago(4) }, { kind: "notRegistered", agents: 2, readAt: ago(4) }, { kind: "diallerUnavailable", readAt: ago(4) }, { kind: "presetTimePast", numbers: 1_204 }, { kind: "problem", ...problem("serverError", "code 1003 the operation failed") }],
      endings: [{ ending: { kind: "noAnswer" }, calls: 612 }, { ending: { kind: "customerBusy" }, calls: 204 }, { ending: { kind: "lineFailure" }, calls: 87 }, { ending: { kind: "other", code: 10020 }, calls: 12 }],
    }),
  ),
  unread: first(campaign(1, "running", {}, counts(), { unread: [{ what: "queues", problem: problem("moduleNotLicensed") }, { what: "agents", problem: null }] })),
  sending: first(campaign(1, "sending", {}, { waiting: 15_000, taken: 9_988, called: 140 }, { parts: parts(25_000, (n) => (n === 0 ? { kind: "taken", at: ago(60), accepted: 9_988 } : n === 1 ? { kind: "sending", since: ago(2) } : { kind: "waiting" })) })),
  checking: { ...usual, importView: { kind: "checking", rows: 412_000 } },
  changing: {
    ...usual,
    desk: { ...desk, notices: [{ id: 2, at: ago(4), act: "deleteQueue", subject: "queue-9", progress: { kind: "accepted" }, found: 0, missing: 0 }, { id: 1, at: ago(40), act: "addQueue", subject: "queue-8", progress: { kind: "failed", problem: problem("refused", "code 1003") }, found: 0, missing: 0 }, { id: 0, at: ago(90), act: "addQueue", subject: "queue-7", progress: { kind: "confirmed" }, found: 0, missing: 0 }] },
    queues: {
      readAt: ago(3),
      problem: null,
      queues: [
        queue(0, 0, {
          agents: [
            agent(1, { change: { order: "busy", since: ago(2), progress: { kind: "pending" } } }),
            agent(2, { change: { order: "busy", since: ago(5), progress: { kind: "accepted" } } }),
            agent(3, { change: { order: "available", since: ago(9), progress: { kind: "confirmed" } } }),
            agent(4, { change: { order: "busy", since: ago(19), progress: { kind: "overdue" } } }),
            agent(6, { state: { kind: "talking" }, change: { order: "busy", since: ago(45), progress: { kind: "afterCall" } } }),
            agent(5, { change: { order: "signOut", since: ago(9), progress: { kind: "failed", problem: problem("extensionUnknown", "code 1012") } } }),
            agent(6, { extension: "", name: "100006@company" }),
          ],
        }),
        ...offices.slice(1),
      ],
    },
  },
  unnumbered: { ...usual, queues: { readAt: ago(3), problem: null, queues: [queue(0, 0, { agents: [agent(1, { agentId: "" }), agent(2)] }), ...offices.slice(1)] } },
  break: { ...usual, desk: { ...desk, breaks: [{ queue: "queue-1", step: "onBreak", endsAt: now + 462_000, onCall: 2, problems: [problem("refused", "code 1028 the task is over")] }] }, wallboard: paused },
  frozen: { ...usual, wallboard: board(offices.map((each) => ({ ...each, readAt: ago(47) })), { readAt: ago(47), longestWaitSeconds: 44, abandoned: 61 }) },
  one: { ...usual, wallboard: board(queues(1, 14)) },
  three: { ...usual, wallboard: board(queues(3, 21)) },
  dozen: { ...usual, wallboard: board(queues(12, 17)) },
  fifty: { ...usual, wallboard: board(queues(50, 20).map((each, n) => (n % 11 === 7 ? { ...each, agents: each.agents.map((agent) => ({ ...agent, state: { kind: "talking" } })) } : each))) },
  alarms: { ...usual, wallboard: board([queue(0, 12, { agents: offices[0]!.agents.map((each) => ({ ...each, state: { kind: "talking" } })) }), ...offices.slice(1)], { longestWaitSeconds: 44, abandoned: 61 }) },
};

export const place: SupervisorPlace = { language: "system", theme: "system", person: "Wang Min", platformUtcMinutes: 480, clockAheadMs: 0, board: "" };
