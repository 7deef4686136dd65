import type { CampaignCounts, CampaignPart, CampaignStage, CampaignView, FloorIntent, PartState } from "../../contract";
import { cutText } from "../cut";

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

/** A day's share is never judged by fewer answered calls than these: `CampaignLimits::is_reached`. */
export const FEWEST_ANSWERED = 100;

/** Calls of a span, and the fewest answered calls by which its share is judged. */
export type Counted = { abandoned: number; answered: number; fewest: number };

export const today = ({ abandonedToday, answeredToday }: CampaignCounts): Counted => ({ abandoned: abandonedToday, answered: answeredToday, fewest: FEWEST_ANSWERED });

/** 30 days have no first calls of their own: they are judged by their share, unless all their calls are today's. */
export function month({ answeredToday, abandoned30Days, answered30Days }: CampaignCounts): Counted {
  return { abandoned: abandoned30Days, answered: answered30Days, fewest: answered30Days === answeredToday ? FEWEST_ANSWERED : 1 };
}

/** The share that is compared with the limit. */
export const judged = (abandoned: number, answered: number, fewest = FEWEST_ANSWERED) => abandoned / Math.max(answered, fewest);

/** How many abandoned calls the first answered ones permit; null once there are enough to judge by the share. */
export function permittedOfFew(answered: number, perMille: number, fewest = FEWEST_ANSWERED): number | null {
  return answered >= fewest ? null : Math.ceil((perMille * FEWEST_ANSWERED) / 1000) - 1;
}

/** How abandoned calls stand to their limit: `warn` from 80 per cent of it on. */
export function limitTone(abandoned: number, answered: number, perMille: number, fewest = FEWEST_ANSWERED): "off" | "done" | "warn" | "bad" {
  if (answered === 0) return "off";
  if (abandoned === 0) return "done";
  const permitted = perMille * Math.max(answered, fewest);
  if (abandoned * 1000 >= permitted) return "bad";
  return abandoned * 10_000 >= permitted * 8 ? "warn" : "done";
}

/** The worse of today's share and that of 30 days. */
export function worst(counts: CampaignCounts, perMille: number): Counted & { tone: "off" | "done" | "warn" | "bad"; part: number | null } {
  const order = ["off", "done", "warn", "bad"];
  const spans = [today(counts), month(counts)];
  const each = spans.map((span) => ({ ...span, part: share(span.abandoned, span.answered), tone: limitTone(span.abandoned, span.answered, perMille, span.fewest) }));
  return each.reduce((one, other) => (order.indexOf(other.tone) > order.indexOf(one.tone) ? other : one));
}

/** The most characters of a campaign's name that a copy keeps, so that its number has room. */
const STEM = 54;

/** A name for a copy that no other campaign has: «X (2)», or the next free number. */
export function copyName(name: string, names: readonly string[]): string {
  const stem = cutText(name.trim().replace(/ \(\d+\)$/, ""), STEM).trim();
  let n = 2;
  while (names.includes(`${stem} (${n})`)) n += 1;
  return `${stem} (${n})`;
}

export type Act = "pause" | "resume" | "end" | "addNumbers" | "removeNumbers" | "stopSending" | "resumeSending" | "hideCampaign";

const over: CampaignStage[] = ["ended", "finished", "notMade"];

/** Whether an act can be done to a campaign now. */
export function can(act: Act, { campaign, counts, stage }: CampaignView): boolean {
  const done = over.includes(stage) || stage === "ending";
  // Without the platform's id, the task can be neither paused nor ended.
  const task = campaign.taskId !== null && !done;
  // Before there is a task, a pause keeps it from being made.
  const holdable = task || (campaign.task.kind === "none" && !done);
  const held = campaign.holds.some((hold) => hold.reason === "person");
  switch (act) {
    case "pause":
      return holdable && !held && stage !== "pausing";
    case "resume":
      return holdable && held && stage !== "resuming";
    case "end":
      return !done;
    case "addNumbers":
      return task;
    case "removeNumbers":
      return !done;
    case "stopSending":
      return !done && !campaign.sendingStopped && stage !== "stopped" && (stage === "sending" || counts.waiting > 0);
    case "resumeSending":
      return !done && (stage === "stopped" || (campaign.sendingStopped && counts.waiting > 0));
    case "hideCampaign":
      return over.includes(stage);
  }
}

export type ActNote = "choose" | "one" | "over" | "ending" | "noTask" | "addLater" | "paused" | "pauseStays" | "notPaused" | "waits" | "limitHolds" | "breakHolds" | "hoursHold" | "resumeLimit" | "resumeBreak" | "resumeHours" | "allSent" | "notStopped" | "notOver";

/** Holds that Resume does not end, the longest first. */
const OWN_ENDS = [["abandoned", "limitHolds", "resumeLimit"], ["hours", "hoursHold", "resumeHours"], ["teamBreak", "breakHolds", "resumeBreak"]] as const;

/** Why an act cannot be done to a campaign now, or what it does not do; null: nothing of it has to be said. */
export function note(act: Act, view: CampaignView): ActNote | null {
  const { campaign, stage } = view;
  const able = can(act, view);
  const own = OWN_ENDS.find(([reason]) => campaign.holds.some((hold) => hold.reason === reason));
  if (able) return act === "pause" && own ? "pauseStays" : act === "resume" && own ? own[2] : null;
  if (act === "hideCampaign") return "notOver";
  if (over.includes(stage)) return "over";
  if (stage === "ending") return "ending";
  if (act === "addNumbers") return campaign.task.kind === "mayExist" ? "noTask" : "addLater";
  if (act === "stopSending") return "allSent";
  if (act === "resumeSending") return "notStopped";
  if (campaign.taskId === null && campaign.task.kind !== "none") return "noTask";
  const held = campaign.holds.some((hold) => hold.reason === "person");
  if (act === "pause") return held ? "paused" : "waits";
  return own && !held ? own[1] : held ? "waits" : "notPaused";
}

/** What has to be said of an act to these campaigns: nothing if it can be done to one of several. */
export function noteOf(act: Act, chosen: readonly CampaignView[]): ActNote | null {
  if (chosen.length === 0) return "choose";
  if (chosen.length === 1) return note(act, chosen[0]!);
  if (act === "addNumbers" || act === "removeNumbers") return "one";
  return chosen.some((each) => can(act, each)) ? null : note(act, chosen[0]!);
}

/** Nothing is called for it any more. */
export const isOver = ({ stage }: CampaignView) => over.includes(stage);

/** The same intent for each of these campaigns. */
export function forEach(act: Exclude<Act, "addNumbers" | "removeNumbers">, campaigns: readonly CampaignView[]): FloorIntent[] {
  return campaigns.filter((each) => can(act, each)).map((each) => ({ kind: act, campaign: each.campaign.id }));
}

/** How many of a campaign's numbers were sent, even without an answer, of all that are to be sent. */
export function sent(counts: CampaignCounts): { done: number; total: number } {
  const total = counts.waiting + counts.taken + counts.refused + counts.unknown;
  return { done: total - counts.waiting, total };
}

/** How many numbers the platform neither accepted nor named as refused; those that were removed afterwards may hide some. */
export function unaccounted(counts: CampaignCounts, parts: readonly CampaignPart[]): number {
  const accepted = parts.reduce((sum, { state }) => sum + (state.kind === "taken" ? state.accepted : 0), 0);
  return Math.max(0, counts.taken - accepted);
}

/** The part by which the id of a task that may exist can be given after the decision about it. */
export function decidedPart(parts: readonly CampaignPart[]): number | null {
  if (parts.some((part) => part.state.kind === "unknown")) return null;
  return parts.find((part) => part.state.kind === "taken" || part.state.kind === "givenUp")?.number ?? null;
}
