"""The work of notes that are struck together is spread: a block is two quanta long."""

from __future__ import annotations

from typing import Any

from play.engine.browser import EnginePage

_BLOCKS = """async () => {
    const [{ Kernel }, { Mixer, QUANTUM }, { packNetwork }, { takeOf }, { DEFAULTS }, { dataOf }] =
        await Promise.all([
            import("/engine/kernel.js"), import("/engine/mixer.js"), import("/engine/packing.js"),
            import("/engine/playing.js"), import("/engine/ranges.js"),
            import("/engine/instrument.js"),
        ]);
    const wasm = await (await fetch("/engine/kernel/kernel.wasm")).arrayBuffer();
    const { organ } = loaded;
    const onError = (error) => { throw new Error(error); };
    const mixer = new Mixer(new Kernel(wasm), { voices: 32, onError });
    const packed = packNetwork(dataOf(organ).file);
    mixer.accept({ type: "network", instrument: organ.id, packed }, 0);
    for (let id = 0; id < 32; id++) {
        const note = { label: "organ", note: 44 + id };
        const { take } = takeOf(organ, note, DEFAULTS, id, () => 0);
        mixer.accept({ type: "on", id, take, frame: null }, 0);
    }
    const [left, right] = [new Float32Array(QUANTUM), new Float32Array(QUANTUM)];
    const made = () => mixer.voices.all.reduce((sum, { synthesis }) => sum + synthesis.block, 0);
    const counts = [];
    let sounding = 0;
    for (let q = 0; q < 100; q++) {
        const before = made();
        sounding = mixer.render(left, right, q * QUANTUM);
        if (q >= 40) counts.push(made() - before);
    }
    return [sounding, Math.min(...counts), Math.max(...counts)];
}"""


def test_of_notes_struck_at_once_half_make_a_block_in_each_quantum(engine: EnginePage) -> None:
    told: list[Any] = engine.evaluate(_BLOCKS)
    assert told == [32, 16, 16]
