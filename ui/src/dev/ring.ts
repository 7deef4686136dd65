import { mount } from "svelte";
import "../app.css";
import { Session } from "../lib/state/session.svelte";
import Ring from "../views/ring/Ring.svelte";
import { scriptedHost } from "./host";

mount(Ring, { target: document.getElementById("app")!, props: { session: new Session(scriptedHost()) } });
