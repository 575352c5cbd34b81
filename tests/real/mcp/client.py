"""Prints what the client of MCP reads of each case."""

import asyncio
import json
import sys

from mcp import Client, MCPError
from mcp.types import ElicitResult, InputRequiredResult

URL, NAME = sys.argv[1:]


async def refuse(*_):
    """With this callback the client states that it can ask its user."""
    return ElicitResult(action="decline")


async def ignore(*_):
    """Asks the server for reports of progress, and so for an event stream."""


async def read(name):
    """The text of a case, and how it ended."""
    client = Client(
        f"{URL}/{NAME}",
        mode="2026-07-28",
        elicitation_callback=refuse,
        read_timeout_seconds=5,
    )
    async with client:
        result = await client.session.call_tool(
            "play", {"case": name}, progress_callback=ignore, allow_input_required=True
        )
    if isinstance(result, InputRequiredResult):
        return {"outcome": "needs_input"}
    if result.is_error:
        return {"outcome": "failed"}
    return {"text": "".join(block.text for block in result.content), "outcome": "succeeded"}


async def main():
    with open("cases.json", encoding="utf-8") as file:
        names = [case["name"] for case in json.load(file)]
    for name in names:
        try:
            found = await read(name)
        except BaseException as error:
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            print(name, repr(error), file=sys.stderr)
            failed = isinstance(error, MCPError) and error.error.code == -32050
            found = {"outcome": "failed" if failed else "cut"}
        print(json.dumps({"case": name, **found}))


asyncio.run(main())
