import { readFileSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const ui = fileURLToPath(new URL("..", import.meta.url));
/** The shipped pages, and the same pages with the memory host. */
export const dist = join(ui, "dist");
export const pages = join(ui, "..", "target", "ui");
export const screens = join(ui, "..", "target", "screens");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** The app's own content security policy, so that a violation fails here too. */
const policy = JSON.parse(readFileSync(join(ui, "..", "src-tauri", "tauri.conf.json"), "utf8")).app.security.csp;
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css" };
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A weekday noon in Shanghai, so that pictures do not depend on the time of the run. */
export const NOON = Date.UTC(2026, 4, 20, 4, 0, 0);

/** Serves the built pages on a free local port. */
export async function serve() {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://localhost").pathname);
    if (path === "/favicon.ico") return void response.writeHead(204).end();
    try {
      const body = await readFile(join(pages, path));
      response.writeHead(200, { "content-type": types[extname(path)], "content-security-policy": policy }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { origin: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

export async function launch() {
  await mkdir(screens, { recursive: true });
  return chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: FLAGS });
}

/**
 * Opens a page with a scenario of the memory host, in its own profile. The clock is fixed at noon, so that pictures do not change;
 * with `clock`, timers also stand still until the test moves the time. With `lacks`, the test keeps files from the page, and what the
 * browser says about that is no fault.
 */
export async function open(browser, origin, scenario, look = {}) {
  const { file = "index", language = "english", theme = "light", width = 480, height = 900, clock = false, picker = false, lacks = false, ...context } = look;
  const profile = await browser.newContext({
    viewport: { width, height },
    locale: "en-GB",
    timezoneId: "Asia/Shanghai",
    reducedMotion: "reduce",
    ...context,
  });
  const wrong = [];
  const loaded = [];
  profile.on("request", (request) => request.url().startsWith(`${origin}/`) || wrong.push(`asked for ${request.url()}`));
  profile.on("requestfinished", (request) => loaded.push(new URL(request.url()).pathname));
  profile.on("weberror", (error) => wrong.push(`threw ${error.error().stack}`));
  const isLack = (text) => lacks && text.startsWith("Failed to load resource");
  profile.on("console", (message) => ["error", "warning"].includes(message.type()) && !isLack(message.text()) && wrong.push(`said ${message.text()}`));
  const page = await profile.newPage();
  page.setDefaultTimeout(15_000);
  if (clock) {
    await page.clock.install({ time: NOON - 1000 });
    await page.clock.pauseAt(NOON);
  } else {
    await page.clock.setFixedTime(NOON);
  }
  await page.goto(`${origin}/${file}.html#${scenario}?${picker ? "" : "bare&"}${language}&${theme}`);
  await page.waitForFunction(() => "memoryHost" in window && document.documentElement.dataset.theme, undefined, { polling: 20 });
  return Object.assign(page, {
    /** Faults of the page: errors, warnings and requests to other origins. */
    wrong,
    /** The paths of the loaded files, in the order of their loading. */
    loaded,
    byId: (id) => page.locator(`[data-testid='${id}']`),
    /** All intents so far, without the reports of painted cards. */
    sent: () => page.evaluate(() => window.memoryHost.sent),
    asked: () => page.evaluate(() => window.memoryHost.asked),
    snapshot: () => page.evaluate(() => window.memoryHost.snapshot),
    /** Shows the current snapshot with these parts replaced. */
    show: (part) => page.evaluate((part) => window.memoryHost.show({ ...window.memoryHost.snapshot, ...part }), part),
    /** Shows this state of the updates, which is otherwise that of a server without a newer version. */
    update: (part) => page.evaluate((part) => window.memoryHost.showUpdate({ server: "updates.example.com", byOthers: false, needsConsent: false, lookedAt: null, stage: { kind: "none" }, problem: null, backupAt: null, backupOffered: false, ...part }), part),
    /** From now on the host rejects this command. */
    refuse: (command, problem) =>
      page.evaluate(([command, problem]) => (window.memoryHost[command] = () => Promise.reject(problem)), [command, problem]),
  });
}

/** Waits until the text contains or matches what is expected, and returns it. */
export async function says(locator, expected) {
  const end = Date.now() + 5000;
  for (;;) {
    const text = (await locator.innerText()).replace(/\s+/g, " ");
    if (expected instanceof RegExp ? expected.test(text) : text.includes(expected)) return text;
    if (Date.now() > end) throw new Error(`«${text}» does not say ${expected}`);
    await new Promise((later) => setTimeout(later, 20));
  }
}

/** Waits until the page speaks this language, whose file it may have to load. */
export const speaks = (page, language) => page.waitForFunction((tag) => document.documentElement.lang.startsWith(tag), { english: "en", chinese: "zh" }[language], { polling: 20 });

/** Checks WCAG 2.2 AA and the best practices of axe. */
export async function audit(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  return page.evaluate(async () => {
    const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { violations } = await window.axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] });
    const words = ({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary.replace(/\s+/g, " ").slice(0, 200)}`;
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `axe ${id}: ${words(node)}`));
  });
}
