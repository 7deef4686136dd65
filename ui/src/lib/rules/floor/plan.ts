import type { CallingHours, CampaignPlan, CheckRules, QueueSettings } from "../../contract";

/** What a campaign gets unless a supervisor chooses otherwise: office hours, three attempts a day, three per cent. */
export function usualPlan(): CampaignPlan {
  return {
    name: "",
    target: { kind: "queue", name: "" },
    agents: 1,
    calls: 1,
    displayNumbers: [],
    limits: { hours: { days: [1, 2, 3, 4, 5], from: 540, to: 1080 }, attemptsPerDay: 3, attemptsInAll: null, abandonedPerMille: 30, pauseAtLimit: true },
  };
}

export type PlanFault = "target" | "ratio" | "displayNumbers" | "days" | "hours" | "attempts" | "limit";

const whole = (value: number, from: number, to: number) => Number.isInteger(value) && value >= from && value <= to;

/** What must be corrected before the campaign can be started. */
export function faults(plan: CampaignPlan): PlanFault[] {
  const { hours, attemptsPerDay, attemptsInAll, abandonedPerMille } = plan.limits;
  const attempt = (value: number | null) => value === null || whole(value, 1, 1000);
  const found: [PlanFault, boolean][] = [
    ["target", plan.target.name === ""],
    ["ratio", !whole(plan.agents, 1, 100) || !whole(plan.calls, 1, 100)],
    ["displayNumbers", plan.displayNumbers.some((number) => !/^\d{3,20}$/.test(number))],
    ["days", hours !== null && hours.days.length === 0],
    ["hours", hours !== null && !(whole(hours.from, 0, 1439) && whole(hours.to, 1, 1440) && hours.from < hours.to)],
    ["attempts", !attempt(attemptsPerDay) || !attempt(attemptsInAll)],
    ["limit", !whole(abandonedPerMille, 1, 1000)],
  ];
  return found.filter(([, wrong]) => wrong).map(([fault]) => fault);
}

/** Numbers from a text, separated by anything that is not part of a number. */
export function listed(text: string): string[] {
  return [...new Set(text.split(/[\s,;，；、]+/).filter((part) => part !== ""))];
}

/** Digits of a number that can be on the do-not-call list; the shell has the same limits. */
const LISTED = { least: 3, most: 20 };

/**
 * How many lines of a do-not-call list have a number, and which have none. A first line without a digit is one of titles if others follow.
 * The shell decides: a line with enough digits may still be none.
 */
export function listLines(text: string): { numbers: number; unreadable: { n: number; text: string }[] } {
  const lines = text.split(/\r?\n/).map((line, n) => ({ n: n + 1, text: line.trim() })).filter((line) => line.text !== "");
  const digits = (field: string) => field.normalize("NFKC").replace(/\D/g, "").length;
  const bare = lines.filter((line) => !line.text.split(/[,;\t]/).some((field) => digits(field) >= LISTED.least && digits(field) <= LISTED.most));
  const isTitle = (line: { text: string }) => line === lines[0] && lines.length > 1 && digits(line.text) === 0;
  return { numbers: lines.length - bare.length, unreadable: bare.filter((line) => !isTitle(line)) };
}

/** «09:00» from minutes after midnight; 1440 is «24:00», and a time that was not understood is empty. */
export function clockOf(minutes: number): string {
  if (Number.isNaN(minutes)) return "";
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** Minutes after midnight from «09:00»; NaN if it is no time. */
export function minutesOf(text: string): number {
  const found = /^(\d{1,2}):(\d{2})$/.exec(text.trim());
  const [hours, minutes] = [Number(found?.[1]), Number(found?.[2])];
  return found === null || minutes > 59 || hours * 60 + minutes > 1440 ? NaN : hours * 60 + minutes;
}

/** Whether calls may be made at a moment, by the platform's clock. */
export function within(hours: CallingHours | null, now: number, platformUtcMinutes: number): boolean {
  if (hours === null) return true;
  const there = new Date(now + platformUtcMinutes * 60_000);
  const day = ((there.getUTCDay() + 6) % 7) + 1;
  const minute = there.getUTCHours() * 60 + there.getUTCMinutes();
  return hours.days.includes(day) && minute >= hours.from && minute < hours.to;
}

/** Whether a check made with these rules still holds: only the attempts concern the rows. */
export function sameCheck(one: CheckRules, other: CheckRules): boolean {
  const what = ({ limits, campaign }: CheckRules) => JSON.stringify([limits.attemptsPerDay, limits.attemptsInAll, campaign]);
  return what(one) === what(other);
}

/** The platform's own values for a new queue, from its documentation. */
export const usualQueue: QueueSettings = {
  remark: "",
  strategy: { kind: "longestIdle" },
  announceEvery: 30,
  ringSeconds: 30,
  longestWait: 0,
  waitWithoutAgent: 0,
  rejoinAfter: 5,
  discardAfter: 90,
};

export const TIMES = ["announceEvery", "ringSeconds", "longestWait", "waitWithoutAgent", "rejoinAfter", "discardAfter"] as const;

export const STRATEGIES = ["longestIdle", "leastTalked", "all", "roundRobin", "inOrder", "random", "leastAnswered", "priority"] as const;
