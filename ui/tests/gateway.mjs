import assert from "node:assert/strict";
import { audit, says } from "./harness.mjs";

/** What a person sees at a desk behind the company's gateway. */
export const gatewayTests = [
  [
    "gateway: a new computer asks for a code only, and sends it",
    async (open) => {
      const page = await open("gateway-enrol");
      assert.equal(await page.byId("url").count(), 0, "no address and no accesskey are asked for");
      await says(page.byId("enrol-form"), /gateway\.example\.com/);
      await page.byId("enrol").click();
      await says(page.locator("#enrol-code-hint"), "Needed");
      assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), "enrol-code");
      await page.byId("enrol-code").fill("  uwlr-q7us-gntb-vd2s ");
      await page.keyboard.press("Enter");
      assert.deepEqual(await page.sent(), [{ kind: "enrol", code: "uwlr-q7us-gntb-vd2s" }]);
      assert.ok(await page.byId("enrol").isDisabled());
      await says(page.byId("enrol"), "Enrolling …");
      assert.deepEqual(await audit(page), []);
    },
  ],
  [
    "gateway: a refused code and a revoked computer say why, and a code can be entered",
    async (open) => {
      for (const [scenario, code] of [["gateway-refused", "enrolmentRefused"], ["gateway-revoked", "deskRevoked"]]) {
        const page = await open(scenario);
        assert.equal(await page.byId("enrol-problem").getAttribute("data-code"), code);
        assert.equal(await page.byId("enrol-problem").getAttribute("role"), "alert");
        assert.ok(await page.byId("enrol-code").isEditable());
      }
    },
  ],
  [
    "gateway: at a hot desk only the agent number is asked for, at a personal desk nothing",
    async (open) => {
      const hot = await open("gateway-hot-desk");
      for (const id of ["url", "appid", "accesskey", "extension", "all-fields"]) assert.equal(await hot.byId(id).count(), 0, id);
      await says(hot.byId("fixed"), /gateway\.example\.com[\s\S]*100001/);
      await hot.byId("agent-id").fill("11");
      await hot.byId("submit").click();
      const [sent] = await hot.sent();
      assert.deepEqual([sent.kind, sent.agent.agentId, sent.accesskey], ["signIn", "11", null]);

      const personal = await open("gateway-signed-out");
      assert.equal(await personal.byId("agent-id").count(), 0);
      await personal.byId("submit").click();
      assert.equal((await personal.sent())[0].kind, "signIn");
    },
  ],
  [
    "gateway: the connection shows the gateway, since when, and which extension this computer is",
    async (open) => {
      const page = await open("gateway");
      await page.byId("nav-connection").click();
      await says(page.byId("gateway"), /^Reached since /);
      await says(page.locator("section"), /gateway\.example\.com · enrolled as extension 100001/);
      await says(page.byId("way"), /by the company's gateway/);
      for (const id of ["copy-address", "address", "polling"]) assert.equal(await page.byId(id).count(), 0, id);
      for (const [state, said] of [["reached", "Reached; no call was heard yet."], ["noLeader", "Reached; no call was heard yet."], ["connecting", "Connecting; no call was heard yet."]]) {
        const { gateway, connection } = await page.snapshot();
        await page.show({ gateway: { ...gateway, state }, connection: { ...connection, callbackAt: null, callbacksAlive: false }, ways: { callbacksSince: null, asking: null, rings: [] } });
        await says(page.byId("way"), said);
        await says(page.byId("connection"), "· gateway");
      }
      const { gateway, connection } = await page.snapshot();
      await page.show({ connection: { ...connection, callbackAt: Date.UTC(2026, 4, 20, 4, 0, 0) - 600_000 } });
      await says(page.byId("way"), "Connecting; no call was heard for 10 min.");
      const problem = { code: "gatewayUnreachable", detail: "no connection", retryable: true };
      await page.show({ gateway: { ...gateway, state: "away", problem }, ways: { callbacksSince: null, asking: null, rings: [] } });
      assert.equal(await page.byId("gateway").getAttribute("data-state"), "away");
      await says(page.byId("way"), /No ring can reach this desktop/);
    },
  ],
  [
    "gateway: the badge of the connection counts only what the connection shows",
    async (open) => {
      const page = await open("gateway");
      const { connection, gateway } = await page.snapshot();
      const ill = { ...connection, rateTooLow: true, callbacksContradicted: true };
      await page.show({ connection: ill });
      await page.byId("nav-connection").click();
      assert.equal(await page.byId("nav-connection").locator(".count").count(), 0);
      await page.show({ gateway: null });
      await says(page.byId("nav-connection"), "2");
      await page.show({ gateway });
      await page.byId("nav-connection").locator(".count").waitFor({ state: "hidden" });
    },
  ],
  [
    "gateway: while a computer is enrolled, what is owed, what failed and what is wrong with this computer is said",
    async (open) => {
      const page = await open("gateway-enrol-troubles");
      for (const id of ["safe-mode", "key-not-kept", "owed", "notice"]) await page.byId(id).first().waitFor();
      await page.refuse("send", { code: "storeFull", detail: "no space left on device", retryable: true });
      await page.byId("enrol-code").fill("uwlr-q7us-gntb-vd2s");
      await page.keyboard.press("Enter");
      await page.locator("[data-testid='failure'][data-what='enrol']").waitFor();
      assert.deepEqual(await audit(page), []);
    },
  ],
  [
    "gateway: nothing offers the recordings of the whole company or an accesskey",
    async (open) => {
      const page = await open("gateway");
      await page.byId("nav-settings").click();
      await page.byId("archive").waitFor();
      const scopes = await page.byId("archive").locator("option").evaluateAll((options) => options.map((option) => option.value));
      assert.deepEqual(scopes, ["off", "mine"]);
      await says(page.byId("settings-account"), /stays enrolled/);
      assert.equal(await page.byId("exchanges").count(), 0);
    },
  ],
];
