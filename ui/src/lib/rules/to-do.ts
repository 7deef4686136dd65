import type { LogRow } from "../contract";

/** Missed, or its after-call work broken off: to do, or done. */
export function isConcern({ outcome, note }: LogRow): boolean {
  return outcome === "missed" || note.owedAt !== null;
}

/** Nobody has dealt with it. */
export function isToDo(row: LogRow): boolean {
  return isConcern(row) && row.note.doneAt === null;
}
