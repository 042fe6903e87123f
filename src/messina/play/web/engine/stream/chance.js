/* Chances that a walk through a texture takes. `random` gives numbers from 0 to 1: `uniform()`. */

/** A whole number under `count`. */
export const below = (count, random) => Math.min(Math.floor(random.uniform() * count), count - 1);

export const between = (low, high, random) => low + (high - low) * random.uniform();

/** Waiting time of this mean. */
export const exponential = (mean, random) => -mean * Math.log(1 - random.uniform());

/** `count` of these, each at most once, in any order; all of them: shuffled. */
export function sample(values, count, random) {
  const all = Array.from(values);
  for (let i = 0; i < Math.min(count, all.length - 1); i++) {
    const j = i + below(all.length - i, random);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all.slice(0, count);
}

/** Indices of the `count` least of these numbers, ascending. */
export function least(numbers, count) {
  const order = Array.from(numbers, (_, i) => i).sort((a, b) => numbers[a] - numbers[b]);
  return order.slice(0, count);
}

/** The value under which a share of these numbers lies. */
export function quantile(numbers, share) {
  const sorted = Float64Array.from(numbers).sort();
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
}
