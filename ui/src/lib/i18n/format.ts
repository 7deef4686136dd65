import type { Call } from "../contract";

/** Controls, and the marks that change the direction of writing: `clean` of the core takes the same ones away. */
// eslint-disable-next-line no-control-regex
const HARMFUL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|[\ud802\ud803\ud83a\ud83b][\udc00-\udfff]/;

/** Text of other systems without what would change how the rest is shown. */
export function plain(text: string): string {
  return text.replace(HARMFUL, "");
}

/** The same within a sentence, whose direction it leaves alone; where there are elements, `bdi` does that. */
export function isolated(text: string): string {
  const shown = plain(text);
  return RIGHT_TO_LEFT.test(shown) ? `\u2068${shown}\u2069` : shown;
}

/** Phone numbers grouped for reading; copied raw. Groups of four from the end, in the windows as in tray and notifications (`texts.rs`). */
export function groupNumber(raw: string): string {
  const number = plain(raw);
  if (!/^\+?\d{7,}$/.test(number)) return number;
  const plus = number.startsWith("+") ? "+" : "";
  const digits = plus ? number.slice(1) : number;
  const groups: string[] = [];
  for (let end = digits.length; end > 0; end -= 4) groups.unshift(digits.slice(Math.max(0, end - 4), end));
  // A lone first digit reads badly: 1 3387 5257 → 13387 5257.
  if (groups.length > 1 && groups[0]!.length === 1) groups.splice(0, 2, groups[0]! + groups[1]!);
  return plus + groups.join(" ");
}

/** 0:07, 3:12, 1:02:45. */
export function clock(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** How long the agent's phone rang and how long was talked, in milliseconds; null where it did not, or is not known. */
export function lengths(call: Call): { rung: number | null; talked: number | null } {
  const end = call.answeredAt ?? call.endedAt;
  const rung = call.rangAt === null || end === null ? null : Math.max(0, end - call.rangAt);
  if (call.answeredAt === null) return { rung, talked: null };
  const seen = call.endedAt === null ? null : call.endedAt - call.answeredAt;
  return { rung, talked: call.talkedSeconds === null ? seen : call.talkedSeconds * 1000 };
}
