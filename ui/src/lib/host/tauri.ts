import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { mainCommands, mainEvents, ringCommands, ringEvents, supervisorCommands, supervisorEvents, type MainEvents, type RingEvents, type Snapshot, type SupervisorEvents } from "../contract";
import type { MainHost, RingHost, SupervisorHost } from "./types";

/** Listens to one of a window's events. `heard` is called once the listener is registered, so no later event can be missed. */
type Hear<Events> = <Name extends keyof Events>(event: Name, take: (payload: Events[Name]) => void, heard?: () => void) => () => void;

function hearing<Events>(names: { [Name in keyof Events]: string }): Hear<Events> {
  return <Name extends keyof Events>(event: Name, take: (payload: Events[Name]) => void, heard?: () => void) => {
    const stop = listen<Events[Name]>(names[event], ({ payload }) => take(payload));
    void stop.then(heard);
    return () => void stop.then((end) => end());
  };
}

/**
 * Listens to a value that Rust pushes, and asks for it once. It asks only after the listener is registered: a change between an
 * earlier answer and that moment would be missed. An answer that arrives after a push is older than the push and is dropped.
 */
function latest<Events, Name extends keyof Events>(hear: Hear<Events>, event: Name, ask: () => Promise<Events[Name]>, take: (view: Events[Name]) => void): () => void {
  let pushed = false;
  const push = (view: Events[Name]) => {
    pushed = true;
    take(view);
  };
  return hear(event, push, () => void ask().then((view) => pushed || take(view)));
}

/**
 * The snapshot that Rust wrote into the page, so that the first drawing needs no round trip. Its element is removed: it would become
 * outdated.
 */
function handedOver(): Snapshot | null {
  const element = document.getElementById("snapshot");
  element?.remove();
  return element === null ? null : (JSON.parse(element.textContent) as Snapshot);
}

type BothEvents = Pick<MainEvents, keyof MainEvents & keyof RingEvents>;

/** The events of both windows. */
function both(hear: Hear<BothEvents>, ask: () => Promise<Snapshot>): Pick<RingHost, "onSnapshot" | "onNoteTyped"> {
  return {
    onSnapshot(take) {
      const first = handedOver();
      if (first !== null) take(first);
      return latest(hear, "snapshot", ask, take);
    },
    onNoteTyped: (take) => hear("noteTyped", ([call, text]) => take(call, text)),
  };
}

/** The Rust shell as the main window uses it. No other file uses Tauri. */
export function mainHost(): MainHost {
  const commands = mainCommands(invoke);
  const hear = hearing<MainEvents>(mainEvents);
  return {
    ...commands,
    ...both(hear, commands.snapshot),
    send: commands.intent,
    onShowCall(take) {
      // Rust keeps the call until the page asks: the click may have come before the page was loaded.
      const ask = () => void commands.callToShow().then((call) => call !== null && take(call));
      return hear("showCall", ask, ask);
    },
    onPlayer: (take) => latest(hear, "player", commands.player, take),
    onCheckup: (take) => latest(hear, "checkup", commands.checkup, take),
    onUpdate: (take) => latest(hear, "update", commands.update, take),
  };
}

/** The Rust shell as the ring cards' window uses it. */
export function ringHost(): RingHost {
  const commands = ringCommands(invoke);
  return { ...commands, ...both(hearing<RingEvents>(ringEvents), commands.snapshot), send: commands.ringIntent };
}

/** The Rust shell as the supervisor's window uses it. */
export function supervisorHost(): SupervisorHost {
  const commands = supervisorCommands(invoke);
  const hear = hearing<SupervisorEvents>(supervisorEvents);
  return {
    ...commands,
    onPlace: (take) => latest(hear, "supervisorPlace", commands.supervisorPlace, take),
    onTopic: (take, heard) => hear("topic", take, heard),
  };
}
