import type { CampaignDetail, CampaignId, CampaignStage, CheckRules, Dialled, DeskView, DoNotCall, DoNotCallImported, ElsewhereView, ExtensionsView, FloorEntry, FloorIntent, GroupsView, ImportView, NumberFilter, NumberRow, Problem, QueuesView, RefusedWords, SeatState, ServiceExchange, ServiceForm, SheetLayout, SupervisorPlace, Topic, TopicEvent, TopicView, WallboardView, ZoomStep } from "../lib/contract";
import type { SupervisorHost } from "../lib/host/types";
import { MemoryImport } from "./floor-import";
import * as samples from "./floor-samples";

/** What the floor is. Views that are undefined are never sent: they are being read. */
export type Floor = {
  desk: DeskView;
  campaigns?: CampaignDetail[];
  elsewhere?: ElsewhereView;
  queues?: QueuesView;
  groups?: GroupsView;
  extensions?: ExtensionsView;
  wallboard?: WallboardView;
  /** How many numbers each campaign has. */
  numbers: number;
  forbidden: DoNotCall[];
  abandoned: Dialled[];
  ledger: FloorEntry[];
  services: ServiceForm[];
  /** Commands that the store or the platform refuses. */
  refusal: Problem | null;
  /** The view of each import, in place of the one that the reader makes. */
  importView?: ImportView;
};

const after: Partial<Record<CampaignStage, CampaignStage>> = { pausing: "paused", resuming: "running", ending: "ended" };
const seatAfter: Record<string, SeatState | null> = { busy: { kind: "paused" }, available: { kind: "waiting" }, signIn: { kind: "waiting" }, signOut: null };

/** A host of the supervisor's page without Rust. Changes stay pending until `confirm`. */
export class FloorMemoryHost implements SupervisorHost {
  readonly sent: FloorIntent[] = [];
  readonly asked: string[] = [];
  watched: Topic[] = [];
  floor: Floor;
  place: SupervisorPlace;
  imports = new Map<number, MemoryImport>();
  /** Confirms each change by itself, for a person who tries the page. */
  prompt = false;
  #take: (event: TopicEvent) => void = () => undefined;
  #takePlace: (place: SupervisorPlace) => void = () => undefined;
  #next = 1;

  constructor(floor: Floor, place: SupervisorPlace) {
    this.floor = floor;
    this.place = place;
  }

  onTopic(take: (event: TopicEvent) => void, heard: () => void): () => void {
    this.#take = take;
    heard();
    return () => (this.#take = () => undefined);
  }

  onPlace(take: (place: SupervisorPlace) => void): () => void {
    this.#takePlace = take;
    take(this.place);
    return () => undefined;
  }

  /** Shows the same floor with these parts replaced. */
  show(part: Partial<Floor>): void {
    this.floor = { ...this.floor, ...part };
    for (const topic of this.watched) this.#tell(topic);
  }

  settle(place: Partial<SupervisorPlace>): void {
    this.place = { ...this.place, ...place };
    this.#takePlace(this.place);
  }

  /** The platform confirms everything that is pending. */
  confirm(): void {
    const { campaigns, queues } = this.floor;
    this.show({
      campaigns: campaigns?.map((each) => (after[each.row.stage] ? { ...each, row: { ...each.row, stage: after[each.row.stage]!, busy: false } } : each)),
      queues: queues && {
        ...queues,
        queues: queues.queues.map((queue) => ({
          ...queue,
          agents: queue.agents.flatMap((agent) => {
            if (agent.change?.progress.kind !== "pending") return [agent];
            const state = seatAfter[agent.change.order];
            return state ? [{ ...agent, state, since: Date.now(), change: { ...agent.change, progress: { kind: "confirmed" as const } } }] : [];
          }),
        })),
      },
    });
  }

  #view(topic: Topic): TopicView | undefined {
    const { desk, campaigns, elsewhere, queues, groups, extensions, wallboard } = this.floor;
    switch (topic.kind) {
      case "desk":
        return { kind: "desk", view: desk };
      case "campaigns":
        return campaigns && { kind: "campaigns", view: campaigns.filter(({ row }) => row.campaign.removedAt === null).map(({ row }) => row) };
      case "campaign":
        return campaigns && { kind: "campaign", view: campaigns.find(({ row }) => row.campaign.id === topic.campaign) ?? null };
      case "elsewhere":
        return elsewhere && { kind: "elsewhere", view: elsewhere };
      case "queues":
        return queues && { kind: "queues", view: queues };
      case "groups":
        return groups && { kind: "groups", view: groups };
      case "extensions":
        return extensions && { kind: "extensions", view: extensions };
      case "wallboard":
        if (!wallboard) return undefined;
        {
          const queues = wallboard.queues.filter(({ name }) => topic.queues.length === 0 || topic.queues.includes(name));
          return { kind: "wallboard", view: { ...wallboard, queues, agents: samples.persons(queues) } };
        }
      case "import":
        return { kind: "import", view: this.floor.importView ?? this.imports.get(topic.import)?.view ?? { kind: "none" } };
    }
  }

  #tell(topic: Topic): void {
    const view = this.#view(topic);
    if (view !== undefined) this.#take({ topic, view });
  }

  #note(what: string): Promise<void> {
    this.asked.push(what);
    return this.floor.refusal === null ? Promise.resolve() : Promise.reject(this.floor.refusal);
  }

  async watchTopics(topics: Topic[]): Promise<void> {
    this.watched = topics;
    for (const topic of topics) this.#tell(topic);
  }

  async floorIntent(intent: FloorIntent): Promise<void> {
    this.sent.push(intent);
    if (this.floor.refusal !== null) throw this.floor.refusal;
    this.#carryOut(intent);
    if (this.prompt) setTimeout(() => this.confirm(), 1200);
  }

  #carryOut(intent: FloorIntent): void {
    const { floor } = this;
    const change = (id: CampaignId, with_: (each: CampaignDetail) => CampaignDetail) => this.show({ campaigns: floor.campaigns?.map((each) => (each.row.campaign.id === id ? with_(each) : each)) });
    const stage = (id: CampaignId, to: CampaignStage) => change(id, (each) => ({ ...each, row: { ...each.row, stage: to, busy: true } }));
    const holds = (id: CampaignId, held: boolean) => change(id, (each) => ({ ...each, row: { ...each.row, stage: held ? "pausing" : "resuming", busy: true, campaign: { ...each.row.campaign, holds: held ? [{ reason: "person", since: Date.now(), by: this.place.person }] : [] } } }));
    if (intent.kind === "setTask" && floor.elsewhere) {
      const { tasks } = floor.elsewhere;
      const task = { taskId: intent.taskId, state: intent.state, since: Date.now(), by: this.place.person };
      this.show({ elsewhere: { ...floor.elsewhere, tasks: [task, ...tasks.filter(({ taskId }) => taskId !== intent.taskId)] } });
    }
    if (intent.kind === "pause") holds(intent.campaign, true);
    if (intent.kind === "resume") holds(intent.campaign, false);
    if (intent.kind === "end") stage(intent.campaign, "ending");
    if (intent.kind === "stopSending") stage(intent.campaign, "stopped");
    if (intent.kind === "resumeSending") stage(intent.campaign, "sending");
    if (intent.kind === "hideCampaign") change(intent.campaign, (each) => ({ ...each, row: { ...each.row, campaign: { ...each.row.campaign, removedAt: Date.now() } } }));
    if (intent.kind === "setLimits") change(intent.campaign, (each) => ({ ...each, row: { ...each.row, campaign: { ...each.row.campaign, plan: { ...each.row.campaign.plan, limits: intent.limits } } } }));
    if (intent.kind === "decide") {
      change(intent.campaign, (each) => ({ ...each, parts: each.parts.map((part) => (part.number === intent.part ? { ...part, state: { kind: "givenUp", at: Date.now() } } : part)) }));
    }
    if (intent.kind === "start") {
      const check = this.imports.get(intent.import)?.view;
      const good = check?.kind === "checked" ? check.check.good : 0;
      const id = Math.max(0, ...(floor.campaigns ?? []).map(({ row }) => row.campaign.id)) + 1;
      const made = samples.campaign(id, "sending", { plan: intent.plan, madeAt: Date.now(), madeBy: this.place.person, source: this.imports.get(intent.import)?.name ?? "" }, { waiting: good, taken: 0, refused: 0, removed: 0, called: 0, calls: 0, answered: 0, reached: 0, abandoned: 0, answeredToday: 0, abandonedToday: 0, answered30Days: 0, abandoned30Days: 0 });
      this.show({ campaigns: [...(floor.campaigns ?? []), made] });
    }
    if (intent.kind === "setSeats" && floor.queues) {
      const ordered = (queue: string, extension: string) => intent.seats.some((seat) => seat.queue === queue && seat.extension === extension);
      const changed = { order: intent.order, since: Date.now(), progress: { kind: "pending" } } as const;
      this.show({ queues: { ...floor.queues, queues: floor.queues.queues.map((queue) => ({ ...queue, agents: queue.agents.map((agent) => (ordered(queue.name, agent.extension) ? { ...agent, change: changed } : agent)) })) } });
    }
    if (intent.kind === "deleteQueue") this.#notice("deleteQueue", intent.name);
    if (intent.kind === "addQueue") this.#notice("addQueue", intent.name);
    if (intent.kind === "startTeamBreak") {
      this.show({ desk: { ...floor.desk, breaks: [{ queue: intent.queue, step: "pausing", endsAt: Date.now() + intent.minutes * 60_000, onCall: 0, problems: [] }] } });
    }
    if (intent.kind === "endTeamBreak") this.show({ desk: { ...floor.desk, breaks: floor.desk.breaks.map((each) => ({ ...each, step: "settingAvailable" })) } });
    if (intent.kind === "removeDoNotCall") this.show({ forbidden: floor.forbidden.filter(({ phone }) => !intent.phones.includes(phone)) });
  }

  #notice(act: "addQueue" | "deleteQueue", subject: string): void {
    const notice = { id: this.floor.desk.notices.length + 1, at: Date.now(), act, subject, progress: { kind: "pending" }, found: 0, missing: 0 } as const;
    this.show({ desk: { ...this.floor.desk, notices: [notice, ...this.floor.desk.notices] } });
  }

  async importBegin(name: string, bytes: number): Promise<number> {
    await this.#note(`importBegin ${name} ${bytes}`);
    this.imports.set(this.#next, new MemoryImport(name, bytes));
    return this.#next++;
  }
  async importCalls(name: string, calls: string[]): Promise<number> {
    await this.#note(`importCalls ${calls.length}`);
    const customers = calls.flatMap((key) => this.floor.abandoned.filter((call) => call.key === key));
    this.imports.set(this.#next, MemoryImport.known(name, customers));
    return this.#next++;
  }
  async importUnreached(name: string, campaign: CampaignId): Promise<number> {
    await this.#note(`importUnreached ${campaign}`);
    const rows = Array.from({ length: Math.min(this.floor.numbers, 1000) }, (_, n) => samples.numberRow(n)).filter(({ last }) => last !== "reached");
    this.imports.set(this.#next, MemoryImport.known(name, rows.map(({ customer }) => customer)));
    return this.#next++;
  }
  async importPiece(id: number, piece: string): Promise<void> {
    this.imports.get(id)?.take(piece);
    this.#tell({ kind: "import", import: id });
  }
  async importPreview(id: number, layout: SheetLayout | null) {
    return this.imports.get(id)?.preview(layout) ?? { Err: "unreadable" as const };
  }
  async importCheck(id: number, layout: SheetLayout, rules: CheckRules): Promise<void> {
    await this.#note(`importCheck ${id} ${JSON.stringify(rules)}`);
    const file = this.imports.get(id);
    if (file === undefined) return;
    file.view = { kind: "checking", rows: 0 };
    this.#tell({ kind: "import", import: id });
    file.view = { kind: "checked", check: file.check(layout) };
    setTimeout(() => this.#tell({ kind: "import", import: id }));
  }
  importDrop = (id: number) => this.#note(`importDrop ${id}`).then(() => void this.imports.delete(id));
  importSaveRefused = (id: number, words: RefusedWords) => this.#note(`importSaveRefused ${id} ${words.titles.join()}`).then(() => "/home/lin/Downloads/refused-rows.csv");
  showSavedList = (path: string) => this.#note(`showSavedList ${path}`);
  async campaignNumbers(_: CampaignId, filter: NumberFilter, skip: number, limit: number): Promise<NumberRow[]> {
    await this.#note(`campaignNumbers ${skip} ${limit}`);
    const found: NumberRow[] = [];
    const plain = filter.text === "" && filter.fate === null && filter.part === null && filter.called === null;
    if (plain) return Array.from({ length: Math.max(0, Math.min(limit, this.floor.numbers - skip)) }, (_, n) => samples.numberRow(skip + n));
    for (let n = 0, at = 0; n < Math.min(this.floor.numbers, 50_000) && found.length < limit; n += 1) {
      const row = samples.numberRow(n);
      if (samples.numberFits(row, filter) && at++ >= skip) found.push(row);
    }
    return found;
  }
  async campaignNumberCount(_: CampaignId, filter: NumberFilter): Promise<number> {
    if (filter.text === "" && filter.fate === null && filter.part === null && filter.called === null) return this.floor.numbers;
    return Array.from({ length: Math.min(this.floor.numbers, 50_000) }, (_, n) => n).filter((n) => samples.numberFits(samples.numberRow(n), filter)).length;
  }
  #forbidden = (text: string) => this.floor.forbidden.filter((each) => `${each.phone} ${each.reason} ${each.by}`.includes(text));
  doNotCallPage = (text: string, skip: number, limit: number) => this.#note("doNotCallPage").then(() => this.#forbidden(text).slice(skip, skip + limit));
  doNotCallCount = (text: string) => this.#note("doNotCallCount").then(() => this.#forbidden(text).length);
  async doNotCallImport(text: string, reason: string): Promise<DoNotCallImported> {
    await this.#note("doNotCallImport");
    const known = new Set(this.floor.forbidden.map(({ phone }) => phone));
    const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
    const numbers = lines.filter((line) => /\d{3}/.test(line));
    const fresh = numbers.filter((line) => !known.has(line));
    this.show({ forbidden: [...fresh.map((phone) => ({ phone, since: Date.now(), by: this.place.person, reason })), ...this.floor.forbidden] });
    return { new: fresh.length, known: numbers.length - fresh.length, notRead: lines.length - numbers.length };
  }
  doNotCallExport = () => this.#note("doNotCallExport").then(() => "/home/lin/Downloads/do-not-call.csv");
  abandonedCustomers = (since: number) => this.#note("abandonedCustomers").then(() => this.floor.abandoned.filter(({ beganAt }) => beganAt >= since));
  floorLedger = (skip: number, limit: number) => this.#note("floorLedger").then(() => this.floor.ledger.slice(skip, skip + limit));
  showPassword = (extension: string) => this.#note(`showPassword ${extension}`).then(() => `pw-${extension}-7Gh2`);
  copyPassword = (extension: string) => this.#note(`copyPassword ${extension}`);
  services = () => this.#note("services").then(() => this.floor.services);
  async callService(service: string, fields: [string, string][]): Promise<ServiceExchange> {
    await this.#note(`callService ${service}`);
    const request = ["POST https://call.example.com/", `service=${service}`, "token=••••••••", ...fields.map(([name, value]) => `${name}=${value}`)].join("\n");
    const answer = JSON.stringify({ ret: 200, data: { list: [{ queuename: "queue-1", remark: "Renewals", strategy: 1 }] }, msg: "" });
    return { request, answer, curl: `curl https://call.example.com/ -d service=${service} -d token=$TOKEN`, tookMs: 84, ok: true };
  }
  copyText = (text: string) => this.#note(`copyText ${text}`);
  keepBoard = (board: string) => {
    this.place = { ...this.place, board };
    return this.#note("keepBoard");
  };
  zoom = (step: ZoomStep) => this.#note(`zoom ${step}`);
  setFullScreen = (on: boolean) => this.#note(`setFullScreen ${on}`);
  soundAlarm = () => this.#note("soundAlarm");
  logError = (what: string) => this.#note(`logError ${what}`);
}
