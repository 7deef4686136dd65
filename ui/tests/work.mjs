import assert from "node:assert/strict";
import { NOON, audit, says } from "./harness.mjs";

const BUSY = { kind: "busy", reason: null };
const wish = (availability) => ({ kind: "setAvailability", availability });
const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return { id: element.dataset.testid ?? element.tagName.toLowerCase(), text: element.textContent.trim(), seen: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 };
  });
const queue = (page, name) => page.locator(`[data-testid='queue'][data-queue='${name}']`);

/** The main window, signed in. */
export const workTests = [
  [
    "state: a click asks for the other one, which is shown as pending and never as true",
    async (open) => {
      const page = await open("available");
      const button = page.byId("state-button");
      await button.click();
      assert.deepEqual(await page.sent(), [wish(BUSY)]);
      await says(button, "Available");
      await says(page.byId("pending"), "→ Busy …");
      assert.equal(await button.getAttribute("data-label"), "available");
      assert.equal(await button.getAttribute("data-progress"), "pending");
      assert.equal(await page.locator("header [role='status']").textContent(), "changing to Busy …");
      await button.click();
      assert.deepEqual((await page.sent())[1], wish({ kind: "available" }), "a second click takes it back");
    },
  ],
  [
    "state: who set it, when, and when the platform confirmed it",
    async (open) => {
      const page = await open("available", { clock: true });
      const told = () => page.byId("state-button").getAttribute("title");
      assert.match(await told(), /^«Available» was set here at 11:47\. The platform last confirmed the state 4 sec ago\.$/);
      await page.byId("state-menu").click();
      await says(page.byId("told"), "was set here at 11:47");
      await page.clock.runFor(20_000);
      await says(page.byId("told"), "confirmed the state 24 sec ago");
      const { availability } = await page.snapshot();
      await page.show({ availability: { ...availability, wish: null, wishAt: null, confirmedAt: null } });
      assert.equal(await told(), "Nothing was set here; this is what the platform says. The platform has not confirmed the state yet.");
    },
  ],
  [
    "state: an unconfirmed wish is said, with the way out",
    async (open) => {
      const page = await open("overdue");
      await says(page.locator("header"), "has not confirmed «Busy» for 10 seconds");
      await page.byId("again").click();
      assert.deepEqual(await page.sent(), [wish(BUSY)]);
    },
  ],
  [
    "bar: queues, misses and those left, the way a ring comes, missed calls to do",
    async (open) => {
      const page = await open("notices", { width: 1280 });
      const bar = await says(page.locator("header"), "2 of 2 queues");
      for (const part of ["6 missed · 0 left", "Connected · callbacks", "1 missed call to do"]) assert.ok(bar.includes(part), `${part}: ${bar}`);
      assert.equal(await page.byId("connection").getAttribute("title"), "Connected since 10:36 · callbacks");
      await page.byId("connection").click();
      await page.byId("view-connection").waitFor();
      await page.byId("to-do").click();
      await page.byId("view-work").waitFor();
      await page.show({ connection: { ...(await page.snapshot()).connection, state: "disconnected", since: NOON - 70_000, callbacksAlive: false } });
      await says(page.byId("connection"), "Disconnected 1:10");
    },
  ],
  [
    "keyboard: everything is reached in reading order, and the focus is seen",
    async (open) => {
      const page = await open("notices", { width: 480 });
      const all = await page.evaluate(() => [...document.querySelectorAll("button:not(:disabled), select, input, summary")].filter((each) => each.checkVisibility()).map((each) => each.dataset.testid ?? each.tagName.toLowerCase()));
      const reached = [];
      for (let n = 0; n < all.length; n += 1) {
        await page.keyboard.press("Tab");
        const { id, seen, text } = await focused(page);
        assert.ok(seen, `the focus on ${id} «${text}» is not seen`);
        reached.push(id);
      }
      assert.deepEqual(reached, all);
      assert.deepEqual(reached.slice(0, 7), ["state-button", "state-menu", "to-do", "connection", "nav-work", "nav-connection", "nav-settings"]);
    },
  ],
  [
    "keyboard: the state by Enter, the menu by arrows, Home, End and Escape",
    async (open) => {
      const page = await open("available");
      const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
      await press("Tab", "Enter");
      assert.deepEqual(await page.sent(), [wish(BUSY)]);
      await press("Tab", "Enter");
      assert.equal((await focused(page)).text, "Available");
      await press("ArrowDown", "ArrowDown");
      const lunch = await focused(page);
      assert.equal(lunch.text, "On break · Lunch");
      assert.ok(lunch.seen);
      await press("End");
      assert.equal((await focused(page)).text, "On break · Training");
      await press("ArrowDown");
      assert.equal((await focused(page)).text, "Available");
      await press("ArrowUp", "Home");
      assert.deepEqual(await audit(page), []);
      await press("Escape");
      assert.equal((await focused(page)).id, "state-menu");
      assert.equal(await page.locator("[role='menu']").count(), 0);
      await press("ArrowDown", "ArrowDown", "ArrowDown", "Enter");
      assert.deepEqual((await page.sent())[1], wish({ kind: "busy", reason: "Lunch" }));
      assert.equal((await focused(page)).id, "state-menu", "the focus comes back");
      await press("Enter", "Tab");
      assert.equal(await page.locator("[role='menu']").count(), 0, "leaving closes the menu");
    },
  ],
  [
    "menu: a click elsewhere closes it and sends nothing",
    async (open) => {
      const page = await open("available");
      await page.byId("state-menu").click();
      await page.mouse.click(240, 880);
      assert.equal(await page.locator("[role='menu']").count(), 0);
      assert.deepEqual(await page.sent(), []);
    },
  ],
  [
    "nobody in a queue: the state cannot be set, and it says why",
    async (open) => {
      const page = await open("no-queue");
      assert.ok(await page.byId("state-button").isDisabled());
      assert.equal(await page.byId("state-button").getAttribute("title"), "Sign in to a queue first");
      await page.locator("[data-testid='offered'][data-queue='queue-3'] [data-testid='join']").click();
      assert.deepEqual(await page.sent(), [{ kind: "joinQueue", queue: "queue-3" }]);
    },
  ],
  [
    "busy after this call: asked for in the call, shown as kept, taken back",
    async (open) => {
      const page = await open("talking");
      const button = page.byId("busy-after");
      assert.equal(await button.getAttribute("aria-pressed"), "false");
      await button.click();
      assert.deepEqual(await page.sent(), [wish(BUSY)]);
      assert.equal(await button.getAttribute("aria-pressed"), "true");
      const { availability } = await page.snapshot();
      await page.show({ availability: { ...availability, progress: { kind: "overdue" } } });
      assert.ok(!(await page.locator("header").innerText()).includes("10 seconds"), "in a call it is not late");
      await button.click();
      assert.deepEqual((await page.sent())[1], wish({ kind: "available" }));
      await page.show({ label: "available", calls: [] });
      assert.equal(await button.count(), 0);
    },
  ],
  [
    "notices: dismissed, answered, and a call shown",
    async (open) => {
      const page = await open("notices");
      const notice = (kind) => page.locator(`[data-testid='notice'][data-kind='${kind}']`);
      await notice("missed").getByRole("button", { name: "Show call" }).click();
      assert.ok(await page.locator("#call-2.shown").isVisible());
      await notice("benched").getByTestId("be-busy").click();
      assert.deepEqual(await page.sent(), [{ kind: "dismiss", notice: 2 }], "who is busy already stays so without a wish");
      await notice("missed").getByTestId("be-available").click();
      assert.deepEqual((await page.sent()).slice(1), [wish({ kind: "available" }), { kind: "dismiss", notice: 1 }]);
      assert.equal(await notice("missed").count(), 0);
      await notice("removedFromQueue").getByTestId("join-again").click();
      assert.deepEqual((await page.sent()).slice(3), [{ kind: "joinQueue", queue: "queue-3" }, { kind: "dismiss", notice: 3 }]);
      assert.equal(await page.byId("notice").count(), 0);
    },
  ],
  [
    "notices: rolled back says where and why, tries again, goes when dismissed",
    async (open) => {
      const page = await open("rolled-back");
      const text = await says(page.byId("notice"), "«Busy» could not be set in queue-2.");
      assert.ok(text.includes("The platform cannot use this queue."));
      await page.byId("notice").getByText("Details").click();
      await says(page.byId("notice"), "code 1211: 非法队列");
      await page.byId("again").click();
      await page.byId("dismiss").click();
      assert.deepEqual(await page.sent(), [wish(BUSY), { kind: "dismiss", notice: 1 }]);
      assert.equal(await page.byId("notice").count(), 0);
    },
  ],
  [
    "offline: nothing old is shown as true, and trying again is offered",
    async (open) => {
      const page = await open("offline");
      await says(queue(page, "queue-1"), "Not confirmed last: Available");
      assert.equal(await page.locator("[data-testid='queue'] svg.available").count(), 0);
      await page.byId("trouble-connection").getByRole("button").click();
      assert.deepEqual(await page.sent(), [{ kind: "retry" }]);
    },
  ],
  [
    "queues: what is shown grows old, and after 30 seconds is no longer shown as true",
    async (open) => {
      const page = await open("available", { clock: true });
      await says(page.byId("age").first(), "4 sec ago");
      assert.equal(await page.locator("[data-testid='queue'] svg.available").count(), 2);
      await page.clock.runFor(15_000);
      await says(page.byId("age").first(), "19 sec ago");
      await page.clock.runFor(15_000);
      await says(queue(page, "queue-1"), "Not confirmed last: Available");
      assert.equal(await page.locator("[data-testid='queue'] svg.available").count(), 0);
    },
  ],
  [
    "queues: figures, others, signing in and out",
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
    "calls: copied raw, however it is shown",
    async (open) => {
      const page = await open("ringing");
      await says(page.byId("call-now"), "133 8752 5701");
      await page.byId("copy-number").click();
      assert.deepEqual(await page.asked(), ["copyText 13387525701"]);
      assert.equal(await page.byId("copy-number").getAttribute("title"), "Copied");
    },
  ],
  [
    "recording: asked for, counting down, opened, copied, dead, asked for again",
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
      assert.equal(await call.getByTestId("open-link").count(), 0, "a dead link is not offered");
      await call.getByTestId("ask-link").click();
      assert.deepEqual((await page.sent())[1], { kind: "fetchLink", call: 1 });
    },
  ],
  [
    "recording: what cannot be done is said in place",
    async (open) => {
      const page = await open("link-ready");
      await page.refuse("openRecording", { code: "linkUnsafe", detail: "file:///etc/passwd", retryable: false });
      await page.byId("open-link").click();
      await says(page.byId("failure"), "The link is not a web address, so it is not opened.");
      await page.byId("failure").getByRole("button", { name: "Dismiss" }).click();
      assert.equal(await page.byId("failure").count(), 0);
    },
  ],
  [
    "callbacks: the address copied by the host, the test sent and its result said",
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
      assert.deepEqual(last, { kind: "changeSettings", settings: { language: "chinese", theme: "dark", afterSignIn: "available" } });
      await page.byId("language").selectOption("english");
      await page.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
    },
  ],
  [
    "settings: as the system, in language and theme",
    async (open) => {
      const page = await open("available", { language: "", theme: "", locale: "zh-CN", colorScheme: "dark" });
      await says(page.locator("header"), "示闲");
      assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(23, 25, 27)");
      await page.emulateMedia({ colorScheme: "light" });
      assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(246, 247, 248)");
    },
  ],
  [
    "settings: signing out, the log folder, quitting",
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
    "health: what is wrong elsewhere is counted where it can be found",
    async (open) => {
      const page = await open("unwell");
      await says(page.byId("nav-connection"), "Connection 1");
      await says(page.byId("nav-settings"), "Settings 4");
      await says(page.byId("trouble-store"), "The disk is full.");
      await page.byId("nav-settings").click();
      for (const part of ["The keyring is locked.", "This desktop shows no notifications.", "This desktop shows no tray icons."]) await says(page.byId("health"), part);
    },
  ],
  [
    "time: durations tick by themselves, a countdown ends at nothing",
    async (open) => {
      const page = await open("wrap-up", { clock: true });
      const button = page.byId("state-button");
      await says(button, "0:24");
      await page.clock.runFor(4000);
      await says(button, "0:20");
      await page.clock.runFor(30_000);
      await says(button, "0:00");
      await page.show({ label: "available", labelSince: NOON - 720_000, wrapUpUntil: null });
      await says(button, "12:34");
      await page.clock.runFor(60_000);
      await says(button, "13:34");
    },
  ],
  [
    "text that others wrote stays text",
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
        // Its writing direction ends where it ends.
        const loose = await page.evaluate(() =>
          [...document.querySelectorAll("#app *:not(bdi)")].filter((each) => [...each.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.includes("\u202e"))).map((each) => each.outerHTML),
        );
        assert.deepEqual(loose, []);
      }
      assert.equal(await page.evaluate(() => window.pwned), undefined);
    },
  ],
  [
    "motion: a ringing handset pulses, but not for who wants no motion",
    async (open) => {
      const animated = (page) => page.locator("header .pulse").evaluate((each) => getComputedStyle(each).animationName !== "none");
      assert.equal(await animated(await open("ringing")), false);
      assert.equal(await animated(await open("ringing", { reducedMotion: "no-preference" })), true);
    },
  ],
];
