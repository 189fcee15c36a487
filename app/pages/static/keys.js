// @ts-check
// The keys of the desk. In a field they write, but for Enter in the field of the mark, and Escape leaves it.

const KEYS = /** @type {Record<string, string>} */ ({
  ".": "half", ",": "half", h: "half", Backspace: "rub", Enter: "confirm", n: "next", p: "previous", u: "undo", s: "skip",
  "?": "help", c: "note", "+": "larger", "=": "larger", "-": "smaller", z: "reset", r: "rotate", b: "brighter", d: "darker",
  "]": "nextPage", " ": "nextPage", "[": "previousPage", ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down",
});

/** @param {Record<string, (argument?: any) => void>} acts */
export function listen(acts) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const place = /** @type {HTMLElement} */ (event.target);
    if (event.key === "Escape") place.blur();
    if (!heeds(place, event.key)) return;
    const act = /^\d$/.test(event.key) ? "digit" : KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || (event.repeat && !act.match(/larger|smaller|left|right|up|down|brighter|darker/))) return;
    event.preventDefault();
    acts[act](event.key);
  });
}

/** After a choice by mouse the keys belong to the desk again; a choice by keys keeps the focus. @param {HTMLElement} form */
export function giveBackFocus(form) {
  let pointed = false;
  form.addEventListener("pointerdown", () => { pointed = true; });
  form.addEventListener("keydown", () => { pointed = false; });
  form.addEventListener("change", (event) => {
    if (pointed) /** @type {HTMLElement} */ (event.target).blur();
  });
}

/** Whether the desk takes this key where it was pressed. @param {HTMLElement} place @param {string} key */
function heeds(place, key) {
  if (place.id === "mark") return key === "Enter";
  // A box that was ticked takes the space bar alone, else the keys of the desk would be dead until the next click.
  if (place.matches('input[type="checkbox"]')) return key !== " ";
  if (place.closest("input, select, textarea")) return false;
  // Enter and the space bar press the button that has the focus.
  return !(place.closest("button, a, summary") && (key === "Enter" || key === " "));
}
