import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { mainCommands, mainEvents, ringCommands, ringEvents, type MainEvents, type RingEvents, type Snapshot } from "../contract";
import type { MainHost, RingHost } from "./types";

/** Listens to one of a window's events. Calls `heard` once no event can be missed any more. */
type Hear<Events> = <Name extends keyof Events>(event: Name, take: (payload: Events[Name]) => void, heard?: () => void) => () => void;

function hearing<Events>(names: { [Name in keyof Events]: string }): Hear<Events> {
  return <Name extends keyof Events>(event: Name, take: (payload: Events[Name]) => void, heard?: () => void) => {
    const stop = listen<Events[Name]>(names[event], ({ payload }) => take(payload));
    void stop.then(heard);
    return () => void stop.then((end) => end());
  };
}

/**
 * What is pushed, and asked for once: when pushes are heard, since what changes between an answer and that moment would be missed.
 * What was asked for is old if one was pushed meanwhile.
 */
function latest<Events, Name extends keyof Events>(hear: Hear<Events>, event: Name, ask: () => Promise<Events[Name]>, take: (view: Events[Name]) => void): () => void {
  let pushed = false;
  const push = (view: Events[Name]) => {
    pushed = true;
    take(view);
  };
  return hear(event, push, () => void ask().then((view) => pushed || take(view)));
}

/** The snapshot that Rust put into the page: the first drawing waits for no answer. It is taken out, since it grows old. */
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

/** The Rust shell, as the main window knows it. This is the one file that knows Tauri. */
export function mainHost(): MainHost {
  const commands = mainCommands(invoke);
  const hear = hearing<MainEvents>(mainEvents);
  return {
    ...commands,
    ...both(hear, commands.snapshot),
    send: commands.intent,
    onShowCall(take) {
      // Rust keeps the call until it is taken: it may have been asked for before this page was there.
      const ask = () => void commands.callToShow().then((call) => call !== null && take(call));
      return hear("showCall", ask, ask);
    },
    onPlayer: (take) => latest(hear, "player", commands.player, take),
    onCheckup: (take) => latest(hear, "checkup", commands.checkup, take),
  };
}

/** The Rust shell, as the ring cards' window knows it. */
export function ringHost(): RingHost {
  const commands = ringCommands(invoke);
  return { ...commands, ...both(hearing<RingEvents>(ringEvents), commands.snapshot), send: commands.ringIntent };
}
