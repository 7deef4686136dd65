import type { MemoryHost } from "./memory";
import { scriptedCapture } from "./exchanges";
import { scenarios, scripted, scriptedCheckup, scriptedLog, scriptedPlayer } from "./scenarios";
import { scriptedUpdate } from "./update-scenarios";

/** Adds a list of the scenarios, and shows the scenario in the address whenever it changes. */
export function mountPicker(host: MemoryHost): void {
  Object.assign(window, { memoryHost: host });
  window.addEventListener("hashchange", () => {
    host.captured = scriptedCapture();
    host.checkup = scriptedCheckup();
    host.log = scriptedLog();
    host.player = scriptedPlayer();
    host.showUpdate(scriptedUpdate());
    const next = scripted();
    host.show({ ...next, revision: host.snapshot.revision, log: { ...next.log, revision: host.snapshot.log.revision + 1 } });
  });
  if (location.hash.includes("?bare") || location.hash.includes("&bare")) return;
  const select = document.createElement("select");
  select.setAttribute("aria-label", "Scenario");
  select.style.cssText = "position:fixed;right:8px;bottom:8px;width:auto;z-index:9;opacity:.8";
  for (const name of Object.keys(scenarios)) select.add(new Option(name, name, false, location.hash.startsWith(`#${name}`)));
  select.addEventListener("change", () => (location.hash = `${select.value}?${location.hash.split("?")[1] ?? ""}`));
  document.body.append(select);
}
