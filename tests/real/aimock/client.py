"""Prints what the providers' own clients read of each case."""

import json
import sys

import anthropic
import cohere
import ollama
import openai
from google import genai

URL, NAME = sys.argv[1:]


class Read:
    """What was read so far."""

    def __init__(self):
        self.text = ""
        self.reasoning = ""
        self.calls = []
        self.usage = None
        self.outcome = "cut"

    def call(self, name, arguments, **more):
        self.calls.append({"name": name, "arguments": arguments, **more})


def read_ollama(case, read):
    messages = [{"role": "user", "content": case}]
    try:
        answer = ollama.Client(URL).chat("qwen3", messages, think=True, stream=True)
        for part in answer:
            read.text += part.message.content or ""
            read.reasoning += part.message.thinking or ""
            for call in part.message.tool_calls or []:
                read.call(call.function.name, dict(call.function.arguments))
            if part.done:
                read.usage = {"input": part.prompt_eval_count, "output": part.eval_count}
                read.outcome = "succeeded"
    except ollama.ResponseError:
        read.outcome = "failed"


def read_gemini(case, read):
    options = {"base_url": URL, "api_version": "v1beta", "retry_options": {"attempts": 1}}
    # A client without a reference closes its connections.
    client = genai.Client(api_key="key", http_options=options)
    answer = client.models.generate_content_stream(model="gemini-2.5-pro", contents=case)
    try:
        for part in answer:
            candidate = part.candidates[0]
            for piece in candidate.content.parts or []:
                if piece.function_call:
                    call = piece.function_call
                    read.call(call.name, call.args, id=call.id)
                elif piece.thought:
                    read.reasoning += piece.text
                else:
                    read.text += piece.text or ""
            if part.usage_metadata:
                usage = part.usage_metadata
                thoughts = usage.thoughts_token_count or 0
                read.usage = {
                    "input": usage.prompt_token_count,
                    "output": (usage.candidates_token_count or 0) + thoughts,
                }
            if candidate.finish_reason:
                read.outcome = "succeeded"
    except genai.errors.APIError:
        read.outcome = "failed"


def read_cohere(case, read):
    client = cohere.ClientV2("key", base_url=URL)
    messages = [{"role": "user", "content": case}]
    for event in client.chat_stream(model="command-a-reasoning", messages=messages):
        if event.type == "content-delta":
            content = event.delta.message.content
            read.text += content.text or ""
            read.reasoning += getattr(content, "thinking", None) or ""
        elif event.type == "tool-call-start":
            call = event.delta.message.tool_calls
            read.call(call.function.name, call.function.arguments or "", id=call.id)
        elif event.type == "tool-call-delta":
            read.calls[-1]["arguments"] += event.delta.message.tool_calls.function.arguments
        elif event.type == "message-end":
            failed = event.delta.finish_reason == "ERROR"
            read.outcome = "failed" if failed else "succeeded"
            if event.delta.usage:
                tokens = event.delta.usage.tokens
                read.usage = {
                    "input": int(tokens.input_tokens),
                    "output": int(tokens.output_tokens),
                }


def read_openai_chat(case, read):
    client = openai.OpenAI(base_url=f"{URL}/v1", api_key="key", max_retries=0)
    answer = client.chat.completions.create(
        model="deepseek-r1",
        messages=[{"role": "user", "content": case}],
        stream=True,
        stream_options={"include_usage": True},
    )
    try:
        for chunk in answer:
            if chunk.usage:
                usage = chunk.usage
                read.usage = {"input": usage.prompt_tokens, "output": usage.completion_tokens}
            for choice in chunk.choices:
                read.text += choice.delta.content or ""
                read.reasoning += getattr(choice.delta, "reasoning_content", None) or ""
                for call in choice.delta.tool_calls or []:
                    if call.id:
                        read.call(call.function.name, "", id=call.id)
                    read.calls[call.index]["arguments"] += call.function.arguments or ""
                if choice.finish_reason:
                    read.outcome = "succeeded"
    except openai.APIError as error:
        if isinstance(error, openai.APIConnectionError):
            raise
        read.outcome = "failed"


def read_openai_responses(case, read):
    client = openai.OpenAI(base_url=f"{URL}/v1", api_key="key", max_retries=0)
    try:
        for event in client.responses.create(model="gpt-5", input=case, stream=True):
            if event.type == "response.output_text.delta":
                read.text += event.delta
            elif event.type == "response.reasoning_summary_text.delta":
                read.reasoning += event.delta
            elif event.type == "response.output_item.done" and event.item.type == "function_call":
                read.call(event.item.name, event.item.arguments, id=event.item.call_id)
            elif event.type == "response.completed":
                usage = event.response.usage
                read.usage = {"input": usage.input_tokens, "output": usage.output_tokens}
                read.outcome = "succeeded"
            elif event.type == "error":
                read.outcome = "failed"
    except openai.APIError as error:
        if isinstance(error, openai.APIConnectionError):
            raise
        read.outcome = "failed"


def read_anthropic(case, read):
    client = anthropic.Anthropic(base_url=URL, api_key="key", max_retries=0)
    messages = [{"role": "user", "content": case}]
    request = {"model": "claude-opus-4-x", "max_tokens": 1024, "messages": messages}
    try:
        with client.messages.stream(**request) as stream:
            for event in stream:
                if event.type == "text":
                    read.text += event.text
                elif event.type == "thinking":
                    read.reasoning += event.thinking
                elif event.type == "content_block_stop":
                    block = event.content_block
                    if block.type == "tool_use":
                        read.call(block.name, block.input, id=block.id)
                elif event.type == "message_stop":
                    usage = event.message.usage
                    read.usage = {"input": usage.input_tokens, "output": usage.output_tokens}
                    read.outcome = "succeeded"
    except anthropic.APIStatusError:
        read.outcome = "failed"


def main():
    with open("cases.json", encoding="utf-8") as file:
        names = [case["name"] for case in json.load(file)]
    for name in names:
        read = Read()
        try:
            globals()["read_" + NAME.replace("-", "_")](name, read)
        except Exception as error:
            # Every other error is a connection that broke.
            print(name, repr(error), file=sys.stderr)
        found = {
            "case": name,
            "text": read.text,
            "reasoning": read.reasoning or None,
            "tool_calls": read.calls,
            "usage": read.usage,
            "outcome": read.outcome,
        }
        print(json.dumps(found))


main()
