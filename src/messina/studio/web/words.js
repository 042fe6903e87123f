// @ts-check
// Facts in words.

/** @typedef {import("./api.js").Job} Job */
/** @typedef {import("./api.js").Project} Project */

/** @param {Job | undefined} job */
export function isBusy(job) {
  return job !== undefined && (job.state === "waiting" || job.state === "running");
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

/** @param {Project} project */
export function verdict(project) {
  const told = project.jobs.learn?.result?.told;
  if (project.bytes === null) return "not learnt yet";
  const parts = [];
  if (told?.sounds) parts.push(`${told.sounds} sounds`);
  if (project.jobs.learn?.options.minutes) parts.push(`${project.jobs.learn.options.minutes} min`);
  parts.push(size(project.bytes));
  if (told?.quality) parts.push(`${told.quality} (error ${told.error_db.toFixed(1)} dB)`);
  if (told?.about) parts.push(told.about);
  return parts.join(", ");
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
