// @ts-check
// A sound's colour is how bright it is: low sounds are red, high ones violet, like light.

const LOW_HZ = 120;
const HIGH_HZ = 9_000;
const LOW_HUE = 22;
const HIGH_HUE = 312;

/**
 * Hue in degrees of a brightness in Hz.
 *
 * @param {number} brightness
 */
export function hueOf(brightness) {
  const share = Math.log(Math.max(1, brightness) / LOW_HZ) / Math.log(HIGH_HZ / LOW_HZ);
  return LOW_HUE + (HIGH_HUE - LOW_HUE) * Math.max(0, Math.min(1, share));
}

/**
 * The colour of a sound for canvases.
 *
 * @param {number} brightness
 * @param {{ light: number, chroma: number, alpha?: number }} look
 */
export function colourOf(brightness, { light, chroma, alpha = 1 }) {
  return `oklch(${light} ${chroma} ${hueOf(brightness).toFixed(1)} / ${alpha})`;
}
