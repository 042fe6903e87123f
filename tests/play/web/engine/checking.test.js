import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENTS, SCHEMAS, TEXTURE } from "../../../../src/messina/play/web/engine/bounds.js";
import { wrongIn } from "../../../../src/messina/play/web/engine/checking.js";

const texture = () => ({
  version: 1,
  seed: 0,
  minutes: 1,
  steps: 0,
  latents: 4,
  recordings: [{ name: "rain", digest: "", length_s: 1, patches: 40, loudness_db: -20 }],
  fast: "walk",
  network: null,
  distances: { walk: 1.5 },
});

const groove = () => ({
  seed: 0,
  minutes: 1,
  planned_steps: 0,
  steps: 0,
  held_out_nats: null,
  network: {
    voices: 1,
    steps: 1,
    styles: 1,
    contexts: 0,
    spans: 0,
    hidden: 4,
    embedding: 2,
    context_embedding: 2,
    trunk: 4,
    form_hidden: 4,
  },
  scale: { late_scale_s: 0.01, length_mean: 1, length_scale: 1 },
  vocabulary: [{ label: "kick" }],
  styles: [
    {
      name: "loop",
      tempo_bpm: 120,
      beats_per_bar: 4,
      metric: true,
      ticks: 96,
      first_tick: 0,
      events: 1,
    },
  ],
  steps_ticks: [6],
  most_together: 1,
});

test("what a texture or a groove can be is found right", () => {
  assert.equal(wrongIn(texture(), TEXTURE, SCHEMAS), null);
  assert.equal(wrongIn({ ...texture(), drops: 3, drops_each: 0.5 }, TEXTURE, SCHEMAS), null);
  assert.equal(wrongIn(groove(), EVENTS, SCHEMAS), null);
});

test("what a texture cannot be is named by its place", () => {
  const wrong = (change) => wrongIn({ ...texture(), ...change }, TEXTURE, SCHEMAS);
  assert.equal(wrong({ recordings: [] }), "recordings");
  assert.equal(wrong({ drops_each: 0 }), "drops_each");
  assert.equal(wrong({ fast: "stroll" }), "fast");
  assert.equal(wrong({ distances: { walk: "far" } }), "distances.walk");
  assert.equal(wrong({ distances: { walk: NaN } }), "distances.walk");
  assert.equal(wrong({ network: { width: 8 } }), "network");
  assert.equal(wrong({ surprise: 1 }), "all of it.surprise");
  assert.equal(wrong({ latents: 1.5 }), "latents");
});

test("what a groove cannot be is named by its place", () => {
  const wrong = (change) => {
    const manifest = groove();
    change(manifest);
    return wrongIn(manifest, EVENTS, SCHEMAS);
  };
  assert.equal(
    wrong((m) => (m.scale.late_scale_s = 0)),
    "scale.late_scale_s",
  );
  assert.equal(
    wrong((m) => (m.vocabulary[0].note = 128)),
    "vocabulary[0].note",
  );
  assert.equal(
    wrong((m) => delete m.network.spans),
    "network.spans",
  );
  assert.equal(
    wrong((m) => (m.styles[0].tempo_bpm = null)),
    "styles[0].tempo_bpm",
  );
  assert.equal(
    wrong((m) => (m.styles = {})),
    "styles",
  );
});
