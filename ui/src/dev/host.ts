import { MemoryHost } from "./memory";
import { mountPicker } from "./picker";
import { scripted, scriptedCapture, scriptedCheckup, scriptedLog, scriptedPlayer } from "./scenarios";

/** A host in memory with the scenario that the address names, and a list to choose another one. */
export function scriptedHost(): MemoryHost {
  const host = new MemoryHost(scripted(), scriptedCapture(), scriptedLog(), scriptedPlayer());
  host.checkup = scriptedCheckup();
  mountPicker(host);
  return host;
}
