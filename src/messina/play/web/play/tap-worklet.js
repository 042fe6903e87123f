// @ts-check
// Hands everything that passes to the recorder, in portions. Runs beside the audio thread: it
// copies and posts, nothing else.

const PORTION = 8192;

class Tap extends AudioWorkletProcessor {
  constructor() {
    super();
    this.fill = 0;
    this.left = new Float32Array(PORTION);
    this.right = new Float32Array(PORTION);
    this.on = true;
    this.port.onmessage = () => {
      this.flush();
      this.port.postMessage("end");
      this.on = false;
    };
  }

  /** @param {Float32Array[][]} inputs */
  process([input]) {
    if (!this.on) return false;
    const samples = input[0]?.length ?? 128;
    if (input[0]) {
      this.left.set(input[0], this.fill);
      this.right.set(input[1] ?? input[0], this.fill);
    } else {
      this.left.fill(0, this.fill, this.fill + samples);
      this.right.fill(0, this.fill, this.fill + samples);
    }
    this.fill += samples;
    if (this.fill >= PORTION) this.flush();
    return true;
  }

  flush() {
    this.port.postMessage([this.left.slice(0, this.fill), this.right.slice(0, this.fill)]);
    this.fill = 0;
  }
}

registerProcessor("messina-tap", Tap);
