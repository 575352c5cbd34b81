"""Answers each case by LangServe: as a chain of text, and as a chat model's messages."""

from fastapi import FastAPI
from langchain_core.messages import AIMessageChunk
from langchain_core.runnables import RunnableGenerator
from langserve import add_routes

from serve import CUTS, cases, serve

CASES = cases()
app = FastAPI()


def texts(case):
    """The pieces of a case's text."""
    return [piece for step in case["steps"] for piece in step.get("text", [])]


def end(case):
    """What ends an answer early."""
    if case["end"] == "error":
        raise ValueError("the gauge is broken")
    if case["end"] in CUTS:
        yield CUTS[case["end"]]


async def text(inputs):
    async for name in inputs:
        case = CASES[name]
        for piece in texts(case):
            yield piece
        for cut in end(case):
            yield cut


def calls(step, index):
    """A call of a tool, in chunks: its id and name come first."""
    call = step["call"]
    named = {"id": call["id"], "name": call["name"]}
    for piece in call["arguments"]:
        chunk = {"id": None, "name": None, "args": piece, "index": index, **named}
        named = {}
        yield AIMessageChunk(content="", tool_call_chunks=[chunk])


async def chat(inputs):
    async for name in inputs:
        case = CASES[name]
        for piece in texts(case):
            yield AIMessageChunk(content=piece)
        tools = [step for step in case["steps"] if "call" in step]
        for index, step in enumerate(tools):
            for chunk in calls(step, index):
                yield chunk
        for cut in end(case):
            yield AIMessageChunk(content=cut)
        usage = case["usage"]
        counts = {
            "input_tokens": usage["input"],
            "output_tokens": usage["output"],
            "total_tokens": usage["input"] + usage["output"],
            "input_token_details": {"cache_read": usage["cached"]},
            "output_token_details": {"reasoning": usage["reasoning"]},
        }
        yield AIMessageChunk(content="", usage_metadata=counts)


for path, function in ("/text", text), ("/chat", chat):
    chain = RunnableGenerator(function).with_types(input_type=str)
    add_routes(app, chain, path=path, enabled_endpoints=["stream"])

serve(app)
