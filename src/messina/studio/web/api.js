// @ts-check
// What the studio is asked: JSON, and files as they are.

/**
 * @typedef {{ id: number, project: string, verb: string, options: Record<string, any>,
 *   state: string, progress: { what: string, done: number, detail: string,
 *   left_s: number | null } | null, message: string, result: any,
 *   began: number, ended: number | null }} Job
 * @typedef {{ id: string, name: string, made: number, bytes: number | null,
 *   version: string | null, table: string | null, has_sounds: boolean, has_table: boolean, has_report: boolean,
 *   has_blind: boolean, listeners: number, versions: Version[],
 *   about: { origin?: string, license?: string }, curve: [number, number][],
 *   jobs: Record<string, Job> }} Project
 * @typedef {{ id: string, made: number, bytes: number }} Version
 * @typedef {{ name: string, bright: number | null, sounds: number, low: number | null,
 *   high: number | null }} Label
 * @typedef {{ kind: string, about: Record<string, string>, says?: string[], sounds?: number,
 *   minutes?: number, steps?: number, quality?: string | null, lines?: string[],
 *   labels?: Label[], dots?: [number, number, number][], heard: string }} Card
 * @typedef {{ there: boolean, size: string, job: Job | null }} Torch
 * @typedef {{ projects: Project[], targets: { name: string, shown: string }[],
 *   torch: Torch }} State
 * @typedef {Record<string, string>} Row
 */

/**
 * What is answered, as it comes; a refusal is an error that says why.
 *
 * @param {string} route
 * @param {RequestInit} [options]
 */
export async function fetched(route, options) {
  /** @type {Response} */
  let answer;
  try {
    answer = await fetch(route, options);
  } catch {
    throw new Error("The studio does not answer; has it been ended? Start messina studio again.");
  }
  if (answer.ok) return answer;
  const text = await answer.text();
  let why = text.trim();
  try {
    why = JSON.parse(text).error ?? why;
  } catch {
    // A sentence as it is.
  }
  throw new Error(why || `the studio answered ${answer.status}`);
}

/**
 * @param {string} route
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
export async function ask(route, options) {
  const text = await (await fetched(route, options)).text();
  return text ? JSON.parse(text) : {};
}

/**
 * @param {string} route
 * @param {Record<string, unknown>} [body]
 */
export function post(route, body = {}) {
  return ask(route, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

/**
 * @param {string} route
 * @param {string} name
 * @param {Blob} file
 */
export function put(route, name, file) {
  return ask(`${route}?name=${encodeURIComponent(name)}`, { method: "PUT", body: file });
}
