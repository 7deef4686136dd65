export { Texts } from "./texts.svelte";
