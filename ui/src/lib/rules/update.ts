import type { Problem, UpdateView } from "../contract";

/** Whether a newer version may be installed now. */
export const isOffered = ({ stage }: UpdateView): boolean => stage.kind === "ready" && stage.offered;

/** Whether an attempt is being made, so that another one would change nothing. */
export const isUnderWay = ({ stage }: UpdateView): boolean => stage.kind !== "none" && stage.kind !== "ready";

/** Why the last attempt failed; null while another one is being made. An offer shows that nothing would be interrupted any more. */
export function standingProblem(view: UpdateView): Problem | null {
  if (isUnderWay(view) || (isOffered(view) && view.problem?.code === "noUpdateNow")) return null;
  return view.problem;
}

/**
 * Why an installation failed. A look at the server that failed is no failed installation, and a file that was fetched and then refused is
 * one only if the user wanted it to be installed.
 */
export function installProblem(view: UpdateView, wanted: boolean): Problem | null {
  const problem = standingProblem(view);
  if (problem === null || problem.code === "updateServer") return null;
  return isOffered(view) || (wanted && view.stage.kind === "none" && problem.code === "updateRefused") ? problem : null;
}

/** What the work view says about updates: nothing in a call, and nothing of a version that the user put off. */
export function isTold(view: UpdateView, putOff: string | null, wanted: boolean): boolean {
  const { stage } = view;
  if (stage.kind === "ready") return stage.offered && stage.version !== putOff;
  return stage.kind === "installing" || stage.kind === "installed" || installProblem(view, wanted) !== null;
}

/** Whether what is new is so long that it is shown only when asked for. */
export const isLong = (notes: string): boolean => notes.length > 240 || notes.split("\n").length > 4;
