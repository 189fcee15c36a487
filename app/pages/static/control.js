// @ts-check
// Stop and retry on the pages of a run: of one script, or of all scripts of an exam.

import { ask } from "./api.js";
import { byId } from "./dom.js";

const here = location.pathname.replace(/\/live\/?$/, "");
const [noun, id] = here.split("/").slice(-2);

/** Shows the buttons that make sense now. @param {{ running: boolean, failed: boolean }} now */
export function offer({ running, failed }) {
  byId("stop").hidden = !running;
  byId("retry").hidden = running || !failed || noun === "tests";
}

/** The exam's scripts that are being marked, or this script. */
async function running() {
  if (noun !== "exams") return [`/${noun}/${id}`];
  const exam = await ask("GET", `/exams/${id}`);
  return exam.sessions.filter((/** @type {any} */ one) => one.status === "grading").map((/** @type {any} */ one) => `/sessions/${one.session_id}`);
}

async function stop() {
  for (const path of await running()) await ask("POST", `${path}/cancel`);
  say("Stopped. Calls that were under way are paid for; they finish and are stored.");
}

async function retry() {
  if (noun === "exams") {
    const found = await ask("POST", `/exams/${id}/grade`, { models: [] });
    say(`${found.started.length} scripts started again.`);
  } else {
    await ask("POST", "/grade/single?wait=false", { session_id: id, models: [] });
    say("Started again: what failed is asked once more, what is complete is not paid twice.");
  }
}

/** @param {string} words @param {string} [kind] */
function say(words, kind = "quiet") {
  byId("acted").className = kind;
  byId("acted").textContent = words;
}

for (const [name, act] of /** @type {[string, () => Promise<void>][]} */ ([["stop", stop], ["retry", retry]])) {
  byId(name).addEventListener("click", async () => {
    byId(name).disabled = true;
    try {
      await act();
    } catch (error) {
      say(/** @type {Error} */ (error).message, "notice bad");
    } finally {
      byId(name).disabled = false;
    }
  });
}
