// @ts-check
// A finger over a plane: it strikes where it lands and again and again as it moves on.

/** @import { Desk } from "../desk.js" */

const STRIDE_PX = 15;
/** From one sound to the next while a hand moves on. */
export const PAUSE_MS = 85;

export class Walk {
  going = false;
  /** Where and when it struck last. */
  #last = { x: 0, y: 0, at: 0 };

  /**
   * `step(x, y, begins)` in pixels of the element.
   *
   * @param {Desk} app
   * @param {HTMLElement} element
   * @param {(x: number, y: number, begins: boolean) => void} step
   */
  constructor(app, element, step) {
    /** @param {PointerEvent} event */
    const at = (event) => {
      const box = element.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    /**
     * @param {PointerEvent} event
     * @param {boolean} begins
     */
    const take = (event, begins) => {
      const [x, y] = at(event);
      this.#last = { x, y, at: event.timeStamp };
      step(x, y, begins);
    };
    element.addEventListener("pointerdown", (event) => {
      if (
        event.button !== 0 ||
        (event.target instanceof Element && event.target.closest("select, button"))
      )
        return;
      element.setPointerCapture(event.pointerId);
      app.wake();
      this.going = true;
      take(event, true);
    });
    element.addEventListener("pointermove", (event) => {
      if (!this.going) return;
      const [x, y] = at(event);
      const far = Math.hypot(x - this.#last.x, y - this.#last.y) >= STRIDE_PX;
      if (far && event.timeStamp - this.#last.at >= PAUSE_MS) take(event, false);
    });
    for (const kind of ["pointerup", "pointercancel"]) {
      element.addEventListener(kind, () => {
        this.going = false;
      });
    }
  }
}
