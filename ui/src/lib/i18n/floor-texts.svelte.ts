import type { CallingHours, ChangeProgress, CampaignLimits, FloorAgent, IdleCause, QueueStrategy, SheetCheck, CampaignPlan, SupervisorPlace, Target } from "../contract";
import { FEWEST_ANSWERED, permittedOfFew } from "../rules/floor/campaigns";
import { clockOf } from "../rules/floor/plan";
import { floorEn, type FloorMessages } from "./floor-en";
import { floorZh } from "./floor-zh";
import { groupNumber } from "./format";
import { fill, Texts } from "./texts.svelte";

/** The texts of the supervisor's window: those that all windows share (`t`), and its own (`f`). */
export class FloorTexts extends Texts {
  get f(): FloorMessages {
    return this.tag === "zh-CN" ? floorZh : floorEn;
  }

  target(target: Target): string {
    return fill(this.f.targets[target.kind], { name: target.name });
  }

  /** A share in per cent, with one decimal. */
  share(part: number | null): string {
    return part === null ? this.f.none : `${this.number(Math.round(part * 1000) / 10)}${this.f.percent}`;
  }

  /** «Mon–Fri, 09:00–18:00»: days in a row are a range. */
  hours(hours: CallingHours | null): string {
    if (hours === null) return this.f.hours.always;
    const days = [...hours.days].sort();
    const runs: number[][] = [];
    for (const day of days) {
      const run = runs.at(-1);
      if (run?.at(-1) === day - 1) run.push(day);
      else runs.push([day]);
    }
    const name = (day: number) => this.f.days[day - 1]!;
    const named = runs.flatMap((run) => (run.length > 2 ? [fill(this.f.hours.range, { from: name(run[0]!), to: name(run.at(-1)!) })] : run.map(name)));
    return fill(this.f.hours.daysAndTimes, { days: this.list(named), from: clockOf(hours.from), to: clockOf(hours.to) });
  }

  /** The platform's zone as «UTC+08:00». */
  zone(minutes: number): string {
    return `UTC${minutes < 0 ? "−" : "+"}${clockOf(Math.abs(minutes))}`;
  }

  /** A moment in full: by this computer's clock, and by the platform's. */
  moments(at: number, { platformUtcMinutes }: SupervisorPlace): string {
    return `${this.moment(at)}\n${this.platformTime(at, { platformOffset: platformUtcMinutes, platformZone: null })}`;
  }

  /** The wallboard's clock; where the platform's zone is another one, its time too, since the board counts by it. */
  boardClock(at: number, { platformUtcMinutes }: SupervisorPlace): string {
    const here = this.hour(at);
    if (-new Date(at).getTimezoneOffset() === platformUtcMinutes) return here;
    const there = clockOf((((Math.floor(at / 60_000) + platformUtcMinutes) % 1440) + 1440) % 1440);
    return fill(this.f.board.clocks, { here, there, zone: this.zone(platformUtcMinutes) });
  }

  /** The state of a group member's call; a word that is not known stays the platform's. */
  memberCall(word: string): string {
    return this.f.groups.calls[word.toLowerCase()] ?? word;
  }

  /** The details of an entry in the ledger: Rust stores keys and the platform's codes. */
  detail(text: string): string {
    const { details } = this.f.ledger;
    const known = details.words[text];
    if (known !== undefined) return known;
    const part = /^part (\d+)(?:: (.*))?$/s.exec(text);
    if (part) return [fill(this.f.parts.part, { n: Number(part[1]) + 1 }), ...(part[2] ? [this.detail(part[2])] : [])].join(" · ");
    const count = /^(do-not-call list: )?(\d+) (numbers|minutes)$/.exec(text);
    if (count) return this.plural(count[1] ? details.doNotCall : count[3] === "numbers" ? details.numbers : details.minutes, Number(count[2]));
    const code = /^(?:ret|code) (\d+): (.*)$/s.exec(text);
    if (code) return [...new Set([this.code(Number(code[1])), fill(this.t.code, { code: code[1]! }), code[2]!])].filter(Boolean).join(" · ");
    return text;
  }

  strategy(strategy: QueueStrategy): string {
    return strategy.kind === "other" ? fill(this.f.strategies.other, { code: strategy.code }) : this.f.strategies[strategy.kind];
  }

  agentState({ state, phone }: FloorAgent): string {
    return phone === "notRegistered" || phone === "disabled" || phone === "notFound" ? `${this.seat(state)} · ${this.t.phones[phone]}` : this.seat(state);
  }

  /** The progress of a change: what was asked for, and what is known of it. */
  change(order: string, progress: ChangeProgress): string {
    if (progress.kind === "failed") return fill(this.f.changes.failed, { order, why: this.problem(progress.problem).what });
    return fill(this.f.changes[progress.kind], { order });
  }

  /** Why a campaign does not dial, in one sentence, and what to do about it. */
  cause(cause: IdleCause, now: number): [string, string] {
    if (cause.kind === "problem") {
      const { what, means } = this.problem(cause);
      return [what, means];
    }
    const [what, means] = this.f.causes[cause.kind];
    const count = "agents" in cause ? cause.agents : "numbers" in cause ? cause.numbers : 0;
    const age = "readAt" in cause ? this.age(now - cause.readAt) : "";
    return [fill(what, { count: this.number(count), age }), means];
  }

  /** The rule for a day's first answered calls, with the number of abandoned ones that the limit permits. */
  early({ abandonedPerMille }: CampaignLimits): string {
    return this.plural(this.f.limits.early, permittedOfFew(0, abandonedPerMille) ?? 0, { first: this.number(FEWEST_ANSWERED) });
  }

  /** In words what will happen when the one button is pressed. */
  summary(plan: CampaignPlan, check: SheetCheck, platformUtcMinutes: number, nowWithin: boolean): string[] {
    const { f } = this;
    const { limits } = plan;
    const parts = Math.ceil(check.good / 10_000);
    const attempts = [
      limits.attemptsPerDay !== null && this.plural(f.summary.perDay, limits.attemptsPerDay),
      limits.attemptsInAll !== null && this.plural(f.summary.inAll, limits.attemptsInAll),
    ].filter((each) => each !== false);
    return [
      parts > 1 ? this.plural(f.summary.numbersInParts, check.good, { parts: this.number(parts) }) : this.plural(f.summary.numbers, check.good),
      fill(f.summary.target, { target: this.target(plan.target) }),
      fill(f.summary.ratio, { agents: plan.agents, calls: plan.calls }),
      plan.displayNumbers.length > 0 ? fill(f.summary.shown, { numbers: this.list(plan.displayNumbers.map(groupNumber)) }) : f.summary.anyShown,
      limits.hours === null ? f.summary.atAllTimes : fill(f.summary.hours, { hours: this.hours(limits.hours), zone: this.zone(platformUtcMinutes) }),
      nowWithin ? f.summary.atOnce : f.summary.later,
      ...(attempts.length > 0 ? [fill(f.summary.attempts, { attempts: this.list(attempts) })] : [f.summary.noAttempts]),
      this.sentences([fill(limits.pauseAtLimit ? f.summary.pauses : f.summary.warns, { limit: this.share(limits.abandonedPerMille / 1000) }), this.early(limits)]),
    ];
  }
}
