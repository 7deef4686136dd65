import assert from "node:assert/strict";
import { NOON, says } from "./harness.mjs";

const look = { file: "ring", width: 420, height: 360 };
const card = (page, call) => page.locator(`[data-testid='ring-card'][data-call='${call}']`);
const ids = (page) => page.byId("ring-card").evaluateAll((cards) => cards.map((each) => Number(each.dataset.call)));
const fits = async (page) => (await page.asked()).filter((asked) => asked.startsWith("fitRing")).map((asked) => Number(asked.split(" ")[1]));
const stack = (page) => page.locator("main").evaluate((main) => Math.ceil(main.getBoundingClientRect().height));

/** The window of the ring cards. */
export const ringTests = [
  [
    "ring: the card shows its parts in order",
    async (open) => {
      const page = await open("ringing", look);
      const text = (await card(page, 900).innerText()).replace(/\s+/g, " ");
      assert.match(text, /^Outgoing queue-1 CRM Note 133 8752 5701 李雯 · VIP · 18533700187590656 · Maturity 3 Last contact May 17, 12:00 · talked 3:07 · Call again · Asks for the contract by post 请寄合同 Ringing 6s · Answer on your phone/);
      const number = await page.byId("ring-number").evaluate((each) => parseFloat(getComputedStyle(each).fontSize));
      assert.ok(number >= 18, "the number is large");
      const { width, height } = await card(page, 900).boundingBox();
      assert.ok(width === 420 && height <= 112, `${width}×${height}`);
    },
  ],
  [
    "ring: a masked card shows the end of the number, and no id of the customer",
    async (open) => {
      const page = await open("ringing", look);
      const { settings } = await page.snapshot();
      await page.show({ settings: { ...settings, card: { ...settings.card, masked: true } } });
      await says(page.byId("ring-number"), "•••• 5701");
      const text = await card(page, 900).innerText();
      for (const hidden of ["8752", "李雯", "18533700187590656"]) assert.ok(!text.includes(hidden), hidden);
    },
  ],
  [
    "ring: one card per call, the oldest on top; a second call does not replace the first",
    async (open) => {
      const page = await open("ringing", look);
      await card(page, 900).evaluate((each) => (each.first = true));
      const { calls } = await page.snapshot();
      const second = { ...calls[0], id: 901, customerNumber: "02566823420", customerId: null };
      await page.show({ calls: [...calls, second], moreCalls: 0 });
      await card(page, 901).waitFor();
      assert.deepEqual(await ids(page), [900, 901]);
      assert.ok(await card(page, 900).evaluate((each) => each.first), "the first is still the same one");
      await says(card(page, 900), "133 8752 5701");
      await says(card(page, 901), "025 6682 3420");
      await page.show({ calls: [second] });
      assert.deepEqual(await ids(page), [901], "each card disappears alone");
      await page.show({ calls: [] });
      assert.deepEqual(await ids(page), []);
    },
  ],
  [
    "ring: five cards and the number of further calls, in a window of their height",
    async (open) => {
      const page = await open("ringing", look);
      const [first] = await fits(page);
      assert.equal(first, await stack(page));
      const { calls } = await page.snapshot();
      await page.show({ calls: [0, 1, 2, 3, 4].map((n) => ({ ...calls[0], id: 900 + n })), moreCalls: 7 });
      assert.deepEqual(await ids(page), [900, 901, 902, 903, 904]);
      await says(page.byId("ring-more"), "+7");
      const heights = await fits(page);
      assert.deepEqual(heights, [first, await stack(page)]);
      assert.ok(heights[1] > 4 * first);
      await page.show({ labelSince: NOON });
      assert.equal((await fits(page)).length, 2, "an unchanged height is not sent again");
    },
  ],
  [
    "ring: each card is reported painted, once",
    async (open) => {
      const page = await open("several", { ...look, clock: true });
      const painted = () => page.evaluate(() => window.memoryHost.painted);
      assert.deepEqual(await painted(), [], "not before the second frame");
      await page.clock.runFor(100);
      assert.deepEqual(await painted(), [900, 901, 902]);
      await page.show({ labelSince: NOON });
      await page.clock.runFor(100);
      assert.deepEqual(await painted(), [900, 901, 902]);
    },
  ],
  [
    "ring: takes no focus by itself, and Escape does not close a card",
    async (open) => {
      const page = await open("several", look);
      assert.equal(await page.evaluate(() => document.activeElement === document.body), true);
      await card(page, 900).getByTestId("copy-number").focus();
      await page.keyboard.press("Escape");
      assert.deepEqual(await page.sent(), [{ kind: "silence", call: 900 }]);
      assert.equal((await ids(page)).length, 3);
    },
  ],
  [
    "ring: the number is copied raw, the call is shown in the main window, and cards are hidden one by one",
    async (open) => {
      const page = await open("several", look);
      await card(page, 901).getByTestId("copy-number").click();
      await card(page, 901).getByTestId("show-call").click();
      assert.deepEqual((await page.asked()).filter((asked) => !asked.startsWith("fitRing")), ["copyText 02566823420", "showMain 901"]);
      await card(page, 901).getByTestId("hide-card").click();
      assert.deepEqual(await page.sent(), [{ kind: "hideCard", call: 901 }]);
      assert.deepEqual(await ids(page), [900, 902]);
      await page.refuse("copyText", { code: "refused", detail: "no clipboard", retryable: false });
      await card(page, 900).getByTestId("copy-number").click();
      await says(card(page, 900).getByRole("alert"), "The platform refused.");
    },
  ],
  [
    "ring: a note is typed on the card, which takes the keyboard only on request; later snapshots keep the text",
    async (open) => {
      const page = await open("several", { ...look, height: 520, clock: true });
      const heights = (await fits(page)).length;
      await card(page, 901).getByTestId("note-call").click();
      const note = card(page, 901).getByTestId("note");
      await note.waitFor();
      assert.ok(await note.evaluate((each) => each === document.activeElement), "the field has the focus after the click");
      assert.deepEqual((await page.asked()).filter((asked) => !asked.startsWith("fitRing")), ["typeOnRing"]);
      await page.clock.runFor(100);
      assert.equal((await fits(page)).at(-1), await stack(page), "the window grows with the note");
      assert.ok((await fits(page)).length > heights);
      await note.pressSequentially("请在");
      await page.show({ labelSince: NOON });
      await note.pressSequentially("周五回电");
      await page.clock.runFor(500);
      const edit = (text) => ({ kind: "editNote", call: 901, edit: { kind: "text", text } });
      assert.deepEqual(await page.sent(), [edit("请在周五回电")], "saved as typed");
      await note.pressSequentially("!");
      const { calls } = await page.snapshot();
      await page.show({ calls: calls.filter(({ id }) => id !== 901) });
      assert.deepEqual(await page.sent(), [edit("请在周五回电"), edit("请在周五回电!")], "saved when the phone stops ringing");
    },
  ],
  [
    "ring: pressing the card drags it, except on its controls",
    async (open) => {
      const page = await open("ringing", look);
      const drags = async () => (await page.asked()).filter((asked) => asked === "dragRing").length;
      await page.byId("ring-known").click();
      assert.equal(await drags(), 1);
      await page.byId("ring-known").click({ button: "right" });
      await page.byId("copy-number").click();
      await page.byId("note-call").click();
      await page.byId("note").click();
      assert.equal(await drags(), 1);
    },
  ],
  [
    "ring: settings of the card apply at once",
    async (open) => {
      const page = await open("available");
      await page.byId("nav-settings").click();
      await page.byId("card-size").selectOption("large");
      await page.byId("discreet").check();
      const { settings } = await page.snapshot();
      assert.deepEqual(settings.card, { size: "large", discreet: true, masked: false });
      await page.byId("put-ring-back").click();
      assert.deepEqual(await page.asked(), ["putRingBack"]);
      await says(page.byId("card-settings"), "It is back.");
    },
  ],
  [
    "ring: the main window also has a note for a current call",
    async (open) => {
      const page = await open("calling", { clock: true });
      await says(page.byId("call-now"), "Calling the customer");
      await page.byId("note-call").click();
      await page.byId("note").pressSequentially("x");
      await page.clock.runFor(500);
      const [sent] = await page.sent();
      assert.deepEqual(sent.edit, { kind: "text", text: "x" });
    },
  ],
  [
    "ring: busy after this call is offered once, however many calls ring",
    async (open) => {
      const page = await open("several", look);
      assert.equal(await page.byId("busy-after").count(), 1);
      await page.byId("busy-after").click();
      assert.deepEqual(await page.sent(), [{ kind: "wish", wish: { kind: "busy", reason: null } }]);
      assert.equal(await page.byId("busy-after").getAttribute("aria-pressed"), "true");
      const answer = card(page, 900).getByText("Answer on your phone");
      assert.ok(await answer.evaluate((each) => each.scrollWidth <= each.clientWidth), "there is room for all of it");
      await page.byId("busy-after").click();
      assert.deepEqual((await page.sent())[1], { kind: "wish", wish: { kind: "available" } });
    },
  ],
  [
    "ring: the seconds go on, and later facts about the customer do not move the layout",
    async (open) => {
      const page = await open("ringing", { ...look, clock: true });
      await says(page.byId("ring-seconds"), "Ringing 6s");
      await page.clock.runFor(5000);
      await says(page.byId("ring-seconds"), "Ringing 11s");
      const { calls } = await page.snapshot();
      const before = await card(page, 900).boundingBox();
      await page.show({ calls: [{ ...calls[0], customerId: null, memberId: null, maturity: null, lastContact: null }] });
      await says(card(page, 900), "No earlier call known");
      assert.deepEqual(await card(page, 900).boundingBox(), before);
    },
  ],
  [
    "ring: the customer's own leg shows no card, and a test ring is marked as a test",
    async (open) => {
      const page = await open("calling", look);
      assert.deepEqual(await ids(page), []);
      assert.deepEqual(await page.asked(), []);
      const test = await open("test-ring", look);
      const text = await says(test.byId("ring-card"), "Test ring");
      assert.ok(!text.includes("Answer"), "a test cannot be answered");
      assert.equal(await test.byId("busy-after").count(), 0);
    },
  ],
  [
    "ring: texts of other systems are never interpreted as markup",
    async (open) => {
      const page = await open("long-ring", look);
      await says(card(page, 901), "<b>bold</b>");
      assert.equal(await page.locator("b").count(), 0);
      const isolated = await page.byId("ring-known").last().locator("bdi").first().evaluate((each) => getComputedStyle(each).unicodeBidi);
      assert.equal(isolated, "isolate");
    },
  ],
];
