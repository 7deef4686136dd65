import { expect, test, vi } from "vitest";
import { Texts } from "./texts.svelte";

vi.stubGlobal("navigator", { language: "en" });

async function texts(language: "english" | "chinese"): Promise<Texts> {
  const texts = new Texts();
  await texts.choose(language);
  return texts;
}

test("fc17 a hang-up code outside the documented table is shown in words with its number", async () => {
  const [english, chinese] = [await texts("english"), await texts("chinese")];
  for (const number of [10007, 10016, 10031]) {
    expect(english.ending({ kind: "other", code: number }, null)).toBe(`another reason (${number})`);
    expect(chinese.ending({ kind: "other", code: number }, null)).toBe(`未说明的原因（代码 ${number}）`);
  }
  expect(english.ending({ kind: "normal" }, { kind: "other", code: 10015 })).toBe("hung up: another reason (10015)");
  expect(english.code(1200)).toBe("the extension's phone is offline");
  expect(english.code(777)).toBe("code 777");
});

test("fr4 the platform's time is shown in its time zone, also in daylight saving time", async () => {
  const english = await texts("english");
  const mexico = { platformOffset: -360, platformZone: "America/Mexico_City" };
  expect(english.platformTime(Date.UTC(2022, 6, 14, 19, 0, 0), mexico)).toContain("14:00:00");
  expect(english.platformTime(Date.UTC(2022, 0, 14, 20, 0, 0), mexico)).toContain("14:00:00 (America/Mexico_City)");
  expect(english.platformTime(Date.UTC(2022, 0, 14, 6, 0, 0), { platformOffset: 480, platformZone: null })).toContain("14:00:00 (UTC+08:00)");
});
