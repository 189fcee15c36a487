// @ts-check
// Shows an exam while its scripts are marked: which model is where, which script, and what failed and why.

import { offer, onceStarted, stopping } from "./control.js";
import { byId, count, failure, foreign, make, money } from "./dom.js";

const AGAIN_MS = 5000;
const here = location.pathname.replace(/\/live\/?$/, "");
const WORDS = /** @type {Record<string, string>} */ ({ created: "not started", grading: "being marked", graded: "done", failed: "failed" });
const collator = new Intl.Collator(undefined, { numeric: true });
/** @type {EventSource | undefined} */
let source;
/** @type {number | undefined} */
let timer;

/** @typedef {{ total: number, finished: number, failed: number }} Attempts */

/** @param {any} exam */
function show(exam) {
  byId("name").textContent = exam.name;
  document.title = `${Math.round(exam.progress * 100)} % – ${exam.name}`;
  byId("status").textContent = statusWords(exam);
  byId("bar").value = exam.progress;
  byId("scripts").textContent = `${exam.sessions.graded} of ${exam.sessions.total}`;
  byId("attempts").textContent = `${exam.attempts.finished} of ${exam.attempts.total}`;
  byId("failed").textContent = exam.attempts.failed;
  byId("cost-name").textContent = exam.simulated ? "Simulated cost so far" : "Cost so far";
  byId("cost").textContent = money(exam.cost_usd);
  offer({ running: exam.status === "grading", failed: exam.attempts.failed > 0 || exam.sessions.failed > 0, ending: isEnding(exam) });
  byId("markers").replaceChildren(...exam.markers.map(marker));
  byId("grid").replaceChildren(...[...exam.scripts].sort((one, other) => collator.compare(one.name ?? "", other.name ?? "")).map(script));
  const reasons = exam.markers.flatMap(failures);
  byId("failures").replaceChildren(...reasons);
  byId("reasons").hidden = !reasons.length;
}

/** How the marking stands, in a sentence. @param {any} exam */
function statusWords(exam) {
  if (exam.status === "created") return "Not started.";
  if (exam.status === "grading") return stopping(isEnding(exam)) ? stoppingWords(exam) : "Marking.";
  const stopped = exam.scripts.filter((/** @type {any} */ one) => one.failure_reason === "cancelled").length;
  const failed = `${exam.attempts.failed} of ${count(exam.attempts.total, "attempt")} failed`;
  if (stopped) return `Stopped before ${count(stopped, "script")} ${stopped === 1 ? "was" : "were"} done. What was marked is stored.`;
  if (exam.status === "failed") return `Failed: ${failed}.`;
  return exam.attempts.failed ? `Done, but ${failed}. Read why below, and retry them.` : "Done.";
}

/** Whether every script that is being marked was told to stop. @param {any} exam */
function isEnding(exam) {
  const marked = exam.scripts.filter((/** @type {any} */ one) => one.status === "grading");
  return marked.length > 0 && marked.every((/** @type {any} */ one) => one.stop_reason);
}

/** @param {any} exam */
function stoppingWords(exam) {
  const running = exam.markers.reduce((/** @type {number} */ sum, /** @type {any} */ one) => sum + one.running, 0);
  return `Stopping: ${count(running, "attempt")} under way. Their answers are paid for and are stored; a slow model may take some minutes.`;
}

/** @param {any} one */
function marker(one) {
  return make("tr", {}, make("th", { scope: "row" }, foreign(one.model_name)), make("td", {}, done(one)),
    make("td", {}, one.finished === one.total ? "done" : one.running ? count(one.running, "script") + " now" : "waits"));
}

/** @param {any} one */
function script(one) {
  const link = make("a", { href: new URL(`../../sessions/${one.session_id}/live`, location.href).pathname }, foreign(one.name || one.session_id));
  return make("tr", {}, make("th", { scope: "row" }, link), make("td", {}, done(one.attempts)),
    make("td", {}, state(one)));
}

/** @param {any} one */
function state(one) {
  if (one.failure_reason === "cancelled") return "stopped";
  if (one.stop_reason) return "stopping";
  return one.status === "failed" && one.failure_reason ? `failed: ${one.failure_reason}` : WORDS[one.status];
}

/** @param {Attempts} attempts */
const done = (attempts) => `${attempts.finished} of ${attempts.total}${attempts.failed ? `, ${attempts.failed} failed` : ""}`;

/** @param {any} one @returns {HTMLElement[]} */
const failures = (one) => one.reasons.map((/** @type {any} */ reason) =>
  make("li", {}, foreign(one.model_name), `, ${count(reason.n, "attempt")}: ${failure(reason.message)}`));

function listen() {
  clearTimeout(timer);
  source?.close();
  const opened = source = new EventSource(`${here}/events`);
  opened.addEventListener("progress", (event) => show(JSON.parse(event.data)));
  opened.addEventListener("done", () => {
    opened.close();
    // What is over may go on: scripts are added, and started again.
    timer = setTimeout(listen, AGAIN_MS);
  });
  opened.onerror = () => {
    byId("status").textContent = "The connection broke; trying again …";
    // Where the server answered with an error, the browser has given up.
    if (opened.readyState === EventSource.CLOSED) timer = setTimeout(listen, AGAIN_MS);
  };
}

for (const [name, path] of [["report", "/report"], ["list", "/export.csv?form=wide"], ["feedback", "/feedback"]]) byId(name).href = here + path;
onceStarted(listen);
listen();
