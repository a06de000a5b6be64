/**
 * Now and next: what is on stage, for how long it still is, and what comes after it.
 *
 * A countdown goes by the engine's clock and only while the engine is heard; without it there are
 * times of the day. What is overdue is to come "any moment": no time here is ever negative. Where
 * there are several tracks each has its place.
 */

import { make } from "../cards.js";
import { empty, fit, group, room, stand, told } from "../setting.js";
import { clockTime, word } from "../words.js";

const SECOND = 1_000;
const HOUR = 3_600;
/** How many tracks stand at once where the smallest type is so many rem; the others take turns. */
const TRACKS = [[1.8, 4], [3.6, 2], [Infinity, 1]];
const LINES = 1.5; // of the smallest type, which a title has room for at least
const TURN = 12 * SECOND;

export function draw(stage, context) {
  const { now, programme, scene } = context;
  const all = tracksOf(programme);
  if (!all.length) return clear(stage);
  const { least, rem } = context.stage;
  const [, most] = TRACKS.find(([size]) => least <= size * rem);
  const pages = Math.ceil(all.length / most);
  const page = Math.floor(now / TURN) % pages;
  const tracks = all.slice(page * most, (page + 1) * most);
  const body = stand(stage, context, [JSON.stringify(tracks), scene.language, scene.zone], (box) => setTracks(box, tracks, context));
  const waits = tellTimes(body.firstChild, tracks, context);
  if (pages > 1) waits.push(TURN - (now % TURN));
  return { shown: [], again: Math.min(...waits) };
}

export function clear(stage) {
  empty(stage);
  return null;
}

/** The parts of each track: what stands large, and what comes after it. */
function tracksOf(programme) {
  const tracks = new Map();
  for (const part of programme?.parts ?? []) tracks.set(part.track, [...(tracks.get(part.track) ?? []), part]);
  return [...tracks].map(([name, [first, ...coming]]) => ({ name, first, coming }));
}

// --- its words --------------------------------------------------------------------------------------

function setTracks(box, tracks, context) {
  const { scene, stage: { least } } = context;
  const node = make("div", "programme enters");
  node.classList.toggle("several", tracks.length > 1);
  for (const { name, first, coming } of tracks) {
    const room = [...new Set([tracks.length > 1 ? "" : name, first.room])].filter(Boolean).join(", ");
    const people = [first.speakers.join(", "), room].filter(Boolean);
    const head = group("header", "label", make("span", "", word(first.running ? "onStage" : "next")), tracks.length > 1 && name ? told("span", "track", name) : null);
    const about = people.length ? group("div", "about", ...people.map((text) => told("p", "", text, scene.language))) : null;
    const left = make("p", "left");
    left.append(make("span"));
    const clock = group("div", "clock", make("p", "how"), left);
    const part = group("section", "part", head, group("div", "saying", told("p", "headline", first.title, scene.language)), about, clock, group("div", "line", make("i")));
    if (coming.length) part.append(group("ol", "coming", ...coming.map((one) => comingOf(one, scene.language))));
    node.append(part);
  }
  box.append(node);
  tellTimes(node, tracks, context);
  const { unit } = room(box);
  const small = Math.max((tracks.length > 1 ? 1.8 : 2.2) * unit, least);
  for (const line of node.querySelectorAll(".about p, .coming p, .track")) fit(line, small, { height: small * 2.6, width: line.parentNode.clientWidth });
  for (const less of [".coming li:nth-child(n + 2)", ".coming", ".about"]) makeRoom(node, less, small * LINES);
  const titles = [...node.querySelectorAll(".headline")];
  for (const title of titles) {
    const { clientWidth, clientHeight } = title.parentNode;
    fit(title, Math.min(Math.max(clientHeight * 0.5, least), clientWidth * 0.14, 9.5 * unit));
    title.parentNode.parentNode.dir = title.matches(":dir(rtl)") ? "rtl" : "ltr";
  }
  const same = Math.min(...titles.map(({ style }) => parseFloat(style.fontSize)));
  for (const title of titles) title.style.fontSize = `${same}px`;
}

/** Leave out what matters less than the titles, in all tracks, where one of these has no room. */
function makeRoom(node, less, needed) {
  const scarce = [...node.querySelectorAll(".saying")].some(({ clientHeight }) => clientHeight < needed);
  if (scarce) for (const part of node.querySelectorAll(less)) part.remove();
}

function comingOf(part, language) {
  const item = make("li");
  item.append(make("time", "at"), group("div", "what", told("p", "name", part.title, language), part.speakers.length ? told("p", "from", part.speakers.join(", "), language) : null));
  return item;
}

// --- its time ---------------------------------------------------------------------------------------

function tellTimes(node, tracks, { fresh, now }) {
  return tracks.map((track, at) => tellTime(node.children[at], track, { fresh, now }));
}

/** Say what time it is for a track; gives ms until that is another. */
function tellTime(node, { first, coming }, said) {
  const [how, left, again] = timeOf(first, said);
  say(node.querySelector(".how"), how);
  sayTime(node.querySelector(".left span"), left);
  const bar = node.querySelector(".line i");
  const [begins, ends] = [first.begins, first.ends].map(Date.parse);
  const done = first.running && said.fresh && ends > begins ? (said.now - begins) / (ends - begins) : 0;
  bar.style.transform = `scaleX(${Math.min(1, Math.max(0, done))})`;
  const waits = coming.map((part, at) => {
    const begin = Date.parse(part.begins);
    const element = node.querySelectorAll(".coming .at")[at];
    if (!element) return Infinity; // there was no room for it
    const overdue = begin <= said.now && said.fresh;
    const time = Number.isNaN(begin) ? word("then") : overdue ? word("anyMoment") : clockTime(begin);
    say(element, part.by === "hand" && !overdue && !Number.isNaN(begin) ? `${word("planned")} ${time}` : time);
    return begin > said.now ? begin - said.now : Infinity;
  });
  return Math.min(again, ...waits);
}

/** How the time of a part is said: the words before it, the time, and ms until it is another. */
function timeOf({ begins, by, ends, running }, { fresh, now }) {
  const moment = Date.parse(running ? ends : begins);
  if (Number.isNaN(moment)) return ["", "", Infinity];
  const left = moment - now;
  const time = clockTime(moment);
  if (!fresh) return [word(running ? "until" : "at"), time, Infinity];
  if (left <= 0) return [word(running ? "ends" : "begins"), word("anyMoment"), Infinity];
  if (by === "hand") return [word(running ? "plannedUntil" : "plannedFor"), time, left];
  return [word(running ? "endsIn" : "beginsIn"), countdown(left), left % SECOND || SECOND];
}

/** A span of time as 4:05 or 1:04:05; it comes to 0:00 at the moment itself, and not before. */
export function countdown(left) {
  const seconds = Math.ceil(left / SECOND);
  const [hours, minutes] = [Math.floor(seconds / HOUR), Math.floor((seconds % HOUR) / 60)];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** Say a time in type that fits its place; while it only counts, its size stays. */
function sayTime(element, text) {
  const other = element.textContent.length !== text.length || /\d/.test(element.textContent) !== /\d/.test(text);
  say(element, text);
  if (other && text) fit(element, element.parentNode.clientHeight / 1.02);
}

function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
