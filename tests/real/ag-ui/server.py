"""Answers each case with the events of AG-UI."""

from ag_ui import core
from ag_ui.encoder import EventEncoder
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from serve import CUTS, cases, serve

CASES = cases()
app = FastAPI()


def message(number, step):
    """The events of a step."""
    kind, value = next(iter(step.items()))
    identity = f"m{number}"
    if kind == "text":
        yield core.TextMessageStartEvent(message_id=identity, role="assistant")
        for piece in value:
            yield core.TextMessageContentEvent(message_id=identity, delta=piece)
        yield core.TextMessageEndEvent(message_id=identity)
    elif kind == "reasoning":
        yield core.ReasoningStartEvent(message_id=identity)
        yield core.ReasoningMessageStartEvent(message_id=identity, role="reasoning")
        for piece in value:
            yield core.ReasoningMessageContentEvent(message_id=identity, delta=piece)
        yield core.ReasoningMessageEndEvent(message_id=identity)
        yield core.ReasoningEndEvent(message_id=identity)
    else:
        call = value["id"]
        yield core.ToolCallStartEvent(tool_call_id=call, tool_call_name=value["name"])
        for piece in value["arguments"]:
            yield core.ToolCallArgsEvent(tool_call_id=call, delta=piece)
        yield core.ToolCallEndEvent(tool_call_id=call)
        if value["result"] is not None:
            yield core.ToolCallResultEvent(
                message_id=identity, tool_call_id=call, content=value["result"]
            )


def end(case, run):
    """The events at the end of a run."""
    if case["end"] == "error":
        yield core.RunErrorEvent(message="the tool server is away", code="TOOL")
    elif case["end"] == "needs_input":
        interrupt = core.Interrupt(id="i1", reason="approval", message="May I?")
        outcome = core.RunFinishedInterruptOutcome(interrupts=[interrupt])
        yield core.RunFinishedEvent(**run, outcome=outcome)
    elif case["end"] == "whole":
        usage = case["usage"]
        count = core.TokenUsage(
            input_tokens=usage["input"],
            output_tokens=usage["output"],
            reasoning_tokens=usage["reasoning"],
            cached_input_tokens=usage["cached"],
        )
        outcome = core.RunFinishedSuccessOutcome()
        yield core.RunFinishedEvent(**run, outcome=outcome, usage=[count])


async def stream(case, run):
    encoder = EventEncoder()
    yield encoder.encode(core.RunStartedEvent(**run))
    for number, step in enumerate(case["steps"]):
        for event in message(number, step):
            yield encoder.encode(event)
    if case["end"] in CUTS:
        yield CUTS[case["end"]]
    for event in end(case, run):
        yield encoder.encode(event)


@app.post("/agent")
async def agent(request: core.RunAgentInput):
    case = CASES[request.messages[-1].content]
    run = {"thread_id": request.thread_id, "run_id": request.run_id}
    return StreamingResponse(stream(case, run), media_type=EventEncoder().get_content_type())


serve(app)
