"""Twenty clients at once, in a process of their own: `python -m benchmarks.client`.

Reads a plan, prints times. Written on bare streams,
 so that the clients cost as little as they can beside the server.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from benchmarks.timing import other_cores


class Plan:
    """`paths` are asked for in turn; with a `body` they are posted to, `{n}` in it being a running number.

    Every client has a key of its own as long as there are enough: limits are per key.
    """

    def __init__(self, given: dict[str, Any]) -> None:
        self.port = int(given["port"])
        self.tokens: list[str] = given["tokens"]
        self.paths: list[str] = given["paths"]
        self.body: str = given.get("body", "")
        self.clients, self.seconds = int(given["clients"]), float(given["seconds"])
        self.sent = 0

    def request(self, client: int) -> bytes:
        self.sent += 1
        body = self.body.replace("{n}", str(self.sent)).encode()
        method = "POST" if body else "GET"
        head = (
            f"{method} {self.paths[self.sent % len(self.paths)]} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Authorization: Bearer {self.tokens[client % len(self.tokens)]}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


async def one_client(
    plan: Plan, number: int, until: float, took: list[float], failed: dict[str, int]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", plan.port)
    while time.monotonic() < until:
        began = time.perf_counter()
        writer.write(plan.request(number))
        status = await read_answer(reader)
        took.append(time.perf_counter() - began)
        if not 200 <= status < 300:
            failed[str(status)] = failed.get(str(status), 0) + 1
    writer.close()


async def read_answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = head.partition("content-length:")[2].partition("\r\n")[0].strip()
    if length:
        await reader.readexactly(int(length))
    elif "transfer-encoding: chunked" in head:
        await _chunks(reader)
    return int(head.split()[1])


async def _chunks(reader: asyncio.StreamReader) -> None:
    while size := int(await reader.readuntil(b"\r\n"), 16):
        await reader.readexactly(size + 2)
    await reader.readexactly(2)


async def run(plan: Plan) -> dict[str, Any]:
    took: list[float] = []
    failed: dict[str, int] = {}
    began = time.monotonic()
    until = began + plan.seconds
    await asyncio.gather(*(one_client(plan, number, until, took, failed) for number in range(plan.clients)))
    took.sort()
    return {
        "per_second": len(took) / (time.monotonic() - began),
        "p95_ms": took[int(len(took) * 0.95)] * 1000,
        "max_ms": took[-1] * 1000,
        "failed": failed,
        "count": len(took),
    }


if __name__ == "__main__":
    other_cores()
    print(json.dumps(asyncio.run(run(Plan(json.load(sys.stdin))))))
