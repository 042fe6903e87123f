// The parts of a kit, by what people call them.

/** What hands look for first in a kit, in this order: one pad each before any second of a kind. */
export const ROLES = [
  /kick|bass ?drum|^bd|^b8/i,
  /snare|^sd|^sn/i,
  /clos|pedal|^ch$|^(?!.*open).*(?:hi-?hat|\bhat|^hh)/i,
  /open|^oh$/i,
  /clap|snap|rim|stick|side/i,
  /tom|conga|bongo|timbale/i,
  /ride|(?<!cow)bell/i,
  /crash|splash|china|cymbal/i,
  /shak|tamb|mara|cabasa/i,
  /cow|block|clave|agogo|tri/i,
];
