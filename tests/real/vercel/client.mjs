// Prints what the AI SDK reads of each case.

import { readFileSync } from "node:fs";
import { DefaultChatTransport, isToolUIPart, getToolName, readUIMessageStream } from "ai";

const transport = new DefaultChatTransport({ api: `${process.argv[2]}/chat` });

/** The message at the end of a stream, and the types of the chunks that came. */
async function read(name) {
  const stream = await transport.sendMessages({
    trigger: "submit-message",
    chatId: "c1",
    messages: [{ id: "u1", role: "user", parts: [{ type: "text", text: name }] }],
  });
  const types = new Set();
  const watched = stream.pipeThrough(new TransformStream({
    transform(chunk, controller) {
      types.add(chunk.type);
      controller.enqueue(chunk);
    },
  }));
  let message = { parts: [] };
  for await (const state of readUIMessageStream({ stream: watched, onError: () => {} })) {
    message = state;
  }
  return { message, types };
}

/** A call of a tool, as a record has it. */
function call(part) {
  const made = { id: part.toolCallId, name: getToolName(part), arguments: part.input ?? {} };
  return part.state === "output-available" ? { ...made, result: part.output } : made;
}

for (const { name } of JSON.parse(readFileSync("cases.json"))) {
  const { message, types } = await read(name);
  const joined = (type) =>
    message.parts.filter((part) => part.type === type).map((part) => part.text).join("");
  const calls = message.parts.filter(isToolUIPart);
  const asks = calls.some((part) => part.state === "approval-requested");
  const usage = message.metadata?.totalUsage;
  console.log(JSON.stringify({
    case: name,
    text: joined("text"),
    reasoning: joined("reasoning") || undefined,
    tool_calls: calls.map(call),
    usage: usage && {
      input: usage.inputTokens,
      output: usage.outputTokens,
      reasoning: usage.outputTokenDetails?.reasoningTokens,
      cached: usage.inputTokenDetails?.cacheReadTokens,
    },
    outcome: types.has("error")
      ? "failed"
      : asks ? "needs_input" : types.has("finish") ? "succeeded" : "cut",
  }));
}
