import { expect, test } from "vitest";
import { base64, PIECE, send } from "./upload";

const file = (size: number) => new Blob([Uint8Array.from({ length: size }, (_, n) => n % 251)]);

test("a file is sent in pieces that give the file again", async () => {
  const sizes: number[] = [];
  let text = "";
  const whole = await send(file(PIECE * 2 + 5), async (piece) => {
    const bytes = atob(piece);
    sizes.push(bytes.length);
    text += bytes;
  }, () => false);
  expect(whole).toBe(true);
  expect(sizes).toEqual([PIECE, PIECE, 5]);
  expect([...text].every((char, n) => char.charCodeAt(0) === n % 251)).toBe(true);
});

test("no piece is sent after the person stopped", async () => {
  let sent = 0;
  const whole = await send(file(PIECE * 4), async () => void (sent += 1), () => sent === 2);
  expect([whole, sent]).toEqual([false, 2]);
});

test("a piece that the host refuses ends the sending", async () => {
  await expect(send(file(PIECE * 2), () => Promise.reject(new Error("no room")), () => false)).rejects.toThrow("no room");
});

test("bytes are written in Base64 as everywhere", () => {
  expect(base64(new TextEncoder().encode("13800138000\n号码"))).toBe(Buffer.from("13800138000\n号码").toString("base64"));
});
