"""Serves an application on a free port, and prints where; the scripts of Python servers use it."""

import asyncio
import json
import logging
import socket

import uvicorn

logging.disable(logging.CRITICAL)

# A frame with one of these texts is not sent: the answer ends there, as the case asks for.
CUTS = {"break": "cut: the connection breaks", "stop": "cut: the body ends"}


def cases():
    """The cases by their names."""
    with open("cases.json", encoding="utf-8") as file:
        return {case["name"]: case for case in json.load(file)}


class Broken(Exception):
    """Raised inside a body, it closes the connection."""


def cutting(app):
    """The application, whose answers end where a frame asks for it."""

    async def wrapped(scope, receive, send):
        stopped = False

        async def cut(message):
            nonlocal stopped
            body = message.get("body", b"")
            if stopped:
                return
            if CUTS["break"].encode() in body:
                raise Broken
            if CUTS["stop"].encode() in body:
                stopped = True
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        await app(scope, receive, cut)

    return wrapped


def serve(app):
    """Serves until the process is ended."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(cutting(app), log_config=None))
    asyncio.run(server.serve(sockets=[listener]))
