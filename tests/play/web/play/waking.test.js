import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Waking } from "../../../../src/messina/play/web/play/waking.js";

/** Audio whose clock moves while it runs. */
class FakeAudio {
  state = "suspended";
  moves = true;
  #since = 0;

  get currentTime() {
    if (this.state === "running" && this.moves) this.#since += 1;
    return this.#since;
  }

  resume() {
    return new Promise(() => {});
  }
}

let audio;
let said;
let waking;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  audio = new FakeAudio();
  said = [];
  waking = new Waking(audio, (sentence) => said.push(sentence));
});

const touched = (hasBeenActive) =>
  Object.defineProperty(globalThis, "navigator", {
    value: { userActivation: { hasBeenActive } },
    configurable: true,
  });

test("what sounds soon is nothing to speak of", () => {
  touched(true);
  waking.wake();
  mock.timers.tick(1_000);
  audio.state = "running";
  mock.timers.tick(1_000);
  assert.deepEqual(said, [null]);
});

test("what stays silent is said until it sounds", () => {
  touched(true);
  waking.wake();
  waking.wake();
  mock.timers.tick(1_600);
  assert.match(said.at(-1), /no output device/);
  audio.state = "running";
  mock.timers.tick(600);
  assert.equal(said.at(-1), null);
  const count = said.length;
  mock.timers.tick(10_000);
  assert.equal(said.length, count, "and then it is looked at no more");
});

test("an untouched page asks to be touched", () => {
  touched(false);
  waking.wake();
  mock.timers.tick(1_600);
  assert.match(said.at(-1), /after a click or a key/);
});

test("a clock that stands still is silence, whatever the audio says it does", () => {
  touched(true);
  audio.state = "running";
  audio.moves = false;
  waking.wake();
  mock.timers.tick(1_600);
  assert.match(said.at(-1), /No sound comes out/);
});
