import assert from "node:assert/strict";
import { says } from "./harness.mjs";

async function details(open, scenario, row = 1) {
  const page = await open(scenario, { width: 1280, height: 800 });
  await page.byId("nav-calls").click();
  await page.locator(`#log-${row}`).click();
  return page;
}

export const callBackTests = [
  [
    "call back: asks once, in place, and sends the intent after the confirmation",
    async (open) => {
      const page = await details(open, "available");
      await page.byId("call-back").click();
      await says(page.byId("ask-call-back"), /The platform calls \d{3,5} \d{4} \d{4} first/);
      assert.equal(await page.evaluate(() => document.activeElement?.id), "call-back", "the sentence is read out");
      await page.byId("no-call").click();
      assert.deepEqual(await page.sent(), []);
      assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("data-testid")), "call-back");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      assert.deepEqual(await page.sent(), [{ kind: "callBack", call: 239 }]);
      await says(page.byId("calling-back"), "Asking the platform to call");
      assert.equal(await page.byId("call-back").count(), 0, "the call is not asked for twice");
    },
  ],
  [
    "call back: the question is asked again after another call was chosen",
    async (open) => {
      const page = await details(open, "available");
      await page.byId("call-back").click();
      await page.locator("#log-2").click();
      await page.byId("call-back").waitFor();
      assert.equal(await page.byId("ask-call-back").count(), 0);
    },
  ],
  [
    "call back: offered only while the agent is available and the call has a number",
    async (open) => {
      const page = await details(open, "busy");
      await says(page.byId("no-call-back"), "To call back, be available");
      await page.locator("#log-5").click();
      await says(page.byId("details"), "Withheld");
      assert.equal((await page.byId("no-call-back").count()) + (await page.byId("call-back").count()), 0);
      // A pending question disappears when the state changes.
      const other = await details(open, "available");
      await other.byId("call-back").click();
      await other.show({ label: "ringing", callBack: { offered: false, last: null } });
      await other.byId("no-call-back").waitFor();
      assert.equal(await other.byId("call-now").count(), 0);
    },
  ],
  [
    "call back: an unknown result is shown in every view, with the number, until it is dismissed",
    async (open) => {
      const page = await open("call-back-unknown", { width: 1280, height: 800 });
      for (const view of ["work", "calls", "connection"]) {
        await page.byId(`nav-${view}`).click();
        await says(page.byId("calling-back"), "It is not known whether the call to 133 8752 5701 reached the platform.");
      }
      await says(page.byId("what-was-sent"), /Number 133 8752 5701 Time .*11:59:57 Task ringside-100001-\d+/);
      assert.deepEqual(await page.sent(), []);
      await page.byId("dismiss-call-back").click();
      assert.deepEqual(await page.sent(), [{ kind: "endCallBack" }]);
      assert.equal(await page.byId("calling-back").count(), 0);
    },
  ],
  [
    "call back: can be stopped while the customer is called; its line disappears once they talk",
    async (open) => {
      const page = await open("call-back-calling", { width: 480, height: 800 });
      await says(page.byId("what-was-sent"), "Task 20200212163504393460");
      const { last } = (await page.snapshot()).callBack;
      await page.show({ callBack: { offered: false, last: { ...last, state: { kind: "connected" } } } });
      assert.equal(await page.byId("calling-back").count(), 0);
      await page.show({ callBack: { offered: false, last } });
      await page.byId("stop-call-back").click();
      assert.deepEqual(await page.sent(), [{ kind: "endCallBack" }]);
    },
  ],
];
