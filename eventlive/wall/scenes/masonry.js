/**
 * The masonry: cards in columns, the newest first, each as large as its length allows.
 *
 * Owns the size of their type, their places and their ways there. Knows nothing of the engine or of
 * what was shown yesterday; a text is never cut.
 */

import { make, nodeOf, showEntire } from "../cards.js";

const CALM = { duration: 650, easing: "cubic-bezier(.3,.75,.25,1)" };
const MOVED_ON = 260; // ms in which an old card makes room
const TAKEN_OFF = 120; // ms in which the empty place of a dropped one fades
const MOST_GHOSTS = 8;
const WIDTH = 38; // rem that a column should have, about

/** Size of the words in rem, and how much of a column a card so set may fill by itself. */
const SIZES = [[3, 0.3], [2.75, 0.34], [2.5, 0.43], [2.3, 0.55], [2.1, 0.7], [1.9, 0.85], [1.75, 1]];
const SMALLEST = SIZES.at(-1)[0];
const PICTURES = [1, 0.8, 0.62]; // height of the pictures beside their usual one
const GAP = 1.6; // rem
const STRETCH = 2.6; // rem that a card may grow so that its column ends where the others do
const WHOLE_WALL = 2.4; // rem: the words of a post that needs all columns, at most

let list = null; // the cards that stand
let bench = null; // where they are measured before

const shown = new Map(); // id -> what stands in the list: {card, node, step, column, x, y, height}
const settings = new WeakMap(); // card -> how it is set: {stage, ways, step, measures}
const made = new Map(); // card -> its node while it is measured; the room sees it once it stands
const ghosts = new Map(); // nodes of cards that are leaving -> the card's id

// --- its size ---------------------------------------------------------------------------------------

function measureStage({ rem, least, look }) {
  const { clientWidth: width, clientHeight: height } = list;
  const smallest = Math.max(SMALLEST, least / rem); // where the last row is far away, less stands
  const columns = Math.max(1, Math.round(width / (WIDTH * rem * Math.max(1, smallest / SIZES[0][0]))));
  const gap = GAP * rem;
  const column = (width - gap * (columns - 1)) / columns;
  return { width, height, columns, gap, column, smallest, stretch: STRETCH * rem, key: `${rem} ${width} ${height} ${least} ${look}` };
}

/**
 * The ways to set a card, the largest first: none in type that the last row cannot read, until the
 * last ones, which take the whole wall, as small as need be.
 */
function waysOf(card, smallest) {
  const legible = SIZES.filter(([size]) => size > smallest);
  const sizes = card.text.trim() || card.warning || card.answer.trim() ? [...legible, [smallest, 1]] : [[smallest, 1]];
  const ways = (card.media.length ? PICTURES : [1]).flatMap((media) =>
    sizes.map(([size, share]) => ({ size, share, media, spread: false })));
  for (let size = Math.max(WHOLE_WALL, smallest); size > 0.3; size *= 0.94) ways.push({ size, share: 1, media: 0.5, spread: true });
  return ways;
}

function dress(node, { size, media, spread }, stage) {
  node.classList.toggle("spread", spread);
  node.classList.toggle("whole", size > stage.smallest && !spread);
  node.style.width = `${spread ? stage.width : stage.column}px`;
  node.style.setProperty("--size", `${size}rem`);
  node.style.setProperty("--media", media);
}

/** A node to measure: never one that stands, which the room would see change. */
function nodeFor(card, said) {
  if (!made.has(card)) made.set(card, nodeOf(card, said));
  return made.get(card);
}

/** How high the card is when set so, its pictures too; `height` is Infinity where a word is too wide. */
function measure(setting, step, stage, nodeOn) {
  if (setting.measures[step]) return setting.measures[step];
  const node = nodeOn();
  if (node.parentNode !== bench) bench.append(node);
  dress(node, setting.ways[step], stage);
  const wide = [...node.querySelectorAll(".words")].some((words) => words.scrollWidth > words.clientWidth);
  const height = wide ? Infinity : Math.ceil(node.getBoundingClientRect().height);
  return (setting.measures[step] = { height, pictures: node.querySelector(".media")?.offsetHeight ?? 0 });
}

/** How a card is set on this stage: as large as its length allows, and all of it. */
function settingOf(card, stage, node) {
  const known = settings.get(card);
  if (known?.stage === stage.key) return known;
  const setting = { stage: stage.key, ways: waysOf(card, stage.smallest), step: 0, measures: [] };
  const fine = (way, step) => {
    const { height, pictures } = measure(setting, step, stage, node);
    return height <= Math.min(stage.height, stage.height * way.share + pictures);
  };
  const step = setting.ways.findIndex(fine);
  setting.step = step < 0 ? setting.ways.length - 1 : step;
  settings.set(card, setting);
  return setting;
}

/** A smaller way to set a card, for the room that is left; -1 where there is none. */
function smaller(setting, room, stage, node) {
  return setting.ways.findIndex((way, step) =>
    step > setting.step && !way.spread && measure(setting, step, stage, node).height <= room);
}

// --- its place --------------------------------------------------------------------------------------

/**
 * Each card in the first column that has room for it, or smaller in what room is left; null where
 * one of them finds none. What is measured is never what the room sees.
 *
 * A card made smaller stays so, once it `stays`: words that grew and shrank with their neighbours
 * would never be calm.
 */
function place(cards, stage, said, stays = true) {
  const filled = Array(stage.columns).fill(0);
  const columns = filled.map(() => []);
  for (const card of cards) {
    const node = () => nodeFor(card, said);
    const setting = settingOf(card, stage, node);
    let { step } = setting;
    const { spread } = setting.ways[step];
    const rooms = filled.map((used) => stage.height - used);
    const { height } = setting.measures[step];
    let column = rooms.findIndex((room) => height <= room);
    if (spread) {
      if (cards.length > 1) return null;
      column = 0;
    } else if (column < 0) {
      column = rooms.indexOf(Math.max(...rooms));
      step = smaller(setting, rooms[column], stage, node);
      if (step < 0) return null;
    }
    if (stays) setting.step = step;
    columns[column].push({ card, step, column, height: setting.measures[step].height });
    filled[column] += setting.measures[step].height + stage.gap;
  }
  return columns.flatMap((spots, column) => align(spots, column, stage));
}

/** Spread what is left of a column over its cards and gaps; where that is much, leave it below. */
function align(spots, column, stage) {
  const gaps = spots.length - 1;
  const left = stage.height - spots.reduce((sum, { height }) => sum + height, gaps * stage.gap);
  const flush = left <= spots.length * stage.stretch + gaps * stage.gap;
  const stretch = flush ? Math.min(left / spots.length, stage.stretch) : 0;
  const gap = stage.gap + (flush && gaps ? (left - stretch * spots.length) / gaps : 0);
  let y = 0;
  return spots.map((spot) => {
    const placed = { ...spot, x: column * (stage.column + stage.gap), y, height: spot.height + stretch };
    y += placed.height + gap;
    return placed;
  });
}

/**
 * Bring the scene to the cards whose turn it is, the first of them in the first place.
 *
 * What stays keeps its node. A card that leaves and is still on the wall fades; one that was taken
 * off is an empty shape at once.
 */
export function draw(section, context) {
  const { turns, scene, now, calm } = context;
  furnish(section);
  const stage = measureStage(context.stage);
  const house = scene.title || scene.hashtag;
  const said = { now, house };
  const cards = turns.stand(context.cards, scene.cards, now, (some) => place(some, stage, said, false));
  if (!cards.length) return null;
  const filled = layOut(place(cards, stage, said) ?? [], stage, said, context);
  for (const name of list.querySelectorAll(".house")) if (name.textContent !== house) name.textContent = house;
  return { shown: cards.map(({ id }) => id), again: turns.again, sparse: filled < 0.5 };
}

/** Take every card off the page, now. */
export function clear(section) {
  section.replaceChildren();
  shown.clear();
  ghosts.clear();
  list = bench = null;
}

/** End every farewell now. */
export function settle() {
  for (const ghost of ghosts.keys()) bury(ghost);
}

function furnish(section) {
  if (list?.parentNode === section) return;
  section.dataset.frameAround = "";
  list = make("div", "cards");
  list.id = "cards";
  list.setAttribute("aria-live", "polite");
  list.setAttribute("aria-relevant", "additions");
  list.setAttribute("aria-label", "Posts");
  bench = make("div", "cards measure");
  bench.id = "measure";
  bench.setAttribute("aria-hidden", "true");
  section.replaceChildren(list, bench);
}

/** Put these into their places; gives how much of the stage is filled, 0 to 1. */
function layOut(spots, stage, said, { calm, cards }) {
  const origin = list.getBoundingClientRect();
  const known = new Set(cards.map(({ id }) => id));
  for (const [ghost, id] of ghosts) if (!known.has(id)) ghost.replaceChildren(); // taken off while it left
  const before = new Map();
  for (const [id, spot] of shown) {
    const { left, top } = spot.node.getBoundingClientRect();
    const { opacity } = getComputedStyle(spot.node); // where it is now, which may be on its way
    before.set(id, { ...spot, x: left - origin.left, y: top - origin.top, opacity: Number(opacity) });
  }
  shown.clear();
  for (const spot of spots) {
    const was = before.get(spot.card.id);
    spot.node = was?.card === spot.card ? was.node : nodeFor(spot.card, said);
    dress(spot.node, settings.get(spot.card).ways[spot.step], stage);
    shown.set(spot.card.id, spot);
  }
  for (const [id, was] of before) {
    if (!shown.has(id)) leave(id, was, calm, known.has(id));
    else if (shown.get(id).node !== was.node) was.node.remove();
  }
  const newest = Math.max(...spots.map(({ card }) => card.order));
  const top = (x) => Math.min(0, ...[...before.values()].filter((was) => Math.abs(was.x - x) <= 1).map((was) => was.y));
  let next = list.firstElementChild;
  for (const spot of spots) {
    const { card, node, x, y, height } = spot;
    while (ghosts.has(next)) next = next.nextElementSibling;
    if (node === next) next = next.nextElementSibling;
    else list.insertBefore(node, next);
    node.toggleAttribute("data-newest", card.order === newest);
    node.style.height = `${height}px`;
    node.querySelectorAll('[data-count="1"] > .tile').forEach(showEntire);
    node.style.transform = `translate(${x}px, ${y}px)`;
    for (const animation of node.getAnimations()) animation.cancel();
    if (calm) move(spot, before.get(card.id), top(x));
  }
  bench.replaceChildren();
  made.clear();
  const used = spots.reduce((sum, { node, height }) => sum + node.offsetWidth * height, 0);
  return used / (stage.width * stage.height);
}

// --- its way ------------------------------------------------------------------------------------------

/** Glide within a column, cross to another one unseen, come in from above `top`; set anew, appear. */
function move({ node, step, x, y, height }, from, top) {
  const at = (left, over, opacity, offset = null) => ({ transform: `translate(${left}px, ${over}px)`, opacity, offset });
  const end = at(x, y, 1);
  if (!from || from.step !== step) {
    node.animate([at(x, !from && y === 0 ? top - height : y - height / 8, 0), end], CALM);
  } else if (Math.abs(from.x - x) > 1) {
    const unseen = [at(from.x, from.y, 0, 0.28), at(x, y - height / 8, 0, 0.28)];
    node.animate([at(from.x, from.y, from.opacity), ...unseen, end], CALM);
  } else {
    if (from.y !== y || from.opacity < 1) node.animate([at(x, from.y, from.opacity), end], CALM);
    if (from.height !== height) {
      const foot = [at(0, from.height - height, 1), at(0, 0, 1)];
      for (const part of node.querySelectorAll(".by, .answer")) part.animate(foot, CALM);
    }
  }
}

/** Let a card go: fading while the others move, or, taken off, as an empty shape for a blink. */
function leave(id, { node, x, y, opacity }, calm, known) {
  if (!calm) return node.remove();
  for (const animation of node.getAnimations()) animation.cancel();
  if (!known) node.replaceChildren();
  const duration = known ? MOVED_ON : TAKEN_OFF;
  node.className = known ? "card ghost" : "ghost";
  node.removeAttribute("data-id");
  node.removeAttribute("data-newest");
  node.setAttribute("aria-hidden", "true");
  node.style.transform = `translate(${x}px, ${y}px)`;
  node.animate([{ opacity }, { opacity: 0 }], { duration, fill: "forwards" });
  ghosts.set(node, id);
  setTimeout(bury, duration, node);
  if (ghosts.size > MOST_GHOSTS) bury(ghosts.keys().next().value);
}

function bury(ghost) {
  ghosts.delete(ghost);
  ghost.remove();
}
