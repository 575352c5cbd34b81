// Answers each case by `aimock` in the forms of several providers. A front passes its frames on one by
// one; it ends answers early, and reports failures, as a case asks for.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { LLMock } from "@copilotkit/aimock";

const cases = new Map(JSON.parse(readFileSync("cases.json")).map((item) => [item.name, item]));
const mock = new LLMock({ port: 0, logLevel: "silent" });

/** The first size from 5 whose slices keep both halves of a character outside the basic plane. */
function chunkSize(...texts) {
  const isWhole = (size) => (text) =>
    text.match(new RegExp(`[^]{1,${size}}`, "g"))?.every((slice) => slice.isWellFormed()) ?? true;
  for (let size = 5; ; size += 1) {
    if (texts.every(isWhole(size))) return size;
  }
}

for (const { name, steps, usage } of cases.values()) {
  const all = (kind) => steps.flatMap((step) => step[kind] ?? []);
  const calls = all("call").map((call) => ({ ...call, arguments: call.arguments.join("") }));
  const reasoning = all("reasoning").join("");
  const text = all("text").join("");
  const answer = {
    content: text,
    ...(calls.length > 0 && { toolCalls: calls }),
    usage: { input_tokens: usage.input, output_tokens: usage.output },
  };
  const userMessage = new RegExp(`^${name}$`);
  const options = { chunkSize: chunkSize(text, reasoning) };
  // In Cohere's form it would send reasoning as text.
  mock.on({ userMessage, model: /^command/ }, answer, options);
  mock.on({ userMessage }, reasoning ? { ...answer, reasoning } : answer, options);
}

/** The first frame that belongs to the end of an answer. */
const END =
  /"finish_reason":"|"finishReason":|"done":true|"type":"(message_delta|message-end|response\.completed)"/;

/** The frame with which a provider reports a failure in the middle of an answer. */
function failure(path) {
  const message = "the model is overloaded";
  const event = (data) => `${data.type ? `event: ${data.type}\n` : ""}data: ${JSON.stringify(data)}\n\n`;
  switch (path) {
    case "/api/chat":
      return `${JSON.stringify({ error: message })}\n`;
    case "/v1/chat/completions":
      return event({ error: { message, type: "server_error" } });
    case "/v1/messages":
      return event({ type: "error", error: { type: "overloaded_error", message } });
    case "/v1/responses":
      return event({ type: "error", code: "server_error", message, param: null, sequence_number: 99 });
    case "/v2/chat":
      return event({ type: "message-end", delta: { finish_reason: "ERROR", error: message } });
    default:
      return event({ error: { code: 503, message, status: "UNAVAILABLE" } });
  }
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
  const { end, usage } = cases.values().find(({ name }) => body.includes(`"${name}"`));
  const answer = await fetch(mock.url + request.url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer key" },
    body,
  });
  const type = answer.headers.get("content-type");
  const all = await answer.text();
  const text = request.url.startsWith("/api/") ? asSent(all, usage) : all;
  const frames = text.match(type.includes("ndjson") ? /.*\n/g : /[^]*?\n\n/g);
  if (["error", "break", "stop"].includes(end)) {
    frames.splice(frames.findIndex((frame) => END.test(frame)));
  }
  if (end === "error") frames.push(failure(request.url));
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
