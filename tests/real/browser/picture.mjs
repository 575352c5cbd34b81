// Makes the picture of a page that the documentation shows.
//
// picture.mjs FLUXLOOP FILE

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { chromium } from "playwright-core";

import { makeOne } from "./pages.mjs";

const WIDTH = 1120;

const [program, file] = process.argv.slice(2);
const page = await makeOne(resolve(program), resolve("pages"));
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const tab = await browser.newPage({ viewport: { width: WIDTH, height: 1000 }, colorScheme: "light" });
await tab.goto(pathToFileURL(page).href);
await tab.waitForSelector("html[data-ready]");
const bottom = await tab.evaluate(() => document.getElementById("timeline").getBoundingClientRect().bottom + window.scrollY);
await tab.setViewportSize({ width: WIDTH, height: Math.ceil(bottom) + 16 });
// The pictures are drawn again for the new size.
await tab.waitForTimeout(500);
await tab.screenshot({ path: file });
await browser.close();
