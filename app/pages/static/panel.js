// @ts-check
// The right side of the desk: the question, why it is here, and what everybody gave.

import { root } from "./api.js";
import { byId, count, failure, foreign, make, number } from "./dom.js";

const REASONS = /** @type {Record<string, string>} */ ({
  disagreement: "The models gave different marks.",
  "no mark": "No model gave a mark.",
  unmarked: "Some models gave no mark.",
  "near a boundary": "The mark is near a boundary between grades.",
  "random sample": "Drawn at random, to measure how many of the other answers are wrong.",
});
const WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/** @param {string} reason */
export const reasonWords = (reason) => REASONS[reason] ?? reason;

/** Shows an answer. @param {any} answer */
export function showAnswer(answer) {
  byId("script").replaceChildren(foreign(answer.script ?? "Untitled script"));
  byId("question").replaceChildren("Question ", foreign(answer.question_id));
  byId("maximum").textContent = `of ${number(answer.max_marks)}`;
  show("text", answer.text, (/** @type {string} */ text) => [foreign(text)]);
  show("key", answer.answer, (/** @type {string} */ text) => [make("strong", {}, "Key: "), foreign(text)]);
  byId("why").replaceChildren(...why(answer));
  byId("given").replaceChildren(...given(answer));
  byId("simulated").hidden = !answer.marks.some((/** @type {any} */ mark) => mark.model_name.startsWith("simulated/"));
}

/** @param {string} id @param {any} value @param {(value: any) => Node[]} made */
function show(id, value, made) {
  byId(id).hidden = !value;
  byId(id).replaceChildren(...(value ? made(value) : []));
}

/** @param {any} answer */
function why(answer) {
  if (answer.hidden) return ["Blind marking: the other marks come once you have given yours."];
  const words = answer.reasons.map(reasonWords);
  if (answer.p_differs !== null) words.push(`The chance that you will differ from the models is about ${Math.round(100 * answer.p_differs)} %.`);
  return [words.join(" ") || "You asked for this answer; nothing about it is doubtful."];
}

/** @param {any} answer */
function given(answer) {
  if (answer.hidden) return [];
  const humans = [["Teacher’s mark", answer.human_mark], ["Second teacher’s mark", answer.human_mark_2]];
  return [
    ...humans.filter(([, mark]) => mark !== null).map(([who, mark]) => make("p", { class: "by-human" }, `${who}: `, make("b", {}, number(mark)))),
    ...answer.reviews.map(review),
    ...groups(answer).map((group) => groupOf(group, answer)),
  ];
}

/** @param {any} one */
function review(one) {
  const note = one.note ? [": ", foreign(one.note)] : [];
  return make("p", { class: "by-human" }, "Reviewed", ...(one.reviewer ? [" by ", foreign(one.reviewer)] : []), " with ",
    make("b", {}, number(one.mark)), one.blind ? " (blind)" : "", ...note);
}

/** The marks by their value, the most frequent first. @param {any} answer @returns {[string, any[]][]} */
function groups(answer) {
  /** @type {Map<string, any[]>} */
  const by = new Map();
  for (const mark of answer.marks) {
    const value = mark.marks_awarded === null ? "" : number(mark.marks_awarded);
    by.set(value, [...(by.get(value) ?? []), mark]);
  }
  return [...by].sort(([one, some], [other, others]) => (one === "" ? 1 : other === "" ? -1 : others.length - some.length));
}

/** @param {[string, any[]]} group @param {any} answer */
function groupOf([value, marks], answer) {
  const models = new Set(marks.map((mark) => mark.model_name)).size;
  const n = `${WORDS[models] ?? models} model${models === 1 ? "" : "s"}`;
  const agreed = value !== "" && answer.consensus !== null && number(answer.consensus) === value;
  const head = value === "" ? `${n} gave no mark` : `${n} gave `;
  return make("section", { class: `group${agreed ? " agreed" : ""}`, "aria-label": `${head}${value}` },
    make("h3", {}, head[0].toUpperCase() + head.slice(1), value === "" ? "" : make("b", {}, value), agreed ? make("small", {}, " the models’ consensus: each model counts once") : ""),
    ...notes(marks, answer));
}

/** Marks with the same note stand together. @param {any[]} marks @param {any} answer */
function notes(marks, answer) {
  /** @type {Map<string, any[]>} */
  const by = new Map();
  for (const mark of marks) {
    const errors = mark.validation_errors.map((/** @type {any} */ error) => failure(error.message ?? error.reason ?? "")).filter(Boolean);
    const words = [mark.marks_awarded === null ? errors.join("; ") : "", mark.rubric_notes ?? ""].filter(Boolean).join(" ");
    by.set(words, [...(by.get(words) ?? []), mark]);
  }
  return [...by].map(([words, some]) => make("div", { class: "said" }, make("p", { class: "who-said" }, foreign(who(some, answer.marks))),
    words ? make("p", { class: "note", dir: "auto" }, words) : null, ...quotes(some), calls(answer, some[0])));
}

/** What the model was asked and answered, and what that cost. @param {any} answer @param {any} mark */
function calls(answer, mark) {
  const query = new URLSearchParams({ model: mark.model_name, try: String(mark.try_index) });
  return make("p", { class: "hint" }, make("a", { href: `${root}/sessions/${answer.session_id}/calls?${query}` }, "technical record of the call behind this mark"));
}

/** Where the answer stands and which of the student's words earned the mark, if the models said so. @param {any[]} marks */
function quotes(marks) {
  return marks.filter((mark) => mark.quote).slice(0, 1).map((mark) =>
    make("blockquote", { dir: "auto" }, mark.quote, mark.page ? make("cite", {}, ` page ${mark.page}`) : ""));
}

/** Whose marks these are; of a model with several tries also how many of them. @param {any[]} marks @param {any[]} all */
function who(marks, all) {
  const tries = (/** @type {any[]} */ some, /** @type {string} */ name) => some.filter((mark) => mark.model_name === name).length;
  return [...new Set(marks.map((mark) => mark.model_name))].map((name) => {
    const of = tries(all, name);
    return of > 1 ? `${name} (${tries(marks, name)} of ${of} times)` : name;
  }).join(", ");
}

/** How far the work is. @param {any} progress @param {number} skipped */
export function showProgress(progress, skipped) {
  const sample = progress.n_sample
    ? ` and ${progress.n_sample_reviewed.toLocaleString("en")} of ${progress.n_sample.toLocaleString("en")} drawn at random` : "";
  byId("done").textContent = `${progress.n_doubtful_reviewed.toLocaleString("en")} of ${count(progress.n_doubtful, "doubtful answer")}${sample} ` +
    `${progress.n_doubtful + progress.n_sample === 1 ? "is" : "are"} reviewed${skipped ? `; ${skipped} skipped` : ""}.`;
  byId("meter").max = Math.max(1, progress.n_doubtful + progress.n_sample);
  byId("meter").value = progress.n_doubtful_reviewed + progress.n_sample_reviewed;
  byId("left").textContent = progress.sentence;
}
