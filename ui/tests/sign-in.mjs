import assert from "node:assert/strict";
import { audit, says } from "./harness.mjs";

const form = { url: " https://call.example.com/ ", appid: "lantern", accesskey: " k y ", extension: "100001", "agent-id": "10", queues: "queue-1，queue-2; queue-3" };
const fill = async (page, fields) => {
  for (const [id, text] of Object.entries(fields)) await page.byId(id).fill(text);
};
const hint = (page, field) => page.locator(`#sign-in-${field}-hint`);

/** The sign-in form. */
export const signInTests = [
  [
    "sign-in: a missing or wrong value is reported at its field, and nothing is sent",
    async (open) => {
      const page = await open("first-start");
      await page.byId("submit").click();
      for (const field of ["url", "appid", "accesskey", "extension", "agentId"]) await says(hint(page, field), "Needed");
      assert.equal(await page.byId("queues").getAttribute("aria-invalid"), "false");
      assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), "url", "the first wrong field has the focus");
      assert.deepEqual(await audit(page), []);
      await fill(page, { url: "call.example.com", "agent-id": "ten" });
      await says(hint(page, "url"), "Begins with http:// or https://");
      await says(hint(page, "agentId"), "Digits only");
      assert.equal(await page.byId("url").getAttribute("aria-invalid"), "true");
      await fill(page, { url: "http://call.example.com" });
      await says(hint(page, "url"), /^$/);
      await page.keyboard.press("Enter");
      assert.deepEqual(await page.sent(), []);
    },
  ],
  [
    "sign-in: the form is sent, and the accesskey is then removed from the page",
    async (open) => {
      const page = await open("first-start");
      await fill(page, form);
      assert.equal(await page.byId("accesskey").getAttribute("type"), "password");
      await page.byId("queues").press("Enter");
      assert.deepEqual(await page.sent(), [
        {
          kind: "signIn",
          account: { url: "https://call.example.com/", appid: "lantern" },
          agent: { extension: "100001", agentId: "10", queues: ["queue-1", "queue-2", "queue-3"] },
          accesskey: " k y ",
        },
      ]);
      assert.equal(await page.byId("accesskey").inputValue(), "");
      await says(hint(page, "accesskey"), /^$/);
      await page.show({ signIn: { kind: "pending" } });
      assert.ok(await page.byId("submit").isDisabled());
      await says(page.byId("submit"), "Signing in …");
      assert.equal(await page.byId("url").getAttribute("readonly"), "");
    },
  ],
  [
    "sign-in: a notice in the form is dismissed by its button only, and that sends nothing else",
    async (open) => {
      for (const [scenario, field] of [["provisioned", "extension"], ["gateway-enrol-troubles", "enrol-code"]]) {
        const page = await open(scenario);
        await page.show({ notices: [{ id: 7, at: Date.UTC(2026, 4, 20), what: { kind: "setAside", problem: { code: "setAside", detail: "call 812", retryable: false } } }] });
        // The notice stays until the session has answered.
        await page.evaluate(() => (window.memoryHost.send = async (intent) => void window.memoryHost.sent.push(intent)));
        await page.byId("dismiss").click();
        assert.deepEqual([await page.sent(), await page.locator("[aria-invalid='true']").count()], [[{ kind: "dismiss", notice: 7 }], 0]);
        await page.byId(field).fill("");
        await page.keyboard.press("Enter");
        await page.locator(`[data-testid='${field}'][aria-invalid='true']`).waitFor();
        assert.equal((await page.sent()).length, 1, "Enter in a field dismisses nothing");
      }
    },
  ],
  [
    "sign-in: typed values survive a later snapshot",
    async (open) => {
      const page = await open("first-start");
      await fill(page, form);
      const { account, agent } = await page.snapshot();
      await page.show({ account: { ...account, url: "https://other.example.com/" }, agent: { ...agent, extension: "999" } });
      await page.show({ signIn: { kind: "failed", problem: { code: "wrongAccesskey", detail: "code 1003", retryable: false }, nextTryAt: null } });
      await says(page.byId("sign-in-problem"), "The platform refused the login. Check appid and accesskey; a space at the end counts.");
      for (const [id, text] of Object.entries(form)) assert.equal(await page.byId(id).inputValue(), text);
    },
  ],
  [
    "sign-in: a stored accesskey need not be typed again",
    async (open) => {
      const page = await open("wrong-key");
      await says(hint(page, "accesskey"), "Leave empty to use the kept one");
      await page.byId("submit").click();
      const [{ accesskey, agent }] = await page.sent();
      assert.equal(accesskey, null);
      assert.deepEqual(agent.queues, ["queue-1", "queue-2"]);
    },
  ],
  [
    "sign-in: values set by the administrator are shown and cannot be changed",
    async (open) => {
      const page = await open("provisioned");
      for (const [id, field] of [["url", "url"], ["appid", "appid"]]) {
        assert.equal(await page.byId(id).getAttribute("readonly"), "");
        await says(hint(page, field), "Set by your administrator");
      }
      assert.equal(await page.byId("extension").getAttribute("readonly"), null);
    },
  ],
  [
    "sign-in: at a hot desk only the agent number is asked for",
    async (open) => {
      const page = await open("hot-desk");
      assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), "agent-id");
      assert.equal(await page.locator("form input").count(), 1);
      await says(page.byId("fixed"), /call\.example\.com.*Set by your administrator.*100001/s);
      assert.deepEqual(await audit(page), []);
      await page.keyboard.type("11");
      await page.keyboard.press("Enter");
      const account = { url: "https://call.example.com/", appid: "lantern" };
      assert.deepEqual(await page.sent(), [{ kind: "signIn", account, agent: { extension: "100001", agentId: "11", queues: [] }, accesskey: null }]);
      await page.show({ signIn: { kind: "failed", problem: { code: "accesskeyMissing", detail: "", retryable: false }, nextTryAt: null } });
      await page.byId("accesskey").waitFor();
      assert.equal(await page.byId("agent-id").inputValue(), "11");
      assert.equal(await page.byId("extension").getAttribute("readonly"), "");
    },
  ],
  [
    "sign-in: the next try counts down and can be made at once",
    async (open) => {
      const page = await open("unreachable", { clock: true });
      await says(page.byId("sign-in-problem"), "Next try in 0:23.");
      await page.clock.runFor(10_000);
      await says(page.byId("sign-in-problem"), "Next try in 0:13.");
      await page.byId("retry").click();
      assert.deepEqual(await page.sent(), [{ kind: "retry" }]);
    },
  ],
  [
    "sign-in: the form works by keyboard alone, with the fields in order",
    async (open) => {
      const page = await open("first-start");
      for (const [id, text] of Object.entries(form)) {
        await page.keyboard.press("Tab");
        assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), id);
        await page.keyboard.type(text);
      }
      await page.keyboard.press("Enter");
      assert.equal((await page.sent()).length, 1);
    },
  ],
  [
    "sign-in: the demo can be started, and a failure to start it is shown",
    async (open) => {
      const page = await open("first-start");
      await page.byId("try-demo").click();
      assert.deepEqual(await page.asked(), ["startDemo"]);
      await page.refuse("startDemo", { code: "refused", detail: "no such file", retryable: false });
      await page.byId("try-demo").click();
      await says(page.getByRole("alert"), "The platform refused.");
      await page.show({ demo: true });
      assert.equal(await page.byId("try-demo").count(), 0, "the demo does not offer the demo");
      await says(page.byId("sign-in-form"), "its accesskey is demo-key");
    },
  ],
  [
    "sign-in: messages above the form have its full width",
    async (open) => {
      const page = await open("owed");
      // Notices of missed calls need a sign-in.
      const missed = { id: 2, at: 0, what: { kind: "missed", call: 2, customerNumber: "13387525702" } };
      await page.show({ notices: [{ id: 1, at: 0, what: { kind: "coreRestarted" } }, missed] });
      assert.equal(await page.byId("notice").count(), 1);
      await page.byId("submit").click();
      const width = async (locator) => (await locator.boundingBox()).width;
      const whole = await width(page.byId("submit"));
      for (const id of ["owed", "notice"]) assert.equal(await width(page.byId(id)), whole, id);
    },
  ],
  [
    "sign-in: a final refusal brings the form back, a bad connection does not",
    async (open) => {
      await (await open("revoked")).byId("sign-in-problem").waitFor();
      const page = await open("reconnecting", { clock: true });
      await page.byId("view-work").waitFor();
      await says(page.byId("trouble-connection"), "Next try in 1:35.");
      await page.clock.runFor(10_000);
      await says(page.byId("trouble-connection"), "Next try in 1:25.");
    },
  ],
];
