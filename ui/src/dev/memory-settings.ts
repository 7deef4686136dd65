import type { SettingChange, Settings } from "../lib/contract";

/** Applies a change to the settings, like `Settings::change` in Rust. */
export function changed(settings: Settings, change: SettingChange): Settings {
  const part = <K extends keyof Settings>(group: K, values: Partial<Settings[K]>): Settings => ({ ...settings, [group]: { ...(settings[group] as object), ...values } });
  const others = (id: string) => settings.sound.devices.filter((each) => each.id !== id);
  switch (change.setting) {
    case "language":
    case "theme":
    case "afterSignIn":
    case "detailedLog":
    case "supervisor":
      return { ...settings, [change.setting]: change.value };
    case "archive":
      return part("recordings", { archive: change.value });
    case "archiveOrder":
      return part("recordings", { order: change.value });
    case "archiveFolder":
      return part("recordings", { folder: change.value });
    case "archiveLimitGb":
      return part("recordings", { limitGb: change.value });
    case "keepRecordingsDays":
      return part("recordings", { keepDays: change.value });
    case "keepCallsDays":
      return part("recordings", { keepCallsDays: change.value });
    case "quietIncoming":
      return part("doNotDisturb", { incoming: change.value });
    case "quietOutgoing":
      return part("doNotDisturb", { outgoing: change.value });
    case "ringOn":
      return part("sound", { devices: [...others(change.value.id), change.value] });
    case "ringNotOn":
      return part("sound", { devices: others(change.value) });
    case "ringVolume":
      return part("sound", { volume: change.value });
    case "connectedTone":
    case "recordingsDevice":
    case "recordingsVolume":
      return part("sound", { [change.setting]: change.value });
    case "cardSize":
      return part("card", { size: change.value });
    case "discreet":
      return part("card", { discreet: change.value });
    case "cardMasked":
      return part("card", { masked: change.value });
    case "crmMode":
      return part("crm", { mode: change.value });
    case "crmTemplate":
      return part("crm", { template: change.value });
    case "alwaysOnTop":
      return part("window", { alwaysOnTop: change.value });
    case "onQuit":
      return part("leaving", { quit: change.value });
    case "onLogOff":
      return part("leaving", { logOff: change.value });
    case "onSleep":
      return part("leaving", { sleep: change.value });
    case "shortcut":
      return part("shortcuts", { [change.value.action]: change.value.keys });
  }
}
