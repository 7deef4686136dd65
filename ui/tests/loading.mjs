import assert from "node:assert/strict";
import { says } from "./harness.mjs";

/** Those of these scripts that the page loaded. */
const among = (page, names) => names.filter((name) => page.loaded.some((path) => path.startsWith(`/assets/${name}-`) && path.endsWith(".js")));

/** Holds back a file until `letGo` is called. */
async function held(page, name) {
  let letGo;
  const free = new Promise((done) => (letGo = done));
  await page.route(`**/${name}-*.js`, async (route) => {
    await free;
    await route.continue();
  });
  return { asked: page.waitForRequest(`**/${name}-*.js`), letGo };
}

async function missing(page, name) {
  await page.route(`**/${name}-*.js`, (route) => route.abort());
  return () => page.unroute(`**/${name}-*.js`);
}

const language = async (page, language) => page.show({ settings: { ...(await page.snapshot()).settings, language } });
const frame = (page) => page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))));
const logged = async (page) => (await page.asked()).filter((asked) => asked.startsWith("logError"));
const RARE = ["MyDay", "Practice", "Ways", "AllSettings"];

/** Languages and rarely used views, which are loaded when they are wanted. */
export const loadingTests = [
  [
    "loading: a page loads the language in use only; another one is loaded before the texts change, and all texts change at once",
    async (open) => {
      for (const [file, text, other] of [["index", "nav", "工作台"], ["ring", "app", "在话机上接听"]]) {
        const page = await open("ringing", { file });
        assert.deepEqual(among(page, ["en", "zh"]), ["en"]);
        const chinese = await held(page, "zh");
        const place = text === "app" ? page.locator("#app") : page.locator("nav");
        const before = await place.innerText();
        await language(page, "chinese");
        await chinese.asked;
        await frame(page);
        assert.equal(await place.innerText(), before);
        assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
        await page.evaluate(() => {
          window.mixed = [];
          const look = () => /[\u4e00-\u9fff]/.test(document.querySelector("#app").innerText) && window.mixed.push(/Answer|Work\b/.test(document.querySelector("#app").innerText));
          new MutationObserver(look).observe(document.querySelector("#app"), { subtree: true, childList: true, characterData: true });
        });
        chinese.letGo();
        await says(place, other);
        assert.equal(await page.evaluate(() => document.documentElement.lang), "zh-CN");
        assert.deepEqual([...new Set(await page.evaluate(() => window.mixed))], [false]);
        await language(page, "english");
        assert.equal(await place.innerText(), before, "a loaded language is shown at once");
      }
    },
  ],
  [
    "loading: a language that cannot be loaded leaves the shown one, is logged, and can be chosen again",
    async (open) => {
      const page = await open("available", { lacks: true });
      const back = await missing(page, "zh");
      await language(page, "chinese");
      await page.waitForFunction(() => window.memoryHost.asked.some((asked) => asked.startsWith("logError language")));
      await says(page.locator("nav"), "Settings");
      await page.show({ notices: [] });
      await frame(page);
      assert.equal((await logged(page)).length, 1, "later snapshots do not ask again");
      await back();
      await language(page, "english");
      await language(page, "chinese");
      await says(page.locator("nav"), "工作台");
    },
  ],
  [
    "loading: if the first language cannot be loaded, the window and the card show the other one",
    async (open) => {
      for (const file of ["index", "ring"]) {
        const page = await open("ringing", { file, lacks: true });
        await missing(page, "en");
        await page.reload();
        await says(page.locator("#app"), "振铃");
        }
    },
  ],
  [
    "loading: the ring card's page reports that it runs only when its language is loaded",
    async (open) => {
      const page = await open("ringing", { file: "ring" });
      await page.addInitScript(() => {
        let host;
        window.runs = 0;
        Object.defineProperty(window, "memoryHost", {
          get: () => host,
          set(made) {
            host = made;
            host.ringRuns = async () => void (window.runs += 1);
          },
        });
      });
      const english = await held(page, "en");
      const loaded = page.reload();
      await english.asked;
      await page.waitForFunction(() => window.memoryHost !== undefined);
      await frame(page);
      assert.equal(await page.evaluate(() => window.runs), 0);
      english.letGo();
      await loaded;
      await page.byId("ring-card").waitFor();
      await page.waitForFunction(() => window.runs === 1);
    },
  ],
  [
    "loading: a rarely used view is loaded when it is first opened, and the view before it stays until then",
    async (open) => {
      const page = await open("available");
      await page.byId("nav-calls").click();
      await page.byId("log-search").waitFor();
      assert.deepEqual(among(page, RARE), [], "none is loaded in advance");
      const settings = await held(page, "AllSettings");
      await page.byId("nav-settings").click();
      await settings.asked;
      await frame(page);
      assert.equal(await page.byId("nav-calls").getAttribute("aria-current"), "page");
      assert.ok(await page.byId("log-search").isVisible());
      settings.letGo();
      await page.byId("view-settings").waitFor();
      await page.byId("theme").waitFor();
      assert.deepEqual(among(page, RARE), ["AllSettings"]);
      const at = () => page.evaluate(() => (document.querySelector("[data-testid='nav-settings']").click(), Promise.resolve().then(() => document.querySelector("[data-testid='theme']") !== null)));
      await page.byId("nav-work").click();
      assert.equal(await at(), true, "a loaded view is opened at once");
    },
  ],
  [
    "loading: of two views opened in a row the last one is shown, whichever is loaded first",
    async (open) => {
      const page = await open("available");
      const day = await held(page, "MyDay");
      await page.byId("nav-day").click();
      await day.asked;
      await page.byId("nav-connection").click();
      await page.byId("view-connection").waitFor();
      const loaded = page.waitForResponse("**/MyDay-*.js");
      day.letGo();
      await loaded;
      await frame(page);
      assert.equal(await page.byId("view-connection").count(), 1);
      await page.byId("nav-day").click();
      await page.byId("view-day").waitFor();
    },
  ],
  [
    "loading: a view that cannot be loaded shows a message with a new attempt, and the rest of the window works",
    async (open) => {
      const page = await open("available", { lacks: true });
      const back = await missing(page, "AllSettings");
      await page.byId("nav-settings").click();
      const broken = page.byId("broken");
      await says(broken, "cannot be shown");
      assert.equal(await broken.getAttribute("data-part"), "settings");
      assert.match((await logged(page))[0], /^logError settings: TypeError/);
      await page.byId("draw-again").click();
      await page.waitForFunction(() => window.memoryHost.asked.filter((asked) => asked.startsWith("logError settings")).length === 2);
      await says(broken, "cannot be shown");
      await page.byId("nav-work").click();
      await page.byId("queue").first().waitFor();
      await page.byId("nav-settings").click();
      await broken.waitFor();
      await back();
      await page.byId("draw-again").click();
      await page.byId("theme").waitFor();
      assert.equal(await broken.count(), 0);
    },
  ],
];
