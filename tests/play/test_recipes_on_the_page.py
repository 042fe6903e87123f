"""Sounds on the page that were heard, kept, taken away as files and brought back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from differences import difference_db
from messina.cli.main import main
from messina.counter_rng import CounterRng
from messina.instrument import Instrument
from messina.instrument.drawing import new_part
from messina.instrument.parts import Request
from messina.recipe import recipe_in
from play.browsing import Desk, onsets_s, read_wav
from play.conftest import OpenDesk, serving

pytestmark = pytest.mark.browser


def download(desk: Desk, name: str, path: Path) -> Path:
    with desk.page.expect_download() as downloading:
        desk.page.get_by_role("button", name=name).click()
    downloading.value.save_as(path)
    return path


def bring_back(desk: Desk, *files: Path) -> None:
    """As dropping does: through the file chooser, which scripts may fill."""
    desk.page.get_by_role("tab", name="history").click()
    desk.page.locator("input[type=file]").set_input_files(files[0])


def tried(desk: Desk) -> Any:
    return desk.script("() => messina.app.tried && JSON.parse(JSON.stringify(messina.app.tried))")


def test_a_downloaded_sound_comes_back_with_its_shape(
    kit_desk: Desk, kit_file: Path, tmp_path: Path
) -> None:
    kit_desk.pad(2)
    kit_desk.drag("brightness", 0.5)
    first = download(kit_desk, "WAV", tmp_path / "a.wav")
    recipe = recipe_in(first)
    assert recipe is not None
    assert (recipe.by, recipe.instrument, recipe.seed) == ("page", "kit", 1)
    assert recipe.digest == Instrument.load(kit_file).digest
    assert recipe.asked["label"] == "snare"
    assert recipe.asked["brightness"] == 0.5
    kit_desk.drag("brightness", 0)
    kit_desk.pad(1)
    pads = kit_desk.state["slots"]
    bring_back(kit_desk, first)
    kit_desk.until("messina.app.tried")
    assert tried(kit_desk)["kind"] == "snare"
    assert tried(kit_desk)["shape"]["brightness"] == 0.5
    assert kit_desk.state["slots"] == pads
    again = download(kit_desk, "WAV", tmp_path / "b.wav")
    np.testing.assert_array_equal(read_wav(again), read_wav(first))


def test_a_downloaded_sound_is_rendered_again(
    kit_desk: Desk, kit_file: Path, tmp_path: Path
) -> None:
    kit_desk.pad(2)
    for control, value in (("brightness", 0.5), ("decay", 0.3), ("attack", -0.4)):
        kit_desk.drag(control, value)
    first, again = download(kit_desk, "WAV", tmp_path / "a.wav"), tmp_path / "b.wav"
    for control in ("brightness", "decay", "attack"):
        kit_desk.drag(control, 0)
    assert main(["render", str(kit_file), "--recipe", str(first), "-o", str(again)]) == 0
    assert recipe_in(again) == recipe_in(first)
    heard, made = read_wav(first), read_wav(again)
    assert made.shape == heard.shape
    assert difference_db(made, heard) < -90.0  # the last of 24 bits is at -138 dB


def test_a_sound_that_render_wrote_is_the_same_on_the_page(
    kit_desk: Desk, kit_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "a.wav"
    words = ["--label", "snare", "--velocity", "70", "--seed", "11"]
    assert main(["render", str(kit_file), "-o", str(out), *words]) == 0
    bring_back(kit_desk, out)
    kit_desk.until("messina.app.tried")
    found = tried(kit_desk)
    assert found["kind"] == "snare"
    assert found["seed"] == 11
    sound = found["sound"]
    # Python rounds latents to single precision.
    rng = CounterRng(11)
    drawn = new_part(Instrument.load(kit_file), Request(label="snare", velocity=70), rng)
    np.testing.assert_allclose(sound["z"], drawn.latent.z, rtol=1e-5, atol=1e-6)
    kit_desk.page.get_by_role("button", name="put on pad 1").click()
    assert kit_desk.state["slots"][0]["kind"] == "snare"
    assert kit_desk.state["slots"][0]["sound"]["z"] == sound["z"]


def test_a_file_dropped_anywhere_is_taken_in(kit_desk: Desk, tmp_path: Path) -> None:
    kit_desk.pad(3)
    path = download(kit_desk, "WAV", tmp_path / "a.wav")
    kit_desk.script(
        """(bytes) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], "a.wav", { type: "audio/wav" }));
            const event = { dataTransfer: data, bubbles: true, cancelable: true };
            document.body.dispatchEvent(new DragEvent("drop", event));
        }""",
        list(path.read_bytes()),
    )
    kit_desk.until("messina.app.tried")  # what an earlier test was told may still stand there
    kit_desk.page.get_by_text("a.wav is back").wait_for()
    assert tried(kit_desk)["sound"] is not None


def test_what_cannot_be_brought_back_is_said(
    kit_desk: Desk, chime_file: Path, kit_file: Path, tmp_path: Path
) -> None:
    other, plain, piece = tmp_path / "other.wav", tmp_path / "plain.wav", tmp_path / "like.wav"
    assert main(["render", str(chime_file), "-o", str(other)]) == 0
    plain.write_bytes(b"RIFF\x04\x00\x00\x00WAVE")
    assert main(["render", str(kit_file), "--like", str(other), "-o", str(piece)]) == 0
    damaged = tmp_path / "damaged.wav"
    damaged.write_bytes(other.read_bytes().replace(b'"recipe":1', b'"recipe":9'))
    for file, said in (
        (other, "This was made with chime; here is kit"),
        (plain, "There is no recipe in this file"),
        (piece, "This was made from other.wav as well"),
        (damaged, "The recipe in this file cannot be used: see recipe"),
    ):
        bring_back(kit_desk, file)
        kit_desk.page.get_by_role("alert").get_by_text(said).wait_for()
        assert tried(kit_desk) is None
    assert len(kit_desk.errors) == 4
    kit_desk.errors.clear()


def test_what_was_heard_is_listed_heard_again_and_kept_as_a_favourite(
    open_desk: OpenDesk, kit_file: Path
) -> None:
    with serving(kit_file) as server:
        desk = open_desk(server.url)
        desk.script("() => { messina.app.heard.kept = []; messina.app.heard.forget(); }")
        for number in (1, 2, 3):
            desk.pad(number)
        desk.page.get_by_role("tab", name="history").click()
        rows = desk.page.locator("ul[aria-label='heard lately'] .heard-name")
        assert [text.split()[0] for text in rows.all_inner_texts()] == ["hihat", "snare", "kick"]
        desk.script(
            "() => { window.hits = []; messina.app.performer.addEventListener('hit',"
            " ({ detail }) => hits.push([detail.sound, detail.hit.seed, detail.source])); }"
        )
        pads = desk.state["slots"]
        heard = desk.script("() => JSON.parse(JSON.stringify(messina.app.heard.lately[1]))")
        rows.nth(1).click()
        assert desk.script("() => hits") == [[heard["sound"], heard["seed"], "history"]]
        assert desk.state["slots"] == pads
        desk.page.get_by_role("button", name="make it a favourite").nth(1).click()
        desk.page.reload()
        desk.wait()
        kept = desk.script("() => messina.app.heard.kept")
        assert [one["sound"] for one in kept] == [heard["sound"]]
        assert desk.errors == []


def test_what_is_kept_of_sounds_has_bounds(kit_desk: Desk) -> None:
    counts = kit_desk.script(
        """() => {
            const { heard, performer } = messina.app;
            for (let i = 0; i < 60; i++) performer.strike(1, { velocity: 60 });
            const one = heard.lately[0];
            let kept = 0;
            for (let i = 0; i < 80; i++) kept += heard.keep({ ...one, seed: 1000 + i }) ? 1 : 0;
            heard.save();
            const size = Object.entries(localStorage)
                .filter(([name]) => name.startsWith("messina:heard:"))
                .map(([, text]) => text.length);
            const counts = [heard.lately.length, kept, heard.kept.length, Math.max(...size)];
            heard.kept = [];
            heard.forget();
            return counts;
        }"""
    )
    assert counts[:3] == [40, 60, 60]
    assert counts[3] < 400_000


def test_a_damaged_history_is_left_out(kit_desk: Desk) -> None:
    key = "Object.keys(localStorage).find((name) => name.startsWith('messina:heard:'))"
    keep = (
        f"(text) => {{ messina.app.heard.save = () => {{}}; localStorage.setItem({key}, text); }}"
    )
    kit_desk.pad(1)
    kit_desk.script("() => messina.app.heard.save()")
    for damage in ("{", "[]", '{"lately": [{"sound": {"z": "x"}}, 3], "kept": {"a": 1}}'):
        kit_desk.script(keep, damage)
        kit_desk.page.reload()
        kit_desk.wait()
        assert kit_desk.script("() => messina.app.heard.lately.length") == 0


def test_a_recording_tells_what_was_struck_and_that_it_is_not_made_again(
    kit_desk: Desk, kit_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = kit_desk.page.locator(".record")
    record.click()
    kit_desk.until("messina.app.recorder.running")
    for pad in (1, 2, 1):
        kit_desk.pad(pad)
        kit_desk.pause(0.25)
    with kit_desk.page.expect_download() as downloading:
        record.click()
    path = tmp_path / "take.wav"
    downloading.value.save_as(path)
    recipe = recipe_in(path)
    assert recipe is not None
    assert (recipe.by, recipe.notes, recipe.sound) == ("page", 3, None)
    assert recipe.digest == Instrument.load(kit_file).digest
    labels = Instrument.load(kit_file).labels
    assert [labels[hit[2]] for hit in recipe.played] == ["kick", "snare", "kick"]
    begins = [hit[0] for hit in recipe.played]
    assert begins == sorted(begins)
    # The page waits so long at least between two pads, however busy the machine is.
    assert np.diff(begins).min() > 0.2
    assert len({hit[5] for hit in recipe.played}) == 3
    heard = onsets_s(read_wav(path))
    # A block of the graph, and the limiter.
    np.testing.assert_allclose(begins, heard[:3], atol=0.02)
    assert main(["info", str(path)]) == 0
    assert "recording of 3 notes" in capsys.readouterr().out
    again = tmp_path / "again.wav"
    assert main(["render", str(kit_file), "--recipe", str(path), "-o", str(again)]) == 1
    error = capsys.readouterr().err
    assert "is a recording of 3 notes in the page" in error
    assert "messina info" in error
    assert not again.exists()


def test_a_sound_is_dragged_out_as_the_file_that_a_click_downloads(
    kit_desk: Desk, tmp_path: Path
) -> None:
    kit_desk.pad(2)
    clicked = download(kit_desk, "WAV", tmp_path / "clicked.wav")
    button = kit_desk.page.get_by_role("button", name="WAV")
    kit_desk.page.mouse.move(1, 1)
    button.hover()
    begin = """(node) => {
        const dataTransfer = new DataTransfer();
        const event = new DragEvent("dragstart", { dataTransfer, cancelable: true });
        node.dispatchEvent(event);
        return dataTransfer.getData("DownloadURL");
    }"""
    for _ in range(600):
        told = button.evaluate(begin)
        if told:
            break
        kit_desk.pause(0.1)
    kind, name, url = told.split(":", 2)
    assert (kind, name) == ("audio/wav", "kit_snare_1.wav")
    # As a drop does, a link takes the file from where it lies.
    with kit_desk.page.expect_download() as downloading:
        kit_desk.page.evaluate(
            "(href) => Object.assign(document.createElement('a'), { href, download: 'a' }).click()",
            url,
        )
    assert Path(downloading.value.path()).read_bytes() == clicked.read_bytes()
