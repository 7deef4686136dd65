/**
 * Whether this key belongs to an input method, such as the Enter that takes a Chinese word over. WebKit reports the last key of a word after
 * the word's end; only its deprecated code says what it was.
 */
export function composes(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}
