// Makes the pages that the checks open, and names them in pages.json.
//
// make.mjs FLUXLOOP

import { writeFileSync } from "node:fs";
import { resolve } from "node:path";

import { makePages } from "./pages.mjs";

const pages = await makePages(resolve(process.argv[2]), resolve("pages"));
writeFileSync("pages.json", JSON.stringify(pages));
