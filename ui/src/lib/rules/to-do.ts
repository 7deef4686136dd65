import type { LogRow } from "../contract";

/** A call that needs or needed work: it was missed, or its after-call work was not finished. */
export function isConcern({ outcome, note }: LogRow): boolean {
  return outcome === "missed" || note.owedAt !== null;
}

/** Not marked as done yet. */
export function isToDo(row: LogRow): boolean {
  return isConcern(row) && row.note.doneAt === null;
}
