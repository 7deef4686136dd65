/** The size of one piece of a file, in bytes. */
export const PIECE = 512 * 1024;

/** The most bytes that become arguments of one call: more can exceed the stack. A multiple of three, so that the parts can be joined. */
const PART = 24_576;

/** A piece of a file in Base64. */
export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PART) text += btoa(String.fromCharCode(...bytes.subarray(at, at + PART)));
  return text;
}

/** Sends a file in pieces, one at a time. `stopped` is asked before each piece. Returns whether all pieces were sent. */
export async function send(file: Blob, piece: (text: string) => Promise<void>, stopped: () => boolean): Promise<boolean> {
  for (let at = 0; at < file.size; at += PIECE) {
    if (stopped()) return false;
    const bytes = new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer());
    if (stopped()) return false;
    await piece(base64(bytes));
  }
  return !stopped();
}
