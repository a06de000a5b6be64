/**
 * The test picture: what a technician wants to know of a screen before the doors open.
 *
 * Owns safe areas, shapes, ramps, and what the page knows of itself. Its words are the page's own,
 * but for the name of the screen and the title.
 */

import { clock } from "../clock.js";
import { make } from "../cards.js";
import { line } from "../line.js";
import { picture } from "../picture.js";

const TICK = 250; // ms
const SVG = "http://www.w3.org/2000/svg";
const BARS = ["#ffffff", "#ffff00", "#00ffff", "#00ff00", "#ff00ff", "#ff0000", "#0000ff"];
const GREYS = 11;

export function draw(stage, context) {
  const { screen, scene, now, stage: { least } } = context;
  const { width, height } = stage.getBoundingClientRect();
  const key = `${width} ${height}`;
  if (stage.dataset.of !== key) {
    stage.dataset.of = key;
    stage.replaceChildren(linesOf(width, height), bars(), make("dl", "facts"), hand());
  }
  const size = [innerWidth, innerHeight].map((side) => Math.round(side * devicePixelRatio)).join(" × ");
  const ms = (time) => (Number.isNaN(time) ? "unknown" : `${Math.round(time)} ms`);
  tell(stage.querySelector(".facts"), [
    ["Screen", [screen.title, screen.id].filter(Boolean).join(" · ")],
    ["Event", scene.title || scene.hashtag],
    ["Resolution", `${size} px, ratio ${Number(devicePixelRatio.toFixed(2))}, page ${innerWidth} × ${innerHeight}`],
    ["Smallest type", least ? `${Math.round(least)} px, for ${screen.distance} m` : "no distance said"],
    ["Fonts", `${fontOf("--display")} · ${fontOf("--text")}`],
    ["Page", line.version || "unknown"],
    ["Clock", `${new Date(now).toISOString().slice(11, 19)} UTC, own clock off by ${ms(-clock.offset)}`],
    ["Round trip", ms(clock.round)],
    ["Last change", `${picture.seq}${context.fresh ? "" : ", the engine is away"}`],
    ["Kept for a reload", kept()],
  ]);
  const turn = (now / 60_000) % 1;
  stage.querySelector(".hand i").style.transform = `rotate(${turn * 360}deg)`;
  stage.querySelector(".hand b").textContent = String(Math.floor(now / 1_000) % 60).padStart(2, "0");
  return { shown: [], again: TICK - (now % TICK) };
}

export function clear(stage) {
  stage.replaceChildren();
}

/** What of the page is there again after a power cut without the engine. */
function kept() {
  if (!isSecureContext) return "the picture, not the page: no secure context";
  return navigator.serviceWorker?.controller ? "the picture and the page" : "the picture, not the page";
}

function tell(list, facts) {
  const rows = facts.map(([name, value]) => `${name}\n${value}`);
  if (list.dataset.rows === rows.join("\n")) return;
  list.dataset.rows = rows.join("\n");
  list.replaceChildren(...facts.flatMap(([name, value]) => {
    const said = make("dd", "", value);
    said.dir = "auto";
    return [make("dt", "", name), said];
  }));
}

/** The first font of a row that is on this machine, or came with the theme. */
function fontOf(property) {
  const row = getComputedStyle(document.documentElement).getPropertyValue(property);
  const names = row.split(",").map((name) => name.trim().replace(/^["']|["']$/g, ""));
  return names.find((name) => isThere(name)) ?? "another";
}

const brush = document.createElement("canvas").getContext("2d");
const widthIn = (font) => {
  brush.font = `72px ${font}`;
  return brush.measureText("mmmmmmmmmmlli10").width;
};

/** Whether text in a font is another width than without it, whatever stands in for it. */
function isThere(name) {
  return ["monospace", "serif"].some((other) => widthIn(`"${name}", ${other}`) !== widthIn(other));
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** Safe areas at 5 and 10 %, corners, a cross, and circles that are round on a right screen. */
function linesOf(width, height) {
  const svg = shape("svg", { class: "lines", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  const side = Math.min(width, height);
  for (const share of [0.05, 0.1]) {
    svg.append(shape("rect", { x: width * share, y: height * share, width: width * (1 - 2 * share), height: height * (1 - 2 * share), class: "safe" }));
    const mark = shape("text", { x: width * share + side * 0.01, y: height * share + side * 0.028, "font-size": side * 0.022 });
    mark.textContent = `${share * 100} %`;
    svg.append(mark);
  }
  svg.append(shape("path", { class: "edge", d: `M1 1H${width - 1}V${height - 1}H1Z` }));
  svg.append(shape("path", { class: "cross", d: `M${width / 2} 0V${height}M0 ${height / 2}H${width}` }));
  svg.append(shape("circle", { class: "round", cx: width / 2, cy: height / 2, r: side * 0.45 }));
  const radius = side * 0.08;
  for (const x of [radius, width - radius]) {
    for (const y of [radius, height - radius]) svg.append(shape("circle", { class: "round", cx: x, cy: y, r: radius }));
  }
  const corner = side * 0.05;
  const corners = [[0, 0, 1, 1], [width, 0, -1, 1], [0, height, 1, -1], [width, height, -1, -1]];
  for (const [x, y, right, down] of corners) {
    svg.append(shape("path", { class: "corner-mark", d: `M${x + right * corner} ${y}H${x}V${y + down * corner}` }));
  }
  return svg;
}

function bars() {
  const block = make("div", "ramps");
  const [colours, greys] = [make("div", "bars"), make("div", "bars")];
  const bar = (colour) => {
    const one = make("i");
    one.style.background = colour;
    return one;
  };
  colours.append(...BARS.map(bar));
  greys.append(...Array.from({ length: GREYS }, (_, at) => bar(`rgb(${Array(3).fill(Math.round((255 * at) / (GREYS - 1))).join(" ")})`)));
  block.append(colours, greys);
  return block;
}

function hand() {
  const dial = make("div", "hand");
  dial.append(make("i"), make("b"));
  return dial;
}
