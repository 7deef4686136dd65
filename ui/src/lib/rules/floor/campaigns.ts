import type { CampaignCounts, CampaignStage, CampaignView, FloorIntent, PartState } from "../../contract";

export type Tone = "good" | "wait" | "pause" | "warn" | "bad" | "off" | "done" | "ask";

/** The mark of each stage. A change that the platform has not confirmed has the mark of waiting. */
export const stageTone: Record<CampaignStage, Tone> = {
  sending: "wait",
  stopped: "warn",
  running: "good",
  pausing: "wait",
  paused: "pause",
  resuming: "wait",
  ending: "wait",
  ended: "off",
  finished: "done",
  notMade: "bad",
  unknown: "ask",
};

export const partTone: Record<PartState["kind"], Tone> = { waiting: "off", sending: "wait", taken: "done", failed: "warn", unknown: "ask", givenUp: "bad" };

/** The share of abandoned calls among answered ones; null if none was answered. */
export function share(abandoned: number, answered: number): number | null {
  return answered === 0 ? null : abandoned / answered;
}

/** How a share stands to its limit: `warn` from 80 per cent of the limit on. */
export function limitTone(part: number | null, limit: number): "off" | "done" | "warn" | "bad" {
  if (part === null) return "off";
  if (part >= limit) return "bad";
  return part >= limit * 0.8 ? "warn" : "done";
}

/** The worse of today's share and that of 30 days. */
export function worst(counts: CampaignCounts, perMille: number): { tone: "off" | "done" | "warn" | "bad"; part: number | null } {
  const limit = perMille / 1000;
  const order = ["off", "done", "warn", "bad"];
  const shares = [share(counts.abandonedToday, counts.answeredToday), share(counts.abandoned30Days, counts.answered30Days)];
  const each = shares.map((part) => ({ part, tone: limitTone(part, limit) }));
  return each.reduce((one, other) => (order.indexOf(other.tone) > order.indexOf(one.tone) ? other : one));
}

export type Act = "pause" | "resume" | "end" | "addNumbers" | "removeNumbers" | "stopSending" | "resumeSending" | "hideCampaign";

const over: CampaignStage[] = ["ended", "finished", "notMade"];

/** Whether an act can be done to a campaign now. */
export function can(act: Act, { campaign, stage }: CampaignView): boolean {
  const done = over.includes(stage) || stage === "ending";
  // Without the platform's id, the task can be neither paused nor ended.
  const task = campaign.taskId !== null && !done;
  const held = campaign.holds.some((hold) => hold.reason === "person");
  switch (act) {
    case "pause":
      return task && !held && stage !== "pausing";
    case "resume":
      return task && held && stage !== "resuming";
    case "end":
      return !done;
    case "addNumbers":
      return task;
    case "removeNumbers":
      return !done;
    case "stopSending":
      return stage === "sending";
    case "resumeSending":
      return stage === "stopped" && !done;
    case "hideCampaign":
      return over.includes(stage);
  }
}

/** The same intent for each of these campaigns. */
export function forEach(act: Exclude<Act, "addNumbers" | "removeNumbers">, campaigns: readonly CampaignView[]): FloorIntent[] {
  return campaigns.filter((each) => can(act, each)).map((each) => ({ kind: act, campaign: each.campaign.id }));
}

/** How many of a campaign's numbers were sent, even without an answer, of all that are to be sent. */
export function sent(counts: CampaignCounts): { done: number; total: number } {
  const total = counts.waiting + counts.taken + counts.refused + counts.unknown;
  return { done: total - counts.waiting, total };
}
