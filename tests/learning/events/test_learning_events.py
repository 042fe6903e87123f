from __future__ import annotations

import numpy as np
import pytest
import torch

from event_phrases import BAR, KIT, beats, free, waltz
from messina.errors import CorpusError
from messina.events import Event, Phrase
from messina.learning.events import learn_events
from messina.learning.events.event_network import EventModule
from messina.learning.events.material import Excerpts, gather
from messina.learning.events.training import EventLearningConfig
from messina.sequences.model import EventModel
from messina.sequences.network import EventNetwork, NetworkSizes, phase_table
from messina.sequences.sequencer import Sequencer

SMALL = EventLearningConfig(batch=12, length=32)


def _same(one: EventModel, other: EventModel) -> bool:
    return all(np.array_equal(one.arrays[name], other.arrays[name]) for name in one.arrays)


def test_the_same_seed_learns_the_same_bits_and_another_does_not() -> None:
    runs = [learn_events(beats(), KIT, minutes=1.0, seed=s, steps=6) for s in (1, 1, 2)]
    assert _same(runs[0], runs[1])
    assert not _same(runs[0], runs[2])


def test_stopped_at_once_it_leaves_a_model_that_plays() -> None:
    model = learn_events(beats(), KIT, minutes=1.0, seed=0, stop=lambda: True)
    assert len(Sequencer(model, seed=0).until(10 * BAR)) > 5


def test_the_best_so_far_is_handed_over_while_it_learns() -> None:
    kept: list[EventModel] = []
    told: list[float] = []
    learn_events(
        beats(),
        KIT,
        minutes=1.0,
        seed=0,
        steps=8,
        keep=kept.append,
        progress=lambda done, _: told.append(done),
    )
    assert kept
    assert Sequencer(kept[0], seed=0).until(BAR)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_the_minutes_are_kept() -> None:
    model = learn_events(beats(), KIT, minutes=0.05, seed=0)
    assert model.manifest.steps <= model.manifest.planned_steps


@pytest.mark.parametrize("count", [1, 2, 8])
def test_the_smallest_loops_can_be_learnt(count: int) -> None:
    events = tuple(
        Event(tick=12 * i, voice=i % 2, velocity=90.0, length_ticks=6.0) for i in range(count)
    )
    loop = Phrase(name="small", events=events, ticks=96, tempo_bpm=120.0)
    model = learn_events((loop,), KIT[:2], minutes=1.0, seed=0, steps=2)
    drawn = Sequencer(model, seed=0, wildness=2.0).until(20 * BAR)
    assert drawn


def test_phrases_in_which_nothing_happens_are_left_out_or_refused() -> None:
    silent = Phrase(name="silent", events=(), ticks=96, tempo_bpm=120.0)
    model = learn_events((silent, *beats(1)), KIT, minutes=1.0, seed=0, steps=1)
    assert [style.name for style in model.manifest.styles] == [beats(1)[0].name]
    with pytest.raises(CorpusError, match="nothing happens"):
        learn_events((silent,), KIT, minutes=1.0, seed=0)


def test_bars_that_are_kept_aside_judge_what_is_learnt() -> None:
    phrases = beats(16)
    before = learn_events(phrases, KIT, minutes=1.0, seed=0, steps=1, config=SMALL)
    after = learn_events(phrases, KIT, minutes=1.0, seed=0, steps=80, config=SMALL)
    assert before.manifest.held_out_nats is not None
    assert after.manifest.held_out_nats is not None
    assert after.manifest.held_out_nats < 0.5 * before.manifest.held_out_nats


def _material(phrases: tuple[Phrase, ...]) -> Excerpts:
    return Excerpts(gather(phrases, len(KIT), rng=np.random.default_rng(0)))


def test_excerpts_go_round_the_seam_in_metre() -> None:
    loop = beats(1)[0]
    excerpts = _material((loop,))
    count = len(loop.events)
    batch = excerpts.excerpts(np.array([0]), np.array([count - 3]), 8)
    ticks = [loop.events[i % count].tick for i in range(count - 3, count + 6)]
    np.testing.assert_array_equal(
        excerpts.table[batch.places[0]].numpy(), phase_table(4, True)[ticks]
    )
    assert batch.known_step.all()


def test_steps_over_an_end_that_is_no_bar_line_are_not_learnt() -> None:
    odd = Phrase(name="odd", events=beats(1)[0].events[:20], ticks=150, tempo_bpm=120.0)
    batch = _material((odd,)).excerpts(np.array([0]), np.array([0]), 40)
    assert (~batch.known_step[0]).nonzero().flatten().tolist() == [0, 20, 40]


def test_the_two_networks_are_one() -> None:
    """numpy, event by event, against torch over whole excerpts."""
    phrases = (*beats(2), waltz(), free(np.random.default_rng(2)))
    material = gather(phrases, len(KIT), rng=np.random.default_rng(0))
    excerpts = Excerpts(material)
    sizes = NetworkSizes(voices=4, steps=len(material.steps_ticks), styles=4, contexts=0, hidden=12)
    ticks = torch.tensor(material.steps_ticks)
    generator = torch.Generator().manual_seed(0)
    module = EventModule(sizes, ticks, excerpts.table, generator)
    batch = excerpts.draw(4, 30, np.random.default_rng(0))
    with torch.no_grad():
        errors = module.errors(batch, None, generator)
        arrays = {name: weight.numpy() for name, weight in module.weights().items()}
    network = EventNetwork(sizes, arrays)
    table = excerpts.table.numpy()
    for b in range(4):
        row = network.style({int(batch.styles[b]): 1.0})
        h = network.start()
        for i in range(30):
            step, voice = int(batch.steps[b, i + 1]), int(batch.voices[b, i + 1])
            phase, touch = table[batch.places[b, i + 1]], batch.touches[b, i + 1].numpy()
            h = network.advance(
                h,
                voice=int(batch.voices[b, i]),
                step=int(batch.steps[b, i]),
                touch=batch.touches[b, i].numpy(),
                phase=table[batch.places[b, i]],
                style=row,
                context=-1,
            )
            scores = network.step_scores(h, table[batch.arrivals[b, i]])
            assert _nats(scores, step) == pytest.approx(
                float(errors.step[b, i]), rel=1e-4, abs=1e-4
            )
            scores = network.voice_scores(h, step=step, phase=phase, context=-1)
            if material.steps_ticks[step] == 0:
                scores[: int(batch.voices[b, i]) + 1] = -1e9
            assert _nats(scores, voice) == pytest.approx(
                float(errors.voice[b, i]), rel=1e-4, abs=1e-4
            )
            d = network.touch(h, step=step, voice=voice, phase=phase, context=-1)
            for which in range(3):
                weights, means, deviations = network.mixture(which, d, touch[:which])
                z = (touch[which] - means) / deviations
                likelihood = np.exp(-0.5 * z**2) / deviations / np.sqrt(2 * np.pi)
                shares = np.exp(weights) / np.exp(weights).sum()
                assert -np.log((shares * likelihood).sum()) == pytest.approx(
                    float(errors.touch[b, i, which]), rel=1e-3, abs=1e-3
                )


def _nats(scores: np.ndarray, chosen: int) -> float:
    top = scores.max()
    return float(top + np.log(np.exp(scores - top).sum()) - scores[chosen])
