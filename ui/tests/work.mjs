import assert from "node:assert/strict";
import { NOON, says } from "./harness.mjs";

const queue = (page, name) => page.locator(`[data-testid='queue'][data-queue='${name}']`);

/** Everything else of the main window after the sign-in. */
export const workTests = [
  [
    "work: a queue that waits for the phone says that it is joined automatically",
    async (open) => {
      const page = await open("phone-at-sign-in");
      await says(page.byId("waits-for-phone").first(), "signs you in by itself");
      const { queues } = await page.snapshot();
      const problem = { code: "queueUnknown", detail: "", retryable: false };
      await page.show({ queues: queues.map((each) => ({ ...each, membership: { kind: "failed", problem } })) });
      assert.equal(await page.byId("waits-for-phone").count(), 0);
    },
  ],
  [
    "offline: old readings are not shown as current, and trying again is offered",
    async (open) => {
      const page = await open("offline");
      await says(queue(page, "queue-1"), "Not confirmed last: Available");
      assert.equal(await page.locator("[data-testid='queue'] svg.available").count(), 0);
      await says(page.byId("age").first(), / ago$/);
      await page.byId("trouble-connection").getByRole("button", { name: "Try now" }).click();
      assert.deepEqual(await page.sent(), [{ kind: "retry" }]);
    },
  ],
  [
    "queues: the age of a reading is shown, and after 30 seconds the reading is not shown as current",
    async (open) => {
      const page = await open("available", { clock: true });
      await says(page.byId("age").first(), "just now");
      assert.equal(await page.locator("[data-testid='queue'] svg.available").count(), 2);
      await page.clock.runFor(25_000);
      await says(page.byId("age").first(), "just now");
      assert.equal(await page.locator("[data-testid='queue'] svg.available").count(), 2, "29 seconds old");
      await page.clock.runFor(2_000);
      await says(queue(page, "queue-1"), "Not confirmed last: Available");
      await page.clock.runFor(10_000);
      await says(page.byId("age").first(), /(3[5-9]|4[01]) sec ago/);
      assert.equal(await page.locator("[data-testid='queue'] svg.available").count(), 0);
    },
  ],
  [
    "queues: shows figures and the other agents; queues can be joined and left",
    async (open) => {
      const page = await open("available");
      const text = await says(queue(page, "queue-1"), "queue-1 Renewals");
      for (const part of ["Available since 11:47", "Answered 42", "Missed 1 2 left", "Last answer 11:54", "Wrap-up 10s", "3 available 1 ringing 6 on call 2 busy 1 away"]) {
        assert.ok(text.includes(part), `${part}: ${text}`);
      }
      await queue(page, "queue-2").getByTestId("leave").click();
      assert.ok(!(await page.byId("offered").isVisible()), "further queues are folded away");
      await page.locator("details summary", { hasText: "Queues to sign in to (1)" }).click();
      await page.byId("offered").getByTestId("join").click();
      assert.deepEqual(await page.sent(), [{ kind: "leaveQueue", queue: "queue-2" }, { kind: "joinQueue", queue: "queue-3" }]);
    },
  ],
  [
    "calls: a number is copied raw, however it is shown",
    async (open) => {
      const page = await open("ringing");
      await says(page.byId("call-now"), "133 8752 5701");
      await page.byId("copy-number").click();
      assert.deepEqual(await page.asked(), ["copyText 13387525701"]);
      assert.equal(await page.byId("copy-number").getAttribute("title"), "Copied");
    },
  ],
  [
    "calls: the longest number takes one line, is complete in its title, and is copied raw",
    async (open) => {
      const page = await open("full", { width: 320, height: 460 });
      const number = page.byId("call-now").locator(".number");
      const { height } = await number.boundingBox();
      assert.ok(height <= 24, `${height} px`);
      assert.equal(await number.getAttribute("title"), Array(16).fill("9999").join(" "));
      await page.byId("copy-number").click();
      assert.deepEqual(await page.asked(), [`copyText ${"9".repeat(64)}`]);
    },
  ],
  [
    "recording: a link is asked for, counts down, is opened and copied, expires, and is asked for again",
    async (open) => {
      const page = await open("available", { clock: true });
      const call = page.locator("[data-testid='recent-call'][data-call='1']");
      await call.getByTestId("ask-link").click();
      assert.deepEqual(await page.sent(), [{ kind: "fetchLink", call: 1 }]);
      await page.show({ link: { call: 1, state: { kind: "asking" } } });
      await says(call, "Asking for the recording …");
      await page.show({ link: { call: 1, state: { kind: "ready", expiresAt: NOON + 287_000 } } });
      await says(call.getByTestId("link-left"), "lives for 4:47");
      await call.getByTestId("open-link").click();
      await call.getByTestId("copy-link").click();
      assert.deepEqual(await page.asked(), ["openRecording 1", "copyRecording 1"]);
      await says(call.getByTestId("copy-link"), "Copied");
      await page.clock.runFor(60_000);
      await says(call.getByTestId("link-left"), "lives for 3:47");
      await page.clock.runFor(227_000);
      await says(call, "the link has died");
      assert.equal(await call.getByTestId("open-link").count(), 0, "an expired link is not offered");
      await call.getByTestId("ask-link").click();
      assert.deepEqual((await page.sent())[1], { kind: "fetchLink", call: 1 });
    },
  ],
  [
    "recording: a failure is shown in place",
    async (open) => {
      const page = await open("link-ready");
      await page.refuse("openRecording", { code: "linkUnsafe", detail: "file:///etc/passwd", retryable: false });
      await page.byId("open-link").click();
      await says(page.byId("failure"), "The link to the recording leads where nothing is fetched from.");
      await page.byId("failure").getByRole("button", { name: "Dismiss" }).click();
      assert.equal(await page.byId("failure").count(), 0);
    },
  ],
  [
    "callbacks: the host copies the address; the test is sent and its result is shown",
    async (open) => {
      const page = await open("available");
      await page.byId("nav-connection").click();
      await says(page.byId("callbacks"), "Alive, last heard 41 sec ago");
      await page.byId("copy-address").click();
      assert.deepEqual(await page.asked(), ["copyCallbackAddress"]);
      await says(page.byId("copy-address"), "Copied");
      await page.byId("test-callback").click();
      assert.deepEqual(await page.sent(), [{ kind: "testCallback" }]);
      const { listener } = await page.snapshot();
      await page.show({ listener: { ...listener, test: { kind: "running", since: NOON } } });
      assert.ok(await page.byId("test-callback").isDisabled());
      await says(page.byId("test-result"), "Waiting for the test ring");
      await page.show({ listener: { ...listener, test: { kind: "arrived", at: NOON, arrivedMs: 1046, paintedMs: 1071 } } });
      await says(page.byId("test-result"), "Arrived after 1,046 ms, card drawn after 1,071 ms.");
    },
  ],
  [
    "connection: shows how rings arrive, since when, the delays of the last ones, and what to do if none can arrive",
    async (open) => {
      const page = await open("available");
      await page.byId("nav-connection").click();
      await says(page.byId("way"), "Rings come by callbacks, since 10:51.");
      const rings = () => page.byId("ring-times").allInnerTexts();
      assert.deepEqual(
        (await rings()).map((text) => text.replace(/\s+/g, " ")),
        ["11:54:20 by callback, 84 ms late card drawn 22 ms later", "11:48:40 by callback card drawn 31 ms later", "10:48:20 by asking, up to 1 sec late card drawn 28 ms later"],
      );
      const { ways, queues } = await page.snapshot();
      await page.show({ ways: { ...ways, callbacksSince: null, asking: { since: NOON - 60_000, everyMs: 10_000 }, rings: [] } });
      await says(page.byId("way"), "Rings are learnt by asking every 10 sec, since 11:59: the card can be as late.");
      assert.equal(await page.byId("ring-times").count(), 0);
      await page.show({ ways: { callbacksSince: null, asking: null, rings: [] } });
      await says(page.byId("way"), "No ring can reach this desktop.");
      await says(page.byId("view-connection"), "keep an eye on it");
      await page.show({ queues: queues.map((queue) => ({ ...queue, membership: { kind: "out" } })) });
      await says(page.byId("way"), "You are signed in to no queue: no ring is expected.");
    },
  ],
  [
    "connection: delays and clock differences are shown in words, with their meaning if they are bad, and not while unknown",
    async (open) => {
      const page = await open("available");
      await page.byId("nav-connection").click();
      const lateness = page.byId("lateness");
      const skew = page.byId("skew");
      const means = page.locator("[data-testid$='-means']");
      const { connection } = await page.snapshot();
      const measured = (latenessMs, skewMs) => page.show({ connection: { ...connection, latenessMs, skewMs } });
      await says(lateness, "The last call's first callback came 84 ms after the event.");
      await says(skew, "This computer's clock is 0.2 sec behind the platform's.");
      await measured(3000, 5000);
      await says(lateness, "came 3 sec after");
      await says(skew, "is 5 sec ahead of");
      assert.equal(await means.count(), 0);
      await measured(3100, -5100);
      await says(page.byId("lateness-means"), "Ring cards can come as late.");
      await says(page.byId("skew-means"), "set its clock by the network");
      await measured(95_000, 7_200_000);
      await says(lateness, "came 1 min after");
      await says(skew, "is 2 hr ahead of");
      await measured(0, 0);
      await says(skew, "This computer's clock agrees with the platform's.");
      assert.equal(await means.count(), 0);
      await measured(null, null);
      assert.equal((await lateness.count()) + (await skew.count()), 0);
    },
  ],
  [
    "a notification's click shows its call, whichever view is open",
    async (open) => {
      const page = await open("available", { width: 320, height: 460 });
      await page.byId("nav-settings").click();
      await page.evaluate(() => window.memoryHost.showCall(6));
      await page.byId("view-work").waitFor();
      const seen = page.locator("#call-6.shown");
      await seen.waitFor();
      const { y, height } = await seen.boundingBox();
      assert.ok(y >= 0 && y + height <= 460, "scrolled into view");
    },
  ],
  [
    "settings: language and theme are switched at run time",
    async (open) => {
      const page = await open("available");
      await page.byId("nav-settings").click();
      await page.byId("language").selectOption("chinese");
      await page.getByRole("heading", { name: "设置", level: 1 }).waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.lang), "zh-CN");
      await says(page.locator("header"), "示闲");
      await page.byId("theme").selectOption("dark");
      assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "dark");
      await page.byId("after-sign-in").selectOption("available");
      const last = (await page.sent()).at(-1);
      assert.deepEqual(last, { kind: "changeSettings", change: { setting: "afterSignIn", value: "available" } });
      await page.byId("language").selectOption("english");
      await page.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
    },
  ],
  [
    "settings: language and theme can follow the system",
    async (open) => {
      const page = await open("available", { language: "", theme: "", locale: "zh-CN", colorScheme: "dark" });
      await says(page.locator("header"), "示闲");
      assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(23, 25, 27)");
      await page.emulateMedia({ colorScheme: "light" });
      assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(246, 247, 248)");
    },
  ],
  [
    "settings: signing out, opening the log folder and quitting",
    async (open) => {
      const page = await open("provisioned");
      await page.show({ signIn: { kind: "signedIn", company: "Lantern" }, place: { ...(await page.snapshot()).place, locked: ["agent.after_sign_in"] } });
      await page.byId("nav-settings").click();
      assert.ok(await page.byId("after-sign-in").isDisabled());
      await says(page.byId("view-settings"), "Set by your administrator");
      await page.byId("open-log").click();
      await page.byId("quit").click();
      assert.deepEqual(await page.asked(), ["openLogFolder", "quit"]);
      await page.byId("sign-out").click();
      assert.deepEqual(await page.sent(), [{ kind: "signOut" }]);
    },
  ],
  [
    "health: problems in other views are counted on their buttons",
    async (open) => {
      const page = await open("unwell");
      await says(page.byId("nav-connection"), "Connection 1");
      await says(page.byId("nav-settings"), "Settings 5");
      await says(page.byId("trouble-store"), "The disk is full.");
      await says(page.byId("safe-mode"), "runs in safe mode");
      await page.byId("nav-settings").click();
      for (const part of ["The keyring is locked.", "This desktop shows no notifications.", "This desktop shows no tray icons.", "No sound can be played here."]) await says(page.byId("health"), part);
    },
  ],
  [
    "practice: only in the demo; an exercise is started, counts, ends and is summed up",
    async (open) => {
      assert.equal(await (await open("available")).byId("nav-practice").count(), 0);
      const page = await open("demo", { clock: true });
      await page.byId("nav-practice").click();
      await page.locator("[data-exercise='busyHour']").getByTestId("begin").click();
      assert.deepEqual(await page.sent(), [{ kind: "practise", exercise: "busyHour" }]);
      const practice = { exercise: "busyHour", beganAt: NOON, endedAt: null, answered: 0, missed: 0, states: [] };
      await page.show({ practice, labelSince: NOON - 754_000 });
      await page.clock.runFor(61_000);
      await says(page.byId("exercise"), "A busy hour 1:01");
      await says(page.byId("exercise"), "Available 1:01 1 time");
      await page.byId("end-practice").click();
      assert.deepEqual((await page.sent())[1], { kind: "practise", exercise: null });
      const states = [{ label: "available", seconds: 200, times: 5 }, { label: "wrapUp", seconds: 50, times: 4 }];
      await page.show({ practice: { ...practice, endedAt: NOON + 250_000, answered: 4, missed: 1, states } });
      const text = await says(page.byId("exercise"), "The exercise is over");
      for (const part of ["4:10", "Answered 4", "Missed 1", "Average wrap-up 13s", "Available 3:20 5 times", "After-call work 0:50 4 times"]) {
        assert.ok(text.includes(part), `${part}: ${text}`);
      }
      await page.byId("begin").first().waitFor();
    },
  ],
  [
    "texts of other systems are never interpreted as markup",
    async (open) => {
      const page = await open("available");
      const evil = `<img src="/x" onerror="window.pwned=1"><script>window.pwned=1</script>\u202eabc`;
      const { queues, recent, notices, place, listener, connection } = await page.snapshot();
      const problem = { code: "refused", detail: evil, retryable: true };
      const call = { id: 900, state: "ringing", party: "agent", card: true, test: false, direction: "outgoing", method: { kind: "predictive" }, queue: evil, displayNumber: evil };
      await page.show({
        signIn: { kind: "signedIn", company: evil },
        agent: { extension: evil, agentId: evil, queues: [evil] },
        queues: [{ ...queues[0], name: evil, remark: evil, problem }, ...queues.slice(1)],
        offered: [{ name: `offered ${evil}`, remark: evil }],
        calls: [{ ...call, customerNumber: evil, memberId: evil, customerId: evil, maturity: evil, startedAt: NOON, rangAt: NOON, answeredAt: null, lastContact: null }],
        recent: [{ ...recent[0], customerNumber: evil }],
        notices: [...notices, { id: 1, at: NOON, what: { kind: "missed", call: 1, customerNumber: evil } }, { id: 2, at: NOON, what: { kind: "benched", queue: evil } }],
        connection: { ...connection, problem },
        listener: { ...listener, shown: evil, problem },
        place: { ...place, dataFolder: evil, logFile: evil, configFile: evil },
      });
      for (const view of ["work", "connection", "settings"]) {
        await page.byId(`nav-${view}`).click();
        const text = await says(page.byId(`view-${view}`), `<img src="/x" onerror="window.pwned=1">`);
        assert.ok(text.includes("<script>"));
        assert.equal(await page.locator("#app img, #app script").count(), 0);
        // A change of direction in a text must not affect the text around it.
        const loose = await page.evaluate(() =>
          [...document.querySelectorAll("#app *:not(bdi)")].filter((each) => [...each.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.includes("\u202e"))).map((each) => each.outerHTML),
        );
        assert.deepEqual(loose, []);
      }
      assert.equal(await page.evaluate(() => window.pwned), undefined);
    },
  ],
];
