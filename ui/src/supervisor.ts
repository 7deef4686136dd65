import { mount } from "svelte";
import "./app.css";
import "./floor.css";
import { supervisorHost } from "./lib/host/tauri";
import { FloorSession } from "./lib/state/floor.svelte";
import Supervisor from "./Supervisor.svelte";

mount(Supervisor, { target: document.getElementById("app")!, props: { session: new FloorSession(supervisorHost()) } });
