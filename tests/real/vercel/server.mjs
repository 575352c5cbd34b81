// Answers each case with a UI message stream of the AI SDK: what a model does comes through
// `streamText`, the rest is written part by part.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import {
  createUIMessageStream,
  jsonSchema,
  pipeUIMessageStreamToResponse,
  stepCountIs,
  streamText,
  tool,
} from "ai";
import { MockLanguageModelV4, convertArrayToReadableStream } from "ai/test";

const cases = new Map(JSON.parse(readFileSync("cases.json")).map((item) => [item.name, item]));

/** What the model sends for a step of a case. */
function parts(step, number) {
  const id = `p${number}`;
  const deltas = (type, pieces) => [
    { type: `${type}-start`, id },
    ...pieces.map((delta) => ({ type: `${type}-delta`, id, delta })),
    { type: `${type}-end`, id },
  ];
  if (step.text) return deltas("text", step.text);
  if (step.reasoning) return deltas("reasoning", step.reasoning);
  const { id: call, name, arguments: pieces } = step.call;
  return [
    { type: "tool-input-start", id: call, toolName: name },
    ...pieces.map((delta) => ({ type: "tool-input-delta", id: call, delta })),
    { type: "tool-input-end", id: call },
    { type: "tool-call", toolCallId: call, toolName: name, input: pieces.join("") },
  ];
}

/** The last part of what the model sends. */
function finish(unified, usage) {
  const { input, output, reasoning, cached } = usage ?? { input: 0, output: 0, reasoning: 0, cached: 0 };
  return {
    type: "finish",
    finishReason: { unified, raw: unified },
    usage: {
      inputTokens: { total: input, noCache: input - cached, cacheRead: cached, cacheWrite: 0 },
      outputTokens: { total: output, text: output - reasoning, reasoning },
    },
  };
}

/** The answers of the model, in order: it goes on after the results of its tools. */
function answers({ steps, end, usage }) {
  const all = [[]];
  let results = false;
  for (const [number, step] of steps.entries()) {
    if (results && step.text) {
      all.at(-1).push(finish("tool-calls"));
      all.push([]);
    }
    results = step.call?.result != null;
    all.at(-1).push(...parts(step, number));
  }
  if (end === "error") {
    all.at(-1).push({ type: "error", error: new Error("the tool server is away") });
  } else {
    all.at(-1).push(finish(steps.at(-1).call ? "tool-calls" : "stop", usage));
  }
  const start = { type: "stream-start", warnings: [] };
  return all.map((chunks) => ({ stream: convertArrayToReadableStream([start, ...chunks]) }));
}

/** The tools that a case calls; without a result, the caller has to run it. */
function tools({ steps }) {
  const calls = steps.flatMap((step) => step.call ?? []);
  const result = (id) => calls.find((call) => call.id === id).result;
  return Object.fromEntries(calls.map(({ name, result: known }) => [name, tool({
    inputSchema: jsonSchema({ type: "object" }),
    ...(known != null && { execute: (_, { toolCallId }) => result(toolCallId) }),
  })]));
}

function model(item) {
  const result = streamText({
    model: new MockLanguageModelV4({ modelId: "m-1", doStream: answers(item) }),
    prompt: item.name,
    tools: tools(item),
    stopWhen: stepCountIs(3),
    onError: () => {},
  });
  return result.toUIMessageStream({
    messageMetadata: ({ part }) => (part.type === "finish" ? { totalUsage: part.totalUsage } : {}),
  });
}

/** Parts that no model sends: texts that are taken back, and questions to the user. */
function written({ steps, end }) {
  return createUIMessageStream({
    execute({ writer }) {
      writer.write({ type: "start", messageId: "m1" });
      writer.write({ type: "start-step" });
      for (const [number, step] of steps.entries()) {
        const id = `p${number}`;
        writer.write({ type: "text-start", id });
        for (const delta of step.text ?? step.discarded) {
          writer.write({ type: "text-delta", id, delta });
        }
        writer.write(step.text ? { type: "text-end", id } : { type: "reset-step" });
      }
      if (end === "needs_input") {
        const call = { toolCallId: "c1", toolName: "book", input: { seats: 2 } };
        writer.write({ type: "tool-input-available", ...call });
        writer.write({ type: "tool-approval-request", approvalId: "a1", toolCallId: "c1" });
      }
      writer.write({ type: "finish-step" });
      writer.write({ type: "finish", finishReason: end === "whole" ? "stop" : "tool-calls" });
    },
  });
}

/** Sends everything but the end, and then nothing, or breaks the connection. */
function cut(item, response) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const text = item.steps.flatMap(({ text: pieces }) => pieces);
  const chunks = [
    { type: "start" },
    { type: "start-step" },
    { type: "text-start", id: "p0" },
    ...text.map((delta) => ({ type: "text-delta", id: "p0", delta })),
  ];
  const events = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("");
  response.write(events, () => (item.end === "stop" ? response.end() : response.destroy()));
}

const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const item = cases.get(JSON.parse(body).messages.at(-1).parts[0].text);
  if (["break", "stop"].includes(item.end)) return cut(item, response);
  const isWritten = item.end === "needs_input" || item.steps.some((step) => step.discarded);
  const stream = isWritten ? written(item) : model(item);
  pipeUIMessageStreamToResponse({ response, stream });
});

server.listen(0, "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
