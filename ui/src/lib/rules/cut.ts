/** At most so many characters of a text. Half a character is no text that the shell can read. */
export const cutText = (text: string, most: number) => text.slice(0, most).replace(/[\ud800-\udbff]$/, "");
