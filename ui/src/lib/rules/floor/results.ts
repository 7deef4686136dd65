import type { FloorAct, FloorNotice } from "../../contract";

/** The platform has no service that reads a campaign: no more than that it accepted these changes can be known. */
const FINAL: readonly FloorAct[] = ["pause", "resume", "end", "removeNumbers"];

export const isFinal = ({ act }: Pick<FloorNotice, "act">) => FINAL.includes(act);

/** Whether a change was made as it was wanted. */
export function succeeded(notice: Pick<FloorNotice, "act" | "progress" | "missing">): boolean {
  const { kind } = notice.progress;
  return kind === "confirmed" || (kind === "accepted" && isFinal(notice) && notice.missing === 0);
}
