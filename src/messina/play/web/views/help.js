// @ts-check
// What the hands can do here.

import { el } from "../dom.js";

/** @type {Record<string, string[][]>} */
const KEYS = {
  keys: [
    ["A W S E D F …", "notes, as on a piano"],
    ["Z X", "an octave down, up"],
  ],
  pads: [["1 2 3 4 / Q W E R / A S D F / Z X C V", "the sixteen pads"]],
};
const EVERYWHERE = [
  ["shift", "harder"],
  ["space", "play and stop: what plays on, where there is such a thing, else the sequence"],
  ["escape", "silence"],
  ["ctrl Z", "undo a change of sound"],
  ["?", "this page"],
];
const HANDS = [
  ["pads", "near the top hard, near the bottom soft"],
  ["keys", "near the front hard, near the back soft; slide from key to key"],
  [
    "map",
    "every dot is a sound that was learnt; between the dots are sounds nobody has recorded. Drag to walk, strike twice to put it on the pad. The colour says how bright a sound is, the size how long",
  ],
  ["morph", "choose four sounds for the corners and drag between them"],
  ["branches", "twelve sounds that grew from the one in the middle; touch to hear, twice to take"],
  [
    "history",
    "what was heard lately, and favourites. Drop a WAV that was made here on the page: its sound is back",
  ],
  ["microphone", "beatbox, tap or hum: the kinds of strokes are cast, and can be cast anew"],
  ["bus", "room, drive and compressor are heard; recordings have them only if asked to"],
  ["locks", "what is locked stays when the sound changes"],
  ["faders", "twice on the knob, or delete, brings it back to the middle"],
  [
    "play on",
    "a groove, a texture or a score goes on by itself. Touch something it learnt from: it goes there, a groove or score at the next bar",
  ],
  ["steps", "touch or drag; the brush says how hard. + and − change one step"],
  [
    "patterns",
    "A to H, of 1 to 64 steps each. A chain such as AABA plays them one after the other",
  ],
  [
    "MIDI",
    "drums lie on the keys of General MIDI: 36 kick, 38 snare, 42 closed hat, 46 open hat. Learn: touch a control, then move a knob",
  ],
];

/** @param {string | null} surface */
export function helpText(surface) {
  return el(
    "div",
    { class: "help-columns" },
    list([...(KEYS[surface ?? ""] ?? []), ...EVERYWHERE], "kbd"),
    list(HANDS, "span"),
  );
}

/**
 * @param {string[][]} rows
 * @param {"kbd" | "span"} tag
 */
function list(rows, tag) {
  return el(
    "dl",
    {},
    rows.flatMap(([what, does]) => [
      el("dt", {}, el(tag, { text: what })),
      el("dd", { text: does }),
    ]),
  );
}
