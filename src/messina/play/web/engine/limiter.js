// @ts-check
/* The safety at the end: nothing leaves over CEILING, and what stays under it is not touched.
 *
 * Sound comes LATENCY samples late, so that the gain is down before a peak arrives. The gain wanted by
 * a sample is held over the window before it and averaged over as long: it falls smoothly and is never more
 * than any peak allows. Runs in the worklet; allocates nothing. */

export const LATENCY = 64;
export const CEILING = 10 ** (-0.5 / 20);

const RELEASE = Math.exp(-1 / (0.12 * 44_100));
const SIZE = 2 * LATENCY;
const ABSURD = 1e6; // amplitude that only a broken instrument makes: silence spares ears

export class Limiter {
  constructor() {
    this.left = new Float32Array(LATENCY);
    this.right = new Float32Array(LATENCY);
    this.wanted = new Float32Array(SIZE).fill(1); // gain each sample allows
    this.held = new Float64Array(SIZE).fill(1);
    this.now = 0;
    this.released = 1; // gain that falls at once and rises slowly after a peak
    this.sum = LATENCY; // of the last LATENCY held gains
    this.idle = 0; // samples since all of these were 1
    this.least = 1; // gain since it was last asked for
  }

  /**
   * Left and right in place.
   *
   * @param {Float32Array} left
   * @param {Float32Array} right
   */
  run(left, right) {
    for (let i = 0; i < left.length; i++) {
      const sound = Math.abs(left[i]) + Math.abs(right[i]) < ABSURD; // false for what is no number
      const l = sound ? left[i] : 0;
      const r = sound ? right[i] : 0;
      const gain = this.gainFor(Math.max(Math.abs(l), Math.abs(r)));
      const at = this.now % LATENCY;
      left[i] = this.left[at] * gain;
      right[i] = this.right[at] * gain;
      this.left[at] = l;
      this.right[at] = r;
      this.now = (this.now + 1) % SIZE;
    }
  }

  /**
   * The gain of the sample that leaves now, given the amplitude of the one that enters.
   *
   * @param {number} amplitude
   */
  gainFor(amplitude) {
    const allowed = amplitude > CEILING ? CEILING / amplitude : 1;
    if (allowed === 1 && this.released === 1) {
      if (this.idle > SIZE) return 1;
      this.idle++;
    } else this.idle = 0;
    this.wanted[this.now] = allowed;
    let least = allowed;
    for (let back = 1; back <= LATENCY; back++) {
      least = Math.min(least, this.wanted[(this.now - back + SIZE) % SIZE]);
    }
    this.released = Math.min(least, 1 - (1 - this.released) * RELEASE);
    if (this.released > 0.9999) this.released = least;
    this.sum += this.released - this.held[(this.now - LATENCY + SIZE) % SIZE];
    this.held[this.now] = this.released;
    if (this.idle > SIZE) this.sum = LATENCY; // what rounding has left
    const gain = Math.min(1, this.sum / LATENCY);
    this.least = Math.min(this.least, gain);
    return gain;
  }
}
