/**
 * A JSON text with one value per line. The text is not read into values, so that a number of any length stays as it is. A text that does not
 * begin as JSON is returned unchanged. Of a text that was cut, the rest after the last whole value is returned as it is.
 */
export function indented(text: string): string {
  if (!/^\s*[{[]/.test(text)) return text;
  const marks = /\s*("(?:\\.|[^"\\])*"|[{}[\],:]|[-+.\w]+)\s*/y;
  let [out, depth, before] = ["", 0, ""];
  const line = () => `\n${"  ".repeat(depth)}`;
  const opens = (mark: string) => mark === "{" || mark === "[";
  for (let at = 0; at < text.length; at = marks.lastIndex) {
    marks.lastIndex = at;
    const mark = marks.exec(text)?.[1];
    if (mark === undefined) return out + text.slice(at);
    const closes = mark === "}" || mark === "]";
    if (closes) depth = Math.max(0, depth - 1);
    if (closes ? !opens(before) : opens(before) || before === ",") out += line();
    out += mark === ":" ? ": " : mark;
    if (opens(mark)) depth += 1;
    before = mark;
  }
  return out;
}
