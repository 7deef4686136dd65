import { mount } from "svelte";
import "../app.css";
import "../floor.css";
import { FloorSession } from "../lib/state/floor.svelte";
import Supervisor from "../Supervisor.svelte";
import { floorHost } from "./floor-host";

mount(Supervisor, { target: document.getElementById("app")!, props: { session: new FloorSession(floorHost()) } });
