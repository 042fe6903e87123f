"""What a server has to give: the page's files and the instruments named to it, by exact route.

A request is looked up, never joined to a path: what is not in the catalogue does not exist.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import html
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import msgspec

from messina.atomic import Version, version_of
from messina.errors import InstrumentError, MessinaError
from messina.instrument.container import HITS, LARGEST_BYTES, decode_parts
from messina.instrument.file import decode_hits, up_to_date
from messina.play.recorded_takes import Takes
from messina.sequences.sequence import TEXTURE, Kind, sequence_of
from messina.serving.files import Item, file_item, files_of
from messina.text import well_formed
from messina.texture.part import upgraded

__all__ = [
    "WEB",
    "Catalogue",
    "FileKind",
    "as_the_page_reads",
    "find_instruments",
    "kind_of",
    "player_kind",
]

FileKind: TypeAlias = Kind | Literal["hits"]

WEB: Final = Path(__file__).with_name("web")
"""The page's own files."""

_INSTRUMENT_TYPE: Final = "application/octet-stream"
_MOST_INSTRUMENTS: Final = 200
_HEAD_END: Final = b"</head>"
_BAR: Final = b'<header class="bar">\n'


def find_instruments(places: Iterable[Path]) -> list[Path]:
    """The .messina files named, or in the folders named. Raises MessinaError when there is none."""
    found: list[Path] = []
    for place in places:
        inside = _instruments(place) if place.is_dir() else [place]
        if not inside:
            raise MessinaError(
                f"{place}: no .messina files in it; `messina learn FOLDER -o FILE` makes one"
            )
        found += inside
    unique = list(dict.fromkeys(found))
    if len(unique) > _MOST_INSTRUMENTS:
        raise MessinaError(
            f"{len(unique)} instruments are too many; name {_MOST_INSTRUMENTS} or fewer"
        )
    return unique


def as_the_page_reads(data: bytes) -> bytes:
    """A file's bytes, brought up to date if they are older. Raises InstrumentError."""
    return up_to_date(data, {TEXTURE: upgraded})


def kind_of(data: bytes) -> FileKind:
    """What is in a file's bytes, looked at whole. Raises InstrumentError."""
    parts = decode_parts(data)
    if set(parts) == {HITS}:
        decode_hits(parts)
        return "hits"
    return sequence_of(parts).kind


def player_kind(data: bytes) -> FileKind:
    """What is in the bytes of a file that is to play a score. Raises InstrumentError."""
    kind = kind_of(data)
    if kind not in ("hits", "groove"):
        raise InstrumentError(f"a {kind} has no single sounds to play a score with")
    return kind


def _instruments(folder: Path) -> list[Path]:
    """Hidden ones are being written."""
    return [path for path in sorted(folder.glob("*.messina")) if not path.name.startswith(".")]


def _versions(folder: Path) -> dict[Path, Version]:
    found = ((path, version_of(path)) for path in _instruments(folder))
    return {path: version for path, version in found if version is not None}


def _preloads(routes: Iterable[str]) -> bytes:
    """Links by which a browser fetches all modules at once, not one import after the other."""
    modules = (route for route in routes if route.endswith(".js") and "worklet" not in route)
    return "".join(f'<link rel="modulepreload" href="{route[1:]}">\n' for route in modules).encode()


def _way_back(address: str, name: str) -> bytes:
    shown = f'<a class="plain" href="{html.escape(address)}">← {html.escape(name)}</a>\n'
    return shown.encode()


class Catalogue:
    """Page and instruments by route; instruments may be added while it is being served.

    learning: whether more are to come, which the page then waits for. back: an address and a name
    of what the page was opened from, which it has a way back to. takes: listens to what is recorded
    in the page, where the page is on this machine; None: nobody does.

    Read by the threads of the server, added to by one other and by folders that are followed.
    """

    def __init__(self, *, learning: bool = False, back: tuple[str, str] | None = None) -> None:
        self._learning = learning
        self._back = b"" if back is None else _way_back(*back)
        self.takes: Takes | None = None
        self._pages = files_of(WEB)
        self._pages["/"] = self._pages["/index.html"]
        self._preloads = _preloads(self._pages)
        self._lock = threading.Lock()
        self._instruments: dict[str, bytes] = {}
        self._rows: list[dict[str, Any]] = []
        self._folders: list[Path] = []
        self._looking = threading.Lock()
        self._known: dict[Path, Version] = {}  # files of these folders, read or refused
        self._routes: dict[Path, str] = {}  # those that are in the catalogue

    def add(
        self, name: str, data: bytes, *, parts: Sequence[str] = (), **facts: float | None
    ) -> str:
        """Adds an instrument and returns its route. Raises InstrumentError.

        parts: those of a score that it is to play, "" all others.
        """
        data = as_the_page_reads(data)
        kind = player_kind(data) if parts else kind_of(data)
        digest = hashlib.blake2b(data, digest_size=8).hexdigest()
        route = f"/instruments/{digest}.messina"
        row = {"name": name, "route": route, "bytes": len(data), "kind": kind}
        with self._lock:
            if route not in self._instruments:
                self._rows.append(row | facts | {"parts": []})
            self._instruments[route] = data
            known = next(row for row in self._rows if row["route"] == route)
            known["parts"] = [*known["parts"], *parts]
        return route

    def add_file(self, path: Path, *, parts: Sequence[str] = ()) -> str:
        """Adds an instrument from a file and returns its route.

        parts: as for `add`. Raises InstrumentError, which names the file.
        """
        try:
            if path.stat().st_size > LARGEST_BYTES:
                raise InstrumentError(f"no instrument is larger than {LARGEST_BYTES >> 20} MB")
            route = self.add(well_formed(path.stem), path.read_bytes(), parts=parts)
        except FileNotFoundError:
            raise InstrumentError(f"{path}: there is no such file") from None
        except OSError as error:
            raise InstrumentError(f"{path}: cannot be read ({error.strerror})") from None
        except InstrumentError as error:
            raise InstrumentError(f"{path}: {error}") from None
        self._routes[path] = route
        return route

    def follow(self, folder: Path) -> None:
        """From now on the list tells of what comes into a folder, is learnt anew there, or goes."""
        self._known |= _versions(folder)
        self._folders.append(folder)

    def _look(self) -> None:
        """Files that cannot be used are left alone until they change: some are being written."""
        with self._looking:
            now: dict[Path, Version] = {}
            for folder in self._folders:
                now |= _versions(folder)
            changed = [path for path, version in self._known.items() if now.get(path) != version]
            fresh = [path for path, version in now.items() if self._known.get(path) != version]
            self._known = now
            for path in changed:
                self._take_down(path)
            for path in fresh:
                with contextlib.suppress(InstrumentError):
                    if len(self.rows) < _MOST_INSTRUMENTS:
                        self.add_file(path)

    def _take_down(self, path: Path) -> None:
        route = self._routes.pop(path, None)
        if route is not None and route not in self._routes.values():
            self.remove(route)

    def remove(self, route: str) -> None:
        """Removes what stands at a route."""
        with self._lock:
            self._instruments.pop(route, None)
            self._rows = [row for row in self._rows if row["route"] != route]

    def hits_at(self, route: str) -> bytes | None:
        """The file of an instrument that a take can be played by; None: there is none such."""
        with self._lock:
            kinds = {row["route"]: row["kind"] for row in self._rows}
            return self._instruments.get(route) if kinds.get(route) in ("hits", "groove") else None

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The instruments as the page lists them, oldest first."""
        with self._lock:
            return list(self._rows)

    def get(self, route: str) -> Item | None:
        """The item at a route, if there is one."""
        if route == "/instruments.json":
            self._look()
            listed = {
                "instruments": self.rows,
                "learning": self._learning,
                "takes": None if self.takes is None else self.takes.token,
            }
            return Item(kind="application/json", data=msgspec.json.encode(listed))
        with self._lock:
            instrument = self._instruments.get(route)
        if instrument is not None:
            return Item(kind=_INSTRUMENT_TYPE, data=instrument)
        page = self._pages.get(route)
        if page is None:
            return None
        item = file_item(page)
        if page.name == "index.html":
            linked = item.data.replace(_HEAD_END, self._preloads + _HEAD_END, 1)
            linked = linked.replace(_BAR, _BAR + self._back, 1)
            item = dataclasses.replace(item, data=linked)
        return item
