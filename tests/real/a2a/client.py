"""Prints what the client of A2A reads of each case."""

import asyncio
import json
import sys

from a2a.client import ClientConfig, ClientFactory
from a2a.helpers.proto_helpers import get_artifact_text, new_text_message
from a2a.server.tasks.task_manager import append_artifact_to_task
from a2a.types import (
    AgentCapabilities,
    AgentCard,
    AgentInterface,
    Role,
    SendMessageRequest,
    Task,
    TaskState,
)

URL, NAME = sys.argv[1:]
BINDINGS = {"jsonrpc": ("JSONRPC", "/rpc"), "rest": ("HTTP+JSON", "/rest")}
OUTCOMES = {
    TaskState.TASK_STATE_COMPLETED: "succeeded",
    TaskState.TASK_STATE_FAILED: "failed",
    TaskState.TASK_STATE_INPUT_REQUIRED: "needs_input",
}


def client():
    binding, path = BINDINGS[NAME]
    interface = AgentInterface(
        url=URL + path, protocol_binding=binding, protocol_version="1.0"
    )
    card = AgentCard(
        name="rivers",
        capabilities=AgentCapabilities(streaming=True),
        supported_interfaces=[interface],
    )
    return ClientFactory(ClientConfig(supported_protocol_bindings=[binding])).create(card)


async def read(name):
    """The text of a case, and how it ended."""
    message = new_text_message(name, role=Role.ROLE_USER)
    task, outcome = Task(), "cut"
    try:
        async for event in client().send_message(SendMessageRequest(message=message)):
            kind = event.WhichOneof("payload")
            if kind == "task":
                task.CopyFrom(event.task)
            elif kind == "artifact_update":
                append_artifact_to_task(task, event.artifact_update)
            elif kind == "status_update":
                outcome = OUTCOMES.get(event.status_update.status.state, outcome)
    except Exception as error:
        print(name, repr(error), file=sys.stderr)
    text = "".join(get_artifact_text(artifact, "") for artifact in task.artifacts)
    return {"case": name, "text": text, "outcome": outcome}


async def main():
    with open("cases.json", encoding="utf-8") as file:
        for case in json.load(file):
            print(json.dumps(await read(case["name"])))


asyncio.run(main())
