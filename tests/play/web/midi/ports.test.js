import assert from "node:assert/strict";
import { test } from "node:test";
import { watchTaken } from "../../../../src/messina/play/web/midi/ports.js";

/** Ports of devices that open, or that are another's. */
function portsOf(...devices) {
  const ports = new EventTarget();
  ports.inputs = devices.map(([name, free]) => ({
    id: name,
    name,
    open: async () => {
      if (!free) throw new DOMException("in use", "InvalidAccessError");
    },
  }));
  return ports;
}

const changed = async (ports) => {
  ports.dispatchEvent(new Event("change"));
  await new Promise((resolve) => setTimeout(resolve));
};

test("a device that another program has is named until it is free or gone", async () => {
  const said = [];
  const ports = portsOf(["Keys", false], ["Pads", true]);
  watchTaken(ports, (sentence) => said.push(sentence));
  await changed(ports);
  assert.match(said.at(-1), /^Keys cannot be heard: another program or page has it/);
  ports.inputs[0].open = async () => {};
  await changed(ports);
  assert.ok(!said.at(-1));
  ports.inputs = portsOf(["Other", false]).inputs;
  await changed(ports);
  assert.match(said.at(-1), /^Other cannot/);
  ports.inputs = [];
  await changed(ports);
  assert.ok(!said.at(-1));
});

test("devices of browsers that open by themselves are not asked", async () => {
  const said = [];
  const ports = new EventTarget();
  ports.inputs = [{ id: "a", name: "A" }];
  watchTaken(ports, (sentence) => said.push(sentence));
  await changed(ports);
  assert.ok(!said.at(-1));
});
