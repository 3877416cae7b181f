// Bars of numbers: a name, a track with what is filled in, and the number itself.
import { make } from "./dom.js";

// A filled part of a track, from `left` on and `width` wide, both in per cent.
export function filling(name, left, width, attributes = {}) {
  const part = make("span", { class: name, ...attributes });
  part.style.cssText = `left:${left}%;width:${width}%`;
  return part;
}

// exact: the number with all its digits, for whoever compares; below: small print under the number.
export function bar({ id, name, exact, text, below = null, track = "lm-track" }, ...parts) {
  const small = below === null ? null : make("small", {}, below);
  return make(
    "div",
    { class: "lm-bar" },
    make("span", { class: "lm-bar-name" }, name),
    make("span", { class: track }, ...parts),
    make("span", { class: "lm-number", "data-testid": id, "data-exact": String(exact) }, text, small),
  );
}
