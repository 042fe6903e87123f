"""What strangers send, to the page for playing on this machine alone and beyond it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from messina.play.server import PageServer
from messina.play.shelf import Shelf
from play.asking import ask

PATHS = [
    up.replace("/", separator) + name
    for up, separator, name in itertools.product(
        (
            "/../",
            "/style/../../",
            "/%2e%2e/",
            "/.%2e/",
            "/..%00/",
            "/%c0%ae%c0%ae/",
            "/%ff/",
            "/%/",
        ),
        ("/", "\\", "%2f", "%5c"),
        ("shelf.py", "etc/passwd", "main.js%00.py"),
    )
]


@pytest.fixture(params=["127.0.0.1", "0.0.0.0"])
def page(request: pytest.FixtureRequest) -> Iterator[PageServer]:
    with PageServer(Shelf(), host=request.param, port=0) as server:
        yield server


def cookie(page: PageServer) -> dict[str, str]:
    return {"Cookie": f"{page.access.cookie}={page.access.token}"} if page.access.token else {}


def test_no_path_leads_out_of_the_page(page: PageServer) -> None:
    answers = {path: ask(page, path, **cookie(page)).status for path in PATHS}
    assert {path: status for path, status in answers.items() if status not in (400, 404)} == {}
    assert ask(page, "/main.js", **cookie(page)).status == 200


def test_the_cookie_of_another_port_is_no_cookie_of_ours() -> None:
    with PageServer(Shelf(), host="0.0.0.0", port=0) as page:
        token = page.access.token
        assert ask(page, "/", Cookie=f"messina-1={token}").status == 401
        assert ask(page, "/", Cookie=f"{page.access.cookie}=%C3%A4").status == 401
