// Every control a MIDI controller can be taught: faders take a share 0 … 1, triggers a velocity.

export class Controls extends EventTarget {
  #all = new Map();

  /** Registers a control: {label, element, set(share)} or {label, element, press(velocity)}. */
  add(id, control) {
    this.#all.set(id, control);
    control.element.dataset.control = id;
    return control;
  }

  get(id) {
    return this.#all.get(id);
  }

  clear() {
    this.#all.clear();
  }
}
