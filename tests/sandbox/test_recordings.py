"""Exchanges that were recorded on live Kimai servers, replayed step by step; `tests/recordings/README.md`."""

from __future__ import annotations

import base64
import json
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from kimai_async.sandbox import create_app

if TYPE_CHECKING:
    from collections.abc import Collection

FOLDER = Path(__file__).parent.parent / "recordings"
RECORDED = datetime.fromisoformat("2026-11-24T13:50:00Z")
NOT_COMPARED = frozenset({"color-safe", "initials", "preferences"})
SCENARIOS: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
for _file in sorted(FOLDER.glob("*.jsonl")):
    for _line in _file.read_text(encoding="utf-8").splitlines():
        _step = json.loads(_line)
        SCENARIOS[_file.stem, _step["scenario"]].append(_step)


def credentials(auth: str) -> dict[str, str]:
    scheme, _, name = auth.partition(":")
    usernames = ("susan_super", "anna_admin", "tony_teamlead", "john_user")
    username = next((each for each in usernames if each.startswith(f"{name}_")), None)
    match scheme:
        case "bearer":
            return {"Authorization": f"Bearer {name}-token-0123456789" if username else f"Bearer {name}"}
        case "xauth":
            return {"X-AUTH-USER": username or name, "X-AUTH-TOKEN": "api_kitten_1" if username else "wrong"}
        case "xauth-user-only":
            return {"X-AUTH-USER": username or name}
        case "basic":
            return {"Authorization": f"Basic {base64.b64encode(b'x:x').decode()}"}
    return {}


def comparable(value: Any, left_out: Collection[str]) -> Any:
    """Without what no two servers agree on, but knowing that it is there."""
    if isinstance(value, dict):
        return {key: "*" if key in left_out else comparable(item, left_out) for key, item in value.items()}
    return [comparable(item, left_out) for item in value] if isinstance(value, list) else value


async def replay(client: httpx.AsyncClient, request: dict[str, Any]) -> httpx.Response:
    headers = credentials(request["auth"])
    if "json" in request:
        return await client.request(request["method"], request["path"], json=request["json"], headers=headers)
    if "content_type" in request:
        headers["Content-Type"] = request["content_type"]
    body = request.get("body")
    return await client.request(request["method"], request["path"], content=body, headers=headers)


@pytest.mark.anyio
@pytest.mark.parametrize(("version", "scenario"), SCENARIOS)
async def test_the_sandbox_answers_what_a_live_kimai_answered(version: str, scenario: str) -> None:
    steps = SCENARIOS[version, scenario]
    app = create_app(version, settings=steps[0].get("configuration"), clock=RECORDED)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://kimai.test") as client:
        for number, step in enumerate(steps):
            answer, expected = await replay(client, step["request"]), step["response"]
            context = f"step {number}: {step['request']}"
            assert answer.status_code == expected["status"], f"{context}: {answer.text}"
            assert {name: answer.headers.get(name) for name in expected["headers"]} == expected["headers"], context
            if "text" in expected:
                assert answer.text == expected["text"], context
            else:
                left_out = NOT_COMPARED.union(step.get("clock", ()))
                got, wanted = (comparable(each, left_out) for each in (answer.json(), expected["json"]))
                assert json.dumps(got) == json.dumps(wanted), context  # the order of the keys counts


def test_the_recordings_hold_3831_steps_in_166_scenarios() -> None:
    assert sum(map(len, SCENARIOS.values())) == 3831
    assert len(SCENARIOS) == 166
    assert Counter(version for version, _ in SCENARIOS) == {"2.13.0": 55, "2.20.1": 55, "2.65.0": 56}
