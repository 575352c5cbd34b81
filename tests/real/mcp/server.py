"""Answers each case as the call of an MCP tool, by an event stream and by JSON."""

import contextlib
from typing import Any

from mcp import MCPError
from mcp.server.mcpserver import Context, MCPServer
from mcp.types import (
    CallToolResult,
    ElicitRequest,
    ElicitRequestFormParams,
    InputRequiredResult,
    TextContent,
)
from starlette.applications import Starlette

from serve import CUTS, cases, serve

CASES = cases()


async def play(case: str, context: Context) -> CallToolResult | InputRequiredResult:
    """The text of a case, in as many blocks as the case has pieces."""
    played = CASES[case]
    pieces = [piece for step in played["steps"] for piece in step["text"]]
    end = played["end"]
    await context.report_progress(0, len(pieces), "looking it up")
    if end == "needs_input":
        form = ElicitRequestFormParams(
            message="May I?", requested_schema={"type": "object", "properties": {}}
        )
        question = ElicitRequest(params=form)
        return InputRequiredResult(input_requests={"q1": question}, request_state="s1")
    if case == "error-0":
        return CallToolResult(
            content=[TextContent(text="the gauge is broken")], is_error=True
        )
    if end == "error":
        raise MCPError(code=-32050, message="the gauge is broken")
    content = [TextContent(text=piece) for piece in pieces]
    meta: dict[str, Any] = {"cut": CUTS[end]} if end in CUTS else {}
    return CallToolResult(content=content, meta=meta)


def application(path, **options):
    server = MCPServer("rivers")
    server.add_tool(play, name="play", structured_output=False)
    return server.streamable_http_app(streamable_http_path=path, **options)


apps = [application("/stream"), application("/json", json_response=True)]


@contextlib.asynccontextmanager
async def lifespan(_):
    async with contextlib.AsyncExitStack() as stack:
        for app in apps:
            await stack.enter_async_context(app.router.lifespan_context(app))
        yield


serve(Starlette(routes=[route for app in apps for route in app.routes], lifespan=lifespan))
