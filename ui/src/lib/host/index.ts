import { tauriHost } from "./tauri";
import type { Host, WindowLabel } from "./types";

/** The shell's host inside the app; else memory with scripted snapshots, and a picker of them. */
export async function connect(label: WindowLabel): Promise<Host> {
  if ("__TAURI_INTERNALS__" in window) return tauriHost(label);
  const [{ MemoryHost }, { scripted, scriptedCapture, scriptedCheckup, scriptedLog, scriptedPlayer }, { mountPicker }] = await Promise.all([import("../../dev/memory"), import("../../dev/scenarios"), import("../../dev/picker")]);
  const host = new MemoryHost(scripted(), scriptedCapture(), scriptedLog(), scriptedPlayer());
  host.checkup = scriptedCheckup();
  mountPicker(host);
  return host;
}
