import assert from "node:assert/strict";
import { desk, goTo, host } from "./floor-pictures.mjs";
import { says } from "./harness.mjs";

/** The supervisor's window: the wallboard. */
export const floorBoardTests = [
  [
    "floor: the wallboard says that its longest wait is that of today",
    async (open) => {
      const page = await desk(open, "usual");
      await goTo(page, "wallboard");
      await says(page.byId("sum-wait"), "Longest wait today");
      await host(page, (memory) => memory.settle({ language: "chinese" }));
      await says(page.byId("sum-wait"), "今日最长等待");
    },
  ],
  [
    "floor: the wallboard says that it is frozen within five seconds, and its age before",
    async (open) => {
      const page = await desk(open, "usual", { clock: true });
      await goTo(page, "wallboard");
      await page.clock.runFor(50);
      await says(page.byId("board-age"), "live, read");
      // Four queues: the next reading is due after 6 seconds and a tenth; the oldest is 5 seconds old.
      await page.clock.runFor(4_000);
      await page.byId("board-age").waitFor();
      await page.clock.runFor(6_000);
      await says(page.byId("frozen"), "FROZEN: last read");
    },
  ],
  [
    "floor: the wallboard tells an age only if something was read",
    async (open) => {
      const page = await desk(open, "empty");
      await goTo(page, "wallboard");
      await says(page.byId("wallboard"), "No queue to show.");
      assert.equal(await page.byId("board-age").count(), 0);
      await host(page, "(host) => host.show({ wallboard: { ...host.floor.wallboard, queues: [{ name: 'queue-1', remark: '', idle: 0, ringing: 0, talking: 0, busy: 0, other: 0, notRegistered: 0, readAt: null, problem: null }] } })");
      await says(page.byId("tile"), "not read yet");
      assert.equal(await page.byId("board-age").count(), 0);
      assert.ok(!(await page.byId("wallboard").innerText()).includes("live"));
      await host(page, "(host) => host.show({ wallboard: { ...host.floor.wallboard, queues: host.floor.wallboard.queues.map((queue) => ({ ...queue, readAt: Date.now() - 2000 })) } })");
      await says(page.byId("board-age"), "live, read 2 sec ago");
    },
  ],
  [
    "floor: on a large screen, what the wallboard says about a break or a problem is read from afar as its age is",
    async (open) => {
      const page = await desk(open, "break", { width: 1920, height: 1080 });
      await goTo(page, "wallboard", "full-screen");
      const problem = { code: "serverError", detail: "HTTP 502 Bad Gateway", retryable: true };
      await host(page, "(host, problem) => host.show({ wallboard: { ...host.floor.wallboard, problem } })", problem);
      await says(page.byId("board-problem"), "The platform");
      const size = (id) => page.byId(id).evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
      assert.ok((await size("team-break")) >= 22, `the break: ${await size("team-break")} px`);
      assert.ok((await size("board-problem")) >= 22, `the problem: ${await size("board-problem")} px`);
      const gap = () => page.evaluate(() => document.querySelector("[data-testid='sums']").getBoundingClientRect().top - document.querySelector("[data-testid='full-screen']").getBoundingClientRect().bottom);
      await host(page, "(host) => host.show({ desk: { ...host.floor.desk, breaks: [] }, wallboard: { ...host.floor.wallboard, problem: null } })");
      await page.byId("board-problem").waitFor({ state: "hidden" });
      assert.ok((await gap()) < 20, `with nothing to say there is no empty box: ${await gap()} px`);
    },
  ],
  [
    "floor: in each tile the figures end above the bar, also when a break, the settings or a failure leave little room",
    async (open) => {
      const looks = [["usual"], ["break", "board-settings"], ["failing"], ["failing", "board-settings"], ["one"], ["three"], ["dozen", "board-settings"], ["fifty"]];
      for (const [scenario, ...clicks] of looks) {
        const page = await desk(open, scenario, { width: 1920, height: 1080 });
        await goTo(page, "wallboard", "full-screen", ...clicks);
        for (const size of [[1920, 1080], [1280, 800], [2560, 720], [900, 1400]]) {
          await page.setViewportSize({ width: size[0], height: size[1] });
          await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
          const cut = await page.byId("tile").evaluateAll((tiles) => tiles.map((tile) => {
            const bar = tile.querySelector(".shares").getBoundingClientRect();
            const name = tile.querySelector(".name").getBoundingClientRect();
            const boxes = [...tile.querySelectorAll("li, .figure, .state")].map((each) => each.getBoundingClientRect());
            const foot = tile.querySelector(".foot").getBoundingClientRect();
            return [Math.max(...boxes.map((box) => box.bottom)) - bar.top, name.bottom - Math.min(...boxes.map((box) => box.top)), foot.bottom - tile.getBoundingClientRect().bottom];
          }).filter((each) => each.some((over) => over > 0.5)));
          assert.deepEqual(cut, [], `${scenario} ${clicks} at ${size}`);
        }
      }
    },
  ],
  [
    "floor: a failure that the wallboard tells is not told below it again, and any other one is",
    async (open) => {
      const page = await desk(open, "failing");
      await goTo(page, "wallboard");
      await says(page.byId("board-problem"), "The platform");
      // The views have problems of their own.
      const below = page.byId("said").locator("[data-testid=floor-problem]");
      assert.equal(await below.count(), 0);
      const problem = { code: "storeFull", detail: "no space left on device", retryable: true };
      await host(page, "(host, problem) => host.show({ desk: { ...host.floor.desk, problem } })", problem);
      await below.waitFor();
      await host(page, "(host) => host.show({ desk: { ...host.floor.desk, problem: host.floor.wallboard.problem } })");
      await below.waitFor({ state: "hidden" });
      await goTo(page, "ledger");
      await below.waitFor();
    },
  ],
  [
    "floor: on a computer whose clock is two minutes slow, a board that stands is still told as frozen",
    async (open) => {
      const page = await desk(open, "usual", { clock: true });
      await goTo(page, "wallboard");
      // The platform stamps its readings two minutes later than this computer's clock says.
      await host(page, `(host) => {
        host.settle({ clockAheadMs: -120_000 });
        const board = host.floor.wallboard;
        host.show({ wallboard: { ...board, queues: board.queues.map((queue) => ({ ...queue, readAt: queue.readAt + 120_000 })) } });
      }`);
      await page.clock.runFor(50);
      await says(page.byId("board-age"), "live, read");
      await page.clock.runFor(12_000);
      await says(page.byId("frozen"), "FROZEN: last read");
    },
  ],
  [
    "floor: the wallboard warns in colour, shape, word and sound, and fills the screen",
    async (open) => {
      const page = await desk(open, "usual");
      await goTo(page, "wallboard", "board-settings");
      await page.byId("board-sound").check();
      const alarms = async () => (await page.asked()).filter((what) => what === "soundAlarm").length;
      assert.equal(await alarms(), 1, "the switch lets the sound be heard");
      await page.byId("limit-wait").fill("10");
      await page.byId("limit-wait").press("Tab");
      assert.equal(await page.byId("sum-wait").locator("svg").count(), 1);
      assert.equal(await alarms(), 2);
      await page.byId("board-queue").nth(1).uncheck();
      await says(page.byId("sums"), "Available");
      assert.equal(await page.byId("tile").count(), 3);
      await page.byId("full-screen").click();
      assert.ok((await page.asked()).includes("setFullScreen true"));
      await page.keyboard.press("Escape");
      assert.ok((await page.asked()).includes("setFullScreen false"));
    },
  ],
  [
    "floor: on a full screen the board's pages turn by themselves, and each names the queues with too few available agents",
    async (open) => {
      const page = await desk(open, "fifty", { clock: true, width: 1920, height: 1080 });
      await goTo(page, "wallboard");
      await page.clock.runFor(50);
      const first = await says(page.byId("board-page"), "Queues 1 to");
      await page.clock.runFor(13_000);
      assert.equal(await page.byId("board-page").innerText(), first, "in a window it waits for a person");
      await page.byId("board-next").click();
      assert.notEqual(await page.byId("board-page").innerText(), first);
      await page.byId("board-previous").click();
      await page.byId("board-previous").click();
      await says(page.byId("board-page"), "to 50 of 50");
      await page.byId("board-next").click();
      await page.clock.runFor(13_000);
      await page.byId("full-screen").click();
      await page.clock.runFor(50);
      await says(page.byId("board-page"), "Queues 1 to");
      await page.clock.runFor(11_000);
      await says(page.byId("board-page"), "Queues 1 to");
      await says(page.byId("board-few"), /Too few available: queue-8, queue-19, queue-30, and queue-41$/);
      await page.clock.runFor(2_000);
      assert.ok(!(await page.byId("board-page").innerText()).startsWith("Queues 1 to"));
      await says(page.byId("board-few"), "Too few available: queue-8");
      await host(page, "(host) => host.show({ wallboard: { ...host.floor.wallboard, queues: host.floor.wallboard.queues.map((queue, n) => (n % 8 === 7 ? { ...queue, idle: 0 } : queue)) } })");
      await page.clock.runFor(50);
      await says(page.byId("board-few"), /Too few available: queue-8, queue-16, queue-19, queue-24, and 5 more$/);
      await host(page, (memory) => memory.settle({ language: "chinese" }));
      await says(page.byId("board-few"), /示闲坐席不足：queue-8、queue-16、queue-19、queue-24和另外 5 个队列$/);
      await host(page, (memory) => memory.settle({ language: "english" }));
      await says(page.byId("board-few"), "and 5 more");
      await host(page, "(host) => host.show({ wallboard: { ...host.floor.wallboard, queues: host.floor.wallboard.queues.slice(0, 1) } })");
      await page.clock.runFor(50);
      assert.equal(await page.byId("board-page").count(), 0, "one queue needs no pages");
      assert.equal(await page.byId("tile").count(), 1);
    },
  ],
  [
    "floor: a wallboard of 1,000 agents in 40 tiles is repainted within 16 ms",
    async (open) => {
      const page = await desk(open, "full", { width: 3840, height: 2160 });
      await goTo(page, "wallboard", "full-screen");
      await page.byId("tile").nth(39).waitFor();
      assert.equal(await page.byId("tile").count(), 40);
      await page.evaluate(() => window.repaints(20));
      // The least time, since other programs take the processor meanwhile; the bench measures all of them on a quiet machine.
      const least = Math.min(...(await page.evaluate(() => window.repaints(60))));
      assert.ok(least <= 16, `a repaint takes ${least.toFixed(1)} ms`);
    },
  ],
];
