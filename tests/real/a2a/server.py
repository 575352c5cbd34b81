"""Answers each case as a task of A2A, over JSON-RPC and REST."""

from a2a.helpers.proto_helpers import new_task_from_user_message, new_text_part
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_jsonrpc_routes, create_rest_routes
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCapabilities, AgentCard, AgentInterface, TaskState
from starlette.applications import Starlette

from serve import CUTS, cases, serve

CASES = cases()


class Executor(AgentExecutor):
    """Plays the case whose name is the user's message."""

    async def execute(self, context, event_queue):
        case = CASES[context.get_user_input()]
        await event_queue.enqueue_event(new_task_from_user_message(context.message))
        task = TaskUpdater(event_queue, context.task_id, context.context_id)
        await task.start_work(task.new_agent_message([new_text_part("Looking it up.")]))
        for number, step in enumerate(case["steps"]):
            # An artifact that is not continued is replaced: so is a discarded text.
            is_first = True
            for piece in step.get("text") or step["discarded"]:
                await task.add_artifact(
                    [new_text_part(piece)], artifact_id="a1", append=not is_first
                )
                is_first = False
        await self.end(task, case["end"])

    async def end(self, task, end):
        if end == "error":
            await task.failed(task.new_agent_message([new_text_part("the gauge is broken")]))
        elif end == "needs_input":
            await task.requires_input()
        elif end in CUTS:
            await task.update_status(TaskState.TASK_STATE_COMPLETED, metadata={"cut": CUTS[end]})
        else:
            await task.complete()

    async def cancel(self, context, event_queue):
        raise NotImplementedError


card = AgentCard(
    name="rivers",
    description="Knows rivers.",
    version="1",
    capabilities=AgentCapabilities(streaming=True),
    default_input_modes=["text/plain"],
    default_output_modes=["text/plain"],
    supported_interfaces=[AgentInterface(url="/rpc", protocol_binding="JSONRPC")],
)
handler = DefaultRequestHandler(Executor(), InMemoryTaskStore(), card)
rest = create_rest_routes(handler, path_prefix="/rest")
serve(Starlette(routes=[*create_jsonrpc_routes(handler, "/rpc"), *rest]))
