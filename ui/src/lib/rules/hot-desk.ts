import type { Place } from "../contract";

/** The extension is the desk's, and agents change: `Place::is_hot_desk` of the core. */
export function isHotDesk(place: Place): boolean {
  return place.locked.includes("agent.extension") && !place.locked.includes("agent.agent_id");
}
