from __future__ import annotations

from messina.report.markup import Html, element, hue, joined, metric_text, short_name


def test_what_is_not_markup_is_escaped_wherever_it_stands() -> None:
    name = '<script>alert("1")</script>'
    made = element("p", name, of={"title": name})
    assert "<script>" not in made
    assert made.count("&lt;script&gt;") == 2
    assert element("p", made) == f"<p>{made}</p>"


def test_html_stays_html_when_joined() -> None:
    assert joined([Html("<b>a</b>"), "&"], ", ") == "<b>a</b>, &amp;"


def test_zero_has_no_sign_and_infinity_no_number() -> None:
    assert metric_text("flux", -0.001) == "0.00"
    assert metric_text("spectral_convergence", float("-inf")) == "–"
    assert metric_text("tail_rise", 3.14159, unit=True) == "3.1 dB"


def test_low_sounds_are_red_and_high_ones_violet() -> None:
    hues = [hue(frequency_hz) for frequency_hz in (0.0, 120.0, 1000.0, 9000.0, 1e6)]
    assert hues == sorted(hues)
    assert hues[0] == 22.0
    assert hues[-1] == 312.0


def test_names_lose_their_suffix_and_nothing_else() -> None:
    assert short_name("a.b/kick") == "a.b/kick"
    assert short_name(".wav") == ".wav"
    assert short_name("C#3.wav") == "C#3"
    assert short_name("take#1") == "take #1"
