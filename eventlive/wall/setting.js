/**
 * How a scene sets what it shows: type as large as its room allows, one thing for another calmly.
 *
 * Owns measuring and the exchange of what stands in a scene. Never knows what it sets. A text is
 * never cut: where it is long its type is small, and where a word is too wide it is broken.
 */

import { make } from "./cards.js";

const IN = { duration: 620, delay: 30, easing: "cubic-bezier(.3,.75,.25,1)", fill: "backwards" };
const OUT = { duration: 260, easing: "ease-out", fill: "forwards" };
const FINER = 1.03; // from one size of type to the next
const SMALLEST = 3; // px: nobody reads it, but nothing is cut
const BREAK = 0.62; // of the size with its words broken: below this, whole words are not worth it
const LINE = 34; // em that a line of a long text may be wide

/** stage -> {key, body}: what stands in it. */
const standing = new WeakMap();
const leaving = new WeakMap(); // body that fades -> ids of its cards

/** Make one that holds others; what is null or "" is left out. */
export function group(tag, className, ...parts) {
  const element = make(tag, className);
  element.append(...parts.filter((part) => part !== null && part !== ""));
  return element;
}

/** Make a text of which nobody said the direction, in its language where that is known. */
export function told(tag, className, text, language = "") {
  const element = make(tag, className, text);
  element.dir = "auto";
  element.lang = language;
  return element;
}

const sameKey = (one, other) => one.length === other.length && one.every((part, at) => Object.is(part, other[at]));

/**
 * Have a body stand in a stage; where nothing of `key` has changed, leave the one that stands.
 *
 * `fill(body)` gets the new one, in the page and empty, and sets it. The one before fades, if all
 * of its cards are still on the wall; otherwise it is gone at once. Gives the body that stands.
 */
export function stand(stage, { cards, calm, look, stage: { width, height, least } }, key, fill) {
  const known = new Set(cards.map(({ id }) => id));
  for (const body of stage.querySelectorAll(":scope > .leaving")) {
    if (!calm || !leaving.get(body)?.every((id) => known.has(id))) body.remove();
  }
  const was = standing.get(stage);
  const now = [...key, width, height, least, look];
  if (was?.body.parentNode === stage && sameKey(was.key, now)) return was.body;
  const sized = was && was.key.at(-4) === width && was.key.at(-3) === height;
  const body = make("div", "body");
  stage.style.setProperty("--least", `${least}px`);
  stage.append(body);
  fill(body);
  standing.set(stage, { key: now, body });
  const move = calm && Boolean(sized);
  if (was) leave(was.body, move, known);
  if (move) enter(body);
  return body;
}

/** Take everything out of a stage. */
export function empty(stage) {
  standing.delete(stage);
  stage.replaceChildren();
}

function enter(body) {
  for (const part of body.querySelectorAll(".enters")) {
    part.animate([{ opacity: 0, transform: "translateY(1.4rem)" }, { opacity: 1, transform: "none" }], IN);
  }
}

function leave(body, calm, known) {
  const ids = [...body.querySelectorAll("[data-id]")].map(({ dataset }) => dataset.id);
  if (!calm || !ids.every((id) => known.has(id))) return body.remove();
  body.classList.add("leaving");
  body.setAttribute("aria-hidden", "true");
  for (const node of body.querySelectorAll("[data-id]")) node.removeAttribute("data-id");
  leaving.set(body, ids);
  body.animate([{ opacity: 1 }, { opacity: 0 }], OUT);
  setTimeout(() => body.remove(), OUT.duration);
}

// --- type ---------------------------------------------------------------------------------------

/**
 * The largest of a geometric row of sizes for which `fine(size)` holds; the smallest if none.
 *
 * Looked for near `guess()` first, which is asked where the largest of all is not fine.
 */
export function largest(most, fine, guess = () => 0) {
  const steps = (size) => Math.max(0, Math.floor(Math.log(most / size) / Math.log(FINER)));
  let [low, high] = [0, steps(SMALLEST)];
  const size = (step) => most / FINER ** step;
  if (fine(size(0))) return size(0);
  let next = steps(Math.max(SMALLEST, guess()));
  for (let stride = 1; high - low > 1; stride *= 2) {
    const step = next > low && next < high ? next : (low + high) >> 1;
    if (fine(size(step))) [high, next] = [step, step - stride];
    else [low, next] = [step, step + stride];
  }
  return size(high);
}

/**
 * Set a text as large as its box allows, `most` px at most, and all of it; gives the size in px.
 *
 * The box is the text's parent: its size must not depend on the text. Words stay whole where that
 * does not cost much. A long text in a wide box is set in columns.
 */
export function fit(text, most, { columns = 1, width = text.parentNode.clientWidth, height = text.parentNode.clientHeight } = {}) {
  const set = (size) => {
    text.style.fontSize = `${size}px`;
    if (columns > 1) text.style.columnCount = Math.max(1, Math.min(columns, Math.round(width / (size * LINE))));
  };
  const fine = (size) => {
    set(size);
    return text.offsetHeight <= height + 0.5 && text.scrollWidth <= Math.max(text.clientWidth, 1) && text.offsetWidth <= width + 0.5;
  };
  // Balancing makes no line more and no line less, but each measuring many times as long.
  text.style.textWrap = "wrap";
  text.classList.add("wholly");
  const area = () => most * Math.sqrt(height / Math.max(height, text.offsetHeight)); // it grows with the square
  const whole = largest(most, fine, area);
  text.classList.remove("wholly");
  let size = whole;
  if (whole <= most * BREAK && fine(whole / BREAK)) size = largest(most, fine, area);
  else text.classList.add("wholly");
  set(size);
  text.style.textWrap = "";
  return size;
}

/** The sizes that a scene reckons with: its body's own, and its unit, in px. */
export function room(body) {
  const { clientWidth: width, clientHeight: height } = body;
  const probe = body.appendChild(make("i", "unit"));
  const unit = probe.getBoundingClientRect().width / 10;
  probe.remove();
  return { width, height, unit };
}
