// @ts-check
// Stop and retry on the pages of a run: of one script, or of all scripts of an exam.

import { ask, Refused } from "./api.js";
import { byId, count } from "./dom.js";

const here = location.pathname.replace(/\/live\/?$/, "");
const [noun, id] = here.split("/").slice(-2);

let asked = false;
/** @type {() => void} */
let begin = () => undefined;

/** Whether the run is ending: somebody pressed Stop here, or the server says so. @param {boolean} told */
export const stopping = (told) => asked || told;

/** What the page does when its run has been started again. @param {() => void} act */
export function onceStarted(act) { begin = act; }

/** Shows the buttons that make sense now. @param {{ running: boolean, failed: boolean, ending?: boolean }} now */
export function offer({ running, failed, ending = false }) {
  asked &&= running;
  byId("stop").hidden = !running || stopping(ending);
  byId("retry").hidden = running || !failed || noun === "tests";
}

/** The exam's scripts that are being marked, or this script. */
async function running() {
  if (noun !== "exams") return [`/${noun}/${id}`];
  const exam = await ask("GET", `/exams/${id}`);
  return exam.sessions.filter((/** @type {any} */ one) => one.status === "grading").map((/** @type {any} */ one) => `/sessions/${one.session_id}`);
}

async function stop() {
  const paths = await running();
  asked = true;
  for (const path of paths) await ask("POST", `${path}/cancel`).catch(unlessEnded);
  say("Stopped: no further call is made. Calls that were under way are paid for; they finish and are stored.");
}

/** A script that ended by itself in the meantime needs no stop. @param {unknown} error */
function unlessEnded(error) {
  if (!(error instanceof Refused) || error.status !== 409) throw error;
}

async function retry() {
  if (noun === "exams") {
    const found = await ask("POST", `/exams/${id}/grade`, { models: [] });
    say(`${count(found.started.length, "script")} started again: what failed is asked once more, what is complete is not paid twice.`);
  } else {
    await ask("POST", "/grade/single?wait=false", { session_id: id, models: [] });
    say("Started again: what failed is asked once more, what is complete is not paid twice.");
  }
  begin();
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
