import { says } from "./harness.mjs";

/** Texts in the chosen language, also those that come from Rust. */
export const textsTests = [
  [
    "texts: the platform's codes are shown in words, and codes outside its tables as numbers",
    async (open) => {
      const page = await open("available");
      const snapshot = await page.snapshot();
      const problem = (number) => ({ code: "refused", detail: `code ${number}`, retryable: false, number });
      const notice = (id, number) => ({ id, at: snapshot.labelSince, what: { kind: "rolledBack", wish: { kind: "available" }, problem: problem(number), queues: ["queue-1"] } });
      const recent = { ...snapshot.recent[0], ending: { kind: "other", code: 10020 }, hungUpBy: { kind: "other", code: 10001 } };
      await page.show({ notices: [notice(1, 777), notice(2, 1021)], recent: [recent] });
      for (const details of await page.byId("notice").locator("summary").all()) await details.click();
      const codes = page.byId("problem-code");
      await says(codes.first(), "the number belongs to another company");
      await says(codes.last(), "code 777");
      await says(page.byId("recent-call"), "another reason (10020) · hung up: hung up in the usual way");
      await page.show({ recent: [{ ...recent, ending: { kind: "other", code: 10077 } }] });
      await says(page.byId("recent-call"), "code 10077 · hung up: hung up in the usual way");
      await page.show({ settings: { ...snapshot.settings, language: "chinese" } });
      await says(codes.first(), "号码不属于本公司");
      await says(page.byId("recent-call"), "代码 10077 · 挂断：正常挂断");
    },
  ],
];
