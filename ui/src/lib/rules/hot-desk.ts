import type { Place } from "../contract";

/** Whether agents share this desk: the extension is locked and the agent number is not. Same rule as `Place::is_hot_desk` of the core. */
export function isHotDesk(place: Place): boolean {
  return place.locked.includes("agent.extension") && !place.locked.includes("agent.agent_id");
}
