// @ts-check
// Shows an exam while its scripts are marked.

import { offer } from "./control.js";

const AGAIN_MS = 5000;
const here = location.pathname.replace(/\/live\/?$/, "");
const byId = (/** @type {string} */ name) => /** @type {HTMLElement} */ (document.getElementById(name));
const words = { created: "not started", grading: "being marked", graded: "done", failed: "failed" };

function show(exam) {
  byId("name").textContent = exam.name;
  document.title = Math.round(exam.progress * 100) + " % – " + exam.name;
  byId("status").textContent = { created: "Not started.", grading: "Marking.", graded: "Done.", failed: "Failed." }[exam.status];
  /** @type {HTMLProgressElement} */ (byId("bar")).value = exam.progress;
  byId("scripts").textContent = exam.sessions.graded + " of " + exam.sessions.total;
  byId("attempts").textContent = exam.attempts.finished + " of " + exam.attempts.total;
  byId("failed").textContent = exam.attempts.failed;
  byId("cost-name").textContent = exam.simulated ? "Simulated cost so far" : "Cost so far";
  byId("cost").textContent = "$" + exam.cost_usd.toFixed(4);
  offer({ running: exam.status === "grading", failed: exam.attempts.failed > 0 || exam.sessions.failed > 0 });
  byId("grid").replaceChildren(...exam.scripts.map(line));
}

function line(script) {
  const row = document.createElement("tr"), name = document.createElement("th"), link = document.createElement("a");
  link.textContent = script.name || script.session_id;
  link.dir = "auto";
  link.href = new URL("../../sessions/" + script.session_id + "/live", location.href).pathname;
  name.scope = "row";
  name.append(link);
  row.append(name, cell(words[script.status] + (script.failure_reason ? ": " + script.failure_reason : "")),
    cell(script.attempts.finished + " of " + script.attempts.total));
  return row;
}

function cell(text) {
  const made = document.createElement("td");
  made.textContent = text;
  return made;
}

function listen() {
  const source = new EventSource(here + "/events");
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

for (const [name, path] of [["report", "/report"], ["list", "/export.csv?form=wide"], ["feedback", "/feedback"]])
  /** @type {HTMLAnchorElement} */ (byId(name)).href = here + path;
listen();
