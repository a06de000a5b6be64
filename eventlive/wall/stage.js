/**
 * The stage: which scene stands, and how one gives way to another.
 *
 * Owns the sections that scenes draw in, their turns, and the crossfade. Never decides which scene
 * is meant to stand, and never looks into one, but to see that nothing is left that is off the wall.
 */

import { note, warn } from "./errors.js";
import * as carousel from "./scenes/carousel.js";
import * as hold from "./scenes/hold.js";
import * as masonry from "./scenes/masonry.js";
import * as nowNext from "./scenes/now-next.js";
import * as pair from "./scenes/pair.js";
import * as people from "./scenes/people.js";
import * as pictures from "./scenes/pictures.js";
import * as sponsors from "./scenes/sponsors.js";
import * as spotlight from "./scenes/spotlight.js";
import * as statement from "./scenes/statement.js";
import * as test from "./scenes/test.js";
import * as ticker from "./scenes/ticker.js";
import { Turns } from "./turns.js";

const FADE = { duration: 500, easing: "ease-in-out" };

const SCENES = new Map(Object.entries({
  masonry, spotlight, carousel, ticker, pair, "now-next": nowNext, statement, sponsors, pictures, people, hold, test,
}));

const main = document.getElementById("stage");
const rail = document.querySelector(".rail");
const turns = new Map(); // name -> its Turns
const leaving = new Map(); // section that fades -> its name
let current = null; // {name, section}

/** Whether there is a scene of that name. */
export const isScene = (name) => SCENES.has(name);

/**
 * Show the first of these scenes that has something to show; gives its name and what it says.
 *
 * `calm` lets one scene fade into the other. Without it what stood before is gone when this returns.
 */
export function show(names, context, { calm }) {
  if (!calm) settle();
  for (const name of names) {
    const drawn = attempt(name, context, calm);
    if (drawn) return { name, ...drawn };
  }
  empty(context.now); // even then nothing stays that was not meant to
  return { name: "", shown: [], again: Infinity };
}

/** Take everything off the stage, now. */
export function empty(now) {
  settle();
  if (current) end(current, now);
  current = null;
}

/** End every farewell now. */
export function settle() {
  for (const [section, name] of leaving) wipe(name, section);
  leaving.clear();
  for (const animation of rail.getAnimations()) animation.cancel();
  masonry.settle();
}

/** Take out whatever still shows a card that is not on the wall; gives how many there were. */
export function sweep(cards) {
  const left = [...main.querySelectorAll("[data-id]")].filter(({ dataset }) => !cards.has(dataset.id));
  for (const node of left) node.remove();
  return left.length;
}

function attempt(name, context, calm) {
  const stays = current?.name === name;
  if (!stays) {
    for (const [section, other] of leaving) if (other === name) finish(section);
  }
  const section = stays ? current.section : enter(name);
  let drawn = null;
  try {
    drawn = SCENES.get(name).draw(section, { ...context, calm: calm && stays, turns: turnsOf(name), stage: measures(section, context) });
  } catch (error) {
    note(error);
    warn(`the scene ${name} cannot be drawn`, error);
  }
  if (!drawn) {
    end({ name, section }, context.now);
    if (stays) current = null;
    return null;
  }
  if (!stays) exchange({ name, section }, context.now, calm);
  return drawn;
}

function enter(name) {
  const section = document.createElement("section");
  section.className = "scene";
  section.dataset.scene = name;
  main.append(section);
  return section;
}

function exchange(next, now, calm) {
  const before = current;
  current = next;
  if (calm) next.section.animate([{ opacity: 0 }, { opacity: 1 }], FADE);
  const framed = "frameAround" in next.section.dataset;
  if (calm && framed !== Boolean(before && "frameAround" in before.section.dataset)) {
    const seen = { opacity: 1, visibility: "visible" };
    const unseen = { opacity: 0, visibility: "visible" };
    rail.animate(framed ? [unseen, seen] : [seen, unseen], FADE);
  }
  if (!before) return;
  if (!calm) return end(before, now);
  turnsOf(before.name).rest(now);
  before.section.setAttribute("aria-hidden", "true");
  before.section.animate([{ opacity: 1 }, { opacity: 0 }], { ...FADE, fill: "forwards" });
  leaving.set(before.section, before.name);
  setTimeout(finish, FADE.duration, before.section);
}

function finish(section) {
  const name = leaving.get(section);
  if (name && leaving.delete(section)) wipe(name, section);
}

function end({ name, section }, now) {
  turnsOf(name).rest(now);
  wipe(name, section);
}

function wipe(name, section) {
  try {
    SCENES.get(name).clear(section);
  } catch (error) {
    note(error);
  }
  section.remove();
}

function turnsOf(name) {
  if (!turns.has(name)) turns.set(name, new Turns());
  return turns.get(name);
}

function measures(section, { least, look }) {
  return {
    get width() { return section.clientWidth; },
    get height() { return section.clientHeight; },
    rem: parseFloat(getComputedStyle(document.documentElement).fontSize),
    least,
    look,
  };
}
