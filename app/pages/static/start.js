// @ts-check
// What there is, newest first, with how far it is and what is to be looked at.

import { ask, root } from "./api.js";
import { byId, count, foreign, make, money } from "./dom.js";

const PAGE = 30;
const MOST_LOOKED_AT = 8;
const REFRESH_MS = 5000;
const PATHS = /** @type {Record<string, string>} */ ({ exam: "exams", script: "sessions", test: "tests", document: "documents" });
const WORDS = /** @type {Record<string, string>} */ ({ exam: "Exam", script: "Script", test: "Test", document: "Document" });
const STATUS = /** @type {Record<string, string>} */ ({
  created: "not started", grading: "being marked", graded: "marked", failed: "failed", pending: "waits", generating: "being written",
  completed: "done", partial: "done in part", processing: "being read", ready: "ready", extraction_failed: "not readable", rejected: "refused",
});
const RUNNING = ["grading", "pending", "generating", "processing"];

let cursor = "";
let shown = 0;

async function load(older = false) {
  const query = new URLSearchParams({ limit: String(Math.max(PAGE, older ? 0 : shown)), ...(byId("kind").value ? { kind: byId("kind").value } : {}) });
  if (older) query.set("before", cursor);
  const page = await ask("GET", `/overview?${query}`);
  cursor = page.next ?? "";
  byId("more").hidden = !page.next;
  const rows = page.items.map(row);
  if (older) byId("rows").append(...rows);
  else byId("rows").replaceChildren(...rows);
  shown = byId("rows").children.length;
  byId("list-said").textContent = shown ? "" : "There is nothing yet. Start with a new exam.";
  void lookAt(page.items);
  return page.items.some((/** @type {any} */ item) => RUNNING.includes(item.status));
}

/** @param {any} item */
function row(item) {
  const here = `${root}/${PATHS[item.kind]}/${item.id}`;
  const name = item.name || `Untitled ${WORDS[item.kind].toLowerCase()}`;
  const about = item.kind === "exam" ? `Exam · ${count(item.n_scripts, "script")}` : WORDS[item.kind];
  return make("tr", { id: `row-${item.id}` },
    make("th", { scope: "row" }, make("a", { href: main(item, here) }, foreign(name)), make("small", {}, about, ...links(item, here))),
    make("td", { "data-label": "Status", class: `reason${item.status === "failed" ? " failed" : ""}` }, statusWords(item)),
    make("td", { "data-label": "Progress" }, ...progress(item)),
    make("td", { "data-label": "Cost" }, item.cost_usd ? `${money(item.cost_usd)}${item.simulated ? " (simulated)" : ""}` : "–"),
    make("td", { "data-label": "Needs you", class: "reason look" }, ...problems(item)),
    make("td", { "data-label": "Created" }, make("time", { dateTime: item.created_at }, new Date(item.created_at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }))));
}

/** @param {any} item */
function statusWords(item) {
  if (item.status === "failed" && item.failure_reason === "cancelled") return "stopped";
  return `${STATUS[item.status] ?? item.status}${item.status === "failed" && item.failure_reason ? `: ${item.failure_reason}` : ""}`;
}

/** @param {any} item @param {string} here */
function main(item, here) {
  if (item.kind === "document") return here;
  if (RUNNING.includes(item.status)) return `${here}/live`;
  if (item.kind === "test") return item.progress ? `${here}/paper` : `${here}/live`;
  return item.status === "created" ? `${here}/live` : `${here}/report`;
}

/** @param {any} item @param {string} here */
function links(item, here) {
  const more = { exam: ["desk", "report", "export.csv?form=wide", "feedback", "live"], script: ["report", "live"], test: ["live", "paper"], document: [] }[/** @type {string} */ (item.kind)] ?? [];
  const words = /** @type {Record<string, string>} */ ({ desk: "review", report: "report", "export.csv?form=wide": "class list (CSV)", feedback: "feedback sheets", live: "progress", paper: "paper" });
  return more.flatMap((page) => [" · ", make("a", { href: `${here}/${page}` }, words[page])]);
}

/** @param {any} item */
function progress(item) {
  const share = Math.round(100 * (item.progress ?? 0));
  return [make("progress", { max: 1, value: item.progress ?? 0, "aria-label": `Progress of ${item.name || "this"}` }), ` ${share} %`];
}

/** @param {any} item */
function problems(item) {
  return [item.n_failed ? count(item.n_failed, "failed attempt") : "", item.n_unmarked ? count(item.n_unmarked, "missing mark") : ""].filter(Boolean).map((words) => make("div", {}, words));
}

/** How many doubtful answers wait, of the first few marked exams: this takes the server some thought. @param {any[]} items */
async function lookAt(items) {
  for (const item of items.filter((one) => one.kind === "exam" && one.status === "graded").slice(0, MOST_LOOKED_AT)) {
    const found = await ask("GET", `/exams/${item.id}/desk/progress`).catch(() => null);
    const left = found ? found.n_doubtful - found.n_doubtful_reviewed : 0;
    const place = document.querySelector(`#row-${item.id} .look`);
    if (!left || !place || place.querySelector("a")) continue;
    place.prepend(make("div", {}, make("a", { href: `${root}/exams/${item.id}/desk` }, count(left, "doubtful answer"))));
  }
}

async function watch() {
  try {
    const running = await load();
    setTimeout(watch, running ? REFRESH_MS : 12 * REFRESH_MS);
  } catch (error) {
    byId("list-said").textContent = /** @type {Error} */ (error).message;
    setTimeout(watch, REFRESH_MS);
  }
}

byId("more").addEventListener("click", () => void load(true));
byId("kind").addEventListener("change", () => void load());
byId("new").addEventListener("click", () => {
  byId("new-exam").hidden = !byId("new-exam").hidden;
  byId("new").setAttribute("aria-expanded", String(!byId("new-exam").hidden));
  if (!byId("new-exam").hidden) byId("exam-name").focus();
});
await watch();
