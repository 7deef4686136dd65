import { createContext } from "svelte";
import type { MainSession, Session } from "./session.svelte";

const [useAny, provideAny] = createContext<Session>();
const [useMain, provideMain] = createContext<MainSession>();

/** How a view of the main window reaches its session, and the snapshot through it. */
export const useSession = useMain;

/** The same for what either window shows, which knows only what both have. */
export const useAnySession = useAny;

/** The first component of the main window gives its session to all within. */
export function provideSession(session: MainSession): void {
  provideAny(session);
  provideMain(session);
}

/** Likewise in the ring cards' window. */
export const provideRingSession = provideAny;
