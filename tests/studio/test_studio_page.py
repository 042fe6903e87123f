"""The studio as a person meets it: from an empty home to an instrument taken elsewhere."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from export.handmade import KIT, Label, make_instrument
from messina.ready import READY
from play.engine.browser import CHROMIUM, browser, new_context, until
from studio.running import Studio, studio, write_kit
from studio.story import BAD, check_pack, write_sixty

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="no chromium"),
]

DESK = "document.getElementById('desk')?.hidden === false"
DROP_BESIDE = """
() => document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true }))
"""


@contextmanager
def page_of(one: Studio, *, strict: bool = False) -> Iterator[Any]:
    """A page of the studio, which must not meet an error; strict: not say one in its console."""
    with browser() as chromium:
        context = new_context(chromium, accept_downloads=True)
        name, _, value = one.cookie.partition("=")
        address = f"http://127.0.0.1:{one.port}/"
        context.add_cookies([{"name": name, "value": value, "url": address}])
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda line: errors.append(line.text) if line.type == "error" and strict else None,
        )
        page.goto(address)
        yield page
        assert errors == []


def learnt(page: Any, minutes: str) -> None:
    page.get_by_label("Minutes").fill(minutes)
    page.get_by_role("button", name=re.compile("^Learn")).click()
    page.get_by_role("button", name="Stop and keep").wait_for()


def downloaded(page: Any, shown: str) -> zipfile.ZipFile:
    """A pack as it is downloaded."""
    page.get_by_role("button", name=shown, exact=True).click()
    link = page.get_by_role("link", name=f"Download {shown}", exact=True)
    link.wait_for(timeout=240_000)
    with page.expect_download() as download:
        link.click()
    return zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes()))


@pytest.mark.timeout(900)
def test_from_an_empty_home_to_packs_and_to_the_bin(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    write_sixty(tmp_path / "kit")
    with studio(tmp_path / "home") as one, page_of(one, strict=True) as page:
        page.locator("#folder").set_input_files(tmp_path / "kit")
        page.get_by_text("55 sounds, 5 labels, 5 left out").wait_for()
        for name in BAD:
            row = page.get_by_role("row").filter(has_text=name)
            assert "left out" in row.inner_text()
            assert row.locator(".from").inner_text(), name
        page.get_by_label("find sounds").fill("tom_1.wav")
        page.get_by_label("label of tom_1.wav").fill("floor")
        page.get_by_label("label of tom_1.wav").press("Enter")
        page.get_by_role("button", name="floor 1").wait_for()

        learnt(page, "0.3")
        learning = "document.getElementById('learning').innerText"
        played(page, "Hear it while it learns", within_s=240, also=f"{learning}.includes('learnt')")
        page.get_by_role("link", name="Play", exact=True).wait_for(timeout=60_000)
        assert "floor" in played(page, "Play")

        for shown in ("SFZ", "Ableton Live", "SoundFont 2"):
            with downloaded(page, shown) as archive:
                check_pack(shown, archive, labels={"floor", "tom"})

        page.once("dialog", lambda dialog: dialog.accept("Garden"))
        page.get_by_role("button", name="Rename").click()
        page.get_by_role("heading", name="Garden").wait_for()

        learnt(page, "0.1")
        sides = page.get_by_role("button", name=re.compile("^[AB]: "))
        sides.first.wait_for(timeout=240_000)
        for side in sides.all():
            with page.expect_response(lambda answer: "/sounding?" in answer.url) as answered:
                side.click()
            assert answered.value.ok
            assert "beside=" in answered.value.url

        heard = blind_test(page)
        assert "20" in heard
        assert "% with 95 % confidence" in heard

        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Delete", exact=True).click()
        page.get_by_text("Empty.", exact=True).wait_for()
        assert len(list((tmp_path / "home" / "bin").iterdir())) == 1


def blind_test(page: Any) -> str:
    """Takes the blind test inside the studio, always for the first; returns what is said of it."""
    page.get_by_role("button", name="Blind test").click()
    test = page.frame_locator("iframe[title='blind test']")
    test.locator("#play-first").wait_for(timeout=240_000)
    for _ in range(20):
        for name in ("play-first", "play-second", "choose-first"):
            test.locator(f"#{name}").click()
    page.get_by_text("Blind test: ").wait_for()
    return str(page.locator("#heard").inner_text())


@pytest.mark.timeout(600)
def test_the_report_stands_in_the_studio_under_the_name_of_the_instrument(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    with studio(tmp_path / "home") as one:
        project = one.ask("POST", "/api/projects", {"name": "Glass & wood"})["id"]
        for path in write_kit(tmp_path / "kit"):
            one.upload(project, path.name, path.read_bytes())
        one.ask("POST", f"/api/projects/{project}/look", {})
        one.job(project, "corpus", "done")
        one.ask("POST", f"/api/projects/{project}/learn", {"minutes": 1, "steps": 20})
        one.job(project, "learn", "done")
        with page_of(one) as page:
            page.get_by_role("button", name="Open", exact=True).click()
            page.get_by_role("button", name="Measure it").click()
            report = page.frame_locator("iframe[title='report']")
            report.locator("h1").wait_for(timeout=400_000)
            assert "Glass & wood" in report.locator("h1").inner_text()
            assert str(one.home) not in report.locator("body").inner_text()


def test_sounds_are_corrected_in_groups_and_by_dragging(tmp_path: Path) -> None:
    write_kit(tmp_path / "kit")
    with studio(tmp_path / "home") as one, page_of(one) as page:
        page.locator("#folder").set_input_files(tmp_path / "kit")
        page.get_by_label("select bell_1.wav").click()
        page.get_by_label("select bell_3.wav").click(modifiers=["Shift"])
        page.get_by_text("3 selected").wait_for()
        page.get_by_label("label of all selected").fill("glass")
        page.get_by_label("label of all selected").press("Enter")
        page.get_by_role("button", name="glass 3").wait_for()
        page.get_by_label("select bell_2.wav").click()
        page.get_by_role("button", name="Exclude").click()
        page.get_by_text("4 sounds, 2 labels, 2 left out").wait_for()
        page.get_by_label("role of all selected").select_option("kept for measuring")
        row = page.get_by_role("row").filter(has_text="bell_1.wav").locator(".from")
        until(page, "document.body.innerText.includes('kept for measuring; label')")
        assert row.inner_text().startswith("kept for measuring; ")
        page.get_by_role("button", name="Undo").click()
        row.get_by_text("kept for measuring").wait_for(state="detached")

        tom = page.get_by_role("row").filter(has_text="tom_2.wav").locator(".file")
        tom.drag_to(page.get_by_role("button", name="glass 1"))
        page.get_by_role("button", name="glass 2").wait_for()
        assert page.get_by_label("label of tom_2.wav").input_value() == "glass"

        page.get_by_role("button", name="glass 2").click()
        until(page, "document.querySelectorAll('.lines-inner .line:not([hidden])').length === 4")
        for expected in ("glass 1", "glass 3", "bell 3"):
            page.get_by_role("button", name="Undo").click()
            page.get_by_role("button", name=expected).wait_for()
        assert page.get_by_role("button", name="Undo").is_disabled()


def test_the_table_is_filled_in_with_keys_alone(tmp_path: Path) -> None:
    """Tab goes on where a field was left, in the order that is seen; typed text is not lost."""
    write_kit(tmp_path / "kit")
    (tmp_path / "kit" / "empty.wav").write_bytes(b"")
    with studio(tmp_path / "home") as one, page_of(one) as page:
        page.locator("#folder").set_input_files(tmp_path / "kit")
        field = page.get_by_label("label of tom_2.wav")
        field.wait_for()
        field.fill("deep")
        for value in ("61", "90"):
            field.press("Tab")
            page.get_by_role("button", name="deep 1").wait_for()
            field = page.locator(":focus")
            field.press_sequentially(value)
        page.locator(":focus").press("Enter")
        page.get_by_label("use tom_2.wav").press("Space")
        page.get_by_text("5 sounds, 2 labels").wait_for()
        assert page.locator(":focus").get_attribute("aria-label") == "use tom_2.wav"
        project = page.evaluate("location.hash.slice(1)")
        rows = one.ask("GET", f"/api/projects/{project}/table")["rows"]
        row = next(row for row in rows if row["file"] == "tom_2.wav")
        assert [row[name] for name in ("label", "note", "velocity", "use")] == [
            "deep",
            "61",
            "90",
            "no",
        ]
        seen = page.locator(".lines-inner .line")
        indices = [line.get_attribute("aria-rowindex") for line in seen.all()]
        assert indices == [str(n + 2) for n in range(7)]

        everything = page.get_by_label("select all that are listed")
        everything.click()
        assert everything.is_checked()
        everything.click()
        page.locator(".group").wait_for(state="hidden")


ODD_CELLS = {
    "note": ["xyz", "128", "-1", "H4", "C10", "60,5", "c#4", "Bb-1", "60.25", "-", ""],
    "velocity": ["0", "128", "loud", "0,5", "nan", "64", "64,5", "1e2", "-", ""],
    "label": ["x" * 121, "x" * 120],
}
ODD_NUMBERS = ["1e400", "1e2", "0x3c", "1_0", "+7", ".5", "7."]


def test_odd_cells_are_told_in_the_page_and_nothing_is_asked(tmp_path: Path) -> None:
    """What the page refuses the studio would, too, and the other way round."""
    write_kit(tmp_path / "kit")
    with studio(tmp_path / "home") as one, page_of(one, strict=True) as page:
        page.locator("#folder").set_input_files(tmp_path / "kit")
        field = page.get_by_label("note of tom_2.wav")
        field.wait_for()
        sent: list[str] = []
        page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
        before = field.input_value()
        field.fill("xyz")
        field.press("Enter")
        page.get_by_text("tom_2.wav, note “xyz”: 0 to 127, a name such as C#4").wait_for()
        assert field.input_value() == before
        assert page.locator(":focus").get_attribute("aria-label") == "note of tom_2.wav"
        page.get_by_label("select all that are listed").click()
        page.get_by_label("velocity of all selected").fill("200")
        page.get_by_label("velocity of all selected").press("Enter")
        page.get_by_text("6 sounds, velocity “200”: 1 to 127 or nothing").wait_for()
        assert not [line for line in sent if line.startswith("POST") and "/table" in line]

        project = page.evaluate("location.hash.slice(1)")
        asking = """async ([column, text]) =>
            (await import("/studio/web/cells.js")).refusal(column, text)"""
        for column, texts in ODD_CELLS.items():
            for text in texts if column == "label" else [*texts, *ODD_NUMBERS]:
                asked = {"corrections": {"tom_1.wav": {column: text}}}
                refused = bool(page.evaluate(asking, [column, text]))
                try:
                    one.ask("POST", f"/api/projects/{project}/table", asked)
                except ValueError:
                    assert refused, (column, text)
                else:
                    assert not refused, (column, text)


def test_a_window_shows_what_another_one_corrected(tmp_path: Path) -> None:
    write_kit(tmp_path / "kit")
    with studio(tmp_path / "home") as one, page_of(one, strict=True) as page:
        page.locator("#folder").set_input_files(tmp_path / "kit")
        page.get_by_label("label of tom_2.wav").wait_for(timeout=60_000)
        other = page.context.new_page()
        other.goto(page.url)
        field = other.get_by_label("note of tom_1.wav")
        field.wait_for(timeout=60_000)
        field.focus()
        other.keyboard.type("6")
        page.get_by_label("label of tom_2.wav").fill("floor")
        page.get_by_label("label of tom_2.wav").press("Enter")
        other.get_by_role("button", name="floor 1").wait_for(timeout=30_000)
        assert other.get_by_label("label of tom_2.wav").input_value() == "floor"
        assert field.input_value().endswith("6"), "what is being typed stays"


def test_what_was_sought_is_sought_again_when_the_window_comes_back(tmp_path: Path) -> None:
    write_kit(tmp_path / "kit")
    with studio(tmp_path / "home") as one, page_of(one) as page:
        page.locator("#folder").set_input_files(tmp_path / "kit")
        page.get_by_label("label of tom_2.wav").wait_for(timeout=60_000)
        page.get_by_label("find sounds").fill("TOM_1")
        page.get_by_label("label of tom_2.wav").wait_for(state="hidden")
        address = page.url
        page.goto("about:blank")
        page.goto(address)
        page.get_by_label("label of tom_1.wav").wait_for(timeout=60_000)
        assert page.get_by_label("find sounds").input_value() == "TOM_1"
        assert page.get_by_label("label of tom_2.wav").count() == 0


LEAVING = """
() => {
  const leaving = new Event("beforeunload", { cancelable: true });
  dispatchEvent(leaving);
  return leaving.defaultPrevented;
}
"""


def test_a_window_that_is_closed_while_files_are_on_their_way_is_asked_about(
    tmp_path: Path,
) -> None:
    write_kit(tmp_path / "kit")
    with studio(tmp_path / "home") as one, page_of(one) as page:
        held: list[Any] = []
        page.route("**/files?*", lambda route: held.append(route))
        assert not page.evaluate(LEAVING)
        with page.expect_request("**/files?*"):
            page.locator("#folder").set_input_files(tmp_path / "kit")
        assert page.evaluate(LEAVING)
        table = page.get_by_label("label of tom_2.wav")
        while not table.is_visible():  # four are on their way at once
            while held:
                held.pop().continue_()
            page.wait_for_timeout(50)
        assert not page.evaluate(LEAVING)


def test_each_sound_has_a_picture(tmp_path: Path) -> None:
    """Of what is in view, by one request; what is left out has none."""
    write_kit(tmp_path / "kit")
    (tmp_path / "kit" / "empty.wav").write_bytes(b"")
    with studio(tmp_path / "home") as one, page_of(one) as page:
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url))
        page.locator("#folder").set_input_files(tmp_path / "kit")
        page.get_by_label("label of tom_1.wav").wait_for()
        drawn = "[...document.querySelectorAll('.outline path')].map((p) => p.getAttribute('d'))"
        until(page, f"{drawn}.filter(Boolean).length === 6")
        assert len([url for url in sent if url.endswith("/outlines")]) == 1
        empty = page.get_by_role("row").filter(has_text="empty.wav")
        assert empty.locator(".outline path").get_attribute("d") == ""
        box = page.get_by_role("row").filter(has_text="tom_1.wav").locator(".outline path")
        assert box.evaluate("(path) => path.getBBox().height") == 40, "its peak fills the line"


def test_what_is_begun_or_heard_twice_in_a_hurry_is_one(tmp_path: Path) -> None:
    with studio(tmp_path / "home") as one, page_of(one) as page:
        page.locator("#ready-made").dblclick()
        page.locator(".card .pad").first.wait_for()
        assert len(one.ask("GET", "/api/state")["projects"]) == len(READY)
        for pad in page.locator(".card .pad").all()[:4] * 2:
            pad.click()
        page.evaluate("() => new Promise((done) => setTimeout(done, 1500))")
        assert page.locator("#notice").inner_text() == ""


def test_tab_goes_on_in_what_was_opened_and_what_passed_is_no_longer_said(tmp_path: Path) -> None:
    with studio(tmp_path / "home") as one, page_of(one) as page:
        page.set_viewport_size({"width": 390, "height": 600})
        one.ask("POST", "/api/ready")
        page.locator(".card").nth(3).wait_for()
        last = page.locator(".card").last.get_by_role("button", name="Open", exact=True)
        last.focus()
        assert page.evaluate("scrollY") > 0
        last.press("Enter")
        page.get_by_role("button", name="Rename").wait_for()
        assert page.evaluate("document.activeElement.id") == "main"
        assert page.evaluate("scrollY") == 0
        page.keyboard.press("Tab")
        assert page.locator(":focus").inner_text() == "Rename"

        page.route("**/api/state", lambda route: route.abort())
        page.get_by_text("The studio does not answer").wait_for()
        page.unroute("**/api/state")
        page.get_by_text("The studio does not answer").wait_for(state="hidden")


def test_instruments_among_sounds_are_imported_and_damaged_ones_say_so(tmp_path: Path) -> None:
    make_instrument(KIT).save(tmp_path / "kit.messina")
    write_kit(tmp_path / "sounds")
    with studio(tmp_path / "home") as one, page_of(one) as page:
        page.locator("#files").set_input_files(
            [tmp_path / "kit.messina", tmp_path / "sounds" / "tom_1.wav"]
        )
        page.get_by_label("label of tom_1.wav").wait_for()
        page.locator("#home").click()
        page.locator(".card .pad").first.wait_for()
        project = next(p for p in one.ask("GET", "/api/state")["projects"] if p["bytes"])
        instrument = one.home / "projects" / project["id"] / "instrument.messina"
        instrument.write_bytes(instrument.read_bytes()[:1000])
        said = page.locator(f"#card-{project['id']}").get_by_text("cut short")
        said.wait_for()
        page.evaluate("() => new Promise((done) => setTimeout(done, 1500))")  # looked at again
        assert said.is_visible()
        assert page.locator(".card .pad").count() == 0


def test_names_and_labels_of_any_length_stay_on_a_phone(tmp_path: Path) -> None:
    long = "x" * 3000
    make_instrument((Label(name=long),)).save(tmp_path / "kit.messina")
    with studio(tmp_path / "home") as one, page_of(one) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        page.locator("#instrument").set_input_files(tmp_path / "kit.messina")
        page.locator(".card .pad").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.locator("#folder").set_input_files(write_kit(tmp_path / "kit")[0].parent)
        page.get_by_label("label of tom_1.wav").wait_for()
        field = page.get_by_label("label of tom_1.wav")
        field.fill("")
        field.press_sequentially("x" * 130, delay=0)
        field.press("Enter")
        page.get_by_role("button", name=f"{'x' * 120} 1").wait_for()
        project = page.evaluate("location.hash.slice(1)")
        one.ask("POST", f"/api/projects/{project}/rename", {"name": "y" * 120})
        page.get_by_role("heading", name="y" * 120).wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_five_thousand_sounds_are_a_few_lines_and_one_request(tmp_path: Path) -> None:
    """What is drawn and sent does not grow with the folder."""
    with studio(tmp_path / "home") as one, page_of(one) as page:
        project = one.ask("POST", "/api/projects", {"name": "large"})["id"]
        table = one.home / "projects" / project / "sounds" / "corpus.csv"
        with table.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["file", "use", "label", "note", "velocity", "sustained", "source"])
            for n in range(5000):
                writer.writerow([f"hit {n:04d}.wav", "yes", f"l{n % 9}", "", "", "", "label: name"])
        sent: list[str] = []
        page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
        page.goto(f"http://127.0.0.1:{one.port}/#{project}")
        page.get_by_text("5000 sounds, 9 labels").wait_for()
        page.locator(".scroll").evaluate("node => { node.scrollTop = node.scrollHeight; }")
        page.get_by_label("label of hit 4999.wav").wait_for()
        # those in view and a few more: 60 % of the height of the window, 36 pixels a line
        assert page.locator(".lines-inner .line").count() < 60
        jump = "(node, index) => { node.scrollTop = 36 * index; }"
        page.locator(".scroll").evaluate(jump, 1_000)
        page.get_by_label("label of hit 1001.wav").wait_for()
        page.evaluate(
            """() => {
              window.changes = 0;
              new MutationObserver((all) => { window.changes += all.length; })
                .observe(document.querySelector(".lines-inner"), { childList: true });
            }"""
        )
        page.locator(".scroll").evaluate(jump, 3_000)
        page.get_by_label("label of hit 3001.wav").wait_for()
        assert page.evaluate("changes") == 0, "a jump shows others in the same elements"
        shown = page.evaluate(
            "[...document.querySelectorAll('.lines-inner .line')].map((n) => +n.ariaRowIndex)"
        )
        assert shown == sorted(shown)
        page.get_by_label("select all that are listed").click()
        page.get_by_label("label of all selected").fill("drum")
        page.get_by_label("label of all selected").press("Enter")
        page.get_by_role("button", name="drum 5000").wait_for()
        until(
            page,
            "[...document.querySelectorAll('button')]"
            ".some((b) => b.textContent === 'Undo' && !b.disabled)",
        )
        assert len([one for one in sent if one.startswith("POST") and "/table" in one]) == 1
        assert page.locator(".lines-inner .line").count() < 60


def test_nothing_that_is_brought_ends_in_a_dead_end(tmp_path: Path) -> None:
    """What is no sound makes no instrument; a copy shows its table; unread sounds can be read."""
    kit = tmp_path / "kit"
    write_kit(kit)
    (tmp_path / "notes.txt").write_text("no sound")
    with studio(tmp_path / "home") as one, browser() as chromium:
        project = one.ask("POST", "/api/projects", {"name": "left before it was read"})["id"]
        for path in sorted(kit.iterdir()):
            one.upload(project, path.name, path.read_bytes())
        page = new_context(chromium).new_page()
        page.goto(one.url)
        page.locator("#files").set_input_files(tmp_path / "notes.txt")
        until(page, "document.getElementById('notice').innerText.includes('notes.txt')")
        assert "Choose a folder of these" in page.locator("#notice").inner_text()
        assert len(one.ask("GET", "/api/state")["projects"]) == 1
        assert page.evaluate(DROP_BESIDE) is False, "the browser would leave the page for the file"

        page.get_by_role("button", name="Open", exact=True).click()
        page.get_by_role("button", name="Read the sounds").click()
        page.get_by_label("label of tom_1.wav").wait_for()
        copy = one.ask("POST", f"/api/projects/{project}/duplicate", {})["id"]
        page.goto(f"http://127.0.0.1:{one.port}/#{copy}")
        page.get_by_role("heading", name="left before it was read copy").wait_for()
        page.get_by_label("label of tom_1.wav").wait_for()


def test_where_no_sound_can_be_used_others_are_brought_on_the_same_screen(tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    for name, data in BAD.items():
        (tmp_path / "bad" / name).write_bytes(data or b"")
    with studio(tmp_path / "home") as one, page_of(one, strict=True) as page:
        page.locator("#folder").set_input_files(tmp_path / "bad")
        page.get_by_text("none of the 5 files can be used").wait_for()
        page.get_by_text("nothing to learn from yet").wait_for()
        assert page.get_by_role("button", name="Read the sounds").is_hidden()
        page.locator("#files").set_input_files(write_kit(tmp_path / "kit"))
        page.get_by_text("6 sounds, 2 labels, 5 left out").wait_for()
        assert page.get_by_text("nothing to learn from yet").is_hidden()
        (tmp_path / "more.txt").write_text("no sound")
        page.locator("#files").set_input_files([tmp_path / "more.txt"])
        page.get_by_text("There is no sound in that: more.txt").wait_for()
        assert len(one.ask("GET", "/api/state")["projects"]) == 1


def played(page: Any, link: str, *, within_s: float = 30, also: str = "true") -> str:
    """What the page for playing says, by its link, once its pads are there; and back again."""
    page.get_by_role("link", name=link, exact=True).click()
    until(page, f"{DESK} && {also}", timeout_s=within_s)
    text = str(page.locator("#desk").inner_text())
    page.get_by_role("link", name="← Studio").click()
    page.get_by_role("heading", name="What was understood").wait_for()
    return text
