"""Prints what a third-party client of Dify reads of each case."""

import json
import sys

import httpx
from dify_client import Client, errors, models

URL = sys.argv[1]


def read(name, found):
    """Reads the answer to a case, and how it ended."""
    client = Client(api_key="key", api_base=f"{URL}/v1")
    request = models.ChatRequest(
        query=name, user="u1", response_mode=models.ResponseMode.STREAMING
    )
    calls = {}
    for part in client.chat_messages(request, timeout=10.0):
        match part.event:
            case "message" | "agent_message":
                found["text"] += part.answer
            case "message_replace":
                found["text"] = part.answer
            case "agent_thought":
                call = {"id": part.id, "name": part.tool, "arguments": part.tool_input}
                calls[part.id] = {**call, "result": part.observation or None}
            case "message_end":
                found["outcome"] = "succeeded"
                usage = part.metadata.usage
                found["usage"] = {
                    "input": usage.prompt_tokens,
                    "output": usage.completion_tokens,
                }
            case "workflow_paused":
                found["outcome"] = "needs_input"
            case "error":
                found["outcome"] = "failed"
        found["tool_calls"] = list(calls.values())


with open("cases.json", encoding="utf-8") as file:
    names = [case["name"] for case in json.load(file)]
for name in names:
    found = {"case": name, "text": "", "tool_calls": [], "outcome": "cut"}
    try:
        read(name, found)
    except (errors.DifyAPIError, httpx.TransportError) as error:
        print(name, repr(error), file=sys.stderr)
    print(json.dumps(found))
