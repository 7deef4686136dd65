import { mount } from "svelte";
import "./app.css";
import { connect } from "./lib/host";
import { Session } from "./lib/state/session.svelte";
import Ring from "./views/ring/Ring.svelte";

const session = new Session(await connect("ring"));
mount(Ring, { target: document.getElementById("app")!, props: { session } });
