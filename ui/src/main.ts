import { mount } from "svelte";
import "./app.css";
import App from "./App.svelte";
import { tauriHost } from "./lib/host/tauri";
import { Session } from "./lib/state/session.svelte";

mount(App, { target: document.getElementById("app")!, props: { session: new Session(tauriHost("main")) } });
