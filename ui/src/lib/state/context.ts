import { createContext } from "svelte";
import type { MainSession, Session } from "./session.svelte";

const [useAny, provideAny] = createContext<Session>();
const [useMain, provideMain] = createContext<MainSession>();

/** Gives a view of the main window the session and its snapshot. */
export const useSession = useMain;

/** Gives a component of both windows its window's session. */
export const useAnySession = useAny;

/** The main window's first component provides its session to all components in it. */
export function provideSession(session: MainSession): void {
  provideAny(session);
  provideMain(session);
}

/** The same for the ring cards' window. */
export const provideRingSession = provideAny;
