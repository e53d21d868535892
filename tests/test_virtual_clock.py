import asyncio
import os
import signal
import time
from collections.abc import Iterator

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from systems import pipes, signals
from virtual_clock import DeadlockError, run


async def sleep_one_by_one(seconds: Iterator[float]) -> None:
    for second in seconds:
        await anyio.sleep(second)


def test_200_seconds_over_8_tasks_take_exactly_25() -> None:
    async def main() -> None:
        seconds = iter([1.0] * 200)
        async with anyio.create_task_group() as tasks:
            for _ in range(8):
                tasks.start_soon(sleep_one_by_one, seconds)

    assert run(main) == (None, 25.0)


def test_an_hour_takes_no_time() -> None:
    start = time.monotonic()

    _, elapsed = run(anyio.sleep, 3600)

    assert elapsed == 3600.0
    assert time.monotonic() - start < 10


def test_the_result_is_handed_on_with_its_arguments() -> None:
    async def add(a: int, b: int) -> int:
        return a + b

    assert run(add, 2, 3) == (5, 0.0)


def test_an_exception_is_handed_on() -> None:
    async def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        run(fail)


def test_a_time_out_cuts_a_longer_sleep_short() -> None:
    async def main() -> bool:
        with anyio.move_on_after(0.25) as scope:
            await anyio.sleep(9)
        return scope.cancelled_caught

    assert run(main) == (True, 0.25)


def test_timers_fire_in_the_order_of_their_times() -> None:
    async def main() -> list[float]:
        seen: list[float] = []

        async def note(seconds: float) -> None:
            await anyio.sleep(seconds)
            seen.append(anyio.current_time())

        async with anyio.create_task_group() as tasks:
            for seconds in (0.3, 0.1, 0.2, 0.1):
                tasks.start_soon(note, seconds)
        return seen

    assert run(main)[0] == pytest.approx([0.1, 0.1, 0.2, 0.3])


def test_waiting_for_nothing_is_an_error() -> None:
    async def main() -> None:
        await anyio.Event().wait()

    with pytest.raises(DeadlockError):
        run(main)


def test_two_tasks_that_wait_for_each_other_are_an_error() -> None:
    async def main() -> None:
        one, other = anyio.Event(), anyio.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one.wait)
            tasks.start_soon(other.wait)

    with pytest.raises(DeadlockError):
        run(main)


@pipes
def test_a_ready_socket_is_served_before_the_clock_jumps() -> None:
    async def main() -> bytes:
        reader, writer = os.pipe()
        os.write(writer, b"x")
        loop, seen = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(reader, seen.set)
        try:
            with anyio.fail_after(1):
                await seen.wait()
            return os.read(reader, 1)
        finally:
            loop.remove_reader(reader)
            os.close(reader)
            os.close(writer)

    assert run(main) == (b"x", 0.0)


@signals
def test_a_signal_reaches_its_receiver() -> None:
    async def main() -> int:
        with anyio.open_signal_receiver(signal.SIGUSR1) as signals:
            os.kill(os.getpid(), signal.SIGUSR1)
            return await anext(signals)

    assert run(main) == (signal.SIGUSR1, 0.0)


@signals
def test_ctrl_c_stops_the_run() -> None:
    async def main() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await anyio.sleep_forever()

    with pytest.raises(KeyboardInterrupt):
        run(main)


async def ask(transport: httpx.AsyncBaseTransport) -> str:
    async with httpx.AsyncClient(transport=transport, base_url="http://kimai.test") as client:
        return (await client.get("/slow")).text


def test_httpx_over_a_slow_asgi_application() -> None:
    async def slow(_: Request) -> PlainTextResponse:
        await anyio.sleep(7)
        return PlainTextResponse("done")

    app = Starlette(routes=[Route("/slow", slow)])

    assert run(ask, httpx.ASGITransport(app)) == ("done", 7.0)


def test_httpx_over_a_slow_mock() -> None:
    async def slow(_: httpx.Request) -> httpx.Response:
        await anyio.sleep(7)
        return httpx.Response(200, text="done")

    assert run(ask, httpx.MockTransport(slow)) == ("done", 7.0)
