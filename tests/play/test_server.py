from __future__ import annotations

import gzip
import json
import shutil
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from messina.errors import InstrumentError, MessinaError
from messina.play import server as server_module
from messina.play.catalogue import WEB, Catalogue, find_instruments
from messina.play.server import PORT, PageServer
from messina.serving import connections
from play.asking import ask, send
from play.engine.browser import HANG_S


def test_the_page_and_its_instruments_are_served(server: PageServer, kit_file: Path) -> None:
    assert b"<title>Messina</title>" in ask(server, "/").body
    listed = json.loads(ask(server, "/instruments.json").body)
    assert [row["name"] for row in listed["instruments"]] == ["kit", "chime"]
    assert listed["learning"] is False
    assert ask(server, listed["instruments"][0]["route"]).body == kit_file.read_bytes()


def test_every_file_of_the_page_has_its_type_and_may_not_be_guessed(server: PageServer) -> None:
    for path, kind in {"/main.js": "text/javascript", "/style/page.css": "text/css"}.items():
        answer = ask(server, path)
        assert answer.headers["Content-Type"].startswith(kind)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_goes_out_packed_to_those_that_unpack(server: PageServer) -> None:
    plain = (WEB / "main.js").read_bytes()
    packed = ask(server, "/main.js", Accept_Encoding="deflate, gzip, br")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain
    assert len(packed.body) < 0.6 * len(plain)
    for accepted in ("identity", "gzip;q=0", "br"):
        answer = ask(server, "/main.js", Accept_Encoding=accepted)
        assert "Content-Encoding" not in answer.headers
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.body == plain


def test_the_policy_allows_the_page_itself_and_nothing_from_elsewhere(server: PageServer) -> None:
    policy = ask(server, "/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    assert "http" not in policy.replace("https", "http").replace("'self'", "")


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1:1", "127.0.0.1.evil.example:{port}", ""],
)
def test_a_foreign_host_is_refused(server: PageServer, host: str) -> None:
    answer = ask(server, "/instruments.json", Host=host.format(port=server.access.port))
    assert answer.status == 403
    assert b"kit" not in answer.body


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_this_machine_by_any_of_its_names_is_let_in(server: PageServer, name: str) -> None:
    assert ask(server, "/", Host=f"{name}:{server.access.port}").status == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"]
)
def test_a_foreign_origin_is_refused(server: PageServer, origin: str) -> None:
    assert ask(server, "/instruments.json", Origin=origin).status == 403


def test_the_pages_own_origin_is_let_in(server: PageServer) -> None:
    own = f"http://127.0.0.1:{server.access.port}"
    assert ask(server, "/instruments.json", Origin=own, Sec_Fetch_Site="same-origin").status == 200


def test_another_site_may_link_here_but_not_embed_anything(server: PageServer) -> None:
    assert ask(server, "/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate").status == 200
    answer = ask(server, "/main.js", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors")
    assert answer.status == 403


@pytest.mark.parametrize(
    "path",
    [
        "/../catalogue.py",
        "/style/../../server.py",
        "/%2e%2e/catalogue.py",
        "/..%2fshelf.py",
        "//etc/passwd",
        "/etc/passwd",
        "/instruments/../../kit.messina",
        "/engine/kernel/build.sh",
        "/main.js\x00",
        "http://127.0.0.1/etc/passwd",
        "*",
        "/" + "a/" * 500,
    ],
)
def test_what_is_not_on_the_shelf_does_not_exist(server: PageServer, path: str) -> None:
    assert ask(server, path).status in (400, 404)


def test_other_instruments_of_the_same_folder_are_not_served(
    kit_file: Path, chime_file: Path
) -> None:
    catalogue = Catalogue()
    catalogue.add_file(kit_file)
    with PageServer(catalogue, port=0) as server:
        assert ask(server, f"/instruments/{chime_file.name}").status == 404
        assert len(json.loads(ask(server, "/instruments.json").body)["instruments"]) == 1


def test_what_comes_into_a_folder_that_is_followed_is_listed_and_what_goes_is_not(
    kit_file: Path, chime_file: Path, tmp_path: Path
) -> None:
    catalogue = Catalogue()
    first, second = tmp_path / "first.messina", tmp_path / "second.messina"
    shutil.copy(kit_file, first)
    catalogue.follow(tmp_path)
    catalogue.add_file(first)
    with PageServer(catalogue, port=0) as server:

        def listed() -> dict[str, str]:
            rows = json.loads(ask(server, "/instruments.json").body)["instruments"]
            return {row["name"]: row["route"] for row in rows}

        before = listed()
        assert list(before) == ["first"]
        (tmp_path / ".messina-0123.messina").write_bytes(chime_file.read_bytes())  # being written
        (tmp_path / "broken.messina").write_bytes(b"not an instrument")
        shutil.copy(chime_file, second)
        both = listed()
        assert list(both) == ["first", "second"]
        assert ask(server, both["second"]).body == chime_file.read_bytes()
        second.unlink()
        first.write_bytes(chime_file.read_bytes())  # learnt anew
        assert listed() == {"first": both["second"]}
        assert ask(server, before["first"]).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "PATCH", "X"])
def test_only_reading_is_allowed(server: PageServer, method: str) -> None:
    assert ask(server, "/", method).status == 405


def test_head_has_the_headers_without_the_body(server: PageServer) -> None:
    answer = ask(server, "/main.js", "HEAD")
    assert answer.status == 200
    assert int(answer.headers["Content-Length"]) == (WEB / "main.js").stat().st_size
    assert answer.body == b""


@pytest.mark.parametrize(
    "header", [{"Content_Length": "9999999999"}, {"Transfer_Encoding": "chunked"}]
)
def test_a_body_is_not_taken_in(server: PageServer, header: dict[str, str]) -> None:
    assert ask(server, "/", **header).status == 413


@pytest.mark.parametrize(
    "flood",
    [
        b"GET /" + b"a" * 10_000_000,
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 1_000_000,
        b"GET / HTTP/1.1\r\nX: " + b"y" * 10_000_000,
        b"\x16\x03\x01\x02\x00" + b"\xff" * 100_000,
        b"\r\n" * 1_000_000,
        b"GET / HTTP/9.9\r\n\r\n",
    ],
    ids=["long line", "many headers", "long header", "tls", "empty lines", "odd version"],
)
def test_a_flood_is_cut_off_and_the_next_client_is_served(server: PageServer, flood: bytes) -> None:
    began = time.monotonic()
    answer = send(server, flood)
    assert len(answer) < 1_000
    assert b"200 OK" not in answer
    assert time.monotonic() - began < HANG_S
    assert ask(server, "/").status == 200


def test_clients_that_break_off_do_not_stop_it(server: PageServer) -> None:
    for data in (b"", b"G", b"GET / HTTP/1.1\r\nHost:", b"GET /instruments.json HTTP/1.1\r\n"):
        for _ in range(30):
            with socket.create_connection(("127.0.0.1", server.access.port)) as connection:
                connection.sendall(data)
    assert ask(server, "/").status == 200


def test_clients_that_say_nothing_are_let_go(
    server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(connections, "_HEAD_S", 0.3)
        silent = socket.create_connection(("127.0.0.1", server.access.port), HANG_S)
        assert silent.recv(100) == b""
    silent.close()
    assert ask(server, "/").status == 200


def test_a_request_has_so_long_as_a_whole_however_often_a_byte_comes(
    server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{server.access.port}\r\nX: ".encode()
    with socket.create_connection(("127.0.0.1", server.access.port), HANG_S) as connection:
        # The second request of a connection that was let in has no more time than the first.
        connection.sendall(whole + b"y\r\n\r\n")
        _until(connection, b"</html>")
        monkeypatch.setattr(connections, "_HEAD_S", 1.0)
        began = time.monotonic()
        connection.sendall(whole)
        connection.settimeout(0.1)
        while time.monotonic() - began < HANG_S:
            try:
                connection.sendall(b"y")
                if connection.recv(100) == b"":
                    break
            except TimeoutError:
                continue
            except ConnectionError:
                break
        assert 0.8 < time.monotonic() - began < HANG_S


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_the_player_gets_in_while_strangers_dawdle(kit_file: Path, host: str) -> None:
    catalogue = Catalogue()
    catalogue.add_file(kit_file)
    with PageServer(catalogue, host=host, port=0) as server:
        ended = threading.Event()
        sent = [0]
        crowd = threading.Thread(target=_dawdle, args=(server.access.port, 50, ended, sent))
        crowd.start()
        try:
            time.sleep(0.5)
            query = f"?token={server.access.token}" if server.access.token else ""
            answers = []
            until = time.monotonic() + 7  # longer than a head may take
            while time.monotonic() < until or len(answers) <= 20 or sent[0] <= 50:
                began = time.monotonic()
                answer = ask(server, f"/{query}")
                answers.append(
                    (answer.status, time.monotonic() - began < 4)
                )  # under what a head may take
                time.sleep(0.2)
        finally:
            ended.set()
            crowd.join()
    assert len(answers) > 20
    assert set(answers) == {(303 if query else 200, True)}
    assert sent[0] > 50, "the crowd was there"


def test_the_player_who_is_in_stays_in_while_strangers_come(server: PageServer) -> None:
    request = f"HEAD / HTTP/1.1\r\nHost: 127.0.0.1:{server.access.port}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.access.port), HANG_S) as own:
        own.sendall(request)
        _until(own, b"\r\n\r\n")
        many = [socket.create_connection(("127.0.0.1", server.access.port)) for _ in range(100)]
        time.sleep(0.3)
        own.sendall(request)
        assert b"200 OK" in _until(own, b"\r\n\r\n")
        for connection in many:
            connection.close()


def test_more_connections_than_it_has_room_for_push_out_the_oldest(
    server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_HEAD_S", HANG_S)  # else the newest may go by that, too
    port = server.access.port
    many = [socket.create_connection(("127.0.0.1", port), HANG_S) for _ in range(120)]
    _until_true(lambda: sum(_is_open(one) for one in many) <= connections._MOST_STRANGERS)
    assert many[0].recv(100) == b""
    many[-1].sendall(
        f"GET /style/tokens.css HTTP/1.1\r\nHost: [::1]:{server.access.port}\r\n\r\n".encode()
    )
    assert b"200 OK" in _until(many[-1], b"\r\n\r\n")
    for connection in many:
        connection.close()
    assert ask(server, "/").status == 200


def test_a_burst_of_requests_is_served_whole(
    server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A busy machine may let a client's thread wait between connecting and asking.
    monkeypatch.setattr(connections, "_BURST_S", HANG_S)
    monkeypatch.setattr(connections, "_HEAD_S", HANG_S)
    with ThreadPoolExecutor(60) as pool:
        answers = list(pool.map(lambda _: ask(server, "/style/tokens.css").status, range(300)))
    assert answers == [200] * 300


def test_one_connection_carries_many_requests(server: PageServer) -> None:
    one = f"GET /main.js HTTP/1.1\r\nHost: 127.0.0.1:{server.access.port}\r\n"
    data = send(server, f"{one}\r\n{one}\r\n{one}Connection: close\r\n\r\n".encode())
    assert data.count(b"HTTP/1.1 200 OK") == 3


def test_news_reaches_a_page_that_listens_and_later_pages_hear_what_was_kept(
    server: PageServer,
) -> None:
    server.events.publish("state", {"done": 0.5}, keep=True)
    server.events.publish("passing", {"done": 0.6})
    request = f"GET /events HTTP/1.1\r\nHost: localhost:{server.access.port}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.access.port), HANG_S) as page:
        page.sendall(request.encode())
        heard = _until(page, b'"done":0.5')
        server.events.publish("state", {"done": 0.7})
        heard += _until(page, b'"done":0.7')
    assert b"text/event-stream" in heard
    assert b'event: state\ndata: {"done":0.5}\n\n' in heard
    assert b"passing" not in heard


def test_a_page_that_does_not_listen_holds_up_nobody(server: PageServer) -> None:
    request = f"GET /events HTTP/1.1\r\nHost: localhost:{server.access.port}\r\n\r\n"
    deaf = [socket.create_connection(("127.0.0.1", server.access.port)) for _ in range(20)]
    for page in deaf:
        page.sendall(request.encode())
    began = time.monotonic()
    for _ in range(300):
        server.events.publish("state", {"text": "x" * 10_000})
    assert time.monotonic() - began < HANG_S
    assert ask(server, "/").status == 200
    for page in deaf:
        page.close()


def test_beyond_this_machine_a_token_is_demanded(kit_file: Path) -> None:
    catalogue = Catalogue()
    catalogue.add_file(kit_file)
    with PageServer(catalogue, host="0.0.0.0", port=0) as server:
        token = server.access.token
        assert token is not None
        assert f"?token={token}" in server.url
        assert ask(server, "/").status == 401
        assert ask(server, "/instruments.json", Cookie="messina=x; =; ;;").status == 401
        assert ask(server, "/?token=wrong").status == 401
        admitted = ask(server, f"/?token={token}")
        assert admitted.status == 303
        cookie = admitted.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        assert "Secure" not in cookie, "there is no https here"
        assert ask(server, "/", Cookie=cookie.partition(";")[0]).status == 200


def test_names_that_could_be_rebound_are_refused_even_with_the_token(kit_file: Path) -> None:
    catalogue = Catalogue()
    catalogue.add_file(kit_file)
    with PageServer(catalogue, host="0.0.0.0", port=0) as server:
        port, token = server.access.port, server.access.token
        assert ask(server, f"/?token={token}", Host=f"evil.example:{port}").status == 403
        assert ask(server, f"/?token={token}", Host=f"192.168.1.5:{port}").status == 303


def test_the_usual_port_is_taken_when_it_is_free_and_another_when_it_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with PageServer(Catalogue(), port=0) as taken:
        monkeypatch.setattr(server_module, "PORT", taken.access.port)
        with PageServer(Catalogue()) as server:
            assert server.access.port != taken.access.port
        with pytest.raises(MessinaError, match=f"port {taken.access.port}"):
            PageServer(Catalogue(), port=taken.access.port)
    assert 1024 < PORT < 32_768, "below the ports systems hand out, so that it stays free"


def test_a_folder_without_instruments_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(MessinaError, match="messina learn FOLDER"):
        find_instruments([tmp_path])


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match="there is no such file"):
        Catalogue().add_file(tmp_path / "kit.messina")


def test_instruments_named_twice_are_listed_once(kit_file: Path, chime_file: Path) -> None:
    found = find_instruments([kit_file.parent, kit_file])
    assert found == [chime_file, kit_file]


def test_a_damaged_instrument_is_refused_by_name(tmp_path: Path) -> None:
    broken = tmp_path / "broken.messina"
    broken.write_bytes(b"not an instrument")
    with pytest.raises(InstrumentError, match=r"broken\.messina: not an instrument"):
        Catalogue().add_file(broken)
    with pytest.raises(InstrumentError, match=r"missing\.messina: there is no such file"):
        Catalogue().add_file(tmp_path / "missing.messina")


def _is_open(client: socket.socket) -> bool:
    """Whether the server keeps a connection on which it has said nothing."""
    client.setblocking(False)
    try:
        return client.recv(1) != b""
    except BlockingIOError:
        return True
    except ConnectionError:
        return False
    finally:
        client.settimeout(HANG_S)


def _until_true(holds: Callable[[], bool]) -> None:
    end_s = time.monotonic() + HANG_S
    while not holds():
        assert time.monotonic() < end_s
        time.sleep(0.05)


def _until(page: socket.socket, text: bytes) -> bytes:
    heard = b""
    while text not in heard:
        part = page.recv(65_536)
        assert part, heard
        heard += part
    return heard


def _dawdle(port: int, count: int, ended: threading.Event, sent: list[int]) -> None:
    """So many clients who send a byte each 3 s, and come again when they are shown out."""

    def come() -> socket.socket:
        return socket.create_connection(("127.0.0.1", port), HANG_S)

    crowd = [come() for _ in range(count)]
    while not ended.is_set():
        for i, client in enumerate(crowd):
            try:
                client.sendall(b"G")
                sent[0] += 1
            except OSError:
                client.close()
                crowd[i] = come()
            if ended.wait(3 / count):
                break
    for client in crowd:
        client.close()
