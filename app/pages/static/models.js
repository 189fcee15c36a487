// @ts-check
// The models that can read scans, with their prices, from /models.

import { ask } from "./api.js";
import { byId, count, make } from "./dom.js";

const SHOWN = 60;
/** @type {any[]} */
let models = [];
/** @type {Set<string>} */
const picked = new Set();

export async function loadModels() {
  if (models.length) return;
  const all = (await ask("GET", "/models")).data;
  // A model that says nothing of its input may read images; one that names other kinds only does not.
  models = all.filter((/** @type {any} */ one) => one.architecture?.input_modalities?.includes("image") ?? true)
    .sort((/** @type {any} */ one, /** @type {any} */ other) => one.id.localeCompare(other.id));
  show();
}

/** @returns {string[]} */
export const chosenModels = () => [...picked];

function show() {
  const wanted = byId("search").value.trim().toLowerCase();
  const fitting = models.filter((one) => picked.has(one.id) || `${one.id} ${one.name ?? ""}`.toLowerCase().includes(wanted));
  fitting.sort((one, other) => Number(picked.has(other.id)) - Number(picked.has(one.id)));
  const hidden = fitting.length - SHOWN;
  byId("models").replaceChildren(...fitting.slice(0, SHOWN).map(line),
    ...(hidden > 0 ? [make("p", { class: "quiet" }, `${count(hidden, "more model")}: search for a name.`)] : []),
    ...(fitting.length ? [] : [make("p", { class: "quiet" }, "No model of this name reads images.")]));
}

/** @param {any} model */
function line(model) {
  const box = make("input", { type: "checkbox", value: model.id, checked: picked.has(model.id), onchange: () => {
    if (box.checked) picked.add(model.id);
    else picked.delete(model.id);
  } });
  return make("label", {}, box, make("bdi", {}, model.id), make("span", { class: "price" }, price(model.pricing)));
}

/** Dollars for a million tokens in and out. @param {any} pricing */
function price(pricing) {
  const [input, output] = [Number(pricing?.prompt), Number(pricing?.completion)];
  if (!(input >= 0) || !(output >= 0)) return "price unknown";
  const shown = (/** @type {number} */ dollars) => `$${(dollars * 1e6).toFixed(2)}`;
  return input || output ? `${shown(input)} read, ${shown(output)} written` : "free";
}

byId("search").addEventListener("input", show);
