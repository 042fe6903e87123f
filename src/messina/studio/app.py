"""The studio's addresses: a page, what it asks for, and the page for playing."""

from __future__ import annotations

import functools
import mimetypes
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    JSONResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route

from messina.errors import MessinaError
from messina.instrument.container import LARGEST_BYTES
from messina.play.catalogue import WEB as PLAY_WEB
from messina.play.recorded_takes import Takes
from messina.play.routes import Page, page_routes
from messina.serving.address import SECURITY_HEADERS, Access
from messina.serving.answers import Portions, body_of, given, said
from messina.serving.files import Item, file_item, files_of
from messina.serving.guard import guarded
from messina.studio.desk import Desk
from messina.studio.home import Quota, receive
from messina.text import printable

__all__ = ["studio_app"]

_WEB: Final = Path(__file__).with_name("web")
_JOB: Final = re.compile(r"[0-9]{1,15}")
_LONGEST_BODY: Final = 4 << 20
_HEADERS: Final = {
    name: value.replace("media-src blob:", "media-src 'self' blob:; frame-src 'self'")
    for name, value in SECURITY_HEADERS.items()
}
"""With sounds, and reports within the page."""
_REPORT_POLICY: Final = (
    "sandbox allow-scripts allow-downloads; frame-ancestors 'self'; default-src 'none'; "
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "media-src data: blob:; font-src data:"
)


def studio_app(desk: Desk, access: Access) -> Any:
    """The whole as an ASGI application."""
    answers = _Answers(desk)
    routes = [
        Route("/", answers.index),
        Route("/studio/web{path:path}", _files(_WEB)),
        Route("/play/web{path:path}", _files(PLAY_WEB)),
        Route("/api/state", answers.state),
        Route("/api/formats", answers.formats),
        Route("/api/projects", answers.new, methods=["POST"]),
        Route("/api/merge", answers.merge, methods=["POST"]),
        Route("/api/demo", answers.demo, methods=["POST"]),
        Route("/api/ready", answers.ready_made, methods=["POST"]),
        Route("/api/install-torch", answers.install_torch, methods=["POST"]),
        Route("/api/import", answers.take_in, methods=["PUT"]),
        Route("/api/projects/{project}", answers.delete, methods=["DELETE"]),
        Route("/api/projects/{project}/files", answers.upload, methods=["PUT"]),
        Route("/api/projects/{project}/table", answers.table),
        Route("/api/projects/{project}/sound", answers.sound),
        Route("/api/projects/{project}/report", answers.report),
        Route("/api/projects/{project}/blind", answers.blind),
        Route("/api/projects/{project}/card", answers.card),
        Route("/api/projects/{project}/sounding", answers.sounding),
        Route("/api/projects/{project}/instrument", answers.instrument_file),
        Route("/api/projects/{project}/{verb}", answers.act, methods=["POST"]),
        Route("/api/jobs/{job}/stop", answers.stop, methods=["POST"]),
        Route("/api/jobs/{job}/download", answers.download),
        Route("/play/{project}", answers.to_play),
        *page_routes(answers.page_of, "/play/{project}"),
        Route("/instruments/{name}", answers.instrument),
    ]
    complaints = {MessinaError: _complain, OSError: _complain}
    return guarded(routes, access, headers=_HEADERS, complaints=complaints)


async def _complain(request: Request, error: Exception) -> Response:
    del request
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return JSONResponse({"error": " ".join(text.split())}, 400)


def _files(root: Path) -> Callable[[Request], Awaitable[Response]]:
    """Gives the files of a page."""
    files = files_of(root)

    async def give(request: Request) -> Response:
        path = files.get(request.path_params["path"])
        return await given(request, lambda: None if path is None else file_item(path))

    return give


async def _body(request: Request) -> dict[str, Any]:
    """What a page says, an object. Raises MessinaError."""
    data = await body_of(request, most=_LONGEST_BODY, sentence="that is too much at once")
    try:
        return msgspec.json.decode(data or b"{}", type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        raise MessinaError("that is not JSON") from None


def _job(request: Request) -> int:
    """The number of a piece of work. Raises MessinaError for what is none."""
    text = request.path_params["job"]
    if not _JOB.fullmatch(text):
        raise MessinaError("there is no such work any more; load the page again")
    return int(text)


class _Answers:
    """One method for each address."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._quota = Quota()
        self._takes = Takes()
        self._arriving: set[Path] = set()

    async def index(self, request: Request) -> Response:
        del request
        return FileResponse(_WEB / "index.html", media_type="text/html")

    async def state(self, request: Request) -> Response:
        del request
        return JSONResponse(await run_in_threadpool(self._desk.state))

    async def formats(self, request: Request) -> Response:
        del request
        return JSONResponse(await run_in_threadpool(self._desk.formats))

    async def new(self, request: Request) -> Response:
        body = await _body(request)
        return JSONResponse({"id": await run_in_threadpool(self._desk.new, body.get("name"))})

    async def demo(self, request: Request) -> Response:
        del request
        return JSONResponse({"id": await run_in_threadpool(self._desk.demo)})

    async def ready_made(self, request: Request) -> Response:
        del request
        return JSONResponse({"id": await run_in_threadpool(self._desk.ready_made)})

    async def install_torch(self, request: Request) -> Response:
        del request
        return JSONResponse({"job": (await run_in_threadpool(self._desk.install_torch)).id})

    async def merge(self, request: Request) -> Response:
        body = await _body(request)
        project = await run_in_threadpool(self._desk.merge, body.get("projects"))
        return JSONResponse({"id": project})

    async def upload(self, request: Request) -> Response:
        project = request.path_params["project"]
        self._desk.store.project(project)
        name = request.query_params.get("name", "")
        target = self._desk.home.sound_path(project, name)
        folder = self._desk.home.sounds(project)
        folder.mkdir(parents=True, exist_ok=True)
        if target in self._arriving or target.exists():  # names are made safe, and may then agree
            shown = printable(name, longest=80)
            raise MessinaError(f"{shown}: another file of this name came before; left out")
        self._arriving.add(target)
        try:
            await receive(request.stream(), target, folder=folder, quota=self._quota)
        finally:
            self._arriving.discard(target)
        return JSONResponse({"file": target.relative_to(folder).as_posix()})

    async def take_in(self, request: Request) -> Response:
        name = request.query_params.get("name", "")
        place = self._desk.home.arriving
        target = place / f"{id(request):x}.messina"
        try:
            await receive(
                request.stream(), target, folder=place, quota=Quota(), largest=LARGEST_BYTES
            )
            project = await run_in_threadpool(self._desk.take_in, name, target)
        finally:
            target.unlink(missing_ok=True)
        return JSONResponse({"id": project})

    async def table(self, request: Request) -> Response:
        return JSONResponse(
            await run_in_threadpool(self._desk.tables.rows, request.path_params["project"])
        )

    async def sound(self, request: Request) -> Response:
        name = request.query_params.get("file", "")
        project = request.path_params["project"]
        sound = await run_in_threadpool(self._desk.tables.heard, project, name)
        if isinstance(sound, bytes):
            return Response(sound, media_type="audio/wav")
        kind = mimetypes.guess_type(sound.name)[0] or ""
        return FileResponse(sound, media_type=kind if kind.startswith("audio/") else "audio/wav")

    async def report(self, request: Request) -> Response:
        return _page(self._desk.home.report(request.path_params["project"]))

    async def blind(self, request: Request) -> Response:
        return _page(self._desk.home.blind(request.path_params["project"]))

    async def card(self, request: Request) -> Response:
        version = request.query_params.get("version", "")
        project = request.path_params["project"]
        return JSONResponse(await run_in_threadpool(self._desk.results.card, project, version))

    async def sounding(self, request: Request) -> Response:
        from messina.studio.audition import Asked

        query = dict(request.query_params)
        version, beside = query.pop("version", ""), query.pop("beside", None)
        try:
            asked = msgspec.convert(query, Asked, strict=False)
        except msgspec.ValidationError as error:
            raise MessinaError(f"that cannot be played: {error}") from None
        sounding = functools.partial(self._desk.results.sounding, version=version, beside=beside)
        data = await run_in_threadpool(sounding, request.path_params["project"], asked)
        return Response(data, media_type="audio/wav")

    async def instrument_file(self, request: Request) -> Response:
        project = request.path_params["project"]
        name, data = await run_in_threadpool(self._desk.instrument_file, project)
        headers = {"Content-Disposition": f"attachment; filename*=utf-8''{quote(name)}"}
        return Portions(data, media_type="application/octet-stream", headers=headers)

    async def act(self, request: Request) -> Response:
        project, body = request.path_params["project"], await _body(request)
        desk = self._desk
        acts: dict[str, Callable[[], Any]] = {
            "look": lambda: {"job": desk.tables.look(project).id},
            "table": lambda: desk.tables.correct(project, body.get("corrections")),
            "undo": lambda: desk.tables.undo(project),
            "outlines": lambda: {"outlines": desk.tables.outlines(project, body.get("files"))},
            "split": lambda: {"job": desk.tables.split(project, body.get("file")).id},
            "join": lambda: {"job": desk.tables.join(project, body.get("files")).id},
            "learn": lambda: {
                "job": desk.learn(
                    project, minutes=body.get("minutes", 1), steps=body.get("steps")
                ).id
            },
            "go-on": lambda: {"job": desk.go_on(project).id},
            "rename": lambda: {"name": desk.rename(project, body.get("name"))},
            "duplicate": lambda: {"id": desk.duplicate(project)},
            "export": lambda: {"job": desk.results.export(project, body.get("to")).id},
            "report": lambda: {"job": desk.results.evaluate(project).id},
            "blind": lambda: {"job": desk.results.blind(project).id},
            "heard": lambda: {"heard": desk.results.answer(project, body.get("answers"))},
            "about": lambda: desk.tell_about(project, body),
            "restore": lambda: desk.restore(project, body.get("version")),
            "drop": lambda: desk.drop(project, body.get("version")),
            "reveal": lambda: desk.reveal(project),
        }
        act = acts.get(request.path_params["verb"])
        if act is None:
            return said(404, "nothing here")
        return JSONResponse(await run_in_threadpool(act) or {})

    async def delete(self, request: Request) -> Response:
        await run_in_threadpool(self._desk.delete, request.path_params["project"])
        return JSONResponse({})

    async def stop(self, request: Request) -> Response:
        await run_in_threadpool(self._desk.stop, _job(request))
        return JSONResponse({})

    async def download(self, request: Request) -> Response:
        path = await run_in_threadpool(self._desk.results.download, _job(request))
        name = (
            f"{path.stem} ({path.parent.name}).zip"  # all packs of an instrument beside each other
        )
        return FileResponse(path, media_type="application/zip", filename=name)

    async def to_play(self, request: Request) -> Response:
        return RedirectResponse(f"/play/{request.path_params['project']}/", 303)

    def page_of(self, request: Request) -> Page:
        """The page for playing, with this instrument alone."""
        project = request.path_params["project"]
        catalogue = self._desk.catalogues.catalogue(project)
        catalogue.takes = self._takes
        preview = self._desk.catalogues.preview(project)
        return Page(catalogue, None if preview is None else preview.events)

    async def instrument(self, request: Request) -> Response:
        route = f"/instruments/{request.path_params['name']}"

        def found() -> Item | None:
            catalogue = self._desk.catalogues.instrument_of(route)
            return None if catalogue is None else catalogue.get(route)

        return await given(request, found)


def _page(path: Path) -> Response:
    """A page that a process of ours has written, which may do nothing here."""
    if not path.is_file():
        raise MessinaError("it has not been made yet; make it first")
    headers = {"Content-Security-Policy": _REPORT_POLICY}
    return FileResponse(path, media_type="text/html", headers=headers)
