// @ts-check
// The review desk: one answer after the other, the scan beside the marks, by keys alone.

import { ask, newId } from "./api.js";
import { byId, count, number } from "./dom.js";
import { Entry } from "./entry.js";
import { Feed } from "./feed.js";
import { listen } from "./keys.js";
import { Options } from "./options.js";
import { Outbox } from "./outbox.js";
import { showAnswer, showProgress } from "./panel.js";
import { Scan } from "./scan.js";

const exam = /** @type {string} */ (byId("main").dataset.exam);
const scan = new Scan();
const entry = new Entry((mark) => decide(mark));
/** Decisions of this sitting, the latest last. @type {{ review_id: string, session_id: string, question_id: string }[]} */
const decisions = [];
let settings = { blind_marking: false, double_marking: false };
/** @type {number | undefined} */
let progressTimer;

const outbox = new Outbox(exam, {
  changed: showSaving,
  saved: () => {
    lookAtProgress();
    if (feed.current?.answer.hidden) void feed.fill();
  },
  refused: (decision, why) => say(`The mark of question ${decision.question_id} was not saved: ${why}`, "bad"),
});

const feed = new Feed(exam, {
  shown: show,
  renewed: showAnswer,
  settings: (found) => {
    settings = found;
    options.showSettings(found);
  },
  trouble: (words) => { byId("trouble").textContent = words; },
  // Undone answers come again at once; only reviews that are on their way keep an answer away.
  pending: () => {
    const waiting = outbox.waiting();
    const undone = new Set(waiting.filter((one) => one.kind === "withdraw").map((one) => one.review_id));
    return waiting.filter((one) => one.kind === "review" && !undone.has(one.review_id));
  },
});

const options = new Options(exam, {
  wished: (wish) => feed.restart(wish),
  named: (name) => { feed.reviewer = name; },
  open: (ref) => {
    feed.first = ref;
    feed.restart({ ...feed.wish, again: true });
  },
});

/** Puts the current answer on the desk. */
function show() {
  const visit = feed.current;
  byId("desk").hidden = !visit;
  byId("nothing").hidden = Boolean(visit) || !feed.empty;
  byId("fetching").hidden = Boolean(visit) || feed.empty;
  if (!visit) return;
  const { answer } = visit;
  showAnswer(answer);
  scan.show(answer.images, answer.script ?? "this script", pageOf(answer));
  entry.reset(answer.max_marks, visit.mark);
  byId("note").value = "";
  byId("confirm").textContent = confirmWords(visit);
  byId("heard").textContent = `${answer.script ?? "Script"}, question ${answer.question_id}, of ${number(answer.max_marks)}`;
  requestAnimationFrame(() => performance.mark("desk.shown"));
}

/** The page on which most models found the answer, from 0. @param {any} answer */
function pageOf(answer) {
  /** @type {Map<number, number>} */
  const votes = new Map();
  for (const mark of answer.marks) if (mark.page) votes.set(mark.page, (votes.get(mark.page) ?? 0) + 1);
  return [...votes].sort((one, other) => other[1] - one[1])[0]?.[0] - 1 || 0;
}

/** @param {import("./feed.js").Visit} visit */
function confirmWords({ answer, mark }) {
  if (mark !== undefined) return "Next (Enter)";
  if (answer.hidden) return "Give this mark (Enter)";
  return answer.consensus === null ? "Give this mark (Enter)" : `Confirm ${number(answer.consensus)} (Enter)`;
}

/** Enter: the entered mark, else the consensus; where both are decided, on to the next. */
function confirm() {
  const visit = feed.current;
  if (!visit) return;
  const given = entry.value;
  if (Number.isNaN(given)) return;
  if (visit.mark !== undefined && (given === null || given === visit.mark)) return next();
  const mark = given ?? (visit.answer.hidden ? null : visit.answer.consensus);
  if (mark === null) return say(visit.answer.hidden ? "Type your mark first: the others are hidden." : "There is no consensus to confirm: type a mark.", "wait");
  decide(mark);
}

/** @param {number} mark */
function decide(mark) {
  const visit = feed.current;
  if (!visit) return;
  if (settings.double_marking && !feed.reviewer) return options.askName("Two people mark each answer here: type your name first.");
  const { answer } = visit;
  const decision = { review_id: newId(), session_id: answer.session_id, question_id: answer.question_id };
  const note = byId("note").value.trim();
  visit.mark = mark;
  visit.review_id = decision.review_id;
  decisions.push(decision);
  outbox.add({
    ...decision, kind: "review", mark, blind: answer.hidden,
    ...(feed.reviewer ? { reviewer: feed.reviewer } : {}), ...(note ? { note } : {}),
  });
  say(`${number(mark)} for question ${answer.question_id} of ${answer.script ?? "this script"}.`, "");
  // Blind marking shows the models' marks now, and the next answer at the next Enter.
  if (answer.hidden) {
    entry.reset(answer.max_marks, mark);
    byId("confirm").textContent = confirmWords(visit);
  } else next();
}

function next() {
  performance.mark("desk.asked");
  feed.next();
}

function skip() {
  feed.skip();
  lookAtProgress();
}

function undo() {
  const last = decisions.pop();
  if (!last) return say("There is nothing to undo in this sitting.", "wait");
  outbox.add({ ...last, kind: "withdraw", ...(feed.reviewer ? { reviewer: feed.reviewer } : {}) });
  feed.undo(last.review_id);
  say(`The mark of question ${last.question_id} is taken back.`, "");
}

/** @param {string} words @param {"" | "bad" | "wait"} kind */
function say(words, kind) {
  byId("said").className = kind ? `notice ${kind}` : "quiet";
  byId("said").textContent = words;
}

function showSaving() {
  const n = outbox.waiting().length;
  byId("saving").textContent = n
    ? `${count(n, "mark")} not saved yet. ${outbox.problem} ${n === 1 ? "It stays" : "They stay"} in this browser until the server has ${n === 1 ? "it" : "them"}.`
    : "All saved.";
  byId("saving").className = n && outbox.problem ? "notice wait" : "quiet";
}

/** Soon, and once for several answers. */
function lookAtProgress() {
  progressTimer ??= setTimeout(async () => {
    progressTimer = undefined;
    try {
      const progress = await ask("GET", `/exams/${exam}/desk/progress`);
      showProgress(progress, feed.skipped.size);
      options.showMarkers(progress.markers);
    } catch {
      // The next answer asks again.
    }
  }, 300);
}

const help = byId("help");
const acts = {
  digit: (/** @type {string} */ digit) => entry.digit(digit),
  half: () => entry.half(),
  rub: () => entry.rub(),
  confirm,
  next,
  previous: () => { if (!feed.previous()) say("This is the first answer of this sitting.", "wait"); },
  undo,
  skip,
  help: () => (help.open ? help.close() : help.showModal()),
  note: () => byId("note").focus(),
  larger: () => scan.larger(),
  smaller: () => scan.smaller(),
  reset: () => scan.reset(),
  rotate: () => scan.rotate(),
  brighter: () => scan.brighten(0.15),
  darker: () => scan.brighten(-0.15),
  nextPage: () => scan.turnPage(1),
  previousPage: () => scan.turnPage(-1),
  left: () => scan.move(-1, 0),
  right: () => scan.move(1, 0),
  up: () => scan.move(0, -1),
  down: () => scan.move(0, 1),
};
listen(acts);
for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-act]"))) {
  button.addEventListener("click", (event) => {
    // After a click of the mouse Enter belongs to the desk again, not to the button.
    if (event.detail) button.blur();
    /** @type {any} */ (acts)[/** @type {string} */ (button.dataset.act)]();
  });
}

outbox.retry();
showSaving();
await options.start();
lookAtProgress();
