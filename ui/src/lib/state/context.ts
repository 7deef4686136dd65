import { createContext } from "svelte";
import type { MainSession, Session } from "./session.svelte";

const [useAny, provideAny] = createContext<Session>();
const [useMain, provideMain] = createContext<MainSession>();

/** Returns the session of the main window. */
export const useSession = useMain;

/** For components that both windows use: returns their window's session. */
export const useAnySession = useAny;

/** Called by the main window's root component. */
export function provideSession(session: MainSession): void {
  provideAny(session);
  provideMain(session);
}

/** Called by the root component of the ring cards' window. */
export const provideRingSession = provideAny;
