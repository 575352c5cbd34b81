"""The server behind the proxies: paced event streams that end well or break. Standard library only."""

import asyncio
import json

PIECES = ["one ", "two ", "three ", "four"]


HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


def event(text):
    return f"data: {json.dumps({'delta': text})}\n\n".encode()


async def answer(path, write):
    """Writes the body that a path names; gives whether it ends in good order."""
    many = [f"{number} " for number in range(30)]
    for text in many if path == "/many" else PIECES:
        if path == "/cut" and text == PIECES[2]:
            return False
        await write(event(text))
        await asyncio.sleep(0.05)
    await write(b"data: [DONE]\n\n")
    return True


async def serve(reader, writer):
    head = await reader.readuntil(b"\r\n\r\n")
    method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
    length = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    await reader.readexactly(int(length[0]) if length else 0)
    # A proxy may ask with a whole URL.
    path = "/" + target.split("//")[-1].split("/", 1)[1]
    if path == "/slow":
        await asyncio.sleep(5)

    async def chunk(data):
        writer.write(b"%x\r\n%s\r\n" % (len(data), data))
        await writer.drain()

    writer.write(HEAD)
    if await answer(path, chunk):
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        writer.close()
    else:
        writer.transport.abort()


async def careful(reader, writer):
    try:
        await serve(reader, writer)
    except (OSError, asyncio.IncompleteReadError):
        writer.close()


async def start():
    """Listens on a free port, and gives it."""
    server = await asyncio.start_server(careful, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]
