import { MemoryHost } from "./memory";
import { mountPicker } from "./picker";
import { scripted, scriptedCapture, scriptedCheckup, scriptedLog, scriptedPlayer } from "./scenarios";

/** Memory in place of the shell, with the snapshots of the scenario in the address and a picker of scenarios. */
export function scriptedHost(): MemoryHost {
  const host = new MemoryHost(scripted(), scriptedCapture(), scriptedLog(), scriptedPlayer());
  host.checkup = scriptedCheckup();
  mountPicker(host);
  return host;
}
