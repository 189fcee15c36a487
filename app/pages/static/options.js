// @ts-check
// What the person at the desk chooses: their name, which answers come, blind and double marking; and where two differ.

import { ask } from "./api.js";
import { byId, count, foreign, make, number } from "./dom.js";
import { giveBackFocus } from "./keys.js";
import { reasonWords } from "./panel.js";

const NAME = "secondmark.reviewer";
const FIELDS = ["which", "order", "question_id", "reason", "marker", "session_id"];

export class Options {
  /**
   * @param {string} exam
   * @param {{ wished: (wish: Record<string, any>) => void, named: (name: string) => void, open: (ref: import("./feed.js").Ref) => void }} told
   */
  constructor(exam, told) {
    this.exam = exam;
    this.told = told;
    this.form = /** @type {any} */ (byId("filters"));
    this.form.addEventListener("change", () => this.told.wished(this.wish()));
    giveBackFocus(this.form);
    byId("name").addEventListener("change", () => this._name(byId("name").value.trim()));
    for (const box of ["blind_marking", "double_marking"]) byId(box).addEventListener("change", () => void this._set(box));
    byId("differences").addEventListener("toggle", () => void this._differences());
    byId("name").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Enter") byId("name").blur();
    });
    // The link of a report names the answer that the desk opens first.
    const query = new URLSearchParams(location.search);
    const [session_id, question_id] = [query.get("session"), query.get("question")];
    for (const name of FIELDS) choose(this.form.elements[name], query.get(name));
    this.form.elements.again.checked = query.has("again");
    this.first = session_id && question_id ? { session_id, question_id } : null;
  }

  async start() {
    byId("name").value = localStorage.getItem(NAME) ?? "";
    this.told.named(byId("name").value);
    this._nameHint();
    if (this.first) this.told.open(this.first);
    else this.told.wished(this.wish());
    const exam = await ask("GET", `/exams/${this.exam}`);
    byId("exam").replaceChildren(foreign(exam.name));
    document.title = `Review – ${exam.name}`;
    fill("question_id", "Every question", exam.questions.map((/** @type {any} */ one) => [one.question_id, one.question_id]));
    fill("session_id", "Every student", exam.sessions.map((/** @type {any} */ one) => [one.session_id, one.name ?? one.session_id]));
    const reasons = ["disagreement", "no mark", "unmarked", "near a boundary", "random sample"];
    fill("reason", "Every reason", reasons.map((reason) => [reason, reasonWords(reason)]));
  }

  /** @returns {Record<string, any>} */
  wish() {
    const chosen = FIELDS.map((name) => [name, this.form.elements[name].value]).filter(([, value]) => value);
    return { ...Object.fromEntries(chosen), again: this.form.elements.again.checked };
  }

  /** @param {string[]} markers */
  showMarkers(markers) {
    if (byId("marker").options.length <= 2) fill("marker", "Every model", markers.map((name) => [name, name]));
  }

  /** @param {any} settings */
  showSettings(settings) {
    for (const box of ["blind_marking", "double_marking"]) byId(box).checked = settings[box];
  }

  /** @param {string} why */
  askName(why) {
    byId("name-hint").textContent = why;
    byId("person").open = true;
    byId("name").focus();
  }

  /** @param {string} name */
  _name(name) {
    localStorage.setItem(NAME, name);
    this.told.named(name);
    this._nameHint();
    // Who asks decides what is shown and which answers come.
    if (byId("blind_marking").checked || byId("double_marking").checked) this.told.wished(this.wish());
  }

  _nameHint() {
    const name = byId("name").value;
    byId("name-hint").textContent = name ? "Your name is stored with every mark that you give." : "Type your name once; it is stored with every mark that you give.";
    byId("person-summary").replaceChildren(...(name ? ["Reviewer: ", foreign(name)] : ["Your name"]));
    byId("person").open = !name;
  }

  /** @param {string} box */
  async _set(box) {
    this.showSettings(await ask("PUT", `/exams/${this.exam}/desk/settings`, { [box]: byId(box).checked }));
    this.told.wished(this.wish());
  }

  async _differences() {
    if (!byId("differences").open) return;
    const found = await ask("GET", `/exams/${this.exam}/double-marking`);
    byId("differences-said").textContent = `${count(found.n_by_two, "answer")} marked by two people; ${found.n_different} with different marks, ` +
      `${found.n_beyond_tolerance} of them beyond the tolerance.`;
    byId("differences-rows").replaceChildren(...found.answers.map((/** @type {any} */ one) => make("tr", {},
      make("th", { scope: "row" }, foreign(one.script ?? one.session_id), " · ", foreign(one.question_id)),
      make("td", {}, ...one.marks.flatMap((/** @type {any} */ mark, /** @type {number} */ i) => [i ? " · " : "", foreign(mark.reviewer ?? "nobody named"), ` ${number(mark.mark)}`])),
      make("td", {}, one.settled ? `settled: ${number(one.final_mark)}` : "open"),
      make("td", {}, make("button", { type: "button", onclick: () => this.told.open(one) }, "Look")))));
  }
}

/** @param {string} id @param {string} all @param {[string, string][]} values */
function fill(id, all, values) {
  const chosen = byId(id).value;
  byId(id).replaceChildren(make("option", { value: "" }, all), ...values.map(([value, words]) => make("option", { value }, words)));
  choose(byId(id), chosen);
}

/** Chooses a value, also one that the list does not hold yet. @param {any} select @param {string | null} value */
function choose(select, value) {
  if (!value) return;
  if (![...select.options].some((/** @type {HTMLOptionElement} */ one) => one.value === value)) select.append(make("option", { value }, value));
  select.value = value;
}
