// @ts-check
// Shows a run while it goes on: of a session, or of a test in the making.

import { offer, onceStarted, stopping } from "./control.js";
import { byId, count, failure, money } from "./dom.js";

const AGAIN_MS = 2000;
const here = location.pathname.replace(/\/live\/?$/, "");
const id = here.split("/").pop();
const isTest = here.split("/").at(-2) === "tests";
const signs = /** @type {Record<string, string>} */ ({ pending: "·", running: "▸", waiting: "◦", succeeded: "✓", failed: "✕", cancelled: "–" });
const words = /** @type {Record<string, string>} */ (isTest
  ? { pending: "not begun", running: "being written and checked", succeeded: "accepted", failed: "given up",
    cancelled: "left when the test ended" }
  : { pending: "not begun", running: "running", waiting: "waits to try again", succeeded: "done", failed: "failed",
    cancelled: "stopped" });
/** @type {Map<string, HTMLElement>} */
const cells = new Map();
/** @type {Map<string, string>} */
const messages = new Map();
/** @type {Record<string, number>} */
let rounds = {};
/** @type {EventSource} */
let source;
/** @type {number | undefined} */
let timer;
/** @type {string | undefined} */
let run;
/** @type {string | undefined} */
let known;

/** @typedef {Record<string, Record<string, string>>} Statuses The status of each try, by marker and try. */

if (isTest) {
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-test]"))) element.textContent = element.dataset.test ?? "";
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-session]"))) element.hidden = true;
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-only-test]"))) element.hidden = false;
}

/** @param {string} marker @param {string | number} tryIndex */
function key(marker, tryIndex) { return JSON.stringify([marker, String(tryIndex)]); }

/** @param {string} marker @param {string | number} tryIndex */
function called(marker, tryIndex) {
  if (!isTest) return marker + ", try " + tryIndex;
  return "Question " + tryIndex + (rounds[tryIndex] ? ", round " + rounds[tryIndex] : "");
}

/** @param {any} progress */
function show(progress) {
  const a = progress.attempts;
  byId("name").textContent = progress.name || "Session " + progress.session_id;
  document.title = Math.round(progress.progress * 100) + " % – " + byId("name").textContent;
  byId("bar").value = progress.progress;
  byId("failed").textContent = a.failed;
  const markers = Object.keys(progress.models || {}), isSimulated = markers.every((name) => name.startsWith("simulated/"));
  byId("cost-name").textContent = markers.length && isSimulated ? "Simulated cost so far" : "Cost so far";
  byId("cost").textContent = money(progress.cost_usd);
  if (isTest) showTest(progress);
  else showSession(progress, a.succeeded + a.failed + a.cancelled);
}

/** @param {any} progress @param {number} finished */
function showSession(progress, finished) {
  byId("attempts").textContent = finished + " of " + progress.attempts.total;
  byId("unmarked").textContent = progress.n_unmarked;
  const left = progress.estimated_seconds_left;
  byId("left").textContent = left === null ? "–" : left < 90 ? Math.ceil(left) + " s" : Math.ceil(left / 60) + " min";
  byId("status").textContent = sessionWords(progress);
  const leftOver = progress.attempts.failed + progress.attempts.cancelled > 0 || progress.n_unmarked > 0;
  offer({ running: progress.status === "grading", failed: leftOver, ending: Boolean(progress.stop_reason) });
}

/** How the marking stands, in a sentence. @param {any} progress */
function sessionWords(progress) {
  const a = progress.attempts, open = a.failed + a.cancelled;
  if (progress.status === "created") return "Not started.";
  if (progress.status === "grading") return stopping(Boolean(progress.stop_reason))
    ? `Stopping: ${count(a.running, "attempt")} under way. Their answers are paid for and are stored; a slow model may take some minutes.` : "Marking.";
  if (progress.failure_reason === "cancelled") return "Stopped before it was done. What was marked is stored.";
  if (progress.status === "failed") return "Failed: " + progress.failure_reason;
  return open ? `Done, but ${open} of ${count(a.total, "attempt")} failed. Read why below, and retry them.` : "Done.";
}

/** @param {any} progress */
function showTest(progress) {
  rounds = progress.rounds;
  byId("attempts").textContent = progress.questions_generated + " of " + progress.target_questions;
  byId("rounds").textContent = Object.values(rounds).reduce((sum, n) => sum + n, 0);
  const why = progress.failure_reason ? " " + progress.failure_reason : "";
  byId("status").textContent = [progress.message + "." + why, ...progress.notes].join(" ");
  offer({ running: ["pending", "generating"].includes(progress.status), failed: false });
  for (const [place, cell] of cells) {
    const [marker, tryIndex] = JSON.parse(place);
    paint(marker, tryIndex, cell.className.replace("cell ", ""));
  }
}

/** @param {string} marker @param {string | number} tryIndex @param {string} status */
function paint(marker, tryIndex, status) {
  const cell = cells.get(key(marker, tryIndex));
  if (!cell) return;
  const said = status === "succeeded" ? null : messages.get(key(marker, tryIndex));
  cell.className = "cell " + status;
  cell.textContent = signs[status];
  cell.title = called(marker, tryIndex) + ": " + words[status] + (said ? " – " + said : "");
  cell.setAttribute("aria-label", cell.title);
}

/** @param {Statuses} statuses */
function lay(statuses) {
  const known = [...cells.keys()].join(), wanted = [];
  for (const [marker, tries] of Object.entries(statuses)) for (const n of Object.keys(tries)) wanted.push(key(marker, n));
  if (known !== wanted.join()) build(statuses);
  for (const [marker, tries] of Object.entries(statuses)) for (const [n, status] of Object.entries(tries)) paint(marker, n, status);
}

/** @param {Statuses} statuses */
function build(statuses) {
  cells.clear();
  byId("grid").replaceChildren(...Object.entries(statuses).map(([marker, tries]) => {
    const row = document.createElement("tr"), head = document.createElement("th"), place = document.createElement("td");
    const list = document.createElement("div");
    head.textContent = marker;
    head.scope = "row";
    list.className = "cells";
    for (const n of Object.keys(tries)) {
      const cell = document.createElement("span");
      cell.setAttribute("role", "img");
      cells.set(key(marker, n), cell);
      list.append(cell);
    }
    place.append(list);
    row.append(head, place);
    return row;
  }));
}

/** @param {any} attempt */
function finish(attempt) {
  if (attempt.status === "succeeded" || messages.has(key(attempt.model_name, attempt.try_index))) return;
  if (isTest && attempt.status === "cancelled") return;
  if (isTest) rounds[attempt.try_index] = attempt.round;
  messages.set(key(attempt.model_name, attempt.try_index), failure(attempt.message) || words[attempt.status]);
  const line = document.createElement("li");
  line.textContent = called(attempt.model_name, attempt.try_index) + ": " + (failure(attempt.message) || words[attempt.status]);
  byId("failures").append(line);
  byId("reasons").hidden = false;
  paint(attempt.model_name, attempt.try_index, attempt.status);
}

function listen() {
  clearTimeout(timer);
  source?.close();
  run = known = undefined;
  source = new EventSource(here + "/events");
  on("progress", show);
  on("attempts", lay);
  on("attempt", finish);
  on("done", (progress) => {
    source.close();
    show(progress);
    known = state(progress);
    byId("links").hidden = isTest && !progress.questions_generated;
    later();
  });
  source.onerror = () => {
    byId("status").textContent = "The connection broke; trying again …";
    // Where the server answered with an error, the browser has given up.
    if (source.readyState === EventSource.CLOSED) later();
  };
}

/** @param {string} name @param {(data: any) => void} act */
function on(name, act) {
  source.addEventListener(name, (event) => {
    begin(event.lastEventId.slice(0, event.lastEventId.lastIndexOf(":")));
    act(JSON.parse(event.data));
  });
}

/** Forgets what belongs to the run before. @param {string} start */
function begin(start) {
  if (start === run) return;
  run = start;
  messages.clear();
  byId("failures").replaceChildren();
  byId("reasons").hidden = byId("links").hidden = true;
}

/** @param {any} now */
function state(now) {
  return [now.status, now.finished_at, isTest ? now.questions_generated : now.started_at].join();
}

function later() { timer = setTimeout(look, AGAIN_MS); }

// What is over may go on: failed attempts are repeated, questions are added by hand, a server comes back.
async function look() {
  let response;
  try {
    response = await fetch(here + (isTest ? "/status" : ""), { cache: "no-cache" });
  } catch {
    return later();
  }
  if (response.ok) return state(await response.json()) === known ? later() : listen();
  if (response.status === 404) byId("status").textContent = "It was deleted.";
  else if (response.status === 401 || response.status === 403)
    byId("status").textContent = "The server refuses the connection; reload the page.";
  else later();
}

byId("report").href = here + (isTest ? "/paper" : "/report");
byId("results").href = isTest ? here : new URL("../../results/" + id, location.href).pathname;
onceStarted(listen);
listen();
