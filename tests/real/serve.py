"""Serves an application on a free port, and prints where; the scripts of Python servers use it."""

import asyncio
import json
import logging
import socket

import uvicorn

logging.disable(logging.CRITICAL)


def cases():
    """The cases by their names."""
    with open("cases.json", encoding="utf-8") as file:
        return {case["name"]: case for case in json.load(file)}


class Broken(Exception):
    """Raised inside a body, it closes the connection."""


def serve(app):
    """Serves until the process is ended."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(app, log_config=None))
    asyncio.run(server.serve(sockets=[listener]))
