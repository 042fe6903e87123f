"""What a voice of the browser's sound engine costs, beside the Python synthesiser in the same run.

    python benchmarks/engine.py                # random weights: all sounds wide, gliding, swelling
    python benchmarks/engine.py kit.messina    # an instrument of one's own

Runs headless chromium (needs playwright). Offline rendering says what a quantum of 128 samples
costs on one core; the kernel alone, what a note's beginning and a block of it cost; playing live,
whether anything was late. Prints a table and ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from messina.counter_rng import CounterRng
from messina.frames.synthesis import synthesise
from messina.instrument import Instrument
from messina.instrument.network import NetworkConfig
from messina.units import SAMPLE_RATE
from play.engine.browser import ENGINE, EnginePage, open_engine_page
from play.engine.random_instrument import make_random_instrument

QUANTUM_US: Final = 1e6 * 128 / SAMPLE_RATE
VOICES: Final = (1, 8, 16, 32, 64)
LIVE_S: Final = 20

_OFFLINE: Final = """
async ([voices, seconds, rate]) => {
  // Every voice is struck anew as often as it takes to keep so many sounding.
  const { labels } = loaded.bench;
  const events = [];
  for (let i = 0; i < voices; i++) events.push({ time: (i * 0.02) % 0.4 });
  for (let t = 0.5; t < seconds && voices > 0; t += 1 / rate) events.push({ time: t });
  const notes = events.map((event, i) => ({
    ...event, instrument: "bench", label: labels[i % labels.length].name, velocity: 50 + (i % 70),
  }));
  let best = Infinity;
  for (let round = 0; round < 3; round++) {
    const began = performance.now();
    await engine.renderOffline(notes, seconds, { voices: Math.max(voices, 1) });
    best = Math.min(best, performance.now() - began);
  }
  return best;
}
"""

_PARTS: Final = """
async () => {
  const at = (name) => import(`/engine/${name}.js`);
  const [{ Kernel }, { Decoder, Network }, { Synthesis, makeTables }] =
    await Promise.all([at("kernel"), at("decoder"), at("synthesis")]);
  const { readFile } = await at("file");
  const { packNetwork } = await at("packing");
  const { takeOf, DEFAULTS } = await at("playing");
  const wasm = await (await fetch("/engine/kernel/kernel.wasm")).arrayBuffer();
  const data = await (await fetch("/instruments/bench.messina")).arrayBuffer();
  let began = performance.now();
  const packed = packNetwork(readFile(data));
  const loading = performance.now() - began;
  const kernel = new Kernel(wasm);
  const network = new Network(kernel, packed);
  const synthesis = new Synthesis(kernel, new Decoder(kernel), makeTables(kernel));
  const seeds = Array.from({ length: 400 }, (_, seed) => seed);
  const { labels } = loaded.bench;
  const note = (seed) => ({ label: labels[seed % labels.length].name, velocity: 40 + (seed % 80) });
  began = performance.now();
  const takes = seeds.map((seed) => takeOf(loaded.bench, note(seed), DEFAULTS, seed, () => 0).take);
  const drawing = (1e3 * (performance.now() - began)) / seeds.length;
  const starts = [];
  const steps = [];
  for (const take of [...takes, ...takes]) {
    began = performance.now();
    synthesis.begin(network, take);
    const begun = performance.now();
    for (let block = 0; block < 60 && !synthesis.over; block++) synthesis.step(1);
    starts.push(1e3 * (begun - began));
    steps.push((1e3 * (performance.now() - begun)) / 60);
  }
  const late = (all) => all.slice(seeds.length).sort((a, b) => a - b);
  const share = (all, part) => all[Math.floor(part * (all.length - 1))];
  const [s, b] = [late(starts), late(steps)];
  return {
    loading, drawing, start: share(s, 0.5), start_worst: share(s, 0.99), block: share(b, 0.5),
  };
}
"""

_LIVE: Final = """
async ([seconds]) => {
  const { labels } = loaded.bench;
  const seen = [];
  const stop = engine.onMeter((meter) => seen.push(meter));
  const before = context.playbackStats?.underrunEvents ?? 0;
  const until = performance.now() + 1e3 * seconds;
  for (let i = 0; performance.now() < until; i++) {
    engine.noteOn({ instrument: "bench", label: i % labels.length, velocity: 60 + (i % 60) });
    await new Promise((done) => setTimeout(done, 20));
  }
  stop();
  engine.allNotesOff();
  return {
    voices: Math.max(...seen.map((meter) => meter.voices)),
    microseconds: seen.at(-1).microseconds,
    missed: seen.at(-1).missed - seen[0].missed,
    underruns: (context.playbackStats?.underrunEvents ?? 0) - before,
  };
}
"""


def quanta_us(page: EnginePage, seconds: float = 4.0) -> dict[int, float]:
    """Cost of a quantum by voices, what an empty engine costs taken off, in µs."""
    quanta = seconds * SAMPLE_RATE / 128
    empty_ms = page.evaluate(_OFFLINE, [0, seconds, 1])
    return {
        voices: 1e3 * (page.evaluate(_OFFLINE, [voices, seconds, 25]) - empty_ms) / quanta
        for voices in VOICES
    }


def python_us(instrument: Instrument, sounds: int = 20) -> float:
    """Cost of a quantum of one voice in Python, decoding included, in µs."""
    samples, began = 0, time.perf_counter()
    for seed in range(sounds):
        rng = CounterRng(seed)
        label = instrument.labels[seed % len(instrument.labels)]
        frames = instrument.frames(label=label, velocity=90.0, rng=rng)
        samples += len(synthesise(frames, key=0))
    return 1e6 * (time.perf_counter() - began) / (samples / 128)


def weight_bytes() -> tuple[int, int]:
    """The engine as it is served, and compressed."""
    data = [
        path.read_bytes() for path in sorted(ENGINE.rglob("*")) if path.suffix in {".js", ".wasm"}
    ]
    return sum(map(len, data)), sum(len(gzip.compress(part)) for part in data)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("instrument", type=Path, nargs="?")
    path = parser.parse_args().instrument
    if path is None:
        config = NetworkConfig(labels=2)
        instrument = make_random_instrument(seed=1, width=0.5, glide_semitones=5.0, config=config)
    else:
        instrument = Instrument.load(path)
    with tempfile.TemporaryDirectory() as folder:
        instrument.save(Path(folder) / "bench.messina")
        with open_engine_page(Path(folder)) as page:
            page.load("bench")
            figures = measured(page, instrument)
    show(figures)
    print(json.dumps(figures))


def measured(page: EnginePage, instrument: Instrument) -> dict[str, Any]:
    served, compressed = weight_bytes()
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "chromium": page.page.context.browser.version,
        "quantum_us": quanta_us(page),
        "parts_us": page.evaluate(_PARTS),
        "live": page.evaluate(_LIVE, [LIVE_S]),
        "python_quantum_us": python_us(instrument),
        "bytes": served,
        "bytes_compressed": compressed,
    }


def show(figures: dict[str, Any]) -> None:
    parts, live = figures["parts_us"], figures["live"]
    print(f"{'voices':>8} {'µs/quantum':>11} {'of one core':>12} {'µs a voice':>11}")
    for voices, cost in figures["quantum_us"].items():
        print(f"{voices:>8} {cost:>11.0f} {cost / QUANTUM_US:>12.1%} {cost / voices:>11.1f}")
    most = max(figures["quantum_us"])
    fit = QUANTUM_US / figures["quantum_us"][most] * most
    print(f"voices that fit one core: {fit:.0f}")
    print(f"in Python, one voice: {figures['python_quantum_us']:.0f} µs a quantum")
    print(
        f"a note: drawn in {parts['drawing']:.0f} µs, begun in {parts['start']:.0f} µs "
        f"(99 %: {parts['start_worst']:.0f}); a block of 256: {parts['block']:.0f} µs"
    )
    print(
        f"live, {LIVE_S} s, {live['voices']} voices: {live['microseconds']:.0f} µs a quantum, "
        f"{live['underruns']} underruns, {live['missed']} quanta late"
    )
    sizes = figures["bytes"] / 1e3, figures["bytes_compressed"] / 1e3
    print(f"the engine: {sizes[0]:.0f} KB, {sizes[1]:.0f} KB compressed")


if __name__ == "__main__":
    main()
