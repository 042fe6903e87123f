/* What a file can hold, as JSON Schema of the manifest and bounds of arrays. Written by the Python
 * module play/bounds from the types that Python reads with; do not edit. */

export const LARGEST_HEADER = 8388608;
export const MOST_ARRAYS = 4096;
export const FORMAT_VERSION = 2;
export const LOUDEST_DB = 100.0;
export const MOST_SHIFT_DB = 250.0;

/** Least and most of the numbers of an array. */
export const ARRAYS = {
  "body_mean": [-100.0, 100.0],
  "body_basis": [-100000.0, 100000.0],
  "onset_mean": [-10000.0, 10000.0],
  "onset_scale": [9.5367431640625e-07, 10000.0],
  "onset_basis": [-100000.0, 100000.0],
  "latent_means": [-10000.0, 10000.0],
  "latent_log_variances": [-30.0, 10.0],
  "places": [0.0, 1.0],
  "keys": [-1.0, 4095.0],
  "trajectory_basis": [-1.0, 1.0],
  "trajectory_counts": [0.0, 65536.0],
  "trajectory_louder": [-100.0, 100.0],
  "contours": [-2400.0, 2400.0],
  "steady": [0.0, 2067.0],
};

/**
 * Schemas by name; they refer to each other.
 *
 * @type {Record<string, import("./checking.js").Schema>}
 */
export const SCHEMAS = {
  "Manifest": {
    "type": "object", "required": ["program", "seed", "network", "scale", "responses", "sounds", "left_out", "minutes", "planned_steps", "steps", "device", "history", "previewed", "fine_spectra"], "additionalProperties": false,
    "properties": {
      "program": {"type": "string"},
      "seed": {"type": "integer", "minimum": 0, "maximum": 9223372036854775807},
      "network": {"$ref": "#/$defs/NetworkConfig"},
      "scale": {"$ref": "#/$defs/ControlScale"},
      "responses": {"type": "array", "items": {"$ref": "#/$defs/Response"}},
      "sounds": {"type": "array", "items": {"$ref": "#/$defs/SoundRow"}},
      "left_out": {"type": "array", "items": {"$ref": "#/$defs/LeftOutRow"}},
      "minutes": {"type": "number", "minimum": 0.0, "maximum": 10000000.0},
      "planned_steps": {"type": "integer", "minimum": 0, "maximum": 2147483647},
      "steps": {"type": "integer", "minimum": 0, "maximum": 2147483647},
      "device": {"type": "string"},
      "history": {"type": "array", "items": {"$ref": "#/$defs/HistoryRow"}},
      "previewed": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 2147483647}},
      "fine_spectra": {"type": "integer", "minimum": 0, "maximum": 2147483647},
      "trajectory_rows": {"type": "integer", "minimum": 0, "maximum": 2147483647},
      "mono": {"type": "boolean"},
    },
  },
  "NetworkConfig": {
    "type": "object", "required": ["labels", "points", "latent", "embedding", "body_components", "onset_components", "encoder", "code", "width", "layers"],
    "properties": {
      "labels": {"type": "integer", "minimum": 1, "maximum": 4096},
      "points": {"type": "integer", "minimum": 1, "maximum": 89},
      "latent": {"type": "integer", "minimum": 1, "maximum": 256},
      "embedding": {"type": "integer", "minimum": 1, "maximum": 64},
      "body_components": {"type": "integer", "minimum": 1, "maximum": 103},
      "onset_components": {"type": "integer", "minimum": 1, "maximum": 816},
      "encoder": {"type": "array", "minItems": 2, "maxItems": 2, "prefixItems": [{"type": "integer", "minimum": 1, "maximum": 2048}, {"type": "integer", "minimum": 1, "maximum": 2048}], "items": false},
      "code": {"type": "integer", "minimum": 1, "maximum": 2048},
      "width": {"type": "integer", "minimum": 1, "maximum": 2048},
      "layers": {"type": "integer", "minimum": 1, "maximum": 16},
    },
  },
  "ControlScale": {
    "type": "object", "required": ["centre", "span"], "additionalProperties": false,
    "properties": {
      "centre": {"type": "array", "minItems": 3, "maxItems": 3, "prefixItems": [{"type": "number", "minimum": -250.0, "maximum": 100.0}, {"type": "number", "minimum": -250.0, "maximum": 100.0}, {"type": "number", "minimum": -250.0, "maximum": 100.0}], "items": false},
      "span": {"type": "array", "minItems": 3, "maxItems": 3, "prefixItems": [{"type": "number", "minimum": 0.01, "maximum": 1000.0}, {"type": "number", "minimum": 0.01, "maximum": 1000.0}, {"type": "number", "minimum": 0.01, "maximum": 1000.0}], "items": false},
    },
  },
  "Response": {
    "type": "object", "required": ["label", "sounds", "note_low", "note_high", "note_centre", "loudness_centre", "loudness_db", "played_db", "loudness_per_note", "brightness", "decay", "decay_low_s", "decay_high_s"], "additionalProperties": false,
    "properties": {
      "label": {"type": "string"},
      "sounds": {"type": "integer", "minimum": 1, "maximum": 2147483647},
      "note_low": {"anyOf": [{"type": "number", "minimum": -24.0, "maximum": 151.0}, {"type": "null"}]},
      "note_high": {"anyOf": [{"type": "number", "minimum": -24.0, "maximum": 151.0}, {"type": "null"}]},
      "note_centre": {"type": "number", "minimum": -24.0, "maximum": 151.0},
      "loudness_centre": {"type": "number", "minimum": -250.0, "maximum": 60.0},
      "loudness_db": {"type": "array", "items": {"type": "number", "minimum": -250.0, "maximum": 60.0}, "maxItems": 9, "minItems": 9},
      "played_db": {"type": "array", "items": {"type": "number", "minimum": -250.0, "maximum": 60.0}, "maxItems": 9, "minItems": 9},
      "loudness_per_note": {"type": "number", "minimum": -100.0, "maximum": 100.0},
      "brightness": {"$ref": "#/$defs/Line"},
      "decay": {"$ref": "#/$defs/Line"},
      "decay_low_s": {"type": "number", "minimum": 1e-06, "maximum": 10000.0},
      "decay_high_s": {"type": "number", "minimum": 1e-06, "maximum": 10000.0},
    },
  },
  "Line": {
    "type": "object", "required": ["centre", "per_db", "per_note", "spread"], "additionalProperties": false,
    "properties": {
      "centre": {"type": "number", "minimum": -100.0, "maximum": 100.0},
      "per_db": {"type": "number", "minimum": -100.0, "maximum": 100.0},
      "per_note": {"type": "number", "minimum": -100.0, "maximum": 100.0},
      "spread": {"type": "number", "minimum": 0.0, "maximum": 100.0},
    },
  },
  "SoundRow": {
    "type": "object", "required": ["name", "label", "note", "velocity", "loudness_db", "brightness_hz", "decay_s", "length_s", "role", "digest"], "additionalProperties": false,
    "properties": {
      "name": {"type": "string"},
      "label": {"type": "string"},
      "note": {"anyOf": [{"type": "number", "minimum": -24.0, "maximum": 151.0}, {"type": "null"}]},
      "velocity": {"anyOf": [{"type": "number", "minimum": 0.0, "maximum": 127.0}, {"type": "null"}]},
      "loudness_db": {"type": "number", "minimum": -250.0, "maximum": 60.0},
      "brightness_hz": {"type": "number", "minimum": 0.01, "maximum": 100000.0},
      "decay_s": {"type": "number", "minimum": 1e-06, "maximum": 10000.0},
      "length_s": {"type": "number", "minimum": 0.0, "maximum": 1000000.0},
      "role": {"enum": ["held out", "learnt", "validation"]},
      "digest": {"type": "string"},
      "error_db": {"anyOf": [{"type": "number", "minimum": -1000000.0, "maximum": 1000000.0}, {"type": "null"}]},
      "movement_db": {"anyOf": [{"type": "number", "minimum": -1000000.0, "maximum": 1000000.0}, {"type": "null"}]},
    },
  },
  "LeftOutRow": {
    "type": "object", "required": ["name", "reason"], "additionalProperties": false,
    "properties": {
      "name": {"type": "string"},
      "reason": {"type": "string"},
    },
  },
  "HistoryRow": {
    "type": "object", "required": ["step", "learnt_db", "validation_db"], "additionalProperties": false,
    "properties": {
      "step": {"type": "integer", "minimum": 0, "maximum": 2147483647},
      "learnt_db": {"type": "number", "minimum": -1000000.0, "maximum": 1000000.0},
      "validation_db": {"anyOf": [{"type": "number", "minimum": -1000000.0, "maximum": 1000000.0}, {"type": "null"}]},
    },
  },
  "EventsManifest": {
    "type": "object", "required": ["seed", "minutes", "planned_steps", "steps", "held_out_nats", "network", "scale", "vocabulary", "styles", "steps_ticks", "most_together"], "additionalProperties": false,
    "properties": {
      "seed": {"type": "integer"},
      "minutes": {"type": "number"},
      "planned_steps": {"type": "integer", "minimum": 0, "maximum": 2147483647},
      "steps": {"type": "integer", "minimum": 0, "maximum": 2147483647},
      "held_out_nats": {"anyOf": [{"type": "number"}, {"type": "null"}]},
      "network": {"$ref": "#/$defs/NetworkSizes"},
      "scale": {"$ref": "#/$defs/TouchScale"},
      "vocabulary": {"type": "array", "items": {"$ref": "#/$defs/Voice"}},
      "styles": {"type": "array", "items": {"$ref": "#/$defs/Style"}},
      "steps_ticks": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 1048576}},
      "spans_beats": {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 1048576}},
      "most_together": {"type": "integer", "minimum": 1, "maximum": 4096},
    },
  },
  "NetworkSizes": {
    "type": "object", "required": ["voices", "steps", "styles", "contexts", "spans", "hidden", "embedding", "context_embedding", "trunk", "form_hidden"],
    "properties": {
      "voices": {"type": "integer", "minimum": 1, "maximum": 4096},
      "steps": {"type": "integer", "minimum": 1, "maximum": 512},
      "styles": {"type": "integer", "minimum": 1, "maximum": 65536},
      "contexts": {"type": "integer", "minimum": 0, "maximum": 4096},
      "spans": {"type": "integer", "minimum": 0, "maximum": 512},
      "hidden": {"type": "integer", "minimum": 1, "maximum": 1024},
      "embedding": {"type": "integer", "minimum": 1, "maximum": 256},
      "context_embedding": {"type": "integer", "minimum": 1, "maximum": 256},
      "trunk": {"type": "integer", "minimum": 1, "maximum": 1024},
      "form_hidden": {"type": "integer", "minimum": 1, "maximum": 1024},
    },
  },
  "TouchScale": {
    "type": "object", "required": ["late_scale_s", "length_mean", "length_scale"], "additionalProperties": false,
    "properties": {
      "late_scale_s": {"type": "number", "exclusiveMinimum": 0.0, "maximum": 0.25},
      "length_mean": {"type": "number", "minimum": -20.0, "maximum": 20.0},
      "length_scale": {"type": "number", "exclusiveMinimum": 0.0, "maximum": 20.0},
    },
  },
  "Voice": {
    "type": "object", "required": ["label"], "additionalProperties": false,
    "properties": {
      "label": {"type": "string"},
      "note": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 127}, {"type": "null"}]},
    },
  },
  "Style": {
    "type": "object", "required": ["name", "tempo_bpm", "beats_per_bar", "metric", "ticks", "first_tick", "events"], "additionalProperties": false,
    "properties": {
      "name": {"type": "string"},
      "tempo_bpm": {"type": "number", "minimum": 10.0, "maximum": 1000.0},
      "beats_per_bar": {"type": "integer", "minimum": 1, "maximum": 32},
      "metric": {"type": "boolean"},
      "ticks": {"type": "integer", "minimum": 1, "maximum": 2147483647},
      "first_tick": {"type": "integer", "minimum": -1048576, "maximum": 1048576},
      "events": {"type": "integer", "minimum": 0, "maximum": 2147483647},
    },
  },
  "TextureManifest": {
    "type": "object", "required": ["version", "latents", "recordings"], "additionalProperties": false,
    "properties": {
      "version": {"type": "integer"},
      "latents": {"type": "integer", "minimum": 1, "maximum": 192},
      "recordings": {"type": "array", "items": {"$ref": "#/$defs/RecordingRow"}, "maxItems": 100000, "minItems": 1},
      "fast": {"enum": ["network", "walk"]},
      "network": {"anyOf": [{"$ref": "#/$defs/NetworkShape"}, {"type": "null"}]},
      "drops": {"type": "integer", "minimum": 0, "maximum": 1000000},
      "drops_each": {"type": "number", "exclusiveMinimum": 0.0, "maximum": 1000000},
      "mono": {"type": "boolean"},
      "seed": {"type": "integer"},
      "minutes": {"type": "number"},
      "steps": {"type": "integer"},
      "planned_steps": {"type": "integer"},
      "distances": {"type": "object", "additionalProperties": {"type": "number"}},
    },
  },
  "RecordingRow": {
    "type": "object", "required": ["name", "digest", "length_s", "patches", "loudness_db"], "additionalProperties": false,
    "properties": {
      "name": {"type": "string"},
      "digest": {"type": "string"},
      "length_s": {"type": "number"},
      "patches": {"type": "integer", "minimum": 1, "maximum": 2000000},
      "loudness_db": {"type": "number"},
      "gain_db": {"type": "number", "minimum": -60.0, "maximum": 60.0},
    },
  },
  "NetworkShape": {
    "type": "object", "required": ["width", "components", "embedding"], "additionalProperties": false,
    "properties": {
      "width": {"type": "integer", "minimum": 1, "maximum": 2048},
      "components": {"type": "integer", "minimum": 1, "maximum": 64},
      "embedding": {"type": "integer", "minimum": 1, "maximum": 2048},
    },
  },
  "Recipe": {
    "type": "object", "required": ["recipe", "by", "instrument", "digest", "seed", "asked"], "additionalProperties": false,
    "properties": {
      "recipe": {"enum": [1]},
      "by": {"enum": ["pack", "page", "perform", "render", "resynth"]},
      "program": {"type": "string", "maxLength": 40},
      "instrument": {"type": "string", "maxLength": 200},
      "digest": {"type": "string", "maxLength": 64, "minLength": 32},
      "seed": {"type": "integer", "minimum": 0, "maximum": 4294967295},
      "asked": {"type": "object", "propertyNames": {"maxLength": 200}, "additionalProperties": {"anyOf": [{"type": "number", "minimum": -1000000.0, "maximum": 1000000.0}, {"type": "string", "maxLength": 200}, {"type": "array", "items": {"type": "number", "minimum": -1000000.0, "maximum": 1000000.0}, "maxItems": 4}, {"type": "null"}]}, "maxProperties": 32},
      "made_from": {"type": "object", "propertyNames": {"maxLength": 200}, "additionalProperties": {"type": "array", "items": {"$ref": "#/$defs/Ingredient"}}, "maxProperties": 8},
      "rate": {"enum": [44100, 48000]},
      "format": {"enum": ["16", "24", "float"]},
      "sound": {"anyOf": [{"$ref": "#/$defs/Point"}, {"type": "null"}]},
      "played": {"type": "array", "items": {"type": "array", "minItems": 6, "maxItems": 6, "prefixItems": [{"type": "number", "minimum": 0.0, "maximum": 86400.0}, {"anyOf": [{"type": "number", "minimum": 0.0, "maximum": 86400.0}, {"type": "null"}]}, {"type": "integer", "minimum": 0, "maximum": 1000000}, {"anyOf": [{"type": "number", "minimum": -1000000.0, "maximum": 1000000.0}, {"type": "null"}]}, {"anyOf": [{"type": "number", "minimum": -1000000.0, "maximum": 1000000.0}, {"type": "null"}]}, {"type": "integer", "minimum": 0, "maximum": 4294967295}], "items": false}, "maxItems": 500},
      "notes": {"type": "integer", "minimum": 0, "maximum": 1000000},
    },
  },
  "Ingredient": {
    "type": "object", "required": ["name", "digest"], "additionalProperties": false,
    "properties": {
      "name": {"type": "string", "maxLength": 200},
      "digest": {"type": "string", "maxLength": 64, "minLength": 64},
    },
  },
  "Point": {
    "type": "object", "required": ["z", "label", "note", "loudness", "brightness", "decay"],
    "properties": {
      "z": {"type": "array", "items": {"type": "number", "minimum": -1000000.0, "maximum": 1000000.0}, "maxItems": 512},
      "label": {"type": "integer", "minimum": 0, "maximum": 1000000},
      "note": {"anyOf": [{"type": "number", "minimum": -1000000.0, "maximum": 1000000.0}, {"type": "null"}]},
      "loudness": {"type": "number", "minimum": -250.0, "maximum": 60.0},
      "brightness": {"type": "number", "minimum": 1e-06, "maximum": 1000000.0},
      "decay": {"type": "number", "minimum": 1e-06, "maximum": 1000000.0},
      "gain": {"anyOf": [{"type": "number", "minimum": -250.0, "maximum": 60.0}, {"type": "null"}]},
      "length": {"anyOf": [{"type": "number", "minimum": 1e-06, "maximum": 1000000.0}, {"type": "null"}]},
      "higher": {"anyOf": [{"type": "number", "minimum": -1000000.0, "maximum": 1000000.0}, {"type": "null"}]},
      "tilt": {"anyOf": [{"type": "number", "minimum": -1000000.0, "maximum": 1000000.0}, {"type": "null"}]},
      "model": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 1000000}, {"type": "null"}]},
      "labels": {"anyOf": [{"type": "array", "items": {"type": "array", "minItems": 2, "maxItems": 2, "prefixItems": [{"type": "integer", "minimum": 0, "maximum": 1000000}, {"type": "number", "minimum": -1000000.0, "maximum": 1000000.0}], "items": false}, "maxItems": 64}, {"type": "null"}]},
    },
  },
};

export const MANIFEST = { $ref: "#/$defs/Manifest" };
export const EVENTS = { $ref: "#/$defs/EventsManifest" };
export const TEXTURE = { $ref: "#/$defs/TextureManifest" };
export const RECIPE = { $ref: "#/$defs/Recipe" };
