/**
 * Tests of the built UI in a real browser with the memory host: a picture and an accessibility audit of each view, and its behaviour.
 * Arguments select the tests whose names contain one of them.
 */
import { availableParallelism } from "node:os";
import { callBackTests } from "./call-back.mjs";
import { callsTests } from "./calls.mjs";
import { checkupTests } from "./checkup.mjs";
import { crmTests } from "./crm.mjs";
import { dayTests } from "./day.mjs";
import { diagnosticsTests } from "./diagnostics.mjs";
import { emptyingTests } from "./emptying.mjs";
import { floorBoardTests } from "./floor-board.mjs";
import { floorHandsTests } from "./floor-hands.mjs";
import { floorPeopleTests } from "./floor-people.mjs";
import { floorTests } from "./floor.mjs";
import { floorWizardTests } from "./floor-wizard.mjs";
import { floorPictures } from "./floor-pictures.mjs";
import { gatewayTests } from "./gateway.mjs";
import { goneOnTests } from "./gone-on.mjs";
import { handsTests } from "./hands.mjs";
import { launch, open, serve } from "./harness.mjs";
import { loadingTests } from "./loading.mjs";
import { myDayTests } from "./my-day.mjs";
import { pictures } from "./pictures.mjs";
import { recordingsTests } from "./recordings.mjs";
import { ringTests } from "./ring.mjs";
import { settingsTests } from "./settings.mjs";
import { shippedTests } from "./shipped.mjs";
import { signInTests } from "./sign-in.mjs";
import { soundTests } from "./sound.mjs";
import { stateTests } from "./state.mjs";
import { textsTests } from "./texts.mjs";
import { updatesTests } from "./updates.mjs";
import { windowTests } from "./window.mjs";
import { workTests } from "./work.mjs";

const server = await serve();
const browser = await launch();
const chosen = process.argv.slice(2);
const failures = [];
let passed = 0;

/** In milliseconds; a test that takes longer fails. */
const LIMIT = 90_000;

function limit() {
  return new Promise((_, fail) => setTimeout(fail, LIMIT, new Error(`not done after ${LIMIT / 1000} s`)).unref());
}

async function run([name, test]) {
  const pages = [];
  const opened = async (scenario, look) => {
    const page = await open(browser, server.origin, scenario, look);
    pages.push(page);
    return page;
  };
  try {
    await Promise.race([test(opened), limit()]);
    const wrong = pages.flatMap((page) => page.wrong);
    if (wrong.length > 0) throw new Error(wrong.join("\n"));
    passed += 1;
  } catch (error) {
    failures.push(name);
    console.error(`FAILED ${name}\n${String(error.stack ?? error).replace(/^/gm, "    ")}`);
  } finally {
    for (const page of pages) await page.context().close();
  }
}

try {
  const all = [...stateTests, ...workTests, ...callsTests, ...callBackTests, ...myDayTests, ...diagnosticsTests, ...checkupTests, ...signInTests, ...ringTests, ...crmTests, ...windowTests, ...soundTests, ...dayTests, ...recordingsTests, ...handsTests, ...gatewayTests, ...goneOnTests, ...settingsTests, ...updatesTests, ...loadingTests, ...emptyingTests, ...shippedTests, ...textsTests, ...floorTests, ...floorPeopleTests, ...floorWizardTests, ...floorHandsTests, ...floorBoardTests, ...floorPictures, ...(await pictures((scenario, look) => open(browser, server.origin, scenario, look)))];
  const waiting = all.filter(([name]) => chosen.length === 0 || chosen.some((word) => name.includes(word)));
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await run(next);
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
} finally {
  await browser.close();
  server.stop();
}

console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 && passed > 0 ? 0 : 1;
