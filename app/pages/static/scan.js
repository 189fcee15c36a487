// @ts-check
// The page of the scan: fetched ahead, zoomed, turned, brightened, moved.

import { byId, make } from "./dom.js";

const MOST_KEPT = 60;
const ZOOM_STEP = 1.25;
const LEAST_ZOOM = 0.3;
const MOST_ZOOM = 8;
const ROLES = { student: "page", answer_key: "answer key", grading_rubric: "rubric" };

/** @typedef {{ url: string, role: "student" | "answer_key" | "grading_rubric" }} ScanImage */

/** Images by address, so that the next answer's are there before it is shown. @type {Map<string, HTMLImageElement>} */
const kept = new Map();

/** @param {string} url */
function image(url) {
  let found = kept.get(url);
  if (!found) {
    found = make("img", { draggable: false, decoding: "async", src: url });
    kept.set(url, /** @type {HTMLImageElement} */ (found));
    for (const old of [...kept.keys()].slice(0, Math.max(0, kept.size - MOST_KEPT))) kept.delete(old);
  }
  return /** @type {HTMLImageElement} */ (found);
}

/** Fetches a script's pages before they are wanted. @param {ScanImage[]} images */
export function fetchAhead(images) {
  for (const one of images) image(one.url).decode().catch(() => undefined);
}

export class Scan {
  constructor() {
    this.place = byId("view");
    /** @type {ScanImage[]} */
    this.images = [];
    this.page = 0;
    this.zoom = 1;
    this.turned = 0;
    this.brightness = 1;
    this.script = "";
    this.place.addEventListener("wheel", (/** @type {WheelEvent} */ event) => this._wheel(event), { passive: false });
    this._drag();
  }

  /** @param {ScanImage[]} images @param {string} script @param {number} page from 0 */
  show(images, script, page = 0) {
    this.images = images;
    this.script = script;
    this.page = Math.min(Math.max(page, 0), Math.max(images.length - 1, 0));
    this.turned = 0;
    this._draw();
    this.place.scrollTo(0, 0);
  }

  /** @param {number} by */
  turnPage(by) {
    if (!this.images.length) return;
    this.page = (this.page + by + this.images.length) % this.images.length;
    this._draw();
    this.place.scrollTo(0, 0);
  }

  /** @param {number} factor */
  zoomBy(factor) {
    this.zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, this.zoom * factor));
    this._look();
  }

  larger() { this.zoomBy(ZOOM_STEP); }

  smaller() { this.zoomBy(1 / ZOOM_STEP); }

  rotate() {
    this.turned = (this.turned + 90) % 360;
    this._look();
  }

  /** @param {number} by */
  brighten(by) {
    this.brightness = Math.min(2.5, Math.max(0.4, this.brightness + by));
    this._look();
  }

  reset() {
    [this.zoom, this.turned, this.brightness] = [1, 0, 1];
    this._look();
  }

  /** @param {number} x @param {number} y */
  move(x, y) {
    this.place.scrollBy({ left: x * this.place.clientWidth * 0.4, top: y * this.place.clientHeight * 0.4 });
  }

  _draw() {
    const one = this.images[this.page];
    if (!one) {
      byId("page").textContent = "no scan";
      this.place.replaceChildren(make("p", { class: "quiet" }, "This script has no scan here. Its marks were imported, or its pages were removed."));
      return;
    }
    const found = image(one.url);
    const of = this.images.filter((other) => other.role === one.role);
    const words = `${ROLES[one.role]} ${of.indexOf(one) + 1} of ${of.length}`;
    found.alt = `Scan of ${this.script}, ${words}`;
    found.onload = () => this._look();
    found.onerror = () => this.place.replaceChildren(make("p", { class: "notice bad" }, "The scan cannot be loaded. It may have been deleted, or its server does not answer."));
    byId("page").textContent = words;
    this.place.replaceChildren(found);
    this._look();
  }

  _look() {
    const shown = /** @type {HTMLImageElement | null} */ (this.place.querySelector("img"));
    byId("zoom").textContent = `${Math.round(this.zoom * 100)} %`;
    if (!shown) return;
    const quarter = this.turned % 180 !== 0;
    // At 100 % the page is as wide as its place, whichever way it is turned.
    const ratio = quarter ? shown.naturalWidth / shown.naturalHeight || 1 : 1;
    const percent = (/** @type {number} */ share) => `${Math.round(share * 1e4) / 100}%`;
    shown.style.width = percent(this.zoom * ratio);
    // A turned image keeps its place in the layout: without margins of its new shape a part could not be scrolled to.
    const apart = (this.zoom * (ratio - 1)) / 2;
    shown.style.margin = quarter ? `${percent(apart)} ${percent(Math.max(0, (1 - this.zoom) / 2) - apart)}` : "";
    shown.style.filter = this.brightness === 1 ? "" : `brightness(${this.brightness})`;
    shown.style.transform = this.turned ? `rotate(${this.turned}deg)` : "";
  }

  /** Zooms around the pointer. @param {WheelEvent} event */
  _wheel(event) {
    event.preventDefault();
    if (event.shiftKey) {
      this.place.scrollBy(event.deltaX || event.deltaY, 0);
      return;
    }
    const before = this.zoom;
    const box = this.place.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    this.zoomBy(event.deltaY < 0 ? 1.1 : 1 / 1.1);
    const grown = this.zoom / before;
    this.place.scrollTo((this.place.scrollLeft + x) * grown - x, (this.place.scrollTop + y) * grown - y);
  }

  _drag() {
    /** @type {{ x: number, y: number } | null} */
    let from = null;
    this.place.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      if (event.pointerType === "mouse") from = { x: event.clientX, y: event.clientY };
    });
    addEventListener("pointermove", (event) => {
      if (!from) return;
      this.place.scrollBy(from.x - event.clientX, from.y - event.clientY);
      from = { x: event.clientX, y: event.clientY };
    });
    addEventListener("pointerup", () => { from = null; });
  }
}
