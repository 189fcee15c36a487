// @ts-check
// Which answer is shown, which come next and which were shown before. The next ones are fetched ahead, with their scans.

import { ask, Refused } from "./api.js";
import { fetchAhead } from "./scan.js";

// Two would do for speed; five let a teacher work on while the network is away. More would starve a second desk.
const AHEAD = 5;
const MOST_PAGES = 6;
// The server holds at most 200 answers for one desk.
const MOST_HELD = 200 - AHEAD - 2;
const RENEW_MS = 20_000;
const AGAIN_MS = 2000;

/**
 * @typedef {{ session_id: string, question_id: string }} Ref
 * @typedef {{ answer: any, mark?: number, review_id?: string }} Visit An answer that was shown, with the decision on it.
 */

/** @param {Ref} ref */
export const keyOf = (ref) => JSON.stringify([ref.session_id, ref.question_id]);
/** @param {Ref} ref @returns {Ref} */
const refOf = (ref) => ({ session_id: ref.session_id, question_id: ref.question_id });

export class Feed {
  /**
   * @param {string} exam
   * @param {{ shown: () => void, renewed: (answer: any) => void, settings: (settings: any) => void, trouble: (words: string) => void, pending: () => Ref[] }} told
   */
  constructor(exam, told) {
    this.exam = exam;
    this.told = told;
    this.holder = sessionHolder();
    this.reviewer = "";
    /** @type {Record<string, any>} */
    this.wish = {};
    /** @type {Visit[]} */
    this.trail = [];
    this.at = -1;
    /** @type {any[]} */
    this.ahead = [];
    /** Left without a decision, for later; and skipped for good. @type {Map<string, Ref>} */
    this.passed = new Map();
    /** @type {Map<string, Ref>} */
    this.skipped = new Map();
    /** @type {Ref | null} */
    this.first = null;
    this.empty = false;
    this.busy = false;
    this.wanted = false;
    setInterval(() => void this.fill(), RENEW_MS);
    addEventListener("online", () => void this.fill());
    addEventListener("pagehide", () => this._giveBack());
  }

  /** The answer on the desk. @returns {Visit | undefined} */
  get current() { return this.trail[this.at]; }

  /** Answers without a decision that come after the current one, because somebody went back. */
  get _later() {
    return this.trail.slice(this.at + 1).filter((visit) => visit.mark === undefined).map((visit) => visit.answer);
  }

  /** Begins anew, for another wish or another person. @param {Record<string, any>} wish */
  restart(wish) {
    this.wish = wish;
    this.trail = [];
    this.at = -1;
    this.ahead = [];
    this.passed.clear();
    this.empty = false;
    this.told.shown();
    void this.fill();
  }

  next() {
    const here = this.current;
    if (here && here.mark === undefined && !this.skipped.has(keyOf(here.answer))) {
      this.passed.set(keyOf(here.answer), refOf(here.answer));
    }
    this._forward();
  }

  skip() {
    const here = this.current;
    if (here && here.mark === undefined) this.skipped.set(keyOf(here.answer), refOf(here.answer));
    this._forward();
  }

  previous() {
    if (this.at <= 0) return false;
    this.at -= 1;
    this.told.shown();
    void this.fill();
    return true;
  }

  /** The visit with this decision becomes current, without the decision. @param {string} reviewId */
  undo(reviewId) {
    const index = this.trail.findIndex((visit) => visit.review_id === reviewId);
    if (index < 0) return;
    delete this.trail[index].mark;
    delete this.trail[index].review_id;
    this.at = index;
    this.told.shown();
    void this.fill();
  }

  _forward() {
    if (this.at < this.trail.length - 1) this.at += 1;
    else if (this.ahead.length) this._advance();
    else {
      this.at = this.trail.length;
      this.empty = false;
    }
    this.told.shown();
    void this.fill();
  }

  _advance() {
    this.trail.push({ answer: this.ahead.shift() });
    this.at = this.trail.length - 1;
  }

  /** Renews what this desk holds and fetches more. Calls while one is under way end in one more. */
  async fill() {
    if (this.busy) {
      this.wanted = true;
      return;
    }
    this.busy = true;
    try {
      do {
        this.wanted = false;
        await this._take();
      } while (this.wanted);
    } catch (error) {
      this.told.trouble(error instanceof Refused ? error.message : "There is no connection to the server.");
      setTimeout(() => void this.fill(), AGAIN_MS);
    } finally {
      this.busy = false;
    }
  }

  async _take() {
    const wish = this.wish;
    const here = this.current && (this.current.mark === undefined || this.current.answer.hidden) ? [this.current.answer] : [];
    // Until a decision is saved, its answer stays held: another desk would get an answer that nobody has reviewed.
    const unsaved = this.told.pending();
    const held = [...this._later, ...unsaved].slice(0, MOST_HELD);
    const keep = [...(this.first ? [this.first] : []), ...here, ...held, ...this.ahead].map(refOf);
    const done = this.trail.filter((visit) => visit.mark !== undefined).map((visit) => visit.answer);
    const skip = [...this.passed.values(), ...this.skipped.values(), ...done, ...unsaved].map(refOf);
    const n = held.length + AHEAD + 1;
    const body = { holder: this.holder, reviewer: this.reviewer || null, n, keep, skip, wish };
    const taken = await ask("POST", `/exams/${this.exam}/desk/answers`, body);
    if (wish !== this.wish) {
      this.wanted = true;
      return;
    }
    this.first = null;
    this.told.settings(taken);
    this.told.trouble("");
    const notNew = new Set([...held, ...this._later].map(keyOf));
    this._receive(taken.answers.filter((/** @type {any} */ answer) => !notNew.has(keyOf(answer))));
  }

  /** @param {any[]} answers */
  _receive(answers) {
    const here = this.current;
    const known = new Set(this.trail.filter((visit) => visit.mark !== undefined || visit === here).map((visit) => keyOf(visit.answer)));
    if (here) {
      const again = answers.find((answer) => keyOf(answer) === keyOf(here.answer));
      if (again && here.answer.hidden && !again.hidden) {
        here.answer = again;
        this.told.renewed(again);
      }
    }
    this.ahead = answers.filter((answer) => !known.has(keyOf(answer)));
    for (const answer of this.ahead) fetchAhead(answer.images.slice(0, MOST_PAGES));
    if (here) return;
    if (this.ahead.length) {
      this._advance();
      this.told.shown();
      this.wanted = true;
    } else if (this.passed.size) {
      // What was passed over comes again at the end.
      this.passed.clear();
      this.wanted = true;
    } else if (!this.empty) {
      this.empty = true;
      this.told.shown();
    }
  }

  _giveBack() {
    const body = { holder: this.holder, reviewer: this.reviewer || null, n: 0 };
    ask("POST", `/exams/${this.exam}/desk/answers`, body, { keepalive: true }).catch(() => undefined);
  }
}

/** One for each tab; the same after a reload. */
function sessionHolder() {
  const known = sessionStorage.getItem("secondmark.desk");
  const holder = known ?? `desk-${[...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("")}`;
  sessionStorage.setItem("secondmark.desk", holder);
  return holder;
}
