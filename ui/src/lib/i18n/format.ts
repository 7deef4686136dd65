import type { Call } from "../contract";

/** Control characters, and characters that change the direction of writing: the same that `clean` of the core removes. */
// eslint-disable-next-line no-control-regex
const HARMFUL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|[\ud802\ud803\ud83a\ud83b][\udc00-\udfff]/;

/** A text of another system, without the characters that change how the rest is shown. */
export function plain(text: string): string {
  return text.replace(HARMFUL, "");
}

/**
 * The same inside a sentence, isolated so that its direction does not affect the sentence. Where a text has its own element, `bdi`
 * does this.
 */
export function isolated(text: string): string {
  const shown = plain(text);
  return RIGHT_TO_LEFT.test(shown) ? `\u2068${shown}\u2069` : shown;
}

/** The country codes of two digits. Those that begin with 1 or 7 have one digit, all others three. */
const TWO = /^(2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

/** In groups of four from the end. */
function grouped(digits: string): string {
  if (digits.length < 7) return digits;
  const groups: string[] = [];
  for (let end = digits.length; end > 0; end -= 4) groups.unshift(digits.slice(Math.max(0, end - 4), end));
  // A single first digit is hard to read: 1 3387 5257 becomes 13387 5257.
  if (groups[0]!.length === 1) groups.splice(0, 2, groups[0]! + groups[1]!);
  return groups.join(" ");
}

/**
 * A phone number in groups of four from the end, after the country code if it has one, as in the tray and in notifications (`texts.rs`).
 * Only for reading: a copy is not grouped.
 */
export function groupNumber(raw: string): string {
  const number = plain(raw);
  if (!/^\+?\d{7,}$/.test(number)) return number;
  const abroad = /^(\+|00(?=[1-9]\d{6}))([1-9]\d*)$/.exec(number);
  // Chinese mobile numbers also stand with 86 alone.
  const mark = abroad ? abroad[1]! : "";
  const digits = abroad ? abroad[2]! : number;
  if (!abroad && !/^861[3-9]\d{9}$/.test(digits)) return number.startsWith("+") ? `+${grouped(number.slice(1))}` : grouped(number);
  const code = /^[17]/.test(digits) ? 1 : TWO.test(digits) ? 2 : 3;
  return `${mark}${digits.slice(0, code)} ${grouped(digits.slice(code))}`;
}

/** A duration: 0:07, 3:12, 1:02:45. */
export function clock(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** For how long the agent's phone rang and for how long they talked, in milliseconds; null if it did not happen or is unknown. */
export function lengths(call: Call): { rung: number | null; talked: number | null } {
  const end = call.answeredAt ?? call.endedAt;
  const rung = call.rangAt === null || end === null ? null : Math.max(0, end - call.rangAt);
  if (call.answeredAt === null) return { rung, talked: null };
  const seen = call.endedAt === null ? null : call.endedAt - call.answeredAt;
  return { rung, talked: call.talkedSeconds === null ? seen : call.talkedSeconds * 1000 };
}
