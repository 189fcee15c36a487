// @ts-check
// The start of a new exam: scans, questions, models, estimate, start. Every step is a call of the public API.

import { ask, csrfHeader, Refused, root } from "./api.js";
import { byId, count, make, money, number } from "./dom.js";
import { chosen, dropped, sorted } from "./files.js";
import { chosenModels, loadModels } from "./models.js";
import { Uploads } from "./uploads.js";

const EXAM = "secondmark.new-exam";
const uploads = new Uploads(showUploads);
/** The exam that is being made; a reload goes on with it. */
let exam = sessionStorage.getItem(EXAM) ?? "";
/** What a spreadsheet holds beside the maxima. @type {Map<string, { text?: string, answer?: string }>} */
let wordings = new Map();

/** @param {import("./files.js").Dropped[]} files */
async function take(files) {
  const found = sorted(files);
  if (!byId("exam-name").value.trim()) byId("exam-name").value = found.name || `Exam of ${new Date().toLocaleDateString()}`;
  for (const table of found.tables.slice(0, 1)) if (!byId("questions").value.trim()) await readQuestions(table.file);
  const parts = [count(found.scripts.length, "script"), found.key.length ? `${count(found.key.length, "file")} of the answer key` : "no answer key",
    found.rubric.length ? `${count(found.rubric.length, "file")} of the rubric` : ""].filter(Boolean);
  byId("found").textContent = `Found ${parts.join(", ")}.${found.leftOut.length ? ` Left out, because they are no scans: ${found.leftOut.join(", ")}.` : ""}`;
  if (!found.scripts.length) return;
  uploads.add(found);
  await guarded(async () => {
    await ready();
    await uploads.send(exam);
  });
}

/** Makes the exam, once. */
async function ready() {
  if (!exam) {
    exam = (await ask("POST", "/exams", { name: byId("exam-name").value.trim() || "Untitled exam" })).exam_id;
    sessionStorage.setItem(EXAM, exam);
  }
}

/** @param {import("./uploads.js").Upload[]} all */
function showUploads(all) {
  const files = byFile(all);
  const done = files.filter((one) => one.state === "done").length;
  const failed = files.filter((one) => one.state === "failed");
  byId("sent").hidden = !all.length;
  byId("sent").value = files.reduce((sum, one) => sum + (one.state === "done" ? 1 : one.sent * 0.95), 0) / Math.max(files.length, 1);
  byId("sending").textContent = `${done} of ${count(files.length, "file")} uploaded${failed.length ? `; ${failed.length} failed` : "."}`;
  const open = files.filter((one) => one.state === "sending" || one.state === "failed").slice(0, 50);
  byId("uploads").replaceChildren(...open.map((one) => make("li", { class: one.state === "failed" ? "failed" : "" }, make("bdi", {}, one.path),
    make("span", { class: "state" }, one.state === "failed" ? one.why : `${Math.round(100 * one.sent)} %`))),
  ...(failed.length ? [make("li", {}, make("button", { type: "button", onclick: () => void guarded(() => uploads.send(exam)) }, "Send the failed files again"))] : []));
}

/** A file counts once, also a key that belongs to every script: it is done when all of them have it. @param {import("./uploads.js").Upload[]} all */
function byFile(all) {
  const order = ["failed", "sending", "waits", "done"];
  /** @type {Map<File, import("./uploads.js").Upload>} */
  const found = new Map();
  for (const one of all) {
    const other = found.get(one.file);
    if (!other || order.indexOf(one.state) < order.indexOf(other.state)) found.set(one.file, one);
  }
  return [...found.values()];
}

/** @param {File} file */
async function readQuestions(file) {
  const form = new FormData();
  form.append("file", file);
  const response = await fetch(`${root}/questions/read`, { method: "POST", body: form, headers: csrfHeader() });
  const read = await response.json();
  if (!response.ok) {
    byId("questions-said").textContent = `${file.name}: ${read.error.message}`;
    return;
  }
  wordings = new Map(read.questions.map((/** @type {any} */ one) => [one.question_id, { text: one.text, answer: one.answer }]));
  byId("questions").value = read.questions.map((/** @type {any} */ one) => `${one.question_id} ${number(one.max_marks)}`).join("\n");
  const worded = read.questions.filter((/** @type {any} */ one) => one.text || one.answer).length;
  byId("questions-said").textContent = `${count(read.questions.length, "question")} read from ${file.name}${worded ? ", with their texts or answers" : ""}.`;
}

/**
 * The questions as typed: the last word of a line is the maximum. What a spreadsheet said of a question comes with it.
 * @returns {{ question_id: string, max_marks: number, text?: string, answer?: string }[]}
 */
function questions() {
  const lines = byId("questions").value.split("\n").map((/** @type {string} */ line) => line.trim()).filter(Boolean);
  return lines.map((/** @type {string} */ line, /** @type {number} */ index) => {
    const found = /^(.+?)[\t ;,:]+(\d+(?:[.,]\d+)?)$/.exec(line);
    if (!found) throw new Error(`Line ${index + 1} of the questions, “${line}”, needs a number and a maximum, such as “1a 3”.`);
    const question_id = found[1].trim();
    return { question_id, max_marks: Number(found[2].replace(",", ".")), ...wordings.get(question_id) };
  });
}

/** Whatever the start needs, or an error that says what is missing. */
async function plan() {
  if (!uploads.all.length && !exam) throw new Error("Drop the scans first.");
  if (uploads.all.some((one) => one.state !== "done")) throw new Error("Not every file is uploaded yet. Wait, or send the failed ones again.");
  const asked = questions();
  if (!asked.length) throw new Error("Name the questions and their maxima first.");
  const models = chosenModels();
  if (!models.length) throw new Error("Choose at least one model.");
  await ready();
  await ask("PATCH", `/exams/${exam}`, { name: byId("exam-name").value.trim() || "Untitled exam", questions: asked });
  const limit = Number(byId("limit").value);
  if (!(limit >= 0)) throw new Error("The most that may be spent is a number of dollars, or nothing.");
  return { models: models.map((name) => ({ name })), default_tries: Number(byId("tries").value) || 1, ...(limit ? { max_cost_usd: limit } : {}) };
}

async function estimate() {
  byId("estimated").textContent = "Estimating …";
  const body = await plan();
  const found = await ask("POST", `/exams/${exam}/estimate`, body);
  const minutes = found.seconds < 90 ? `${Math.ceil(found.seconds)} seconds` : `${Math.ceil(found.seconds / 60)} minutes`;
  const waits = found.not_ready?.length ? ` Not ready: ${count(found.not_ready.length, "script")}.` : "";
  const simulated = body.models.every((/** @type {{ name: string }} */ model) => model.name.startsWith("simulated/"));
  byId("estimated").textContent = `${count(found.sessions, "script")}, ${count(found.calls, "call")}: ${priceWords(found)} It takes about ${minutes}.${waits}` +
    (simulated ? " These models are simulated: nothing is really paid." : "");
}

/** What the marking costs, in sentences. @param {any} found */
function priceWords({ cost_usd: cost, unpriced }) {
  if (!cost) return `the cost is unknown, because no price is known of ${unpriced.join(", ")}.`;
  return `about ${money(cost.likely)}. The least is ${money(cost.low)}. The most is ${money(cost.high)}, if every answer is as long as it may be.`;
}

async function start() {
  const body = await plan();
  await ask("POST", `/exams/${exam}/grade`, body);
  sessionStorage.removeItem(EXAM);
  location.assign(`${root}/exams/${exam}/live`);
}

/** @param {() => Promise<unknown>} act */
async function guarded(act) {
  byId("problem").textContent = "";
  byId("problem").className = "";
  try {
    await act();
  } catch (error) {
    byId("estimated").textContent = "";
    byId("problem").className = "notice bad";
    byId("problem").textContent = error instanceof Refused || error instanceof Error ? error.message : String(error);
  }
}

const drop = byId("drop");
for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (/** @type {DragEvent} */ event) => {
  event.preventDefault();
  drop.classList.add("over");
});
for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
drop.addEventListener("drop", (/** @type {DragEvent} */ event) => {
  event.preventDefault();
  void dropped(/** @type {DataTransfer} */ (event.dataTransfer)).then(take);
});
for (const id of ["folder", "files"]) byId(id).addEventListener("change", () => void take(chosen(byId(id).files)));
byId("questions-file").addEventListener("change", () => void readQuestions(byId("questions-file").files[0]));
byId("new").addEventListener("click", () => void guarded(loadModels));
byId("estimate").addEventListener("click", () => void guarded(estimate));
byId("start").addEventListener("click", () => void guarded(start));
