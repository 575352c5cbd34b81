// Opens pages of fluxloop in Chromium without a network, and expects that they show what they should,
// can be used with the keyboard, pass axe, and let no answer act.
//
// check.mjs LARGE [--pictures FOLDER]; LARGE is a page of 100,000 cases, and make.mjs has made the others.

import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { chromium } from "playwright-core";

const [large, option, folder] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
if (!executablePath) {
  console.log("SKIPPED: Chromium is not installed");
  process.exit(0);
}

let failed = 0;
const say = (isRight, what, found) => {
  failed += isRight ? 0 : 1;
  console.log(isRight ? `ok ${what}` : `FAILED ${what}: ${found}`);
};
const is = (what, found, expected) => say(found === expected, what, `${JSON.stringify(found)}, and not ${JSON.stringify(expected)}`);
const holds = (what, found, condition) => say(condition(found), what, JSON.stringify(found));

const pages = { ...JSON.parse(readFileSync("pages.json", "utf8")), large: resolve(large) };
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const address = (path, fragment = "") => pathToFileURL(path).href + fragment;

/** Opens a page without a network; gives it with all that it asked for and said. */
async function open(path, { fragment = "", ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, ...options });
  await context.setOffline(true);
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  const seen = { requests: [], dialogs: [], errors: [] };
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("dialog", (dialog) => { seen.dialogs.push(dialog.message()); dialog.dismiss(); });
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("console", (message) => { if (message.type() === "error") seen.errors.push(message.text()); });
  await page.goto(address(path, fragment));
  await page.waitForSelector("html[data-ready]");
  return { page, context, seen };
}

async function check(name, path, body, options) {
  const opened = await open(path, options);
  try {
    await body(opened.page, opened);
    is(`${name}: nothing is asked for but the page`, new Set(opened.seen.requests).size, 1);
    is(`${name}: no error`, opened.seen.errors.join("; "), "");
  } catch (error) {
    say(false, name, error.message.split("\n").slice(0, 6).join(" | "));
  }
  await opened.context.close();
}

const text = (page, selector) => page.locator(selector).first().innerText();
const number = (page) => text(page, "#number");

await check("verdict", pages.first, async (page) => {
  is("the title is the name", await text(page, "#title"), "shop assistant");
  holds("a stamp says whether it passed", await text(page, ".stamp"), (it) => /passed/i.test(it));
  holds("thresholds are judged", await text(page, "#verdict table"), (it) => it.includes("first_token_p95") && /met/.test(it));
  is("all cases are listed", await number(page), "1,000 cases");
  holds("percentiles have intervals", await text(page, "#figures table"), (it) => it.includes("First token") && it.includes("–"));
});

await check("filters", pages.first, async (page) => {
  await page.getByRole("button", { name: /failed/ }).first().click();
  holds("a filter reduces the table", await number(page), (it) => /^\d+ of 1,000 cases$/.test(it));
  const filtered = await number(page);
  holds("it stands in the address", page.url(), (it) => it.includes("state=failed"));
  await page.reload();
  await page.waitForSelector("html[data-ready]");
  is("and is there again after a reload", await number(page), filtered);
  await page.getByRole("button", { name: "Clear filters" }).click();
  is("filters can be cleared", await number(page), "1,000 cases");
  await page.getByRole("searchbox").fill("q-77");
  is("search finds an id", await number(page), "11 of 1,000 cases");
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.getByRole("button", { name: /^Duration/ }).click();
  holds("sorting stands in the address", page.url(), (it) => it.includes("sort=-duration"));
});

await check("case", pages.first, async (page) => {
  await page.locator("tr.row a").first().click();
  await page.waitForSelector("dialog[open]");
  is("a case opens", await text(page, "#case-title"), "q-0/0");
  holds("its question is shown", await text(page, "#case .asked"), (it) => it.includes("Where is order 1000?"));
  holds("its address leads to it", page.url(), (it) => it.includes("case=q-0"));
  await page.keyboard.press("j");
  await page.waitForFunction(() => document.getElementById("case-title").textContent === "q-1/0");
  await page.keyboard.press("Escape");
  is("Escape closes it", await page.locator("dialog[open]").count(), 0);
  await page.waitForFunction(() => !location.hash.includes("case="));
  say(true, "and the address forgets it");
  await page.locator("tr.row a").nth(2).click();
  await page.waitForSelector("dialog[open]");
  await page.goBack();
  await page.waitForFunction(() => !document.querySelector("dialog[open]"));
  say(true, "the browser's way back closes it");
});

await check("deep link", pages.first, async (page) => {
  await page.waitForSelector("dialog[open]");
  is("a link leads to a case", await text(page, "#case-title"), "q-500/0");
}, { fragment: "#case=q-500%2F0" });

await check("player", pages.first, async (page) => {
  await page.waitForSelector("dialog[open] .player");
  const answer = page.locator("#case .said:not(.asked):not(.thought):not(.mono)").first();
  const whole = await answer.textContent();
  await page.getByRole("button", { name: "▶ Play" }).click();
  await page.waitForTimeout(60);
  const early = await answer.textContent();
  holds("the text begins anew", early.length, (it) => it < whole.length);
  const lengths = [];
  for (let i = 0; i < 8; i++) {
    await page.waitForTimeout(90);
    lengths.push((await answer.textContent()).length);
  }
  holds("it grows piece by piece", lengths, (it) => new Set(it).size >= 3);
  await page.getByRole("button", { name: "16×" }).click();
  await page.waitForFunction(() => document.querySelector(".player button").textContent.includes("Play"));
  is("at the end the text is whole", await answer.textContent(), whole);
}, { fragment: "#case=q-2%2F0" });

await check("keyboard", pages.first, async (page) => {
  await page.keyboard.press("/");
  is("`/` goes to the search", await page.evaluate(() => document.activeElement.id), "search");
  await page.keyboard.type("cancel");
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog[open]");
  is("j and Enter open a case", await text(page, "#case-title"), "q-6/0");
  await page.keyboard.press("Escape");
  const stops = await page.evaluate(() => {
    const all = [...document.querySelectorAll("button:not(:disabled), input, summary, a[href]:not([tabindex='-1'])")];
    return all.filter((it) => it.offsetParent && it.tabIndex < 0).map((it) => it.textContent);
  });
  is("every control can be reached", stops.length, 0);
  await page.keyboard.press("Tab");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  holds("focus can be seen", outline, (it) => it !== "none");
});

await check("comparison", pages.compared, async (page) => {
  holds("the sentence comes first", await text(page, ".sentence"), (it) => /regressed/.test(it));
  holds("figures have their change", await text(page, "#comparison table"), (it) => it.includes("first_token_p95") && it.includes("worse"));
  await page.getByRole("button", { name: /changed/ }).first().click();
  holds("a group filters", page.url(), (it) => it.includes("group="));
  // In this pair one word differs, and both runs have an answer.
  await page.evaluate(() => { location.hash = "case=q-386%2F0"; });
  await page.waitForSelector("dialog[open] .sides");
  holds("words that differ are marked", await page.locator("#case del, #case ins").count(), (it) => it > 0);
  await page.getByRole("button", { name: "▶ Play" }).click();
  await page.waitForTimeout(120);
  is("both answers play", await page.locator("#case .caret").count(), 2);
});

for (const [name, path] of [["hostile", pages.hostile], ["hostile compared", pages.hostileCompared]]) {
  await check(name, path, async (page, { seen }) => {
    const ids = await page.locator("tr.row a").allTextContents();
    for (const id of ids) {
      await page.evaluate((fragment) => { location.hash = fragment; }, `case=${encodeURIComponent(id)}`);
      await page.waitForFunction((wanted) => document.getElementById("case-title")?.textContent === wanted, id);
      await page.evaluate(() => document.querySelectorAll("details").forEach((it) => { it.open = true; }));
      const player = page.getByRole("button", { name: "▶ Play" });
      if (await player.count()) await player.click();
    }
    holds(`${name}: every case was opened`, ids.length, (it) => it >= 24);
    is(`${name}: no script of an answer ran`, await page.evaluate(() => window.pwned), undefined);
    is(`${name}: no dialog`, seen.dialogs.length, 0);
    is(`${name}: no foreign element`, await page.locator("iframe, object, img, svg, form, base, link, main a[href^='javascript']").count(), 0);
    holds(`${name}: the page is still there`, page.url(), (it) => it.startsWith("file:"));
  });
}

await check("one case", pages.one, async (page) => {
  is("one case is listed", await number(page), "1 case");
});
await check("not recorded", pages.unrecorded, async (page) => {
  holds("the page says what it lacks", await text(page, ".notes"), (it) => it.includes("No answer was recorded"));
  await page.locator("tr.row a").first().click();
  await page.waitForSelector("dialog[open]");
  is("there is no player", await page.locator(".player").count(), 0);
});
await check("nothing succeeded", pages.down, async (page) => {
  holds("the kind is named", await text(page, "#outcomes"), (it) => it.includes("connect"));
});

// axe: five states, light and dark. Its own script is let in past the policy of the page.
const states = [
  ["overview", pages.first, ""], ["filtered", pages.first, "#state=failed"], ["case", pages.first, "#case=q-2%2F0"],
  ["comparison", pages.compared, ""], ["compared case", pages.compared, "#case=q-9%2F0"],
];
for (const colorScheme of ["light", "dark"]) {
  for (const [name, path, fragment] of states) {
    const { page, context } = await open(path, { fragment, colorScheme, bypassCSP: true });
    if (fragment.includes("case=")) await page.waitForSelector("dialog[open]");
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
    const serious = violations.filter((it) => ["serious", "critical"].includes(it.impact));
    is(`axe: ${name}, ${colorScheme}`, serious.map((it) => `${it.id}: ${it.nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary.split("\n")[1] ?? ""}`).join(" | ")}`).join("; "), "");
    await context.close();
  }
}

// Goals: the median of five.
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const measured = { paint: [], ready: [], heap: [] };
for (let i = 0; i < 5; i++) {
  const { page, context } = await open(pages.large);
  const client = await context.newCDPSession(page);
  await client.send("HeapProfiler.collectGarbage");
  await client.send("Performance.enable");
  const { metrics } = await client.send("Performance.getMetrics");
  measured.heap.push(metrics.find((it) => it.name === "JSHeapUsedSize").value / 1e6);
  measured.paint.push(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime));
  measured.ready.push(await page.evaluate(() => performance.getEntriesByName("ready")[0].startTime));
  await context.close();
}
const goals = [["paint", 1000, "ms until the verdict is painted"], ["ready", 2000, "ms until the timeline is drawn"], ["heap", 300, "MB of heap"]];
for (const [name, most, what] of goals) {
  const value = median(measured[name]);
  console.log(`100,000 cases: ${value.toFixed(0)} ${what}`);
  holds(`100,000 cases: at most ${most} ${what}`, value, (it) => it < most);
}
for (const [name, path] of [["1,000 recorded cases", pages.first], ["100,000 cases", pages.large]]) {
  const size = statSync(path).size / 1e6;
  console.log(`${name}: ${size.toFixed(2)} MB`);
  holds(`${name}: at most 10 MB`, size, (it) => it < 10);
}

if (option === "--pictures") {
  mkdirSync(folder, { recursive: true });
  const shots = [["overview", pages.first, ""], ["case", pages.first, "#case=q-2%2F0"], ["compared", pages.compared, ""], ["compared-case", pages.compared, "#case=q-9%2F0"], ["down", pages.down, ""], ["large", pages.large, ""]];
  for (const width of [390, 900, 1440]) {
    for (const colorScheme of ["light", "dark"]) {
      for (const [name, path, fragment] of shots) {
        const { page, context } = await open(path, { fragment, colorScheme, viewport: { width, height: width === 390 ? 844 : 1000 } });
        if (fragment) await page.waitForSelector("dialog[open]");
        await page.waitForTimeout(120);
        await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: !fragment });
        await context.close();
      }
    }
  }
  const { page, context } = await open(pages.first, { colorScheme: "dark" });
  await page.pdf({ path: join(folder, "print.pdf"), format: "A4", printBackground: true });
  await context.close();
}
await browser.close();
process.exit(failed ? 1 : 0);
