import { createContext } from "svelte";
import type { Session } from "./session.svelte";

/** Gives all components of a window its session and snapshot. The window's first component provides it. */
export const [useSession, provideSession] = createContext<Session>();
