import type { Filter } from "../contract";

/** The filter that matches all calls. */
export const ALL: Filter = { text: "", direction: null, outcome: null, queue: null, disposition: null, toDo: false, from: null, to: null };
