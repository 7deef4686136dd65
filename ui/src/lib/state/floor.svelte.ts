import { createSubscriber } from "svelte/reactivity";
import { createContext } from "svelte";
import type { FloorIntent, SupervisorPlace, Topic, TopicEvent, TopicView } from "../contract";
import type { SupervisorHost } from "../host/types";
import { FloorTexts } from "../i18n/floor-texts.svelte";
import { Ticker } from "./clock.svelte";
import { Page } from "./page.svelte";

type Kind = Topic["kind"];
type ViewOf<K extends Kind> = Extract<TopicView, { kind: K }>["view"];

/** The newest view of a topic. The topic is watched while a component reads it. */
class Watched {
  #view: TopicView | null = null;
  #update: () => void = () => undefined;
  readonly #subscribe: () => void;

  constructor(watch: () => () => void) {
    this.#subscribe = createSubscriber((update) => {
      this.#update = update;
      return watch();
    });
  }

  get view(): TopicView | null {
    this.#subscribe();
    return this.#view;
  }

  take(view: TopicView): void {
    this.#view = view;
    this.#update();
  }
}

/** The state that all views of the supervisor's window share: the watched topics, host, texts and failed commands. */
export class FloorSession extends Page<FloorTexts> {
  readonly texts = new FloorTexts();
  readonly host: SupervisorHost;
  /** The platform's clock, by which the views of the desk are stamped; this computer's may be minutes away. */
  readonly clock = new Ticker(() => this.#place?.clockAheadMs ?? 0);
  /** What a person chose in the views: it stays chosen while another view is shown. */
  readonly chosen = $state<{ campaigns: ReadonlySet<string>; queue: string | null; group: string | null; extension: string | null; service: string | null }>({ campaigns: new Set(), queue: null, group: null, extension: null, service: null });
  #place = $state.raw<SupervisorPlace | null>(null);
  /** The newest place; its language may be on its way. */
  #newest: SupervisorPlace | null = null;
  readonly #topics = new Map<string, Watched>();
  readonly #watched = new Map<string, Topic>();
  /** Whether the listener is registered; a view that comes earlier would be lost. */
  #listens = false;
  #asking = false;

  constructor(host: SupervisorHost) {
    super();
    this.host = host;
  }

  override start(): () => void {
    const heard = () => {
      this.#listens = true;
      this.#ask();
    };
    const stops = [super.start(), this.host.onTopic((event) => this.#take(event), heard), this.host.onPlace((place) => void this.#settle(place))];
    return () => stops.forEach((stop) => stop());
  }

  protected override logError(what: string): Promise<void> {
    return this.host.logError(what);
  }

  /** Whether the page's language and theme are known. */
  get ready(): boolean {
    return this.#place !== null;
  }

  get place(): SupervisorPlace {
    if (this.#place === null) throw new Error("no place yet");
    return this.#place;
  }

  /** The newest view of a topic; undefined before the first one came. The topic is watched while a component reads it. */
  topic<K extends Kind>(topic: Extract<Topic, { kind: K }>): ViewOf<K> | undefined {
    const key = JSON.stringify(topic);
    let watched = this.#topics.get(key);
    if (watched === undefined) this.#topics.set(key, (watched = new Watched(() => this.#watch(key, topic))));
    return watched.view?.view as ViewOf<K> | undefined;
  }

  /** Whether the intent was accepted. Whether it was carried out is told by the topics. */
  send(intent: FloorIntent): Promise<boolean> {
    return this.run(intent.kind, this.host.floorIntent(intent));
  }

  /** Keeps the choice for the wallboard; the page has it at once. */
  keepBoard(board: string): void {
    if (this.#place !== null) this.#place = { ...this.#place, board };
    void this.run("keepBoard", this.host.keepBoard(board));
  }

  #watch(key: string, topic: Topic): () => void {
    this.#watched.set(key, topic);
    this.#ask();
    return () => {
      this.#watched.delete(key);
      this.#ask();
    };
  }

  /** Asks once for all changes of this turn: a view that replaces another one ends its topics and begins new ones. */
  #ask(): void {
    if (this.#asking || !this.#listens) return;
    this.#asking = true;
    setTimeout(() => {
      this.#asking = false;
      void this.run("watchTopics", this.host.watchTopics([...this.#watched.values()]));
    });
  }

  #take({ topic, view }: TopicEvent): void {
    for (const [key, each] of this.#watched) if (same(each, topic)) this.#topics.get(key)?.take(view);
  }

  /** Takes the place once its language is loaded. If the language cannot be loaded, the page's language stays as it is. */
  async #settle(place: SupervisorPlace): Promise<void> {
    this.#newest = place;
    await this.speak(place.language);
    if (!this.texts.ready || this.#newest !== place) return;
    this.#place = place;
    document.documentElement.dataset.theme = place.theme;
  }
}

/** The order of a topic's fields may differ between the page and the shell. */
function same(one: Topic, other: Topic): boolean {
  const fields = (topic: Topic) => JSON.stringify(Object.entries(topic).sort());
  return fields(one) === fields(other);
}

export const [useFloor, provideFloor] = createContext<FloorSession>();
