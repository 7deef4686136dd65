import { mount } from "svelte";
import "./app.css";
import { connect } from "./lib/host";
import { Session } from "./lib/state/session.svelte";
import App from "./App.svelte";

const session = new Session(await connect("main"));
mount(App, { target: document.getElementById("app")!, props: { session } });
