/* Which take of a hit is played: the twin of the Python module sequences/round_robin, which says why. */

import { PLAYING } from "../constants.js";
import { CounterRng, PURPOSE } from "../random.js";
import { loudnessAt } from "../responses.js";
import { ROUND_ROBIN } from "./constants.js";

const { TAKES, TAKES_OF_NOTES, TAKES_OF_A_SOUND, SECOND, RENEWED, AS_HARD, MOST_TAKES, MOST_S } =
  ROUND_ROBIN;
const { SHORTEST_S } = PLAYING;

/** Says which take a hit is; what it says depends on the hits before, and on nothing else. */
export class RoundRobin {
  #responses;
  #sounds;
  #longest;
  #most;
  #kept = 0;
  #shelves = new Map(); // of each hit, longest unheard first; hits too are in the order they were heard in

  /** responses, sounds: rows of the manifest, the sounds those that are kept. */
  constructor({ responses, sounds }, { most = MOST_S } = {}) {
    this.#most = most;
    this.#sounds = sounds;
    this.#responses = new Map(responses.map((response) => [response.label, response]));
    this.#longest = new Map(
      responses.map(({ label }) => [
        label,
        Math.max(
          SHORTEST_S,
          ...sounds.filter((sound) => sound.label === label).map(({ length_s: length }) => length),
        ),
      ]),
    );
  }

  /** {take: {seed, velocity, label, note, sound}, gain: dB}. sound: index of one it is to be like, or null. */
  strike({ label, note, pitched }, velocity, { seed, sound = null }) {
    const asked = Math.min(Math.max(velocity, 1), 127);
    const hit = `${label}\n${note}\n${sound}`;
    const shelf = this.#shelves.get(hit) ?? [];
    this.#shelves.delete(hit);
    this.#shelves.set(hit, shelf);
    const fresh = { seed, velocity: asked, label, note, sound };
    if (sound !== null) fresh.velocity = this.#sounds[sound].velocity || asked;
    const take =
      sound === null
        ? this.#drawn(shelf, fresh, pitched ? TAKES_OF_NOTES : TAKES)
        : this.#near(shelf, fresh);
    shelf.push(take);
    this.#makeRoom();
    const response = this.#responses.get(label);
    const [wanted, there] = [asked, take.velocity].map((at) => loudnessAt(response, at, note)[1]);
    return { take, gain: wanted - there };
  }

  #drawn(shelf, fresh, enough) {
    const near = shelf.filter((kept) => Math.abs(kept.velocity - fresh.velocity) <= AS_HARD);
    const chance = new CounterRng(fresh.seed, PURPOSE.STRIKE);
    const renewed = chance.uniform() < RENEWED;
    if (near.length >= enough && !renewed) {
      const chosen = near[chance.below(near.length - 1)]; // not the last: it was just heard
      shelf.splice(shelf.indexOf(chosen), 1);
      return chosen;
    }
    this.#kept += this.#longest.get(fresh.label);
    if (near.length > enough + 1 || shelf.length >= MOST_TAKES)
      this.#drop(shelf, near[0] ?? shelf[0]);
    return fresh;
  }

  #near(shelf, fresh) {
    const likely = shelf.length >= TAKES_OF_A_SOUND ? RENEWED : SECOND;
    if (shelf.length > 0 && new CounterRng(fresh.seed, PURPOSE.STRIKE).uniform() >= likely)
      return shelf.shift();
    this.#kept += this.#longest.get(fresh.label);
    if (shelf.length > TAKES_OF_A_SOUND) this.#drop(shelf, shelf[0]);
    return fresh;
  }

  #makeRoom() {
    while (this.#kept > this.#most && this.#shelves.size > 1) {
      const [hit, shelf] = this.#shelves.entries().next().value;
      this.#drop(shelf, shelf[0]);
      if (shelf.length === 0) this.#shelves.delete(hit);
    }
  }

  #drop(shelf, take) {
    shelf.splice(shelf.indexOf(take), 1);
    this.#kept -= this.#longest.get(take.label);
  }
}
