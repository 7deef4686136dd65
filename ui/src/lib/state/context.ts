import { createContext } from "svelte";
import type { MainSession, Session } from "./session.svelte";

const [useAny, provideAny] = createContext<Session>();
const [useMain, provideMain] = createContext<MainSession>();

/** How a view of the main window reaches the session, and the snapshot through it. */
export const useSession = useMain;

/** How a component that both windows show reaches its window's session. */
export const useAnySession = useAny;

/** The first component of the main window gives its session to all within. */
export function provideSession(session: MainSession): void {
  provideAny(session);
  provideMain(session);
}

/** The first component of the ring cards' window does the same. */
export const provideRingSession = provideAny;
