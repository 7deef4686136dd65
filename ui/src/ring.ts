import { mount } from "svelte";
import "./app.css";
import { ringHost } from "./lib/host/tauri";
import { Session } from "./lib/state/session.svelte";
import Ring from "./views/ring/Ring.svelte";

mount(Ring, { target: document.getElementById("app")!, props: { session: new Session(ringHost()) } });
