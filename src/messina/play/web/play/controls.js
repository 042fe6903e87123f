// Every control a MIDI controller can be taught: faders take a share 0 … 1, triggers a velocity.

export class Controls {
  #all = new Map();

  /** Registers a control: {label, element, set(share)} or {label, element, press(velocity)}. */
  add(id, control) {
    this.#all.set(id, control);
    control.element.dataset.control = id;
    return control;
  }

  /** A button that a controller may press. */
  addButton(id, label, element) {
    this.add(id, { label, element, press: () => element.click() });
    return element;
  }

  /**
   * A plane with two axes, one control each: the second waits to be taught as soon as the first is.
   * `move({x})` or `move({y})`, in 0 … 1.
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

  get(id) {
    return this.#all.get(id);
  }
}
