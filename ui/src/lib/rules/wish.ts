import type { Wish, Snapshot } from "../contract";

/** Whether the wish is neither confirmed nor rolled back. */
export function isOpen({ wish: { progress } }: Snapshot): boolean {
  return progress.kind === "pending" || progress.kind === "afterCall" || progress.kind === "overdue";
}

/** The wish of the button beside the state: the opposite of the pending wish, or else of the actual state. */
export function otherWish(snapshot: Snapshot): Wish {
  const wish = snapshot.wish.wish;
  const busy = isOpen(snapshot) && wish !== null ? wish.kind === "busy" : !snapshot.queues.some(takesCalls);
  return busy ? { kind: "available" } : { kind: "busy", reason: null };
}

function takesCalls({ membership, seat }: Snapshot["queues"][number]): boolean {
  return membership.kind === "in" && seat !== null && seat.kind !== "paused" && seat.kind !== "other";
}

/** Whether the card offers «Busy after this call»: it is offered while ringing or talking, and can be taken back until the call ends. */
export function busyAfter(snapshot: Snapshot): "offered" | "wished" | null {
  const inCall = snapshot.label === "ringing" || snapshot.label === "onCall";
  if (!inCall || !snapshot.queues.some((queue) => queue.membership.kind === "in")) return null;
  if (snapshot.wish.wish?.kind !== "busy") return "offered";
  return isOpen(snapshot) ? "wished" : null;
}
