// The field as a table: who runs, at which rate, and how far it is at the step that is shown.
import { make, row } from "../js/dom.js";
import { formatNumber, spoken } from "../js/numbers.js";

const ORDINALS = ["1st", "2nd", "3rd"];
const ordinal = (place) => ORDINALS[place] ?? `${place + 1}th`;

// What is beside the rate that a reader has to know: momentum 0.9.
const remark = (name, { momentum }) => {
  if (!momentum) return "";
  return name === "momentum" ? formatNumber(momentum) : `momentum ${formatNumber(momentum)}`;
};

const rounded = (x, digits) => Number(x.toPrecision(digits));

export class Field {
  // racers: [{name, letter, style, kind}]; rate(name, number): a rate was typed; seen(): another choice is shown.
  constructor(racers, { rate, seen }) {
    this.rows = racers.map((racer) => this.row(racer, rate, seen));
    const heads = ["", "optimiser", "rate", "loss", "outcome"].map((text, k) =>
      make("th", { scope: "col" }, k ? text : make("span", { class: "lm-unseen" }, "shown")),
    );
    this.element = make(
      "table",
      { class: "lm-race-field", "data-testid": "field", "aria-label": "The field" },
      make("thead", {}, make("tr", {}, ...heads)),
      make("tbody", {}, ...this.rows.map(({ element }) => element)),
    );
  }

  row(racer, rate, seen) {
    const { name } = racer;
    const check = { type: "checkbox", checked: true, "data-testid": `shown-${name}`, "aria-label": `Show ${name}` };
    const shown = make("input", { ...check, onchange: seen });
    const typed = () => input.value !== "" && rate(name, input.valueAsNumber);
    const given = {
      type: "number",
      min: 0,
      step: "any",
      class: "lm-field lm-race-rate",
      "data-testid": `rate-${name}`,
    };
    const input = make("input", { ...given, "aria-label": `Rate of ${name}`, onchange: typed });
    const options = make("small");
    const disc = make("span", { class: `lm-race-disc ${racer.style}`, "aria-hidden": "true" }, racer.letter);
    const line = make("span", { class: `lm-race-dash ${racer.style}`, "aria-hidden": "true" });
    const called = row("lm-race-name", disc, make("span", {}, name, line, options));
    const [loss, outcome] = [make("td", { class: "lm-race-loss" }), make("td", { class: "lm-race-outcome" })];
    const cells = [make("td", {}, shown), make("th", { scope: "row" }, called), make("td", {}, input), loss, outcome];
    const element = make("tr", { "data-racer": name }, ...cells);
    return { racer, shown, input, options, loss, outcome, element };
  }

  isSeen(name) {
    return this.rows.find(({ racer }) => racer.name === name).shown.checked;
  }

  // results: {name: {found, what, since, place, stale}}; best: whether theory sets some rates.
  show(results, rates, best) {
    for (const { racer, input, options, element, shown } of this.rows) {
      const { found, what, since, stale } = results[racer.name];
      const set = best && racer.kind === "SGD";
      input.disabled = set;
      if (document.activeElement !== input || set) input.value = set ? rounded(found.options.lr, 4) : rates[racer.name];
      options.textContent = remark(racer.name, found.options);
      element.classList.toggle("lm-hidden-racer", !shown.checked);
      Object.assign(element.dataset, { outcome: what, since, rate: found.options.lr, stale: Boolean(stale) });
    }
  }

  showStep(results, position) {
    for (const { racer, loss, outcome, element } of this.rows) {
      const { found, what, since, place, stale } = results[racer.name];
      const now = found.losses[Math.min(position, found.losses.length - 1)];
      loss.textContent = spoken(formatNumber(rounded(now, 3)));
      element.dataset.loss = now;
      const [over, counts] = [since <= position && what !== "under way", !stale];
      const said = {
        reached: `✓ step ${since}${place === null ? "" : `, ${ordinal(place)}`}`,
        diverged: `✗ diverged, step ${since}`,
        failed: `✗ stopped, step ${since}`,
      }[what];
      outcome.textContent = stale ? "Python’s run" : over ? said : "not there yet";
      element.classList.toggle("lm-first", counts && over && place === 0);
      element.classList.toggle("lm-lost", counts && over && ["diverged", "failed"].includes(what));
    }
  }
}
