// @ts-check
// Shows an exam while its scripts are marked: which model is where, which script, and what failed and why.

import { offer } from "./control.js";
import { byId, count, foreign, make, money } from "./dom.js";

const AGAIN_MS = 5000;
const here = location.pathname.replace(/\/live\/?$/, "");
const WORDS = /** @type {Record<string, string>} */ ({ created: "not started", grading: "being marked", graded: "done", failed: "failed" });
const STATUS = /** @type {Record<string, string>} */ ({ created: "Not started.", grading: "Marking.", graded: "Done.", failed: "Failed." });

/** @typedef {{ total: number, finished: number, failed: number }} Attempts */

/** @param {any} exam */
function show(exam) {
  byId("name").textContent = exam.name;
  document.title = `${Math.round(exam.progress * 100)} % – ${exam.name}`;
  byId("status").textContent = STATUS[exam.status];
  byId("bar").value = exam.progress;
  byId("scripts").textContent = `${exam.sessions.graded} of ${exam.sessions.total}`;
  byId("attempts").textContent = `${exam.attempts.finished} of ${exam.attempts.total}`;
  byId("failed").textContent = exam.attempts.failed;
  byId("cost-name").textContent = exam.simulated ? "Simulated cost so far" : "Cost so far";
  byId("cost").textContent = money(exam.cost_usd);
  offer({ running: exam.status === "grading", failed: exam.attempts.failed > 0 || exam.sessions.failed > 0 });
  byId("markers").replaceChildren(...exam.markers.map(marker));
  byId("grid").replaceChildren(...exam.scripts.map(script));
  const reasons = exam.markers.flatMap(failures);
  byId("failures").replaceChildren(...reasons);
  byId("reasons").hidden = !reasons.length;
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
    make("td", {}, WORDS[one.status], one.failure_reason ? `: ${one.failure_reason}` : ""));
}

/** @param {Attempts} attempts */
const done = (attempts) => `${attempts.finished} of ${attempts.total}${attempts.failed ? `, ${attempts.failed} failed` : ""}`;

/** @param {any} one @returns {HTMLElement[]} */
const failures = (one) => one.reasons.map((/** @type {any} */ reason) =>
  make("li", {}, foreign(one.model_name), `, ${count(reason.n, "attempt")}: ${reason.message}`));

function listen() {
  const source = new EventSource(`${here}/events`);
  source.addEventListener("progress", (event) => show(JSON.parse(event.data)));
  source.addEventListener("done", () => {
    source.close();
    // What is over may go on: scripts are added, and started again.
    setTimeout(listen, AGAIN_MS);
  });
  source.onerror = () => {
    byId("status").textContent = "The connection broke; trying again …";
    // Where the server answered with an error, the browser has given up.
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_MS);
  };
}

for (const [name, path] of [["report", "/report"], ["list", "/export.csv?form=wide"], ["feedback", "/feedback"]]) byId(name).href = here + path;
listen();
