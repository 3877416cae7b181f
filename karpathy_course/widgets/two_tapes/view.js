// One function at many inputs: the tape that each run records anew, and the trace that was recorded once.
// Values, places and outcomes come from Python; the page moves between them and says what is seen.
import { button, checkbox, make, row, textLine, widget } from "../js/dom.js";
import { formatNumber, spoken } from "../js/numbers.js";
import { Plot } from "../js/plot.js";
import { Transport } from "../js/transport.js";
import { answersAgainstInput } from "./answers.js";
import { agree, sentence } from "./sentences.js";
import { Strip } from "./strip.js";

class TapesView {
  constructor(model, root) {
    this.data = model.get("data");
    this.current = 0; // the trace that is shown
    this.at = this.data.example; // the input that it was recorded at
    this.checking = false;
    const { argument, fixed, name, tapes, traces } = this.data;
    this.line = textLine();
    this.input = make("output", { class: "lm-input", "data-testid": "input" });
    this.transport = new Transport(
      () => this.data.inputs.length - 1,
      (position) => this.show(position),
      { text: `Input ${argument}` },
    );
    this.guards = checkbox("guards", "check the guards", (checked) => {
      this.checking = checked;
      this.show(this.position);
    });
    this.retrace = button("retrace", "trace again here", () => this.traceAgain());
    this.plot = new Plot({ high: 230, drag: (x) => this.transport.jump(this.nearest(x)) });
    const sizes = [...tapes, ...traces].map(({ size }) => size);
    this.tape = new Strip("tape", "The tape", sizes, tapes);
    this.trace = new Strip("trace", "The trace", sizes, traces);
    const title = make("strong", {}, `${name}(${argument}${fixed ? `; ${fixed}` : ""})`);
    const left = row("lm-two-left", this.listing(), this.plot.element);
    const right = row("lm-two-right", this.tape.element, this.trace.element);
    const columns = row("lm-two-columns", left, right);
    const foot = row("lm-foot", this.transport.element, this.guards.label, this.retrace);
    widget(root, "two", "two-tapes", row("lm-head", title, this.input), columns, this.line, foot);
    this.transport.reset(this.data.example);
  }

  traceAgain() {
    this.current = this.data.trace_of[this.position];
    this.at = this.position;
    this.show(this.position);
    this.transport.scrub.focus(); // the button has nothing more to do here
  }

  nearest(x) {
    const away = this.data.inputs.map((input) => Math.abs(input - x));
    return away.indexOf(Math.min(...away));
  }

  // The function's own lines: ● for a line that this run went through, ■ for one that is in the trace.
  listing() {
    const { first, name, source } = this.data;
    if (!source.length) return null;
    this.marks = source.map(() => make("span", { class: "lm-marks", "aria-hidden": "true" }));
    const rows = source.map((text, i) => {
      const count = make("span", { class: "lm-line-number", "aria-hidden": "true" }, String(first + i));
      return make("span", { class: "lm-code-line", "data-line": first + i }, this.marks[i], count, `${text}\n`);
    });
    const region = { "data-testid": "source", tabindex: 0, role: "region", "aria-label": `The lines of ${name}` };
    const ran = make("span", { class: "lm-ran" }, "● this run");
    const kept = make("span", { class: "lm-kept" }, "■ in the trace");
    const key = make("p", { class: "lm-legend", "aria-hidden": "true" }, ran, kept);
    return make("div", {}, make("pre", { class: "lm-code", ...region }, ...rows), key);
  }

  mark(run, trace) {
    (this.marks ?? []).forEach((place, i) => {
      const [ran, kept] = [run.lines.includes(i), trace.lines.includes(i)];
      const one = make("span", { class: "lm-ran" }, ran ? "●" : " ");
      place.replaceChildren(one, make("span", { class: "lm-kept" }, kept ? "■" : " "));
      place.parentNode.classList.toggle("lm-parted", ran !== kept);
    });
  }

  show(position) {
    this.position = position;
    const { argument, inputs, runs, traces, trace_of: traceOf } = this.data;
    const [run, trace] = [runs[position], traces[this.current]];
    const frozen = trace.answers[position];
    const stopped = this.checking && frozen.failed !== null ? trace.guards[frozen.failed] : null;
    const same = agree(run.truth, frozen.answer);
    const wrong = !stopped && run.truth !== null && !same;
    const here = spoken(`${argument} = ${formatNumber(inputs[position])}`);
    this.input.textContent = here;
    this.transport.scrub.setAttribute("aria-valuetext", here);
    this.showTape(run);
    this.showTrace(trace, frozen, stopped, wrong);
    this.mark(run, trace);
    this.guards.label.hidden = !traces.some(({ guards }) => guards.length);
    this.retrace.disabled = traceOf[position] === null || traceOf[position] === this.current;
    this.plot.show(answersAgainstInput(this.data, trace, position, this.checking));
    this.line.textContent = spoken(sentence(this.data, { position, at: this.at, run, frozen, stopped, same }));
    this.line.classList.toggle("lm-wrong-line", Boolean(stopped) || wrong);
  }

  showTape(run) {
    const wrong = !run.error && !agree(run.truth, run.answer); // the class itself, say its ==
    const answer = run.error ? "no answer" : spoken(`= ${formatNumber(run.answer)}${wrong ? ", wrong" : ""}`);
    this.tape.title(", recorded anew by every run", answer, wrong);
    if (run.error) return this.tape.say(spoken(run.error));
    this.tape.draw(this.data.tapes[run.tape]);
    run.values.forEach((value, i) => this.tape.fill(i, value));
  }

  showTrace(trace, frozen, stopped, wrong) {
    const recorded = `, recorded at ${this.data.argument} = ${formatNumber(this.data.inputs[this.at])}`;
    const answer = stopped ? "guard failed" : spoken(`= ${formatNumber(frozen.answer)}${wrong ? ", wrong" : ""}`);
    this.trace.title(spoken(recorded), answer, Boolean(stopped) || wrong);
    this.trace.draw(trace);
    trace.nodes.forEach(({ kind }, i) => {
      const behind = Boolean(stopped) && i > stopped.box;
      const value = kind === "guard" ? this.guardWord(frozen.values[i]) : frozen.values[i];
      const bad = (stopped && i === stopped.box) || (wrong && kind === "result");
      this.trace.fill(i, behind ? null : value, { "lm-wrong": Boolean(bad), "lm-behind-guard": behind });
    });
  }

  guardWord(holds) {
    if (!this.checking) return "ignored";
    return holds ? "holds" : "fails";
  }
}

export default {
  render({ model, el }) {
    new TapesView(model, el);
  },
};
