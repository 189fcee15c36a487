// @ts-check
// The mark that is being entered, by keys or by buttons.

import { byId, make, number } from "./dom.js";

const MOST_BUTTONS = 21;

export class Entry {
  /** @param {(value: number) => void} confirm */
  constructor(confirm) {
    this.confirm = confirm;
    this.maximum = 0;
    this.field = byId("mark");
    this.field.addEventListener("input", () => this._check());
  }

  /** @param {number} maximum @param {number | undefined} mark */
  reset(maximum, mark) {
    this.maximum = maximum;
    this.field.value = mark === undefined ? "" : number(mark);
    this._check();
    this._buttons();
  }

  /** The number in the field; null where it is empty, NaN where it is no mark of this question. */
  get value() {
    const text = this.field.value.trim().replace(",", ".");
    if (!text) return null;
    const mark = /^\d+(\.\d{0,2})?$|^\.\d{1,2}$/.test(text) ? Number(text) : NaN;
    return mark <= this.maximum ? mark : NaN;
  }

  /** @param {string} digit */
  digit(digit) {
    const longer = this.field.value + digit;
    const fits = /^\d+(\.\d{0,2})?$/.test(longer) && Number(longer) <= this.maximum && !/^0\d/.test(longer);
    this.field.value = fits ? longer : digit;
    this._check();
  }

  /** Adds half a mark, or takes it off again. */
  half() {
    const now = this.value ?? 0;
    if (Number.isNaN(now)) return;
    const whole = Math.floor(now);
    this.field.value = number(now === whole ? Math.min(whole + 0.5, this.maximum) : whole);
    this._check();
  }

  rub() {
    this.field.value = this.field.value.slice(0, -1);
    this._check();
  }

  _check() {
    const wrong = Number.isNaN(this.value);
    this.field.setAttribute("aria-invalid", String(wrong));
    byId("wrong").textContent = wrong ? `A mark is a number from 0 to ${number(this.maximum)}.` : "";
  }

  /** A button for each mark, in halves where there are few. */
  _buttons() {
    const halves = 2 * this.maximum < MOST_BUTTONS;
    const n = halves ? 2 * this.maximum : this.maximum;
    const marks = n < MOST_BUTTONS ? Array.from({ length: Math.floor(n) + 1 }, (_, i) => (halves ? i / 2 : i)) : [];
    byId("marks").replaceChildren(...marks.map((mark) => make("button", {
      type: "button", onclick: () => this.confirm(mark), "aria-label": `Give ${number(mark)}`,
    }, number(mark))));
  }
}
