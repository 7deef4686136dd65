import type { Dialled, ImportView, NumberDoubt, PreviewRow, ReadRow, RowRefusal, SheetCheck, SheetError, SheetLayout, SheetPreview } from "../lib/contract";

/** A plain reader of text files, so that the wizard can be tried without Rust. The rules for numbers are the core's; these are a few of them. */
export class MemoryImport {
  readonly name: string;
  readonly size: number;
  text = "";
  view: ImportView;
  /** The error of the reading, if a scenario wants one. */
  error: SheetError | null = null;
  #bytes: number[] = [];
  #layout: SheetLayout | null = null;

  constructor(name: string, size: number) {
    this.name = name;
    this.size = size;
    this.view = { kind: "receiving", bytes: 0 };
  }

  /** Customers whose data are known. Each has an employee, as far as it has an id. */
  static known(name: string, calls: Pick<Dialled, "phone" | "customerId">[]): MemoryImport {
    const known = new MemoryImport(name, 0);
    known.text = calls.map(({ phone, customerId }) => [phone, customerId, customerId && "801", "", "", ""].join()).join("\n");
    known.#layout = { format: "known", encoding: null, separator: ",", sheet: null, hasHeader: false, columns: ["number", "customer", "employee", "member", "maturity", "presetTime"], answers: [] };
    known.view = { kind: "received" };
    return known;
  }

  take(piece: string): void {
    for (const char of atob(piece)) this.#bytes.push(char.charCodeAt(0));
    const done = this.#bytes.length >= this.size;
    this.view = done ? { kind: "received" } : { kind: "receiving", bytes: this.#bytes.length };
    if (done) this.text = new TextDecoder().decode(new Uint8Array(this.#bytes));
  }

  preview(layout: SheetLayout | null): { Ok: SheetPreview } | { Err: SheetError } {
    if (this.error !== null) return { Err: this.error };
    if (this.text.trim() === "") return { Err: "empty" };
    const used = layout ?? this.#layout ?? this.#guess();
    const lines = this.#lines(used);
    const seen = new Set<string>();
    const rows = lines.slice(used.hasHeader ? 1 : 0, used.hasHeader ? 101 : 100).map((cells, n): PreviewRow => ({ row: n + (used.hasHeader ? 2 : 1), cells, read: once(read(cells, used), seen) }));
    return { Ok: { layout: used, titles: used.hasHeader ? (lines[0] ?? []) : [], sheets: [], rows, columnsCut: false } };
  }

  check(layout: SheetLayout): SheetCheck {
    const refused = new Map<RowRefusal, number>();
    const doubts = new Map<NumberDoubt, { rows: number; sample: string; proposal: string }>();
    const seen = new Set<string>();
    const check: SheetCheck = { rows: 0, good: 0, repaired: 0, refused: [], doubts: [] };
    for (const cells of this.#lines(layout).slice(layout.hasHeader ? 1 : 0)) {
      const asked = read(cells, { ...layout, answers: [] });
      if (asked.kind === "doubtful") doubts.set(asked.doubt, { sample: asked.text, proposal: asked.proposal, ...doubts.get(asked.doubt), rows: (doubts.get(asked.doubt)?.rows ?? 0) + 1 });
      const row = once(read(cells, layout), seen);
      check.rows += 1;
      if (row.kind === "refused") refused.set(row.reason, (refused.get(row.reason) ?? 0) + 1);
      else if (row.kind === "good") {
        check.good += 1;
        if (row.repaired) check.repaired += 1;
      }
    }
    return { ...check, refused: [...refused], doubts: [...doubts].map(([doubt, found]) => ({ doubt, answers: doubt === "twoNumbers" ? ["repair", "both", "leaveOut"] : ["repair", "leaveOut"], ...found })) };
  }

  #guess(): SheetLayout {
    const [first = ""] = this.text.split("\n");
    const separator = [",", ";", "\t"].find((each) => first.includes(each)) ?? null;
    const titles = separator === null ? [first] : first.split(separator);
    const hasHeader = !/\d{5}/.test(first);
    const found = Math.max(0, titles.findIndex((title) => /phone|number|号码|电话/i.test(title)));
    const customer = titles.findIndex((title, n) => n !== found && /customer|客户/i.test(title));
    const columns = titles.map((_, n) => (n === found ? ("number" as const) : n === customer ? ("customer" as const) : null));
    return { format: "text", encoding: "utf-8", separator, sheet: null, hasHeader, columns, answers: [] };
  }

  #lines(layout: SheetLayout): string[][] {
    const lines = this.text.split(/\r?\n/).filter((line) => line.trim() !== "");
    return lines.map((line) => (layout.separator === null ? [line] : line.split(layout.separator)));
  }
}

/** A row whose number an earlier row has is left out. */
function once(row: ReadRow, seen: Set<string>): ReadRow {
  if (row.kind !== "good") return row;
  const { phone } = row.customer;
  if (seen.has(phone)) return { kind: "refused", reason: "duplicate", text: phone };
  seen.add(phone);
  return row;
}

function read(cells: string[], layout: SheetLayout): ReadRow {
  const text = (cells[layout.columns.indexOf("number")] ?? "").trim();
  const answer = (doubt: NumberDoubt) => layout.answers.find(([each]) => each === doubt)?.[1];
  const good = (phone: string, repaired: boolean): ReadRow => ({ kind: "good", customer: { phone, at: null, agentId: "", memberId: "", customerId: cells[layout.columns.indexOf("customer")] ?? "", maturity: "" }, repaired });
  if (text === "") return { kind: "refused", reason: "empty", text };
  const two = /^(\d{7,})\s*[/;]\s*(\d{7,})$/.exec(text);
  const short = /^(\d)\.(\d{1,5})E\+(\d\d)$/.exec(text);
  const letters = !short && /[a-z]/i.test(text) && /\d{7,}/.exec(text.replace(/\s/g, ""));
  const doubt: NumberDoubt | null = two ? "twoNumbers" : short ? "exponent" : letters ? "letters" : null;
  const proposal = two?.[1] ?? (short ? `${short[1]}${short[2]}`.padEnd(Number(short[3]) + 1, "0") : letters ? letters[0] : "");
  if (doubt !== null) {
    const said = answer(doubt);
    if (said === undefined) return { kind: "doubtful", doubt, text, proposal };
    return said === "leaveOut" ? { kind: "refused", reason: "leftOut", text } : good(proposal, true);
  }
  const digits = text.replace(/[\s'()-]/g, "");
  return /^\d{3,20}$/.test(digits) ? good(digits, digits !== text) : { kind: "refused", reason: "invalid", text };
}
