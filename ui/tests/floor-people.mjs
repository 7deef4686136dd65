import assert from "node:assert/strict";
import { desk, goTo, host, last } from "./floor-pictures.mjs";
import { walk } from "./hands.mjs";
import { says } from "./harness.mjs";

/** Each view of the supervisor's window with as many controls as possible. */
const WALKS = ["usual campaigns campaigns-row act-end", "usual campaigns campaigns-row! edit-limits", "unknown campaigns campaigns-row!", "usual campaigns new-campaign", "usual queues queues-row edit-queue", "usual queues add-queue", "usual groups groups-row", "usual extensions extensions-row", "break wallboard board-settings", "usual rescue", "usual doNotCall dnc-add", "usual console service call-service", "usual ledger"];

const walks = WALKS.map((name) => [
  `floor: Tab reaches everything in ${name}`,
  async (open) => {
    const [scenario, ...way] = name.split(" ");
    const page = await desk(open, scenario);
    await goTo(page, ...way);
    assert.deepEqual(await walk(page), []);
  },
]);

/** The supervisor's window: people, lists and the page itself. */
export const floorPeopleTests = [
  [
    "floor: the list of extensions shows where the platform's two answers differ, and names what is not licensed",
    async (open) => {
      const page = await desk(open, "usual");
      await goTo(page, "extensions");
      await page.byId("extension-search").fill("100009");
      await says(page.byId("extensions-row"), "enabled the list says: disabled");
      await page.byId("extension-search").fill("100001");
      assert.equal(await page.byId("differs").count(), 0);
      const other = await desk(open, "unlicensed");
      await goTo(other, "extensions");
      await says(other.byId("untold"), "Whether extensions are enabled (GetSipValidStatus): not told.");
    },
  ],
  ...walks,
  [
    "floor: several agents are set busy at once, each with its own result, done only when confirmed",
    async (open) => {
      const page = await desk(open, "usual");
      await goTo(page, "queues", "queues-row");
      const row = (extension) => page.locator(`[data-testid='agents-row'][data-key='${extension}']`);
      await row("100001").click();
      await row("100005").click({ modifiers: ["Shift"] });
      await page.byId("seat-busy").click();
      const { kind, seats, order } = await last(page);
      assert.deepEqual([kind, order, seats.length, seats[0]], ["setSeats", "busy", 5, { queue: "queue-1", extension: "100001", agentId: "5001" }]);
      await says(row("100005"), "Available");
      await says(row("100005"), "Set busy: requested …");
      await host(page, "(host) => host.confirm()");
      await says(row("100005"), "Busy");
      await says(row("100005"), "Set busy: done");

      const changing = await desk(open, "changing");
      await goTo(changing, "queues", "queues-row");
      await says(changing.byId("seats-failed"), "1 change failed. 100005 · Sign out: failed. The platform does not know this extension.");
      const progress = await changing.byId("agents").locator("[data-progress]").evaluateAll((all) => all.map((each) => each.dataset.progress));
      assert.deepEqual(progress, ["pending", "accepted", "confirmed", "overdue", "failed", "afterCall"]);
      await changing.locator("[data-testid='agents-row']").last().click();
      assert.ok(await changing.byId("seat-busy").isDisabled(), "an agent without an extension cannot be set");
    },
  ],
  [
    "floor: the number of an agent whose row does not say it is typed before anything is asked",
    async (open) => {
      const page = await desk(open, "unnumbered");
      await goTo(page, "queues", "queues-row");
      await page.locator("[data-testid='agents-row'][data-key='100001']").click();
      await page.byId("seat-busy").click();
      await says(page.byId("numbers-needed"), "Agent’s number of 100001");
      assert.ok(await page.byId("order-now").isDisabled());
      assert.ok(!(await page.asked()).includes("floorIntent setSeats"));
      await page.byId("agent-number").fill(" 5001 ");
      await page.byId("order-now").click();
      assert.deepEqual(await last(page), { kind: "setSeats", seats: [{ queue: "queue-1", extension: "100001", agentId: "5001" }], order: "busy" });
      await page.byId("numbers-needed").waitFor({ state: "hidden" });
      await page.byId("seat-signIn").click();
      await page.byId("join-extensions").fill("100002, 200001");
      assert.equal(await page.byId("agent-number").count(), 1, "the row of 100002 says its number");
      await page.byId("agent-number").fill("6001");
      await page.byId("join").click();
      assert.deepEqual((await last(page)).seats.map(({ agentId }) => agentId), ["5002", "6001"]);
    },
  ],
  [
    "floor: a queue is made, edited and deleted by its name",
    async (open) => {
      const page = await desk(open, "usual");
      await goTo(page, "queues", "add-queue");
      await page.byId("queue-name").fill("queue-1");
      await says(page.byId("queue-form"), "There is a queue with this name.");
      await page.byId("queue-name").fill("queue-9");
      await page.byId("queue-remark").fill("Evenings");
      await page.byId("queue-strategy").selectOption("roundRobin");
      await says(page.byId("queue-form"), "going on after the agent who had the last call");
      await page.byId("queue-ringSeconds").fill("20");
      await says(page.byId("queue-form"), "The platform’s own value is 30.");
      await page.byId("save-queue").click();
      const made = await last(page);
      assert.deepEqual([made.kind, made.name, made.dials, made.settings.ringSeconds, made.settings.discardAfter, made.settings.strategy], ["addQueue", "queue-9", true, 20, 90, { kind: "roundRobin" }]);
      await says(page.byId("results"), "Make queue queue-9: requested …");
      await page.byId("queues-row").nth(1).click();
      await page.byId("delete-queue").click();
      await page.byId("confirm-delete-name").fill("queue-1");
      assert.ok(await page.byId("confirm-delete-yes").isDisabled());
      await page.byId("confirm-delete-name").fill("queue-2");
      await page.byId("confirm-delete-yes").click();
      assert.deepEqual(await last(page), { kind: "deleteQueue", name: "queue-2" });
    },
  ],
  [
    "floor: a password is masked, shown for thirty seconds at most, and gone with its view",
    async (open) => {
      const page = await desk(open, "usual", { clock: true });
      await goTo(page, "extensions");
      await page.clock.runFor(50);
      await page.byId("extensions-row").first().click();
      await says(page.byId("password-text"), "••••••••");
      await page.byId("show-password").click();
      await says(page.byId("password-text"), "pw-100001-7Gh2");
      await page.clock.runFor(29_000);
      await says(page.byId("password-text"), "pw-100001-7Gh2");
      await page.clock.runFor(1_500);
      await says(page.byId("password-text"), "••••••••");
      await page.byId("show-password").click();
      await page.byId("extensions-row").nth(1).click();
      assert.ok(!(await page.content()).includes("pw-100001"), "the page does not hold it any more");
      await page.byId("copy-password").click();
      assert.ok((await page.asked()).includes("copyPassword 100002"));
      await says(page.byId("password-said"), "Copied");
      await page.clock.runFor(29_000);
      await says(page.byId("password-said"), "Copied");
      await page.byId("copy-password").click();
      await page.clock.runFor(29_000);
      await says(page.byId("password-said"), "Copied");
      await page.clock.runFor(1_500);
      await says(page.byId("password-said"), /^$/);
    },
  ],
  [
    "floor: one action makes a campaign of missed customers",
    async (open) => {
      const page = await desk(open, "usual");
      await goTo(page, "rescue");
      await says(page.byId("rescue-make"), "Make a campaign of 26 customers");
      await says(page.byId("in-open"), /^\d+ of these are in an open campaign/);
      await page.byId("rescue-row").nth(0).click();
      await page.byId("rescue-row").nth(1).click({ modifiers: ["Control"] });
      await page.byId("rescue-make").click();
      await says(page.byId("wizard"), "Call missed customers");
      assert.equal(await page.byId("sent-as").count(), 2);
      await says(page.byId("sent-as").first(), "138 0013 8000");
    },
  ],
  [
    "floor: a team break says what it does, shows its step in every view, and is taken back",
    async (open) => {
      const page = await desk(open, "usual");
      await goTo(page, "queues", "queues-row", "team-break-open");
      await says(page.byId("team-break-form"), "This desk’s campaigns of the queue are paused; campaigns made elsewhere go on.");
      await page.byId("break-minutes").fill("5");
      await page.byId("start-team-break").click();
      assert.deepEqual(await last(page), { kind: "startTeamBreak", queue: "queue-1", minutes: 5 });
      await says(page.byId("team-break"), "pausing its campaigns …");
      await goTo(page, "ledger");
      await says(page.byId("team-break"), "Team break of queue-1");
      await page.byId("end-team-break").click();
      assert.deepEqual(await last(page), { kind: "endTeamBreak", queue: "queue-1" });
      await says(page.byId("team-break"), "setting its agents available …");
      const trouble = await desk(open, "break");
      await goTo(trouble, "queues");
      await says(trouble.byId("team-break"), "code 1028");
    },
  ],
  [
    "floor: the console asks before a change, and not before a reading",
    async (open) => {
      const page = await desk(open, "usual");
      await goTo(page, "console");
      await page.locator("[data-service='App.Sip_Queue.GetQueueList']").click();
      await page.byId("call-service").click();
      await says(page.byId("request-text"), "token=••••••••");
      await says(page.byId("answer-text"), "Renewals");
      await page.byId("copy-curl").click();
      assert.ok((await page.asked()).some((what) => what.startsWith("copyText curl ")));
      await page.byId("service-search").fill("delqueue");
      await page.byId("service").click();
      assert.ok(await page.byId("call-service").isDisabled());
      await page.byId("field-queuename").fill("queue-2");
      await page.byId("call-service").click();
      assert.ok(!(await page.asked()).includes("callService App.Sip_Queue.DelQueue"));
      await page.byId("confirm-call-yes").click();
      await says(page.byId("took"), "Answered in 84 ms");
    },
  ],
  [
    "floor: the do-not-call list is added to, searched and taken from",
    async (open) => {
      const page = await desk(open, "usual");
      await goTo(page, "doNotCall", "dnc-add");
      await page.byId("dnc-text").fill("13911112222\nnobody\n13900000001\n");
      await says(page.byId("dnc-add-yes"), "Add 2 numbers");
      await says(page.byId("dnc-unreadable"), "1 line is no number: line 2 (“nobody”)");
      await page.byId("dnc-text").fill("13911112222\n13900000001\n");
      await says(page.byId("dnc-unreadable"), /^$/);
      await page.byId("dnc-reason").fill("Asked by mail");
      await page.byId("dnc-add-yes").click();
      await says(page.byId("dnc-said"), "1 number is new on the list.");
      await page.byId("dnc-search").fill("13911112222");
      await says(page.byId("dnc-row").first(), "Asked by mail");
      await page.byId("dnc-row").first().click();
      await page.byId("dnc-remove").click();
      await page.byId("confirm-dnc-yes").click();
      assert.deepEqual(await last(page), { kind: "removeDoNotCall", phones: ["13911112222"] });
      await says(page.byId("dnc"), "Nothing matches the search.");
    },
  ],
  [
    "floor: a refusal is said where it was asked for, and what is not licensed is shown as such",
    async (open) => {
      const page = await desk(open, "failing");
      await page.locator("[data-testid='campaigns-row'][data-key='1']").click();
      await page.byId("act-pause").click();
      await says(page.byId("said"), "The campaign was not paused.");
      await says(page.byId("said"), "The disk is full.");
      await says(page.locator("[data-testid='campaigns-row'][data-key='1']"), "Running");
      const unlicensed = await desk(open, "unlicensed");
      await goTo(unlicensed, "groups");
      await says(unlicensed.byId("unlicensed"), "Groups: not licensed (603)");
    },
  ],
  [
    "floor: only the topics in view are watched, and both languages are shown at once",
    async (open) => {
      const page = await desk(open, "usual");
      const watched = async () => (await host(page, "(host) => host.watched.map((topic) => topic.kind)")).sort();
      const until = async (expected) => {
        const end = Date.now() + 5000;
        while (JSON.stringify(await watched()) !== JSON.stringify(expected)) if (Date.now() > end) assert.deepEqual(await watched(), expected);
      };
      await until(["campaigns", "desk", "elsewhere"]);
      await goTo(page, "extensions");
      await until(["desk", "extensions"]);
      await goTo(page, "wallboard");
      await until(["desk", "wallboard"]);
      await host(page, "(host) => host.settle({ language: 'chinese', theme: 'dark' })");
      await says(page.byId("wallboard"), "监控大屏");
      assert.equal(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dataset.theme].join(" ")), "zh-CN dark");
    },
  ],
  [
    "floor: an agent enters a customer in the do-not-call list with one press, where the desk is switched on",
    async (open) => {
      const page = await open("ringing");
      assert.equal(await page.byId("do-not-call").count(), 0);
      const { settings } = await page.snapshot();
      await page.show({ settings: { ...settings, supervisor: true } });
      await page.byId("do-not-call").click();
      await says(page.byId("do-not-call-said"), "Entered in the do-not-call list.");
      assert.ok((await page.asked()).some((what) => what.startsWith("doNotCall 13387525701")));
    },
  ],
];
