"""Answers each case with the events of Dify's service API, which no package serves."""

import json

from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route

from serve import CUTS, cases, serve

CASES = cases()
NAMES = {"task_id": "t1", "message_id": "m1", "conversation_id": "c1", "created_at": 1_700_000_000}


def event(kind, **members):
    data = {"event": kind, **NAMES, **members}
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


def thought(step, number, observation):
    call = step["call"]
    return event(
        "agent_thought",
        id=call["id"],
        position=number,
        thought="",
        observation=observation,
        tool=call["name"],
        tool_input="".join(call["arguments"]),
        message_files=[],
    )


def answer(case):
    """The events of the steps."""
    is_discarded = False
    for number, step in enumerate(case["steps"], 1):
        for piece in step.get("discarded", []):
            is_discarded = True
            yield event("message", id="m1", answer=piece)
        for piece in step.get("text", []):
            kind = "message_replace" if is_discarded else "message"
            is_discarded = False
            yield event(kind, id="m1", answer=piece)
        if "call" in step:
            yield thought(step, number, "")
            if step["call"]["result"] is not None:
                yield thought(step, number, step["call"]["result"])


def end(case):
    """The event at the end."""
    if case["end"] == "error":
        return event("error", status=400, code="completion_request_error", message="overloaded")
    if case["end"] == "needs_input":
        data = {"paused_nodes": ["n1"], "reasons": []}
        return event("workflow_paused", workflow_run_id="w1", data=data)
    if case["end"] in CUTS:
        return CUTS[case["end"]]
    usage = case["usage"]
    counts = {"prompt_tokens": usage["input"], "completion_tokens": usage["output"]}
    counts["total_tokens"] = usage["input"] + usage["output"]
    prices = ["prompt_unit_price", "prompt_price_unit", "prompt_price", "completion_unit_price"]
    prices += ["completion_price_unit", "completion_price", "total_price"]
    counts |= {price: "0.001" for price in prices} | {"currency": "USD", "latency": 0.5}
    return event("message_end", id="m1", metadata={"usage": counts})


async def stream(case):
    yield "event: ping\n\n"
    for part in answer(case):
        yield part
    yield end(case)


async def chat(request):
    case = CASES[(await request.json())["query"]]
    return StreamingResponse(stream(case), media_type="text/event-stream")


serve(Starlette(routes=[Route("/v1/chat-messages", chat, methods=["POST"])]))
