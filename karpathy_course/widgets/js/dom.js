// Making elements. Every element that can have the focus is marked so that JupyterLab's single-key
// shortcuts (`d d` deletes a cell) do not act on it, and plain keys do not leave the widget.
const SVG = "http://www.w3.org/2000/svg";

export function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  if (attributes.tabindex !== undefined || ["button", "input", "select"].includes(element.localName)) {
    element.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// The frame that all widgets have; kind names its class and, as a test id, the widget.
export function widget(root, kind, id, ...children) {
  const frame = make("div", { class: `lm-widget lm-${kind}`, "data-testid": id, "data-lm-suppress-shortcuts": "true" });
  frame.append(...children.filter((child) => child !== null));
  frame.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
  });
  root.append(frame);
  return frame;
}

export const row = (name, ...children) => make("div", { class: name }, ...children);

// The line that says in words what the picture shows; tests and screen readers read the same one.
export const textLine = () => make("p", { class: "lm-line", "aria-live": "polite", "data-testid": "text-line" });

// entries: [class, text] of each mark.
export function legend(...entries) {
  const keys = entries.map(([name, text]) => make("span", { class: `lm-key lm-key-${name}` }, text));
  return make("div", { class: "lm-legend", "aria-hidden": "true" }, ...keys);
}

export function button(id, label, act, attributes = {}) {
  const given = { type: "button", class: "lm-button lm-wide", "data-testid": id, onclick: act, ...attributes };
  return make("button", given, label);
}

export function checkbox(id, label, act) {
  const box = make("input", { type: "checkbox", "data-testid": id, onchange: () => act(box.checked) });
  return { box, label: make("label", { class: "lm-own" }, box, ` ${label}`) };
}

export const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
