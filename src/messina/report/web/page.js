// @ts-check
// Plays the sounds of the report: one at a time, started by its picture or by its dot on the map.

document.documentElement.classList.add("scripted");

/** What sounds. @type {{ audio: HTMLAudioElement, button: HTMLElement | null } | null} */
let current = null;

function stop() {
  if (!current) return;
  current.audio.pause();
  current.audio.currentTime = 0;
  current.button?.classList.remove("playing");
  current = null;
}

/**
 * @param {string} id
 * @param {HTMLElement | null} button
 */
function play(id, button) {
  const again = current?.audio.id === id && current.button === button;
  stop();
  const audio = document.getElementById(id);
  if (again || !(audio instanceof HTMLAudioElement)) return;
  current = { audio, button };
  button?.classList.add("playing");
  // What was stopped before it began fails too, when another may sound already.
  const over = () => {
    if (current?.audio === audio) stop();
  };
  audio.onended = over;
  audio.play().catch(over);
  if (button) requestAnimationFrame(follow);
}

/** Move the line over the picture of what sounds. */
function follow() {
  if (!current?.button) return;
  const { audio, button } = current;
  const at = audio.currentTime / Number(button.dataset.span);
  const picture = /** @type {HTMLElement} */ (button.querySelector(".picture"));
  picture.style.setProperty("--at", Math.min(at, 1).toFixed(4));
  requestAnimationFrame(follow);
}

/** @type {NodeListOf<HTMLElement>} */
const buttons = document.querySelectorAll("button[data-sound]");
for (const button of buttons)
  button.addEventListener("click", () => play(button.dataset.sound ?? "", button));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") stop();
});

/** @type {HTMLElement | null} */
const map = document.querySelector(".map");
if (map) {
  /** x, y, the id of its sound, what it is called. @type {[number, number, string, string][]} */
  const points = JSON.parse(document.getElementById("map-points")?.textContent ?? "");
  const hint = /** @type {HTMLElement} */ (document.querySelector(".hint"));
  const order = points.map((_, i) => i).sort((a, b) => points[a][0] - points[b][0]);
  const here = document.createElement("span");
  here.className = "here";
  let chosen = -1;

  /** @param {number} index */
  const choose = (index) => {
    const [x, y, sound, title] = points[index];
    chosen = index;
    here.style.left = `${100 * x}%`;
    here.style.top = `${100 * y}%`;
    map.append(here);
    hint.textContent = sound ? title : `${title} (no sound in this file)`;
    hint.setAttribute("aria-live", "polite");
    stop();
    if (sound) play(sound, null);
  };

  map.addEventListener("click", (event) => {
    const box = map.getBoundingClientRect();
    /** @param {[number, number, string, string]} point */
    const far = ([x, y]) =>
      Math.hypot(
        event.clientX - box.left - x * box.width,
        event.clientY - box.top - y * box.height,
      );
    choose(points.reduce((best, point, i) => (far(point) < far(points[best]) ? i : best), 0));
  });
  map.addEventListener("keydown", (event) => {
    /** @type {Record<string, number>} */
    const steps = { ArrowRight: 1, ArrowLeft: -1, Enter: 0, " ": 0 };
    const step = steps[event.key];
    if (step === undefined || !points.length) return;
    event.preventDefault();
    const place = chosen < 0 ? (step < 0 ? 0 : -1) : order.indexOf(chosen);
    choose(order[(Math.max(place, chosen < 0 ? -1 : 0) + step + order.length) % order.length]);
  });
}
