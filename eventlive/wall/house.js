/** The house in its scenes: its mark or its name. */

import { ownAddress } from "./cards.js";
import { fit, group, told } from "./setting.js";

/** The house's logo with its hashtag, or its name where there is no logo. */
export function houseOf({ title, hashtag, logo, language }) {
  const address = logo && ownAddress(logo);
  const name = told("p", "name", title || hashtag, language);
  const node = group("footer", "author house-by", group("div", "who", name));
  if (title && hashtag) node.append(told("p", "network", hashtag));
  if (address) {
    const image = document.createElement("img");
    image.className = "logo";
    image.alt = title || hashtag;
    image.addEventListener("load", () => name.replaceWith(image));
    image.src = address;
  }
  return node;
}

/** Set the name of the house on its line. */
export function setHouse(node, { least, unit }) {
  const most = Math.max(2.1 * unit, least);
  for (const line of node.querySelectorAll(".house-by p")) {
    if (line.textContent) fit(line, most, { height: most * 1.4 });
  }
}
