import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { CallId, CheckupView, PlayerView, Snapshot } from "../contract";
import type { Host, WindowLabel } from "./types";

function on<T>(event: string, take: (payload: T) => void): () => void {
  const stop = listen<T>(event, ({ payload }) => take(payload));
  return () => void stop.then((end) => end());
}

/** What is asked for once and then pushed; what was asked for is old if one was pushed meanwhile. */
function latest<T>(name: string, take: (view: T) => void): () => void {
  let pushed = false;
  const stop = on<T>(name, (view) => {
    pushed = true;
    take(view);
  });
  void invoke<T>(name).then((view) => pushed || take(view));
  return stop;
}

/** The Rust shell. This is the one file that knows Tauri. */
export function tauriHost(label: WindowLabel): Host {
  return {
    onSnapshot(take) {
      let revision = -1;
      const newer = (snapshot: Snapshot) => {
        // The first one is asked for and may arrive after a later one that was pushed.
        if (snapshot.revision > revision) {
          revision = snapshot.revision;
          take(snapshot);
        }
      };
      const stop = on<Snapshot>(`${label}-snapshot`, newer);
      void invoke<Snapshot>("snapshot").then(newer);
      return stop;
    },
    onShowCall: (take) => on<CallId>("show-call", take),
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
    onPlayer: (take) => latest<PlayerView | null>("player", take),
    play: (order) => invoke("play", { order }),
    soundDevices: () => invoke("sound_devices"),
    testSound: () => invoke("test_sound"),
    saveReceipt: (from, to) => invoke("save_receipt", { from, to }),
    holdShortcuts: (held) => invoke("hold_shortcuts", { held }),
    onCheckup: (take) => latest<CheckupView | null>("checkup", take),
    checkSetup: () => invoke("check_setup"),
    copyCheckup: () => invoke("copy_checkup"),
    startsWithSystem: () => invoke("starts_with_system"),
    startWithSystem: (on) => invoke("start_with_system", { on }),
    quit: () => invoke("quit"),
  };
}
