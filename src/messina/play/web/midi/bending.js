// @ts-check
// How far channels of MIDI are bent: ranges set by registered parameters, zones of MPE.
//
// The first channel bends all, any other its own notes. In a zone of MPE the members' notes are bent
// by themselves and by their master. Ref: MIDI Polyphonic Expression 1.1 (RP-053).

const CHANNELS = 16;
const UPPER_MASTER = CHANNELS - 1;
const RANGE = 2; // semitones
const MEMBERS_RANGE = 48; // semitones, in a zone
const DATA_CC = 6;
const DATA_FINE_CC = 38;
const PARAMETER_FINE_CC = 100;
const PARAMETER_CC = 101;
const BEND_RANGE = 0; // parameters
const ZONE = 6;
const CENTRE = 8192;

export class Bending {
  #channels = Array.from({ length: CHANNELS }, () => ({
    semitones: RANGE,
    cents: 0,
    share: 0,
    coarse: 127,
    fine: 127,
  }));
  /** Members of the zones of the first and the last channel. */
  #members = { lower: 0, upper: 0 };

  /**
   * Takes in a control change; whether it was one of a registered parameter.
   *
   * @param {number} channel
   * @param {number} number
   * @param {number} value
   */
  control(channel, number, value) {
    const own = this.#channels[channel];
    if (number === PARAMETER_CC) own.coarse = value;
    else if (number === PARAMETER_FINE_CC) own.fine = value;
    else if (own.coarse !== 0 || (number !== DATA_CC && number !== DATA_FINE_CC)) return false;
    else if (own.fine === BEND_RANGE) this.#range(channel, number, value);
    else if (own.fine === ZONE && number === DATA_CC) this.#zone(channel, Math.min(value, 15));
    return true;
  }

  /**
   * Takes in a bend of 14 bits; 8192 is none.
   *
   * @param {number} channel
   * @param {number} value
   */
  bend(channel, value) {
    const away = value - CENTRE;
    this.#channels[channel].share = away < 0 ? away / CENTRE : away / (CENTRE - 1);
  }

  /**
   * Semitones by which a channel's notes are bent, beside what the first channel bends of all.
   *
   * @param {number} channel
   */
  semitones(channel) {
    const upper = channel !== UPPER_MASTER && this.#mates(channel).includes(UPPER_MASTER);
    return this.#own(channel) + (upper ? this.#own(UPPER_MASTER) : 0);
  }

  /**
   * The channels that a bend of this one bends.
   *
   * @param {number} channel
   */
  bent(channel) {
    return channel === UPPER_MASTER ? this.#mates(channel) : [channel];
  }

  /** @param {number} channel */
  #own(channel) {
    const { share, semitones, cents } = this.#channels[channel];
    return share * (semitones + cents / 100);
  }

  /**
   * @param {number} channel
   * @param {number} number
   * @param {number} value
   */
  #range(channel, number, value) {
    // Told to one member it is meant for all of a zone.
    const mates = this.#mates(channel);
    const master = channel === 0 || channel === UPPER_MASTER;
    const meant = master ? [channel] : mates.filter((mate) => mate !== 0 && mate !== UPPER_MASTER);
    for (const mate of meant.length > 0 ? meant : [channel])
      this.#channels[mate][number === DATA_CC ? "semitones" : "cents"] = value;
  }

  /**
   * @param {number} channel
   * @param {number} members
   */
  #zone(channel, members) {
    if (channel !== 0 && channel !== UPPER_MASTER) return;
    this.#members[channel === 0 ? "lower" : "upper"] = members;
    // The zone that was told last takes what the other one had of it.
    const other = channel === 0 ? "upper" : "lower";
    this.#members[other] = Math.min(this.#members[other], Math.max(14 - members, 0));
    for (const mate of this.#mates(channel)) {
      const semitones = mate === channel ? RANGE : MEMBERS_RANGE;
      Object.assign(this.#channels[mate], { semitones, cents: 0, share: 0 });
    }
  }

  /**
   * The channels of a channel's zone, its master among them; itself alone without one.
   *
   * @param {number} channel
   */
  #mates(channel) {
    const { lower, upper } = this.#members;
    if (lower > 0 && channel <= lower) return Array.from({ length: lower + 1 }, (_, i) => i);
    if (upper > 0 && channel >= UPPER_MASTER - upper)
      return Array.from({ length: upper + 1 }, (_, i) => UPPER_MASTER - i);
    return [channel];
  }
}
