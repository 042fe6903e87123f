// @ts-check
// Every control a MIDI controller can be taught: faders take a share 0 … 1, triggers a velocity.

/**
 * @typedef {object} Control
 * @property {string} label
 * @property {HTMLElement} element
 * @property {(share: number) => void} [set]
 * @property {(velocity: number) => void} [press]
 * @property {string} [next] the one that is taught after it
 */

export class Controls {
  /** @type {Map<string | undefined, Control>} */
  #all = new Map();

  /**
   * Registers a control: {label, element, set(share)} or {label, element, press(velocity)}.
   *
   * @template {Control} C
   * @param {string} id
   * @param {C} control
   */
  add(id, control) {
    this.#all.set(id, control);
    control.element.dataset.control = id;
    return control;
  }

  /**
   * A button that a controller may press.
   *
   * @template {HTMLElement} E
   * @param {string} id
   * @param {string} label
   * @param {E} element
   */
  addButton(id, label, element) {
    this.add(id, { label, element, press: () => element.click() });
    return element;
  }

  /**
   * A plane with two axes, one control each: the second waits to be taught as soon as the first is.
   * `move({x})` or `move({y})`, in 0 … 1.
   *
   * @param {string} id
   * @param {string} label
   * @param {HTMLElement} element
   * @param {(moved: { x?: number, y?: number }) => void} move
   */
  addPlane(id, label, element, move) {
    this.add(`${id}.y`, {
      label: `${label}, up and down`,
      element,
      set: (share) => move({ y: 1 - share }),
    });
    this.add(`${id}.x`, {
      label: `${label}, across`,
      element,
      set: (share) => move({ x: share }),
      next: `${id}.y`,
    });
  }

  /** @param {string | undefined} id */
  get(id) {
    return this.#all.get(id);
  }
}
