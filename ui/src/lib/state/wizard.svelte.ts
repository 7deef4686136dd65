import type { CampaignId, CampaignLimits, CampaignPlan, CheckRules, Column, DoubtAnswer, ImportView, NumberDoubt, Problem, RefusedWords, SheetCheck, SheetError, SheetLayout, SheetPreview } from "../contract";
import { problemOf } from "../host/types";
import { cutText } from "../rules/cut";
import { faults, sameCheck, usualPlan } from "../rules/floor/plan";
import { PIECE, send } from "../rules/floor/upload";
import type { FloorSession } from "./floor.svelte";

export type Purpose =
  | { kind: "new" }
  /** `of`: the name of the campaign that is copied; `unreached`: its id, if its customers that no agent reached are copied too. */
  | { kind: "copy"; of: string; plan: CampaignPlan; unreached: CampaignId | null }
  | { kind: "add"; campaign: CampaignId; name: string; limits: CampaignLimits }
  | { kind: "rescue"; calls: string[]; name: string };

export type Step = "numbers" | "columns" | "plan" | "start";

/** The most characters of a campaign's name. */
const NAME = 60;

/** A campaign in the making: its file, how the file is read, the plan, and the check of the rows. */
export class Wizard {
  readonly purpose: Purpose;
  step = $state<Step>("numbers");
  plan = $state<CampaignPlan>(usualPlan());
  /** The import's number at the shell; null: no file was taken. */
  id = $state<number | null>(null);
  name = $state("");
  /** The text of the field for numbers. */
  pasted = $state("");
  /** Bytes that the shell has taken, and all; null: nothing is being sent. */
  sending = $state.raw<{ done: number; total: number } | null>(null);
  preview = $state.raw<SheetPreview | null>(null);
  looking = $state(false);
  /** The layout that a person chose last, while the first rows are looked at in it. */
  #wanted = $state.raw<SheetLayout | null>(null);
  sheetError = $state.raw<{ error: SheetError; detail: string } | null>(null);
  problem = $state.raw<Problem | null>(null);
  starting = $state(false);
  /** Where the refused rows were saved. */
  saved = $state("");
  /** The layout and the rules of the running or last check. */
  #checked = $state.raw<{ layout: SheetLayout; rules: CheckRules } | null>(null);
  /** The view that was there before the check began; it says nothing about it. */
  #before: ImportView | undefined;
  readonly #session: FloorSession;
  /** Answers to requests of an earlier turn are dropped. */
  #turn = 0;

  constructor(session: FloorSession, purpose: Purpose) {
    this.#session = session;
    this.purpose = purpose;
    if (purpose.kind === "copy") this.plan = structuredClone(purpose.plan);
    if (purpose.kind === "copy" && purpose.unreached !== null) {
      const { of, unreached } = purpose;
      void this.#takeKnown(of, () => session.host.importUnreached(of, unreached));
    }
    if (purpose.kind === "rescue") void this.#takeKnown(purpose.name, () => session.host.importCalls(purpose.name, purpose.calls));
  }

  /** The numbers came from Ringside, with their data: neither a file nor its columns are chosen. */
  get known(): boolean {
    return this.purpose.kind === "rescue" || (this.purpose.kind === "copy" && this.purpose.unreached !== null);
  }

  get steps(): Step[] {
    if (this.known) return ["columns", "plan", "start"];
    return this.purpose.kind === "add" ? ["numbers", "columns", "start"] : ["numbers", "columns", "plan", "start"];
  }

  /** The steps that can be shown now. */
  reachable(step: Step): boolean {
    if (step === this.steps[0]) return true;
    if (this.preview === null || this.sending !== null) return false;
    if (step === "columns") return true;
    const columns = this.preview.layout.columns.includes("number");
    return step === "plan" ? columns : columns && (this.purpose.kind === "add" || faults(this.plan).length === 0);
  }

  go(step: Step): void {
    if (!this.reachable(step)) return;
    this.step = step;
    if (step === "start") void this.#check();
  }

  get rules(): CheckRules {
    if (this.purpose.kind === "add") return { limits: this.purpose.limits, campaign: this.purpose.campaign };
    return { limits: $state.snapshot(this.plan).limits, campaign: null };
  }

  /** The running or finished check; undefined while nothing is known of it. */
  get progress(): ImportView | undefined {
    if (this.id === null || this.#checked === null) return undefined;
    const view = this.#session.topic({ kind: "import", import: this.id });
    return view === this.#before ? undefined : view;
  }

  get check(): SheetCheck | null {
    return this.progress?.kind === "checked" ? this.progress.check : null;
  }

  /** Takes a file, in pieces. */
  async take(file: Blob, name: string): Promise<void> {
    const turn = this.#begin();
    const { host } = this.#session;
    this.name = name;
    this.sending = { done: 0, total: file.size };
    await this.#try(turn, async () => {
      const id = await host.importBegin(name, file.size);
      if (turn !== this.#turn) return void host.importDrop(id);
      this.id = id;
      const whole = await send(
        file,
        async (piece) => {
          await host.importPiece(id, piece);
          if (turn === this.#turn) this.sending = { done: Math.min(file.size, (this.sending?.done ?? 0) + PIECE), total: file.size };
        },
        () => turn !== this.#turn,
      );
      if (!whole) return;
      await this.#look(null, turn);
      if (turn !== this.#turn || this.preview === null) return;
      if (this.plan.name === "" && name !== "") this.plan.name = cutText(name.replace(/\.[^.]*$/, ""), NAME);
      this.sending = null;
      this.go("columns");
    });
    if (turn === this.#turn) this.sending = null;
  }

  /** Takes numbers that Ringside has. */
  async #takeKnown(name: string, begin: () => Promise<number>): Promise<void> {
    const turn = this.#begin();
    [this.name, this.step] = [name, "columns"];
    if (this.plan.name === "") this.plan.name = cutText(name, NAME);
    await this.#try(turn, async () => {
      const id = await begin();
      if (turn !== this.#turn) return void this.#session.host.importDrop(id);
      this.id = id;
      await this.#look(null, turn);
    });
  }

  stop(): void {
    this.#begin();
    this.sending = null;
    this.step = "numbers";
  }

  /** Reads the first rows again in another way. */
  async layout(part: Partial<SheetLayout>): Promise<void> {
    if (this.preview === null) return;
    const turn = this.#turn;
    const layout = { ...(this.#wanted ?? this.preview.layout), ...part };
    this.#wanted = layout;
    await this.#try(turn, () => this.#look(layout, turn));
  }

  /** Gives a column a meaning. A meaning belongs to one column: it is taken from any other. */
  async mean(column: number, meaning: Column | null): Promise<void> {
    const columns = (this.#wanted ?? this.preview?.layout)?.columns.map((each, n) => (n === column ? meaning : each === meaning ? null : each));
    if (columns) await this.layout({ columns });
  }

  async answer(doubt: NumberDoubt, answer: DoubtAnswer): Promise<void> {
    const answers = ((this.#wanted ?? this.preview?.layout)?.answers ?? []).filter(([each]) => each !== doubt);
    await this.layout({ answers: [...answers, [doubt, answer]] });
  }

  /** Whether the last check was made with these columns, answers and limits; not while others are being looked at. */
  get current(): boolean {
    return this.#wanted === null && this.#checked !== null && this.#checked.layout === this.preview?.layout && sameCheck(this.#checked.rules, this.rules);
  }

  recheck(): void {
    this.#checked = null;
    void this.#check();
  }

  async #check(): Promise<void> {
    if (this.id === null || this.preview === null || this.current) return;
    const turn = this.#turn;
    const [id, layout, rules] = [this.id, this.preview.layout, this.rules];
    this.#before = this.#session.topic({ kind: "import", import: id });
    this.#checked = { layout, rules };
    this.problem = null;
    this.saved = "";
    await this.#try(turn, () => this.#session.host.importCheck(id, layout, rules));
    if (this.problem !== null) this.#checked = null;
  }

  async saveRefused(): Promise<void> {
    const id = this.id;
    if (id === null) return;
    const { f } = this.#session.texts;
    const words: RefusedWords = {
      titles: [f.columns.row, f.check.reason, f.check.number],
      reasons: Object.entries(f.refusals) as RefusedWords["reasons"],
      meanings: Object.entries(f.meanings).filter(([meaning]) => meaning !== "unused") as RefusedWords["meanings"],
      column: f.columns.column,
    };
    await this.#session.run("saveRefused", this.#session.host.importSaveRefused(id, words).then((path) => void (this.saved = path)));
  }

  /** The one button. Returns whether the order was taken. */
  async start(): Promise<boolean> {
    if (this.id === null || this.starting) return false;
    this.starting = true;
    const { purpose } = this;
    const intent = purpose.kind === "add" ? ({ kind: "addNumbers", import: this.id, campaign: purpose.campaign } as const) : ({ kind: "start", import: this.id, plan: $state.snapshot(this.plan) } as const);
    const taken = await this.#session.send(intent);
    this.starting = false;
    if (taken) this.id = null;
    return taken;
  }

  /** Forgets the file and what was read of it. */
  drop(): void {
    this.#begin();
  }

  #begin(): number {
    if (this.id !== null) void this.#session.run("importDrop", this.#session.host.importDrop(this.id));
    this.id = null;
    this.preview = null;
    this.#wanted = null;
    this.looking = false;
    this.sheetError = null;
    this.problem = null;
    this.saved = "";
    this.#checked = null;
    return ++this.#turn;
  }

  async #look(layout: SheetLayout | null, turn: number): Promise<void> {
    if (this.id === null) return;
    this.looking = true;
    /** A newer look is under way or was answered, or nothing is looked at any more. */
    const isSuperseded = () => turn !== this.#turn || layout !== this.#wanted;
    const answer = await this.#session.host.importPreview(this.id, layout).catch((error: unknown) => {
      if (isSuperseded()) return null;
      this.looking = false;
      this.#wanted = null;
      throw error;
    });
    if (answer === null || isSuperseded()) return;
    this.looking = false;
    this.#wanted = null;
    this.problem = null;
    this.sheetError = "Err" in answer ? { error: answer.Err, detail: "" } : null;
    if ("Ok" in answer) this.preview = answer.Ok;
  }

  async #try(turn: number, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (turn !== this.#turn) return;
      // The browser refuses to read a file that changed after it was chosen.
      if (error instanceof DOMException) this.sheetError = { error: error.name === "NotReadableError" ? "changed" : "unreadable", detail: error.message };
      else this.problem = problemOf(error, "storeFailed");
    }
  }
}
