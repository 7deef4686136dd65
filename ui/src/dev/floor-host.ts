import { flushSync } from "svelte";
import type { Language, SupervisorPlace, Theme } from "../lib/contract";
import { FloorMemoryHost } from "./floor-memory";
import { board, queues } from "./floor-samples";
import { floors, place } from "./floor-scenarios";

/** The scenario and the look that the address names: `#full?bare&chinese&dark`. */
function addressed(): { name: string; look: SupervisorPlace; bare: boolean } {
  const [name = "", words = ""] = location.hash.slice(1).split("?");
  const all = words.split("&");
  const language = all.find((word): word is Language => word === "english" || word === "chinese") ?? "system";
  const theme = all.find((word): word is Theme => word === "light" || word === "dark") ?? "system";
  return { name: name in floors ? name : "usual", look: { ...place, language, theme }, bare: all.includes("bare") };
}

/**
 * Repaints the wallboard of 40 queues and 1,000 agents this many times, each time with other figures, and returns for each the
 * milliseconds of script, style and layout. For the bench.
 */
function repaints(host: FloorMemoryHost, times: number): number[] {
  const even = board(queues(40, 25));
  const odd = { ...even, queues: even.queues.map((queue) => ({ ...queue, idle: queue.talking, talking: queue.idle + 1, busy: queue.busy + 1 })), answered: even.answered + 1 };
  return Array.from({ length: times }, (_, n) => {
    const begin = performance.now();
    host.show({ wallboard: n % 2 ? even : odd });
    flushSync();
    void document.body.offsetHeight;
    return performance.now() - begin;
  });
}

/** A host in memory with the scenario that the address names, and a list to choose another one. */
export function floorHost(): FloorMemoryHost {
  const { name, look, bare } = addressed();
  const host = new FloorMemoryHost(floors[name]!, look);
  Object.assign(window, { memoryHost: host, repaints: (times: number) => repaints(host, times) });
  window.addEventListener("hashchange", () => {
    const next = addressed();
    host.settle(next.look);
    host.show(floors[next.name]!);
  });
  if (bare) return host;
  host.prompt = true;
  const select = document.createElement("select");
  select.setAttribute("aria-label", "Scenario");
  select.style.cssText = "position:fixed;right:8px;bottom:8px;width:auto;z-index:9;opacity:.8";
  for (const each of Object.keys(floors)) select.add(new Option(each, each, false, each === name));
  select.addEventListener("change", () => (location.hash = `${select.value}?${location.hash.split("?")[1] ?? ""}`));
  document.body.append(select);
  return host;
}
