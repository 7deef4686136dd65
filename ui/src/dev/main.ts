import { mount } from "svelte";
import "../app.css";
import App from "../App.svelte";
import { MainSession } from "../lib/state/session.svelte";
import { scriptedHost } from "./host";

mount(App, { target: document.getElementById("app")!, props: { session: new MainSession(scriptedHost()) } });
