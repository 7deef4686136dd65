/** What a success says in its view: it leaves by itself. */
export class Passing {
  text = $state("");
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `stays`: in milliseconds; a text that a person copies stays longer. */
  say(text: string, stays = 8_000): void {
    clearTimeout(this.#timer);
    this.text = text;
    if (text !== "") this.#timer = setTimeout(() => (this.text = ""), stays);
  }
}
