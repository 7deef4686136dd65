import { createContext } from "svelte";
import type { Session } from "./session.svelte";

/** How a view reaches its window's session, and the snapshot through it: the first component of a window gives it to all within. */
export const [useSession, provideSession] = createContext<Session>();
