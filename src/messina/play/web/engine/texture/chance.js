// @ts-check
/* Order statistics that a walk through a texture goes by. */

/**
 * Indices of the `count` least of these numbers, ascending.
 *
 * @param {ArrayLike<number>} numbers
 * @param {number} count
 */
export function least(numbers, count) {
  const order = Array.from(numbers, (_, i) => i).sort((a, b) => numbers[a] - numbers[b]);
  return order.slice(0, count);
}

/**
 * The value under which a share of these numbers lies.
 *
 * @param {ArrayLike<number>} numbers
 * @param {number} share
 */
export function quantile(numbers, share) {
  const sorted = Float64Array.from(numbers).sort();
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
}
