// @ts-check
// Facts in words.

/** @typedef {import("./api.js").Job} Job */
/** @typedef {import("./api.js").Project} Project */

/** @param {Job | undefined} job */
export function isBusy(job) {
  return job !== undefined && (job.state === "waiting" || job.state === "running");
}

/**
 * Whether a learning ended before its time, and had begun, or was to go on with another.
 *
 * @param {Job} job
 */
export function isCutShort({ state, progress, options }) {
  const isBegun = progress !== null || options.goes_on === true;
  return isBegun && ["interrupted", "stopped", "failed"].includes(state);
}

export const WAITS = "waits until other work is done";
export const BEGINS = "begins";

/** @type {Record<string, string>} */
const DOES = {
  corpus: "reading the sounds",
  learn: "learning",
  export: "exporting",
  evaluate: "measuring",
  blind: "preparing the blind test",
};

/**
 * What is being done, and how far it is.
 *
 * @param {Job} job
 */
export function doing({ verb, state, progress }) {
  const does = DOES[verb] ?? verb;
  if (state === "waiting") return `${does}: ${WAITS}`;
  const left = progress?.left_s;
  const parts = [progress ? `${Math.floor(100 * progress.done)} %` : BEGINS];
  if (left !== null && left !== undefined) parts.push(timeLeft(left));
  return `${does}, ${parts.join(", ")}`;
}

/** @param {number} seconds */
export function timeLeft(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s left`;
  return `${Math.round(seconds / 60)} min left`;
}

/** @param {number} bytes */
export function size(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * @param {Project} project
 * @param {import("./api.js").Card} [card]
 */
export function verdict(project, card) {
  if (project.bytes === null) return "not learnt yet";
  const parts = [size(project.bytes)];
  if (card?.minutes) parts.unshift(`${trimmed(card.minutes)} min`);
  if (card?.sounds) parts.unshift(card.sounds === 1 ? "1 sound" : `${card.sounds} sounds`);
  const said = card?.says?.[0] ?? card?.lines?.[0];
  return parts.join(", ") + (said ? `; ${said}` : "");
}

/** @param {number} value */
function trimmed(value) {
  return String(Math.round(value * 10) / 10);
}

/**
 * Where the sounds came from and under which licence, as far as anybody has said.
 *
 * @param {{ origin?: string, license?: string }} about
 */
export function licence(about) {
  const { origin, license } = about;
  return [origin, license && `licence: ${license}`].filter(Boolean).join("; ");
}

/** @param {number} seconds since 1970 */
export function when(seconds) {
  const time = { hour: "2-digit", minute: "2-digit" };
  const day = { day: "numeric", month: "short", ...time };
  return new Intl.DateTimeFormat(undefined, /** @type {any} */ (day)).format(1000 * seconds);
}

/** @param {Job} job */
export function outcome(job) {
  if (job.state === "failed") return `It did not work: ${job.message}`;
  if (job.state === "interrupted") return `Interrupted: ${job.message}.`;
  if (job.state === "stopped")
    return job.message
      ? `Stopped: ${job.message}.`
      : "Stopped; what was learnt until then is kept.";
  return "";
}
