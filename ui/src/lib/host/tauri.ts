import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { CallId, CheckupView, PlayerView, Snapshot } from "../contract";
import type { Host, WindowLabel } from "./types";

/** Listens to an event. `heard` is called once the listener is registered, so no later event can be missed. */
function on<T>(event: string, take: (payload: T) => void, heard?: () => void): () => void {
  const stop = listen<T>(event, ({ payload }) => take(payload));
  void stop.then(heard);
  return () => void stop.then((end) => end());
}

/**
 * Listens to a value that Rust pushes, and asks for it once. It asks only after the listener is registered: a change between an
 * earlier answer and that moment would be missed. An answer that arrives after a push is older than the push and is dropped.
 */
function latest<T>(event: string, command: string, take: (view: T) => void): () => void {
  let pushed = false;
  const push = (view: T) => {
    pushed = true;
    take(view);
  };
  return on<T>(event, push, () => void invoke<T>(command).then((view) => pushed || take(view)));
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

/** The host in the app: the Rust shell. No other file uses Tauri. */
export function tauriHost(label: WindowLabel): Host {
  return {
    onSnapshot(take) {
      const first = handedOver();
      if (first !== null) take(first);
      return latest<Snapshot>(`${label}-snapshot`, "snapshot", take);
    },
    onShowCall(take) {
      // Rust keeps the call until the page asks: the click may have come before the page was loaded.
      const ask = () => void invoke<CallId | null>("call_to_show").then((call) => call !== null && take(call));
      return on("show-call", ask, ask);
    },
    send: (intent) => invoke("intent", { intent }),
    openRecording: (call) => invoke("open_recording", { call }),
    copyRecording: (call) => invoke("copy_recording", { call }),
    saveRecording: (call) => invoke("save_recording", { call }),
    showSavedRecording: (call) => invoke("show_saved_recording", { call }),
    openArchiveFolder: () => invoke("open_archive_folder"),
    copyCallbackAddress: () => invoke("copy_callback_address"),
    copyText: (text) => invoke("copy_text", { text }),
    previewCrm: (template) => invoke("preview_crm", { template }),
    startDemo: () => invoke("start_demo"),
    showMain: (call) => invoke("show_main", { call }),
    ringRuns: () => invoke("ring_runs"),
    fitRing: (height) => invoke("fit_ring", { height }),
    dragRing: () => invoke("drag_ring"),
    putRingBack: () => invoke("put_ring_back"),
    typeOnRing: () => invoke("type_on_ring"),
    mainSeen: (seen) => invoke("main_seen", { seen }),
    mainDrawn: () => invoke("main_drawn"),
    showExport: () => invoke("show_export"),
    openLogFolder: () => invoke("open_log_folder"),
    capture: () => invoke("capture"),
    switchCapture: (on) => invoke("switch_capture", { on }),
    saveCapture: () => invoke("save_capture"),
    logPage: (filter, begin, skip, limit) => invoke("log_page", { filter, begin, skip, limit }),
    logCounts: (filter, boundaries) => invoke("log_counts", { filter, boundaries }),
    logSums: (boundaries) => invoke("log_sums", { boundaries }),
    logRow: (call) => invoke("log_row", { call }),
    onPlayer: (take) => latest<PlayerView | null>("player", "player", take),
    play: (order) => invoke("play", { order }),
    soundDevices: () => invoke("sound_devices"),
    testSound: () => invoke("test_sound"),
    saveReceipt: (from, to) => invoke("save_receipt", { from, to }),
    holdShortcuts: (held) => invoke("hold_shortcuts", { held }),
    onCheckup: (take) => latest<CheckupView | null>("checkup", "checkup", take),
    checkSetup: () => invoke("check_setup"),
    copyCheckup: () => invoke("copy_checkup"),
    startsWithSystem: () => invoke("starts_with_system"),
    startWithSystem: (on) => invoke("start_with_system", { on }),
    noteTyped: (call, text) => invoke("note_typed", { call, text }),
    onNoteTyped: (take) => on<[CallId, string]>(`${label}-note-typed`, ([call, text]) => take(call, text)),
    logError: (what) => invoke("log_error", { what }),
    quit: () => invoke("quit"),
  };
}
