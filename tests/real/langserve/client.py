"""Prints what the client of LangServe reads of each case."""

import asyncio
import json
import sys

import httpx
from langserve import RemoteRunnable

URL, NAME = sys.argv[1:]
runnable = RemoteRunnable(f"{URL}/{NAME}")


async def read(name):
    """The answer to a case, and how it ended."""
    answer, outcome = None, "cut"
    try:
        async for chunk in runnable.astream(name):
            answer = chunk if answer is None else answer + chunk
        outcome = "succeeded"
    except httpx.HTTPStatusError:
        outcome = "failed"
    except httpx.RemoteProtocolError:
        pass
    if answer is None or isinstance(answer, str):
        return {"text": answer or "", "outcome": outcome}
    usage = answer.usage_metadata
    return {
        "text": answer.content,
        "tool_calls": [
            {"id": call["id"], "name": call["name"], "arguments": call["args"]}
            for call in answer.tool_calls
        ],
        "usage": usage and {"input": usage["input_tokens"], "output": usage["output_tokens"]},
        "outcome": outcome,
    }


async def main():
    with open("cases.json", encoding="utf-8") as file:
        for case in json.load(file):
            print(json.dumps({"case": case["name"], **await read(case["name"])}))


asyncio.run(main())
