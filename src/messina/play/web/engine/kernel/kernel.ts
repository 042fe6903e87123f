// The arithmetic of the sound engine, in AssemblyScript for WASM SIMD. It keeps no state but tables:
// all else lies where the caller (../kernel.js) says, by address. Buffers are float32 unless they say
// otherwise and start at multiples of 16 bytes.
//
// What comes out is what the Python synthesiser makes, to float32 rounding; the derivations are in
// its modules oscillators, noise and excitation.

/** Where memory is free. */
export const FREE: usize = __heap_base;

export { amplitudes, dense, deviate, film, hold, normalise, power, silu, sounds } from "./network";
export { oscillate } from "./oscillators";
export {
  HANN_1024, HANN_256, TURNS_1024, TURNS_256, TWIDDLES_128, TWIDDLES_512, UNHANN_1024, UNHANN_256,
  transform,
} from "./transform";
export { LOOP_WORK, fill_loop_tables, make_loop } from "./excitation";
export {
  BIN_GROUPS, BIN_SHARES, NOISE_STATE, SHAPER_STATE, STEP_GROUPS, bin_gains, noise_hop, shape_hop,
} from "./noise";
export { drift } from "./texture";
export { mix, multiply, peak } from "./mixing";
