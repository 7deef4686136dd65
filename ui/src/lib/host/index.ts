import { MemoryHost } from "./memory";
import type { Host } from "./types";

/** The shell's host inside the app; else memory with scripted snapshots, and a picker of them. */
export async function connect(): Promise<Host> {
  if ("__TAURI_INTERNALS__" in window) return (await import("./tauri")).tauriHost();
  const { scripted, scriptedCapture } = await import("../scenarios");
  const host = new MemoryHost(scripted(), scriptedCapture());
  const { mountPicker } = await import("../picker");
  mountPicker(host);
  return host;
}
