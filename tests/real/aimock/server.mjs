// Answers each case by `aimock` in the forms of Ollama, Gemini and Cohere. A front passes its frames
// on one by one; it ends answers early, and reports failures, as a case asks for.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { LLMock } from "@copilotkit/aimock";

const cases = new Map(JSON.parse(readFileSync("cases.json")).map((item) => [item.name, item]));
const mock = new LLMock({ port: 0, chunkSize: 7, logLevel: "silent" });

for (const { name, steps, usage } of cases.values()) {
  const all = (kind) => steps.flatMap((step) => step[kind] ?? []);
  const calls = all("call").map((call) => ({ ...call, arguments: call.arguments.join("") }));
  const reasoning = all("reasoning").join("");
  const answer = {
    content: all("text").join(""),
    ...(calls.length > 0 && { toolCalls: calls }),
    usage: { input_tokens: usage.input, output_tokens: usage.output },
  };
  const userMessage = new RegExp(`^${name}$`);
  // In Cohere's form it would send reasoning as text.
  mock.on({ userMessage, model: /^command/ }, answer);
  mock.on({ userMessage }, reasoning ? { ...answer, reasoning } : answer);
}

/** The frame with which a provider reports a failure in the middle of an answer. */
function failure(path) {
  const message = "the model is overloaded";
  if (path.startsWith("/api/")) return `${JSON.stringify({ error: message })}\n`;
  if (path.includes("Content")) {
    const error = { code: 503, message, status: "UNAVAILABLE" };
    return `data: ${JSON.stringify({ error })}\r\n\r\n`;
  }
  const end = { type: "message-end", delta: { finish_reason: "ERROR", error: message } };
  return `event: message-end\ndata: ${JSON.stringify(end)}\n\n`;
}

/** An answer as Ollama sends it: `aimock` has another name for its reasoning, and counts nothing. */
function asSent(text, { input, output }) {
  return text
    .replaceAll('"reasoning_content":', '"thinking":')
    .replace('"prompt_eval_count":0', `"prompt_eval_count":${input}`)
    .replace('"eval_count":0', `"eval_count":${output}`);
}

await mock.start();

const front = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const { end, usage } = cases.get(body.match(/"([a-z_]+-\d+)"/)[1]);
  const answer = await fetch(mock.url + request.url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer key" },
    body,
  });
  const type = answer.headers.get("content-type");
  const text = asSent(await answer.text(), usage);
  const frames = text.match(type.includes("ndjson") ? /.*\n/g : /[^]*?\n\n/g);
  if (end === "error") frames.splice(-1, 1, failure(request.url));
  if (end === "break" || end === "stop") frames.pop();
  response.writeHead(answer.status, { "content-type": type });
  for (const frame of frames) {
    await new Promise((done) => response.write(frame, done));
  }
  if (end === "break") response.destroy();
  else response.end();
});

front.listen(0, "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${front.address().port}`);
});
