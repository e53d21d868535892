"""Creates and lists that go wrong: what is stored, what the client sees, over sockets and under a virtual clock."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
from sandbox_client import LEVELS, SUSAN, customer, sandbox_of, tree_of_three
from typer.testing import CliRunner
from virtual_clock import run

from kimai_async.kimai.transport import AiohttpTransport
from kimai_async.sandbox import cli, create_app
from kimai_async.sandbox.faults.injector import Faults
from kimai_async.sandbox.faults.kinds import KINDS, LIST_KINDS, RATE_KINDS, Draws, Kind, ListKind, RateKind
from kimai_async.sandbox.http.drops import ConnectionDropped
from kimai_async.sandbox.in_process import InProcess, in_process
from kimai_async.sandbox.serve import Serving, serving

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from starlette.applications import Starlette

    from kimai_async.sandbox.storage.state import Creation

LOST = httpx.RemoteProtocolError
HASTY = httpx.Timeout(10, read=0.05)
SEEN: dict[Kind, int | type[httpx.TransportError]] = {
    "store-then-drop": LOST,
    "drop-before": LOST,
    "store-then-502": 502,
    "store-then-503": 503,
    "store-then-429": 429,
    "502": 502,
    "500": 500,
    "503": 503,
    "429": 429,
    "truncated": httpx.ReadError,
    "html-200": 200,
    "other-name": 200,
    "number-taken": 400,
    "token-expired": 401,
    "rights-withdrawn": 403,
}
STORED = {"store-then-drop", "store-then-502", "store-then-503", "store-then-429", "truncated", "html-200"}
FINAL = {"token-expired", "rights-withdrawn"}
NEW_CLIENT: dict[str, Callable[[], httpx.AsyncBaseTransport]] = {
    "httpx": httpx.AsyncHTTPTransport,
    "aiohttp": lambda: AiohttpTransport(lanes=2),
}


async def post(client: httpx.AsyncClient, name: str, **values: Any) -> int | type[Exception]:
    """The status of the answer to a create, or the kind of error there was instead."""
    try:
        return (await client.post("/api/customers", json=customer(name, **values))).status_code
    except httpx.TransportError as error:
        return type(error)


def over_the_wire(app: Starlette, steps: Callable[[httpx.AsyncClient, InProcess], Awaitable[None]]) -> float:
    """Run some steps with a client in this process under the virtual clock; return the seconds they took."""

    async def main() -> None:
        async with (
            in_process(app) as transport,
            httpx.AsyncClient(transport=transport, base_url="http://kimai.test", headers=SUSAN, timeout=30) as client,
        ):
            await steps(client, transport)

    return run(main)[1]


def by_name(_: int, creation: Creation) -> Kind | None:
    return next((kind for kind in KINDS if creation.values["name"].startswith(f"{kind} ")), None)


@pytest.fixture(scope="module")
def faulty() -> Iterator[Serving]:
    with serving(faults=Faults(script=by_name)) as kimai:
        yield kimai


def test_every_kind_is_in_the_table() -> None:
    assert {*SEEN, "slow"} == set(KINDS)
    assert set(KINDS) - set(RATE_KINDS) == {"other-name", "token-expired", "rights-withdrawn"}


@pytest.mark.anyio
@pytest.mark.parametrize("library", NEW_CLIENT)
@pytest.mark.parametrize("kind", sorted(set(SEEN) - FINAL))
async def test_a_fault_over_a_socket(kind: Kind, library: str, faulty: Serving) -> None:
    name = f"{kind} over {library}"
    expected = LOST if (kind, library) == ("truncated", "httpx") else SEEN[kind]
    async with httpx.AsyncClient(transport=NEW_CLIENT[library](), base_url=faulty.url, headers=SUSAN) as client:
        assert await post(client, name) == expected
        assert ((name,) in faulty.sandbox.tree()) is (kind in STORED)
        assert await post(client, f"After {name}") == 200


@pytest.mark.anyio
@pytest.mark.parametrize("library", NEW_CLIENT)
@pytest.mark.parametrize("kind", sorted(FINAL))
async def test_what_is_withdrawn_stays_withdrawn_over_a_socket(kind: Kind, library: str) -> None:
    with serving(faults=Faults(script={2: kind})) as kimai:
        async with httpx.AsyncClient(transport=NEW_CLIENT[library](), base_url=kimai.url, headers=SUSAN) as client:
            assert [await post(client, "Acme"), await post(client, "Bar")] == [200, SEEN[kind]]
            assert (await client.get("/api/ping")).status_code == (401 if kind == "token-expired" else 200)
        assert kimai.sandbox.tree() == [("Acme",)]


@pytest.mark.parametrize("kind", SEEN)
def test_a_fault_in_process(kind: Kind) -> None:
    app = create_app(faults=(faults := Faults(script={1: kind})))

    async def steps(client: httpx.AsyncClient, _: InProcess) -> None:
        assert await post(client, "Acme") == SEEN[kind]
        assert sandbox_of(app).tree() == ([("Acme",)] if kind in STORED else [])
        assert faults.counts == {kind: 1}
        assert await post(client, "Next") == (SEEN[kind] if kind in FINAL else 200)

    assert over_the_wire(app, steps) == 0.0


@pytest.mark.anyio
@pytest.mark.parametrize(("kind", "answering"), [("drop-before", False), ("truncated", True)])
async def test_over_a_transport_that_knows_no_connections_the_app_raises(kind: Kind, answering: bool) -> None:
    app = create_app(faults=Faults(script={1: kind}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), headers=SUSAN) as client:
        with pytest.raises(ConnectionDropped) as raised:
            await client.post("http://kimai.test/api/customers", json=customer())
    assert raised.value.answering is answering


def test_dropped_connections_are_not_worth_a_word_to_the_server(capfd: pytest.CaptureFixture[str]) -> None:
    with serving(faults=Faults(script={1: "drop-before", 2: "store-then-drop", 3: "truncated"})) as kimai:
        for name in ("One", "Two", "Three"):
            with pytest.raises(LOST):
                httpx.post(f"{kimai.url}/api/customers", json=customer(name), headers=SUSAN)
    assert capfd.readouterr() == ("", "")


@pytest.mark.anyio
@pytest.mark.parametrize("library", NEW_CLIENT)
async def test_a_slow_create_is_stored_after_its_client_is_gone(library: str) -> None:
    stored = threading.Event()
    faults = Faults(script={1: "slow"}, slow_seconds=0.3, on_fault=lambda _: stored.set())
    with serving(faults=faults) as kimai:
        transport = NEW_CLIENT[library]()
        async with httpx.AsyncClient(transport=transport, base_url=kimai.url, headers=SUSAN, timeout=HASTY) as client:
            assert await post(client, "Acme") is httpx.ReadTimeout
        assert await anyio.to_thread.run_sync(stored.wait, 10)
        assert kimai.sandbox.tree() == [("Acme",)]
    assert faults.counts == {"slow": 1}


def test_a_server_stops_at_once_and_silently_while_a_create_is_slow(capfd: pytest.CaptureFixture[str]) -> None:
    began = threading.Event()

    def script(_: int, creation: Creation) -> Kind:
        assert creation.level == "customers"
        began.set()
        return "slow"

    with serving(faults=(faults := Faults(script=script))) as kimai:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{kimai.url}/api/customers", json=customer(), headers=SUSAN, timeout=HASTY)
        assert began.wait(10)
    assert faults.counts == {}
    assert capfd.readouterr() == ("", "")


def test_in_process_a_slow_create_is_stored_90_seconds_later() -> None:
    app = create_app(faults=Faults(script={1: "slow"}))

    async def steps(client: httpx.AsyncClient, transport: InProcess) -> None:
        assert await post(client, "Acme") is httpx.ReadTimeout
        assert (anyio.current_time(), sandbox_of(app).tree()) == (30, [])
        await transport.settled()
        assert (anyio.current_time(), sandbox_of(app).tree()) == (90, [("Acme",)])

    over_the_wire(app, steps)


def test_who_waits_long_enough_gets_the_slow_answer() -> None:
    app = create_app(faults=Faults(script={1: "slow"}, slow_seconds=20))

    async def steps(client: httpx.AsyncClient, _: InProcess) -> None:
        assert await post(client, "Acme") == 200

    assert over_the_wire(app, steps) == 20


def test_what_is_slow_when_the_block_ends_is_not_stored() -> None:
    app = create_app(faults=Faults(script={1: "slow"}))

    async def steps(client: httpx.AsyncClient, _: InProcess) -> None:
        assert await post(client, "Acme") is httpx.ReadTimeout

    assert over_the_wire(app, steps) == 30
    assert sandbox_of(app).tree() == []


def test_an_error_of_the_app_reaches_whoever_waits_and_an_error_of_the_block_is_not_wrapped() -> None:
    def broken(_: int, creation: Creation) -> None:
        raise LookupError(creation.values["name"])

    async def steps(client: httpx.AsyncClient, _: InProcess) -> None:
        await post(client, "Acme")

    with pytest.raises(LookupError, match="Acme"):
        over_the_wire(create_app(faults=Faults(script=broken)), steps)


@pytest.mark.parametrize(
    ("kind", "media_type", "body", "retry_after"),
    [
        ("502", "text/html; charset=utf-8", "<h1>502 Bad Gateway</h1>", None),
        ("store-then-502", "text/html; charset=utf-8", "<h1>502 Bad Gateway</h1>", None),
        ("html-200", "text/html; charset=utf-8", "<h1>200 OK</h1>", None),
        ("503", "text/html; charset=utf-8", "<h1>503 Service Unavailable</h1>", "1"),
        ("429", "text/html; charset=utf-8", "<h1>429 Too Many Requests</h1>", None),
        ("500", "application/json", '{"code":500,"message":"Internal Server Error"}', None),
        ("number-taken", "application/json", '{"errors":["The number C-1 is already used."]}', None),
        ("other-name", "application/json", '"name":"Not Acme","number":"C-1"', None),
        ("rights-withdrawn", "application/json", '{"code":403,"message":"Forbidden"}', None),
        ("token-expired", "application/json", "", None),
    ],
)
def test_an_answer_looks_as_its_sender_makes_it(
    kind: Kind, media_type: str, body: str, retry_after: str | None
) -> None:
    async def steps(client: httpx.AsyncClient, _: InProcess) -> None:
        answer = await client.post("/api/customers", json=customer("Acme", number="C-1"))
        assert answer.headers["content-type"] == media_type
        assert answer.headers.get("retry-after") == retry_after
        assert body in answer.text if body else answer.text == ""

    over_the_wire(create_app(faults=Faults(script={1: kind})), steps)


def test_another_row_is_one_that_is_there_if_there_is_one() -> None:
    async def steps(client: httpx.AsyncClient, _: InProcess) -> None:
        await tree_of_three(client)
        answer = await client.post("/api/projects", json={"name": "Shop", "customer": 1})
        assert (answer.json()["id"], answer.json()["name"], answer.json()["parentTitle"]) == (1, "Site", "Acme")

    over_the_wire(create_app(faults=Faults(script={4: "other-name"})), steps)


def test_a_create_that_is_refused_when_it_is_stored_says_so_whatever_else_should_happen() -> None:
    app = create_app(latency=1, faults=(faults := Faults(rates={"store-then-drop": 1.0})))
    seen = []

    async def steps(client: httpx.AsyncClient, _: InProcess) -> None:
        async def later(name: str, seconds: float) -> None:
            await anyio.sleep(seconds)
            seen.append(await post(client, name, number="7"))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(later, "First", 0)
            tasks.start_soon(later, "Second", 0.75)

    over_the_wire(app, steps)
    assert seen == [LOST, 400]
    assert (faults.creates, faults.counts) == (2, {"store-then-drop": 1})


def outcomes(order: list[int], *, lanes: int, seed: int = 7) -> dict[str, tuple[Any, ...]]:
    """What every row met, sent twice, with their customers created in this order."""
    rates: dict[RateKind, float] = {"502": 0.3, "500": 0.2, "503": 0.1}
    faults = Faults(rates=rates, seed=seed, script=lambda _, creation: None)
    app = create_app(latency=1, faults=faults)
    seen: dict[str, tuple[Any, ...]] = {}

    async def steps(client: httpx.AsyncClient, _: InProcess) -> None:
        limiter = anyio.CapacityLimiter(lanes)
        for index in order:
            values = {"name": f"Customer {index}", "number": None, "visible": True}
            sandbox_of(app).store.insert("customers", None, values)

        async def twice(row_id: int, index: int) -> None:
            body = {"name": "Site", "customer": row_id, "number": None}
            async with limiter:
                answers = [await client.post("/api/projects", json=body) for _ in range(2)]
            seen[f"Customer {index}"] = tuple(answer.status_code for answer in answers)

        async with anyio.create_task_group() as tasks:
            for row_id, index in enumerate(order, 1):
                tasks.start_soon(twice, row_id, index)

    over_the_wire(app, steps)
    return seen


def test_the_same_rows_meet_the_same_faults_in_any_order_at_any_concurrency() -> None:
    rows = list(range(40))
    expected = outcomes(rows, lanes=1)
    assert {status for statuses in expected.values() for status in statuses} == {200, 500, 502, 503}
    assert any(first != second for first, second in expected.values())
    assert outcomes(rows[::-1], lanes=8) == expected
    assert outcomes(rows, lanes=8, seed=8) != expected


def test_a_rate_is_a_share() -> None:
    draws: Draws[RateKind] = Draws({"500": 0.3, "502": 0.7}, RATE_KINDS, seed=1)
    counts = Counter(draws.draw(str(number)) for number in range(10_000))
    assert counts.keys() == {"500", "502"}
    assert 2_850 < counts["500"] < 3_150


def test_a_script_goes_before_the_rates_and_counts_creates_that_passed_the_checks() -> None:
    app = create_app(faults=(faults := Faults(rates={"500": 1.0}, script={2: "502"})))

    async def steps(client: httpx.AsyncClient, _: InProcess) -> None:
        seen = [await post(client, name) for name in ("Acme", "", "Bar", "Baz")]
        assert seen == [500, 400, 502, 500]

    over_the_wire(app, steps)
    assert faults.creates == 3
    assert faults.counts == {"500": 2, "502": 1}


def test_a_time_entry_meets_faults_as_a_customer_does_and_has_no_number_that_could_be_taken() -> None:
    kinds: dict[int, Any] = {4: "number-taken", 5: "500", 6: "store-then-503", 7: "other-name"}
    app = create_app(faults=Faults(script=kinds))
    answers: list[httpx.Response] = []

    async def steps(client: httpx.AsyncClient, _: InProcess) -> None:
        await tree_of_three(client)
        for number in range(5):
            body = {"project": 1, "activity": 1, "begin": "2026-01-05T09:00:00", "end": "2026-01-05T10:00:00"}
            answers.append(await client.post("/api/timesheets", json=body | {"description": f"Work {number}"}))

    over_the_wire(app, steps)

    assert [each.status_code for each in answers] == [200, 500, 503, 200, 200]
    assert [each.json()["description"] for each in (answers[0], answers[3], answers[4])] == [
        "Work 0",
        "Work 0",
        "Work 4",
    ]
    stored = app.state.sandbox.store.entries.all()
    assert [entry.description for entry in stored] == ["Work 0", "Work 2", "Work 4"]


@pytest.mark.parametrize("retry_after", [None, 7])
def test_more_creates_at_once_than_can_be_handled_are_turned_away(retry_after: int | None) -> None:
    app = create_app(latency=1, faults=(faults := Faults(at_most=2, retry_after=retry_after)))
    answers: list[httpx.Response] = []

    async def steps(client: httpx.AsyncClient, _: InProcess) -> None:
        async def one(number: int) -> None:
            answers.append(await client.post("/api/customers", json=customer(f"Acme {number}", number=None)))

        for _round in range(2):
            async with anyio.create_task_group() as tasks:
                for number in range(5):
                    tasks.start_soon(one, number)

    assert over_the_wire(app, steps) == 2
    assert [answer.status_code for answer in answers] == [503, 503, 503, 200, 200] * 2
    assert answers[0].headers.get("retry-after") == (retry_after and str(retry_after))
    assert (faults.creates, faults.counts["overload"]) == (10, 6)
    assert sandbox_of(app).twins() == [("Acme 0",), ("Acme 1",)]


def test_after_so_many_creates_the_token_has_expired_for_everything() -> None:
    app = create_app(faults=(faults := Faults(expire_token_after=2)))

    async def steps(client: httpx.AsyncClient, _: InProcess) -> None:
        assert (await client.get("/api/ping")).status_code == 200
        assert [await post(client, name) for name in ("Acme", "Bar", "Baz")] == [200, 200, 401]
        answer = await client.get("/api/ping")
        assert (answer.status_code, answer.content) == (401, b"")
        assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')

    over_the_wire(app, steps)
    assert faults.counts == {"token-expired": 2}


def test_withdrawn_rights_leave_the_lists() -> None:
    async def steps(client: httpx.AsyncClient, _: InProcess) -> None:
        await tree_of_three(client)
        assert await post(client, "Bar") == 403
        for level in LEVELS:
            assert (await client.post(f"/api/{level}", json={})).status_code == 403
            assert (await client.get(f"/api/{level}")).status_code == 200

    over_the_wire(create_app(faults=Faults(script={4: "rights-withdrawn"})), steps)


@pytest.mark.parametrize("kind", LIST_KINDS)
def test_a_list_fails_by_its_number(kind: ListKind) -> None:
    app = create_app(faults=(faults := Faults(list_script={2: kind}, retry_after=3)))

    async def steps(client: httpx.AsyncClient, _: InProcess) -> None:
        await tree_of_three(client)
        assert (await client.get("/api/customers")).status_code == 200
        if kind == "drop":
            with pytest.raises(LOST):
                await client.get("/api/projects")
        else:
            answer = await client.get("/api/projects")
            assert answer.status_code == int(kind)
            assert answer.headers.get("retry-after") == ("3" if kind == "503" else None)
        assert (await client.get("/api/activities")).status_code == 200
        assert (await client.get("/api/projects/1")).status_code == 200

    over_the_wire(app, steps)
    assert (faults.lists_seen, faults.counts) == (3, {f"list-{kind}": 1})


def test_a_list_fails_by_its_level() -> None:
    faults = Faults(list_script=lambda _, level: "500" if level == "projects" else None)

    async def steps(client: httpx.AsyncClient, _: InProcess) -> None:
        assert [(await client.get(f"/api/{level}")).status_code for level in LEVELS] == [200, 500, 200]

    over_the_wire(create_app(faults=faults), steps)


def test_lists_fail_by_a_rate() -> None:
    async def steps(client: httpx.AsyncClient, _: InProcess) -> None:
        seen = Counter([(await client.get("/api/customers?visible=3")).status_code for _ in range(100)])
        assert seen.keys() == {200, 500}
        assert 30 < seen[500] < 70

    over_the_wire(create_app(faults=Faults(lists={"500": 0.5})), steps)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("customers?visible=3", 200),
        ("projects?visible=3&ignoreDates=1", 500),
        ("projects?customers[]=1&customers[]=2", 200),
        ("projects?customer=1", 200),
        ("activities?visible=3", 500),
        ("activities?projects[]=1", 200),
    ],
)
def test_lists_may_be_too_large_unless_they_are_of_some_parents(path: str, status: int) -> None:
    app = create_app(faults=(faults := Faults(lists_too_large=True)))

    async def steps(client: httpx.AsyncClient, _: InProcess) -> None:
        await tree_of_three(client)
        assert (await client.get(f"/api/{path}")).status_code == status

    over_the_wire(app, steps)
    assert faults.counts["list-too-large"] == (status == 500)


@pytest.mark.anyio
async def test_a_list_is_dropped_over_a_socket_too() -> None:
    with serving(faults=Faults(list_script={1: "drop"})) as kimai:
        async with httpx.AsyncClient(base_url=kimai.url, headers=SUSAN) as client:
            with pytest.raises(LOST):
                await client.get("/api/customers")
            assert (await client.get("/api/customers")).json() == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"rates": {"nonsense": 0.1}}, "There is no fault 'nonsense'"),
        ({"rates": {"slow": -0.1}}, "The rate of slow must be a number from 0 to 1, not -0.1"),
        ({"rates": {"other-name": 0.1}}, "There is no fault 'other-name'"),
        ({"rates": {"500": 0.7, "502": 0.7}}, "The rates of all faults must be at most 1 together, not 1.4"),
        ({"script": {1: "nonsense"}}, "There is no fault 'nonsense'"),
        ({"lists": {"slow": 0.1}}, "There is no fault 'slow'"),
        ({"list_script": {1: "slow"}}, "There is no fault 'slow'"),
    ],
)
def test_a_fault_there_is_not_is_a_value_error(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Faults(**options)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["nonsense=0.1"], "There is no fault 'nonsense'"),
        (["500"], "The rate of 500 must be a number from 0 to 1, not ''"),
        (["500=often"], "The rate of 500 must be a number from 0 to 1, not 'often'"),
        (["500=1.5"], "The rate of 500 must be a number from 0 to 1, not 1.5"),
        (["500=nan"], "The rate of 500 must be a number from 0 to 1, not nan"),
        (["500=0.6", "slow=0.6"], "The rates of all faults must be at most 1 together, not 1.2"),
    ],
)
def test_the_command_says_which_faults_there_are(options: list[str], sentence: str) -> None:
    result = CliRunner().invoke(cli.app, [word for option in options for word in ("--fault", option)])
    assert (result.exit_code, result.stderr) == (2, f"{sentence}; the kinds are {', '.join(RATE_KINDS)}.\n")


def test_the_command_hands_its_faults_on(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Faults] = []

    def capture(version: str, *, faults: Faults, **_: object) -> Starlette:
        given.append(faults)
        raise ValueError("enough")

    monkeypatch.setattr(cli, "create_app", capture)
    text = "--fault store-then-drop=0.05 --fault slow=.1 --seed 7 --slow-seconds 3 --expire-token-after 9 --at-most 2"
    result = CliRunner().invoke(cli.app, [*text.split(), "--lists-too-large"])
    assert (result.exit_code, result.stderr) == (2, "enough\n")
    assert given[0].rates == {"store-then-drop": 0.05, "slow": 0.1}
    assert (given[0].seed, given[0].slow_seconds, given[0].expire_token_after) == (7, 3.0, 9)
    assert (given[0].at_most, given[0].lists_too_large) == (2, True)


def test_a_create_is_taken_up_late_and_stored_though_its_client_is_gone() -> None:
    app = create_app(faults=Faults(queue_seconds=2.0))
    late: list[float] = []

    async def steps(client: httpx.AsyncClient, transport: InProcess) -> None:
        with contextlib.suppress(httpx.ReadTimeout):
            await client.post("/api/customers", json=customer("Late"), timeout=0.001)
        assert app.state.sandbox.tree() == []
        began = anyio.current_time()
        await transport.settled()
        late.append(anyio.current_time() - began)

    over_the_wire(app, steps)

    assert app.state.sandbox.tree() == [("Late",)]
    assert 0 < late[0] <= 2.0


def test_lists_show_what_was_stored_a_while_ago() -> None:
    app = create_app(faults=Faults(lists_behind=3.0))
    seen: list[list[str]] = []

    async def steps(client: httpx.AsyncClient, _: InProcess) -> None:
        async def look() -> None:
            seen.append([row["name"] for row in (await client.get("/api/customers?visible=3")).json()])

        await post(client, "First")
        await look()
        await anyio.sleep(2.0)
        await post(client, "Second")
        await anyio.sleep(1.5)
        await look()
        await anyio.sleep(3.0)
        await look()

    over_the_wire(app, steps)

    assert seen == [[], ["First"], ["First", "Second"]]
