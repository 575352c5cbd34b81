// Prints what the client of AG-UI reads of each case.

import { readFileSync } from "node:fs";
import { HttpAgent } from "@ag-ui/client";

// The client reports failures on the console, too.
console.error = console.warn = () => {};
// It also throws a broken connection past its caller.
process.on("unhandledRejection", () => {});
process.on("uncaughtException", () => {});

const url = process.argv[2];

/** The parts of a message that a record has. */
function collect(messages, read) {
  for (const message of messages) {
    if (message.role === "reasoning") read.reasoning += message.content;
    if (message.role === "tool") {
      read.tool_calls.find((call) => call.id === message.toolCallId).result = message.content;
    }
    if (message.role !== "assistant") continue;
    read.text += message.content ?? "";
    for (const { id, function: { name, arguments: text } } of message.toolCalls ?? []) {
      read.tool_calls.push({ id, name, arguments: text || "{}" });
    }
  }
}

/** The token counts of all models. */
function usage(list) {
  const sum = (name) => list.reduce((total, count) => total + (count[name] ?? 0), 0);
  return {
    input: sum("inputTokens"),
    output: sum("outputTokens"),
    reasoning: sum("reasoningTokens"),
    cached: sum("cachedInputTokens"),
  };
}

for (const { name } of JSON.parse(readFileSync("cases.json"))) {
  const agent = new HttpAgent({ url: `${url}/agent`, threadId: "t1" });
  agent.messages = [{ id: "u1", role: "user", content: name }];
  const read = { case: name, text: "", reasoning: "", tool_calls: [], outcome: "cut" };
  const watch = {
    onRunErrorEvent: () => { read.outcome = "failed"; },
    onRunFinishedEvent: ({ event }) => {
      read.outcome = event.outcome?.type === "interrupt" ? "needs_input" : "succeeded";
      if (event.usage) read.usage = usage(event.usage);
    },
  };
  await agent.runAgent({ runId: name }, watch).catch(() => {});
  collect(agent.messages, read);
  if (read.reasoning === "") delete read.reasoning;
  console.log(JSON.stringify(read));
}
