/** Whether this key belongs to an input method, such as the Enter that takes a Chinese word over. WebKit says so by the code alone. */
export function composes(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}
