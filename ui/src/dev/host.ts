import { MemoryHost } from "./memory";
import { mountPicker } from "./picker";
import { scriptedCapture } from "./exchanges";
import { scripted, scriptedCheckup, scriptedLog, scriptedPlayer } from "./scenarios";
import { scriptedUpdate } from "./update-scenarios";

/** A host in memory with the scenario that the address names, and a list to choose another one. */
export function scriptedHost(): MemoryHost {
  const host = new MemoryHost(scripted(), scriptedCapture(), scriptedLog(), scriptedPlayer());
  host.checkup = scriptedCheckup();
  host.showUpdate(scriptedUpdate());
  mountPicker(host);
  return host;
}
