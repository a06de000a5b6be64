/**
 * The wall's cards: how one is built, set, placed and moved.
 *
 * Owns what stands in the list of cards and the size of its type. Knows nothing of the engine, the
 * scene or what was shown yesterday. Foreign text becomes text nodes, foreign addresses are loaded
 * only where they are the engine's own, and a text is never cut.
 */

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
const UNCROPPED = 0.7; // of a picture, at least, where it is cropped
const WHOLE_WALL = 2.4; // rem: the words of a post that needs all columns, at most

/** Each network's name and a sign of ours for it: a horizon, three that are linked, a word said. */
const NETWORKS = new Map(Object.entries({
  bluesky: ["Bluesky", "M2 17h20M6 17a6 6 0 0 1 12 0M12 4v3M3.5 8.5l2 1.6M20.5 8.5l-2 1.6"],
  mastodon: ["Mastodon", "M11 8 7 15.5M13 8l4 7.5M8.5 18h7M12 3.5a2.2 2.2 0 1 0 .01 0M5.7 15.8a2.2 2.2 0 1 0 .01 0M18.3 15.8a2.2 2.2 0 1 0 .01 0"],
  x: ["X", "M4 4.5h16v11.5H11l-5 4.5V16H4z"],
}));
const OTHER = "M12 4a8 8 0 1 0 .01 0";
const FILM = "M7 4v16l13-8z";

const list = document.getElementById("cards");
const bench = document.getElementById("measure");

const shown = new Map(); // id -> what stands in the list: {card, node, step, column, x, y, height}
const settings = new WeakMap(); // card -> how it is set: {stage, ways, step, measures}
const ghosts = new Set(); // nodes of cards that are leaving
const failed = new WeakMap(); // tile whose picture did not come -> how to make it again

// --- one card -------------------------------------------------------------------------------------

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function drawing(className, path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", className);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.appendChild(document.createElementNS(svg.namespaceURI, "path")).setAttribute("d", path);
  return svg;
}

/** Put a text into a block, its links, tags and mentions marked. */
function tell(block, text) {
  const tidy = text.trim().replace(/\n\s*\n\s*/g, "\n\n");
  for (const part of tidy.split(/(https?:\/\/\S+|[#＃@][\p{L}\p{M}\p{N}_]+)/u)) {
    const kind = /^https?:/.test(part) ? "link" : /^[#＃]./u.test(part) ? "tag" : /^@./u.test(part) ? "mention" : "";
    block.append(kind ? make("span", kind, part) : part);
  }
  return block;
}

/** The post's own words. A warning of its author covers them: nobody in the room can click it away. */
function wordsOf(card) {
  const block = make("p", "words");
  block.dir = "auto";
  if (card.language) block.lang = card.language;
  if (card.warning) {
    block.classList.add("cover");
    block.append(make("b", "", "Content warning"), card.warning);
    return block;
  }
  return tell(block, card.text);
}

/**
 * The house's answer, in its own name. Its words decide the direction of all of it: what stands in
 * a bdi has no say in that.
 */
function answerOf(card, house) {
  const block = make("section", "answer");
  block.dir = "auto";
  block.lang = ""; // not known: better no hyphens than another language's
  block.append(make("bdi", "house", house), tell(make("p", "words"), card.answer));
  return block;
}

/** The address of a picture that the engine itself serves, or "". */
function ownAddress(url) {
  try {
    const address = new URL(url, location.origin);
    return url.startsWith("/") && address.origin === location.origin ? address.href : "";
  } catch {
    return "";
  }
}

function tileOf(one, covered, alone) {
  const { url, kind, alt } = one;
  const tile = make("div", "tile");
  const cover = (text) => {
    const words = make("p", "", text);
    words.dir = "auto";
    tile.classList.add("covered");
    tile.replaceChildren(words);
  };
  const address = ownAddress(url);
  if (covered) cover("Sensitive picture, covered");
  else if (!address) cover(alt || "Picture not available");
  else {
    const image = make("img");
    image.alt = alt;
    image.decoding = "async";
    image.addEventListener("error", () => {
      cover(alt || "Picture not available");
      failed.set(tile, () => tileOf(one, covered, alone));
    });
    if (alone) image.addEventListener("load", () => showEntire(tile));
    image.src = address;
    tile.append(image);
    if (kind !== "image") tile.append(drawing("film", FILM));
  }
  return tile;
}

/** A picture that stands alone is cropped only where it loses little; a map or a portrait is not. */
function showEntire(tile) {
  const { naturalWidth: width, naturalHeight: height } = tile.querySelector("img") ?? {};
  if (!width || !tile.clientWidth) return;
  const shape = (width / height) * (tile.clientHeight / tile.clientWidth);
  tile.classList.toggle("entire", Math.min(shape, 1 / shape) < UNCROPPED);
}

function signatureOf(card, now) {
  const [network, glyph] = NETWORKS.get(card.network) ?? [card.network, OTHER];
  const name = make("bdi", "name", card.name || card.handle);
  const from = make("bdi", "from", card.handle && `@${card.handle}`);
  name.dir = from.dir = "auto";
  const who = make("div");
  who.append(name, from);
  const label = make("span", "network");
  label.append(drawing("glyph", glyph), network);
  const when = make("time", "when");
  if (card.at) when.dateTime = card.at;
  tellAge(when, now);
  const where = make("div", "where");
  where.append(label, when);
  const signature = make("footer", "by");
  signature.append(who, where);
  return signature;
}

function nodeOf(card, { now, house }) {
  const node = make("article", "card");
  node.dataset.id = card.id;
  node.dataset.version = card.version;
  if (card.text.trim() || card.warning || !card.media.length) node.append(wordsOf(card));
  if (card.media.length) {
    const media = make("div", "media");
    media.dataset.count = card.media.length;
    media.append(...card.media.map((one) => tileOf(one, card.sensitive || card.warning, card.media.length === 1)));
    node.append(media);
  }
  node.append(signatureOf(card, now));
  if (card.answer.trim()) node.append(answerOf(card, house));
  return node;
}

function tellAge(time, now) {
  const age = Math.floor((now - Date.parse(time.dateTime)) / 1_000);
  const [amount, unit] =
    age < 60 ? [age, "s"] : age < 3_600 ? [age / 60, "min"] : age < 86_400 ? [age / 3_600, "h"] : [age / 86_400, "d"];
  const text = Number.isNaN(age) ? "" : age < 5 ? "now" : `${Math.floor(amount)} ${unit}`;
  if (time.textContent !== text) time.textContent = text;
}

// --- its size ---------------------------------------------------------------------------------------

function measureStage() {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const { clientWidth: width, clientHeight: height } = list;
  const columns = Math.max(1, Math.round(width / (WIDTH * rem)));
  const gap = GAP * rem;
  const column = (width - gap * (columns - 1)) / columns;
  return { width, height, columns, gap, column, stretch: STRETCH * rem, key: `${rem} ${width} ${height}` };
}

/** The ways to set a card, the largest first; the last ones take the whole wall, as small as need be. */
function waysOf(card) {
  const sizes = card.text.trim() || card.warning || card.answer.trim() ? SIZES : [[SMALLEST, 1]];
  const ways = (card.media.length ? PICTURES : [1]).flatMap((media) =>
    sizes.map(([size, share]) => ({ size, share, media, spread: false })));
  for (let size = WHOLE_WALL; size > 0.3; size *= 0.94) ways.push({ size, share: 1, media: 0.5, spread: true });
  return ways;
}

function dress(node, { size, media, spread }, stage) {
  node.classList.toggle("spread", spread);
  node.classList.toggle("whole", size > SMALLEST && !spread);
  node.style.width = `${spread ? stage.width : stage.column}px`;
  node.style.setProperty("--size", `${size}rem`);
  node.style.setProperty("--media", media);
}

/** How high the card is when set so, its pictures too; `height` is Infinity where a word is too wide. */
function measure(setting, step, stage, nodeFor) {
  if (setting.measures[step]) return setting.measures[step];
  const node = nodeFor();
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
  const setting = { stage: stage.key, ways: waysOf(card), step: 0, measures: [] };
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
 * Each card in the first column that has room for it, or smaller in what room is left, or not at all.
 *
 * A card made smaller stays so: words that grew and shrank with their neighbours would never be calm.
 */
function place(cards, stage, said) {
  const filled = Array(stage.columns).fill(0);
  const columns = filled.map(() => []);
  for (const card of cards) {
    const stands = shown.get(card.id);
    const standing = stands?.card === card ? stands.node : null;
    let made = null; // what is measured is never what the room sees
    const node = () => (made ??= nodeOf(card, said));
    const setting = settingOf(card, stage, node);
    const { spread } = setting.ways[setting.step];
    const rooms = filled.map((used) => stage.height - used);
    const { height } = setting.measures[setting.step];
    let column = rooms.findIndex((room) => height <= room);
    if (spread) {
      if (columns.some((spots) => spots.length)) continue;
      column = 0;
    } else if (column < 0) {
      column = rooms.indexOf(Math.max(...rooms));
      const step = smaller(setting, rooms[column], stage, node);
      if (step < 0) continue;
      setting.step = step;
    }
    const { step, ways, measures } = setting;
    const placed = standing ?? node();
    dress(placed, ways[step], stage);
    columns[column].push({ card, node: placed, step, column, height: measures[step].height });
    filled[column] += measures[step].height + stage.gap;
    if (spread) break;
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
 * Bring the list to these cards, the first of them in the first place.
 *
 * What stays keeps its node. `calm` moves things to their places; without it they are there at once.
 * `known` says whether a card that finds no place is still on the wall or was taken off; `house` is
 * the name under which the house answers. Gives how much of the stage is filled, 0 to 1.
 */
export function layOut(cards, { calm, now, house, known }) {
  const origin = list.getBoundingClientRect();
  const before = new Map();
  for (const [id, spot] of shown) {
    const { left, top } = spot.node.getBoundingClientRect();
    const { opacity } = getComputedStyle(spot.node); // where it is now, which may be on its way
    before.set(id, { ...spot, x: left - origin.left, y: top - origin.top, opacity: Number(opacity) });
  }
  const stage = measureStage();
  const spots = place(cards, stage, { now, house });
  shown.clear();
  for (const spot of spots) shown.set(spot.card.id, spot);
  for (const [id, was] of before) {
    if (!shown.has(id)) leave(was, calm, known(id));
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
  for (const name of list.querySelectorAll(".house")) if (name.textContent !== house) name.textContent = house;
  const used = spots.reduce((sum, { node, height }) => sum + node.offsetWidth * height, 0);
  return used / (stage.width * stage.height);
}

/** Take every card off the page, now. */
export function clear() {
  list.replaceChildren();
  shown.clear();
  ghosts.clear();
}

export function tellAges(now) {
  for (const time of list.querySelectorAll(".when")) tellAge(time, now);
}

/** Ask again for pictures that did not come: the engine is back. */
export function mend() {
  for (const tile of list.querySelectorAll(".tile")) {
    const again = failed.get(tile);
    if (again) tile.replaceWith(again());
  }
}

/** End every farewell now. */
export function settle() {
  for (const ghost of ghosts) bury(ghost);
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
function leave({ node, x, y, opacity }, calm, known) {
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
  ghosts.add(node);
  setTimeout(bury, duration, node);
  if (ghosts.size > MOST_GHOSTS) bury(ghosts.values().next().value);
}

function bury(ghost) {
  ghosts.delete(ghost);
  ghost.remove();
}
