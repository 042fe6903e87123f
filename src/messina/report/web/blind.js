// @ts-check
// The blind test: two sounds a trial, one of them a recording. Answers are kept here until they are
// saved, and told to the page around this one where there is one; nothing is sent anywhere.

document.documentElement.classList.add("scripted");

/**
 * An element of the page.
 *
 * @param {string} id
 */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} name */
const choice = (name) => /** @type {HTMLButtonElement} */ (part(`choose-${name}`));

/**
 * marks: numbers, see recording.
 *
 * @type {{ labels: string[], marks: number[], format: string, instrument: string, digest: string, seed: number }}
 */
const test = JSON.parse(part("trials").textContent ?? "");
const sides = ["first", "second"];
const total = test.labels.length;
/** @type {{ label: string, right: boolean }[]} */
const answers = [];

/** @type {HTMLAudioElement | null} */
let playing = null;
/** @type {Set<number>} */
let heard = new Set();

/**
 * Which of the two is the recording: the parity of a mark's bits.
 *
 * @param {number} trial
 */
function recording(trial) {
  let odd = 0;
  for (let rest = test.marks[trial]; rest; rest = Math.floor(rest / 2)) odd ^= rest % 2;
  return odd;
}

function stop() {
  if (!playing) return;
  playing.pause();
  playing.currentTime = 0;
  for (const side of sides) part(`play-${side}`).classList.remove("playing");
  playing = null;
}

/** @param {number} side */
function play(side) {
  if (answers.length >= total) return;
  stop();
  const audio = /** @type {HTMLAudioElement} */ (part(`sound-${2 * answers.length + side}`));
  const button = part(`play-${sides[side]}`);
  playing = audio;
  button.classList.add("playing");
  const over = () => {
    if (playing === audio) stop();
  };
  audio.onended = over;
  audio.play().catch(over);
  heard.add(side);
  for (const name of sides) choice(name).disabled = heard.size < 2;
}

/** @param {number} side */
function choose(side) {
  if (answers.length >= total || heard.size < 2) return;
  const trial = answers.length;
  answers.push({ label: test.labels[trial], right: side === recording(trial) });
  show();
}

function show() {
  stop();
  heard = new Set();
  if (answers.length >= total) {
    end();
    return;
  }
  part("at").textContent = `${answers.length + 1} of ${total}: ${test.labels[answers.length]}`;
  for (const name of sides) choice(name).disabled = true;
}

/**
 * Where a share lies with 95 % confidence. Ref: Wilson (1927).
 *
 * @param {number} right
 * @param {number} trials
 */
function wilson(right, trials) {
  const z = 1.959964;
  const share = right / trials;
  const scale = 1 + (z * z) / trials;
  const middle = (share + (z * z) / (2 * trials)) / scale;
  const spread = (share * (1 - share)) / trials + (z * z) / (4 * trials * trials);
  const half = (z / scale) * Math.sqrt(spread);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

function end() {
  const right = answers.filter((answer) => answer.right).length;
  const [low, high] = wilson(right, total);
  let says = "that is what guessing gives";
  if (low > 0.5) says = "more than guessing gives";
  else if (high < 0.5) says = "you told them apart, but took the new ones for the recordings";
  part("result").textContent = `${right} of ${total}: ${says}`;
  part("meaning").textContent =
    `With 95 % confidence you would find ${Math.round(100 * low)} to ${Math.round(100 * high)} % ` +
    "of many more like these.";
  for (const answer of answers) {
    const row = document.createElement("li");
    row.textContent = `${answer.label}: ${answer.right ? "right" : "wrong"}`;
    part("each").append(row);
  }
  const { format, instrument, digest, seed } = test;
  const answered = { format, format_version: 1, instrument, digest, seed, right, answers };
  const link = /** @type {HTMLAnchorElement} */ (part("save"));
  const text = JSON.stringify(answered, null, 1);
  link.href = `data:application/json;charset=utf-8,${encodeURIComponent(text)}`;
  link.download = "answers.json";
  // A page that this one stands in, as the studio, keeps the answers by itself.
  if (window.parent !== window) window.parent.postMessage(answered, "*");
  part("desk").hidden = true;
  part("end").hidden = false;
  part("result").focus();
}

for (const [side, name] of sides.entries()) {
  part(`play-${name}`).addEventListener("click", () => play(side));
  choice(name).addEventListener("click", () => choose(side));
}

document.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: () => play(0),
    ArrowRight: () => play(1),
    1: () => choose(0),
    2: () => choose(1),
    Escape: stop,
  };
  const does = keys[event.key];
  if (!does || part("desk").hidden) return;
  event.preventDefault();
  does();
});

show();
