/** A message about a success. It disappears by itself. */
export class Passing {
  text = $state("");
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `stays`: how long, in milliseconds. A path that a person may copy stays longer. */
  say(text: string, stays = 8_000): void {
    clearTimeout(this.#timer);
    this.text = text;
    if (text !== "") this.#timer = setTimeout(() => (this.text = ""), stays);
  }
}
