import type { Wish, Ending, HungUpBy, Label, Language, Method, Phone, Place, Problem, SeatState } from "../contract";
import { isolated } from "./format";
import { codes, isOtherCause } from "./codes";
import type { Messages } from "./en";

type Plural = { one: string; other: string };
type Values = Record<string, string | number>;

/** Replaces `{name}` in a text. An unknown name stays in the text, so that the mistake is seen. */
export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => (name in values ? isolated(String(values[name])) : place));
}

/**
 * Keeps one formatter for each set of options. A new one for each use costs 100 kB outside the page's heap, which its garbage
 * collector does not count, and most of the time needed to draw a list.
 */
function once<O, F>(make: (tag: string, options: O) => F): (tag: string, options: O) => F {
  const made = new Map<string, F>();
  return (tag, options) => {
    const key = tag + JSON.stringify(options);
    let format = made.get(key);
    if (format === undefined) made.set(key, (format = make(tag, options)));
    return format;
  };
}

const dates = once((tag, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(tag, options));
const numbers = once((tag, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(tag, options));
const lists = once((tag, options: Intl.ListFormatOptions) => new Intl.ListFormat(tag, options));
const plurals = once((tag, options: Intl.PluralRulesOptions) => new Intl.PluralRules(tag, options));

type File = "en" | "zh";

/** Each language is a file of its own, which is loaded when the language is first chosen. */
const files: Record<File, () => Promise<Messages>> = {
  en: () => import("./en").then(({ en }) => en),
  zh: () => import("./zh").then(({ zh }) => zh),
};
const loaded: Partial<Record<File, Messages>> = {};

/** A BCP 47 language tag. */
function tagOf(chosen: Language): string {
  const system = navigator.languages?.[0] ?? navigator.language ?? "en";
  const chinese = chosen === "chinese" || (chosen === "system" && system.toLowerCase().startsWith("zh"));
  if (chinese) return "zh-CN";
  return chosen === "system" && system.toLowerCase().startsWith("en") ? system : "en";
}

/** The texts in the chosen language, and dates and numbers in its format. */
export class Texts {
  #shown = $state.raw<{ tag: string; t: Messages } | null>(null);
  #wanted: Language | null = null;

  /** Whether a language is loaded; before that, no text can be shown. */
  get ready(): boolean {
    return this.#shown !== null;
  }

  /**
   * Shows this language: at once if it is loaded, otherwise when it is. Rejects if it cannot be loaded; then the shown language stays,
   * and if there is none, the other one is shown.
   */
  async choose(language: Language): Promise<void> {
    if (language === this.#wanted) return;
    this.#wanted = language;
    const tag = tagOf(language);
    try {
      await this.#show(tag, language);
    } catch (error) {
      // The first language is tried again with the next snapshot.
      if (!this.ready) this.#wanted = null;
      if (!this.ready) await this.#show(tag === "zh-CN" ? "en" : "zh-CN", null);
      throw error;
    }
  }

  async #show(tag: string, language: Language | null): Promise<void> {
    const file = tag === "zh-CN" ? "zh" : "en";
    const t = loaded[file] ?? (loaded[file] = await files[file]());
    // Another language was chosen meanwhile.
    if (language === this.#wanted) this.#shown = { tag, t };
  }

  get tag(): string {
    return this.#current.tag;
  }

  get t(): Messages {
    return this.#current.t;
  }

  get #current() {
    if (this.#shown === null) throw new Error("no language yet");
    return this.#shown;
  }

  plural(forms: Plural, count: number, values: Values = {}): string {
    const form = plurals(this.tag, {}).select(count) === "one" ? forms.one : forms.other;
    return fill(form, { count: this.number(count), ...values });
  }

  number(value: number): string {
    return numbers(this.tag, {}).format(value);
  }

  percent(part: number): string {
    return numbers(this.tag, { style: "percent" }).format(part);
  }

  date(at: number): string {
    return dates(this.tag, { dateStyle: "medium" }).format(at);
  }

  /** Hours and minutes; with the date if it is not today. */
  time(at: number, now: number): string {
    const day = new Date(at).toDateString() === new Date(now).toDateString();
    const options: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    return dates(this.tag, day ? options : { month: "short", day: "numeric", ...options }).format(at);
  }

  /** With the date, without seconds. */
  dayAndTime(at: number): string {
    return dates(this.tag, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" }).format(at);
  }

  /** With the date and seconds. */
  moment(at: number): string {
    return dates(this.tag, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" }).format(at);
  }

  /** The platform's local time, in its time zone if that is known, otherwise `platformOffset` minutes east of UTC. */
  platformTime(at: number, { platformOffset: offset, platformZone }: Pick<Place, "platformOffset" | "platformZone">): string {
    if (platformZone !== null) {
      const time = dates(this.tag, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23", timeZone: platformZone }).format(at);
      return fill(this.t.log.platformTime, { time, zone: platformZone });
    }
    const time = dates(this.tag, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23", timeZone: "UTC" }).format(at + offset * 60_000);
    const two = (n: number) => String(n).padStart(2, "0");
    const zone = `UTC${offset < 0 ? "−" : "+"}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
    return fill(this.t.log.platformTime, { time, zone });
  }

  range(since: number, until: number): string {
    return dates(this.tag, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).formatRange(since, until);
  }

  /** A day's heading, with the year if it is not this year; a range of days if it spans more than one day. */
  day(since: number, until: number, now: number): string {
    const year = new Date(since).getFullYear() === new Date(now).getFullYear() ? undefined : "numeric";
    const format = dates(this.tag, { weekday: "long", day: "numeric", month: "long", year });
    return until - since > 26 * 3_600_000 ? format.formatRange(since, until - 1) : format.format(since);
  }

  /** Hours and minutes without the date. */
  hour(at: number): string {
    return dates(this.tag, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
  }

  /** Hours, minutes and seconds. */
  exactTime(at: number): string {
    return dates(this.tag, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(at);
  }

  /** Weekday and date, short. */
  weekday(at: number): string {
    return dates(this.tag, { weekday: "short", month: "short", day: "numeric" }).format(at);
  }

  /** A size: «640 kB», «95 MB», «1.2 GB». */
  bytes(count: number): string {
    const [value, unit] =
      count < 1e6 ? [count / 1e3, "kilobyte"] : count < 1e9 ? [count / 1e6, "megabyte"] : [count / 1e9, "gigabyte"];
    const digits = unit === "gigabyte" ? 1 : 0;
    return this.#measure(value as number, unit as string, { maximumFractionDigits: digits });
  }

  list(items: string[]): string {
    return lists(this.tag, { type: "conjunction" }).format(items);
  }

  /** Joins sentences. The Chinese full stop includes its space. */
  sentences(all: string[]): string {
    return all.join(this.tag === "zh-CN" ? "" : " ");
  }

  /** A number with its unit; a Chinese unit has a space before it, as in all texts. */
  #measure(value: number, unit: string, options: Intl.NumberFormatOptions = {}): string {
    const words = numbers(this.tag, { style: "unit", unit, unitDisplay: "short", ...options }).format(value);
    return words.replace(/(\d)(?=\p{Script=Han})/u, "$1 ");
  }

  minutes(count: number): string {
    return this.#measure(count, "minute");
  }

  seconds(count: number): string {
    return this.#measure(count, "second", { unitDisplay: "narrow" });
  }

  /** «< 1 min», «4 min», «3 hr 4 min»: for a state that lasts. */
  lasting(ms: number): string {
    const [hours, minutes] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60];
    if (ms < 60_000) return fill(this.t.under, { time: this.minutes(1) });
    return [hours > 0 && this.#measure(hours, "hour"), minutes > 0 && this.minutes(minutes)].filter(Boolean).join(" ");
  }

  /** A short age: «12 sec», «4 min», «3 hr». */
  age(ms: number): string {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    const [value, unit] =
      seconds < 60 ? [seconds, "second"] : seconds < 3600 ? [Math.floor(seconds / 60), "minute"] : [Math.floor(seconds / 3600), "hour"];
    return this.#measure(value as number, unit as string);
  }

  /** A short duration, for delays that are close to zero: «84 ms», «0.2 sec», «4 min». */
  span(ms: number): string {
    if (ms >= 60_000) return this.age(ms);
    const [value, unit] = ms < 100 ? [ms, "millisecond"] : [ms / 1000, "second"];
    return this.#measure(value as number, unit as string, { maximumFractionDigits: 1 });
  }

  label(label: Label, reason: string | null, phone: Phone): string {
    if (label === "phoneNotReady" && phone !== "unknown" && phone !== "ready") return this.t.phones[phone];
    const word = this.t.labels[label];
    return reason ? `${word} · ${this.reason(reason)}` : word;
  }

  /** Translates built-in reasons; an administrator's reasons are shown as written. */
  reason(reason: string): string {
    return this.t.reasons[reason] ?? reason;
  }

  wish(wish: Wish): string {
    if (wish.kind === "available") return this.t.labels.available;
    return this.label(wish.reason ? "break" : "busy", wish.reason, "ready");
  }

  /** The texts of a problem, for ProblemText. */
  problem({ code, detail, number }: Problem) {
    const [what, means] = this.t.problems[code];
    return { what, means, details: this.t.signIn.details, code: number === undefined ? null : this.code(number), detail };
  }

  /**
   * The meaning of one of the platform's codes. A code outside its tables is shown as a number (N7), with the meaning of its range if
   * that is known (P4).
   */
  code(number: number): string {
    if (isOtherCause(number)) return fill(this.t.otherCause, { code: number });
    return codes[number]?.[this.tag === "zh-CN" ? 1 : 0] ?? fill(this.t.code, { code: number });
  }

  method(method: Method): string {
    return method.kind === "other" ? fill(this.t.methods.other, { code: method.code }) : this.t.methods[method.kind];
  }

  seat(seat: SeatState): string {
    return seat.kind === "other" ? this.code(seat.code) : this.t.seats[seat.kind];
  }

  ending(ending: Ending | null, by: HungUpBy | null): string {
    const how = ending === null ? "" : ending.kind === "other" ? this.code(ending.code) : this.t.endings[ending.kind];
    const who = by === null ? "" : by.kind === "other" ? fill(this.t.hungUpBy.other, { what: this.code(by.code) }) : this.t.hungUpBy[by.kind];
    // «ended normally» adds nothing to who hung up.
    const words = ending?.kind === "normal" && who ? [who] : [how, who];
    return words.filter(Boolean).join(" · ");
  }
}
