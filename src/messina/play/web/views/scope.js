// @ts-check
// What sounds now: its waveform over a horizon, its spectrum below, coloured as frequencies are.

/** @import { AnyDesk } from "../types.d.ts" */

import { el, Sheet, token } from "../dom.js";
import { colourOf } from "../sounds/colour.js";

const FFT = 4096;
const SHOWN = 1400;
const LOW_HZ = 40;
const HIGH_HZ = 16_000;
const FLOOR_DB = -100;
const CEILING_DB = -18;
const QUIET = 1e-4;
const QUIET_MS = 700;
const BAR_PX = 4;
/** Soft sounds are drawn larger, but not noise as music. */
const MOST_ZOOM = 5;

/**
 * @param {AnyDesk} app
 * @param {HTMLElement} root
 */
export function scope(app, root) {
  const analyser = new AnalyserNode(app.audio, { fftSize: FFT, smoothingTimeConstant: 0.72 });
  app.output.connect(analyser);
  const wave = new Float32Array(FFT);
  const levels = new Float32Array(analyser.frequencyBinCount).fill(FLOOR_DB);
  const sheet = new Sheet(draw);
  let running = false;
  let loudAt = 0;
  let held = 0.1;
  root.replaceChildren(el("div", { class: "scope" }, sheet.canvas));

  function start() {
    loudAt = performance.now() + 300;
    if (running) return;
    running = true;
    requestAnimationFrame(step);
  }

  /** @param {number} now */
  function step(now) {
    analyser.getFloatTimeDomainData(wave);
    analyser.getFloatFrequencyData(levels);
    if (wave.some((v) => Math.abs(v) > QUIET)) loudAt = Math.max(loudAt, now);
    sheet.redraw();
    if (now - loudAt < QUIET_MS) requestAnimationFrame(step);
    else running = false;
  }

  /**
   * @param {CanvasRenderingContext2D} g
   * @param {number} width
   * @param {number} height
   */
  function draw(g, width, height) {
    const horizon = Math.round(height * 0.5) + 0.5;
    const light = Number(token("--sound-light"));
    const chroma = Number(token("--sound-chroma"));
    drawSpectrum(g, width, horizon, height, light, chroma);
    g.strokeStyle = token("--edge");
    g.globalAlpha = 0.5;
    g.lineWidth = 1;
    g.beginPath();
    g.moveTo(0, horizon);
    g.lineTo(width, horizon);
    g.stroke();
    g.globalAlpha = 1;
    drawWave(g, width, horizon);
  }

  /**
   * @param {CanvasRenderingContext2D} g
   * @param {number} width
   * @param {number} horizon
   */
  function drawWave(g, width, horizon) {
    const from = rising(wave);
    const peak = wave.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    held = Math.max(peak, 0.985 * held);
    const zoom = Math.max(1, Math.min(MOST_ZOOM, 0.85 / held));
    g.globalAlpha = Math.min(1, 0.16 + peak * 12);
    g.strokeStyle = token("--ink");
    g.lineWidth = 1.5;
    g.lineJoin = "round";
    g.beginPath();
    for (let x = 0; x <= width; x += 1.5) {
      const value = wave[from + Math.floor((x / width) * (SHOWN - 1))];
      const y = horizon * 0.5 - Math.max(-1, Math.min(1, zoom * value)) * horizon * 0.46;
      if (x === 0) g.moveTo(x, y);
      else g.lineTo(x, y);
    }
    g.stroke();
    g.globalAlpha = 1;
  }

  /**
   * @param {CanvasRenderingContext2D} g
   * @param {number} width
   * @param {number} top
   * @param {number} bottom
   * @param {number} light
   * @param {number} chroma
   */
  function drawSpectrum(g, width, top, bottom, light, chroma) {
    const bars = Math.floor(width / BAR_PX);
    /** @param {number} i */
    const hz = (i) => LOW_HZ * (HIGH_HZ / LOW_HZ) ** (i / bars);
    /** @param {number} f */
    const bin = (f) => (f / app.audio.sampleRate) * FFT;
    for (let i = 0; i < bars; i++) {
      const [from, to] = [bin(hz(i)), bin(hz(i + 1))];
      let level = FLOOR_DB;
      for (let b = Math.floor(from); b <= Math.max(Math.floor(from), to); b++)
        level = Math.max(level, levels[b]);
      const share = Math.max(0, Math.min(1, (level - FLOOR_DB) / (CEILING_DB - FLOOR_DB)));
      if (share <= 0.01) continue;
      const length = share ** 1.3 * (bottom - top - 6);
      g.fillStyle = colourOf(hz(i + 0.5), { light, chroma, alpha: 0.35 + 0.65 * share });
      g.fillRect(i * BAR_PX, top + 3, BAR_PX - 1.5, length);
    }
  }

  app.listen(app, "sound", start);
  app.listen(window, "theme", () => sheet.redraw());
  app.atEnd(() => {
    analyser.disconnect();
    app.output.disconnect(analyser);
  });
}

/**
 * Where the wave rises through zero most steeply, so that the picture stands still.
 *
 * @param {Float32Array} wave
 */
function rising(wave) {
  let best = 0;
  let steepest = 0;
  for (let n = 1; n < FFT - SHOWN; n++) {
    const slope = wave[n] - wave[n - 1];
    if (wave[n - 1] < 0 && wave[n] >= 0 && slope > steepest) {
      steepest = slope;
      best = n;
    }
  }
  return best;
}
