import type { Component } from "svelte";

/** A rarely used view, whose code is loaded when it is first opened. */
export class Lazy<Props extends object = object> {
  #component = $state.raw<Component<Props> | null>(null);
  #error: unknown = null;
  readonly #file: () => Promise<{ default: Component<Props> }>;

  constructor(file: () => Promise<{ default: Component<Props> }>) {
    this.#file = file;
  }

  get loaded(): boolean {
    return this.#component !== null;
  }

  /** Never rejects: the error is thrown where the view would be drawn. */
  async load(): Promise<void> {
    if (this.loaded) return;
    try {
      this.#component = (await this.#file()).default;
    } catch (error) {
      this.#error = error;
    }
  }

  get component(): Component<Props> {
    if (this.#component === null) throw this.#error;
    return this.#component;
  }
}
