// Makes the pages that the checks open, by running fluxloop against the agent.

import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { startAgent } from "./agent.mjs";

const SUBJECTS = ["Where is order", "Can I cancel order", "Who sends order", "When does order arrive, number", "What is in order"];

function configuration(url, count, more = "") {
  const inputs = Array.from({ length: count }, (_, i) => `  - {id: q-${i}, input: "${SUBJECTS[i % SUBJECTS.length]} ${1000 + i}?"}`);
  return `name: shop assistant
simulation: {parallelism: 160}
runner:
  http:
    url: ${url}/v1/chat/completions
    stream_schema: openai-chat
    retry: {attempts: 1, backoff: 60ms}
    body_template: {mapping: {model: small, stream: true, messages: [{role: user, content: $.input}]}}
stop: {first_cases: off, same_failures: off}
${more}
base_inputs:
${inputs.join("\n")}
`;
}

const EXPECT = `expect:
  - contains: order
  - not_contains: keeps the parcel
  - first_token: 700ms
thresholds: {success: 98%, expectations: 80%, first_token_p95: 600ms}`;

function fluxloop(program, folder, args, codes = [0, 10]) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece) => { said += piece; });
    child.on("close", (code) => (codes.includes(code) ? done(said) : fail(new Error(`fluxloop ${args.join(" ")} ended with ${code}:\n${said}`))));
  });
}

/** A project in a folder of its own, and the folder of the run that it made. */
async function run(program, folder, name, text, args = []) {
  const project = join(folder, name);
  rmSync(project, { recursive: true, force: true });
  mkdirSync(join(project, "configs"), { recursive: true });
  writeFileSync(join(project, "configs/simulation.yaml"), text);
  await fluxloop(program, project, ["run", "experiment", "--no-display", "--yes", ...args]);
  const [experiment] = readdirSync(join(project, "experiments")).filter((name) => name.startsWith("exp_"));
  return join(project, "experiments", experiment);
}

/** Makes the page of one run, for the picture in the documentation. */
export async function makeOne(program, folder) {
  const agent = await startAgent();
  try {
    return join(await run(program, folder, "first", configuration(agent.url, 1000, EXPECT)), "report.html");
  } finally {
    agent.stop();
  }
}

/** Makes every page; gives their paths. */
export async function makePages(program, folder) {
  const agent = await startAgent();
  const page = (experiment) => join(experiment, "report.html");
  try {
    const first = await run(program, folder, "first", configuration(agent.url, 1000, EXPECT));
    const second = await run(program, folder, "second", configuration(`${agent.url}/slow`, 1000, EXPECT));
    const hostile = configuration(agent.url, 24, "expect: [{contains: '</script><script>window.pwned = 1</script>'}]").replace(/input: "[^"]*?(\d+)\?"/g, (_, digits) => `input: "hostile ${digits - 1000} <img src=x onerror='window.pwned = 1'>"`);
    const bad = await run(program, folder, "hostile", hostile);
    const other = await run(program, folder, "hostile-again", hostile);
    const one = await run(program, folder, "one", configuration(agent.url, 1));
    const unrecorded = await run(program, folder, "unrecorded", configuration(agent.url, 6, "record: off"));
    const down = await run(program, folder, "down", configuration("http://127.0.0.1:1", 3, "record: off"));
    const compared = join(folder, "compared.html");
    await fluxloop(program, folder, ["report", first, second, "-o", compared]);
    const hostileCompared = join(folder, "hostile-compared.html");
    await fluxloop(program, folder, ["report", bad, other, "-o", hostileCompared]);
    return {
      first: page(first), second: page(second), compared, hostile: page(bad), hostileCompared, one: page(one),
      unrecorded: page(unrecorded), down: page(down),
    };
  } finally {
    agent.stop();
  }
}
