import { mount } from "svelte";
import "./app.css";
import App from "./App.svelte";
import { mainHost } from "./lib/host/tauri";
import { MainSession } from "./lib/state/session.svelte";

mount(App, { target: document.getElementById("app")!, props: { session: new MainSession(mainHost()) } });
