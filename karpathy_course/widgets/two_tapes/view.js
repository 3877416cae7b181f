// One function at many inputs: the tape that each run records anew, and the trace that was recorded once.
// Values, places and outcomes come from Python; the page moves between them and says what is seen.
const PLOT_WIDTH = 320, PLOT_HEIGHT = 190, SMALLEST = 0.78, LARGEST = 1.2;

class TapesView {
  constructor(model, root) {
    Object.assign(this, model.get("data"));
    this.current = 0;
    this.at = this.example;
    this.checking = false;
    this.line = make("p", { class: "lm-line", "aria-live": "polite", "data-testid": "text-line" });
    this.input = make("output", { class: "lm-input", "data-testid": "input" });
    this.transport = new Transport(() => this.inputs.length - 1, (position) => this.show(position));
    this.transport.scrub.setAttribute("aria-label", `Input ${this.argument}`);
    this.transport.scrub.style.setProperty("--lm-split", 1);
    this.guards = make("input", { type: "checkbox", "data-testid": "guards", onchange: () => { this.checking = this.guards.checked; this.show(this.position); } });
    this.guardsLabel = make("label", { class: "lm-own" }, this.guards, " check the guards");
    this.retrace = make("button", { type: "button", class: "lm-button lm-wide", "data-testid": "retrace", onclick: () => {
      this.current = this.trace_of[this.position];
      this.at = this.position;
      this.show(this.position);
      this.transport.scrub.focus(); // the button has nothing more to do here
    } }, "trace again here");
    this.plot = svg("svg", { viewBox: `0 0 ${PLOT_WIDTH} ${PLOT_HEIGHT}`, class: "lm-graph lm-plot", role: "img", "data-testid": "plot" });
    this.tape = this.strip("tape", "The tape");
    this.trace = this.strip("trace", "The trace");
    root.append(make("div", { class: "lm-widget lm-two", "data-testid": "two-tapes" },
      make("div", { class: "lm-head" }, make("strong", {}, `${this.name}(${this.argument}${this.fixed ? `; ${this.fixed}` : ""})`), this.input),
      make("div", { class: "lm-two-columns" }, make("div", { class: "lm-two-left" }, this.listing(), this.plot),
        make("div", { class: "lm-two-right" }, this.tape.element, this.trace.element)),
      this.line, make("div", { class: "lm-foot" }, this.transport.element, this.guardsLabel, this.retrace)));
    keepKeysInside(root.lastElementChild);
    this.transport.reset(this.example);
    new ResizeObserver(() => [this.tape, this.trace].forEach((strip) => this.resize(strip))).observe(this.tape.stage);
  }

  // The function's own lines: ● for a line that this run went through, ■ for one that is in the trace.
  listing() {
    if (!this.source.length) return null;
    this.marks = this.source.map(() => make("span", { class: "lm-marks", "aria-hidden": "true" }));
    const rows = this.source.map((text, i) => make("span", { class: "lm-code-line", "data-line": this.first + i }, this.marks[i], make("span", { class: "lm-line-number", "aria-hidden": "true" }, String(this.first + i)), `${text}\n`));
    const key = make("p", { class: "lm-legend", "aria-hidden": "true" }, make("span", { class: "lm-ran-key" }, "● this run"), make("span", { class: "lm-kept-key" }, "■ in the trace"));
    return make("div", {}, make("pre", { class: "lm-code", "data-testid": "source", tabindex: 0, role: "region", "aria-label": `The lines of ${this.name}` }, ...rows), key);
  }

  strip(id, title) {
    const heading = make("span"), answer = make("output", { class: "lm-answer", "data-testid": `${id}-answer` });
    const stage = make("div", { class: "lm-stage", "data-testid": id, role: "region", tabindex: 0, "aria-label": `${title}; it scrolls` });
    return { stage, heading, answer, element: make("section", { class: `lm-strip-of lm-${id}-strip`, "aria-label": title },
      make("div", { class: "lm-head" }, make("span", {}, make("strong", {}, title), heading), answer), stage) };
  }

  draw(strip, picture) {
    if (strip.picture === picture) return;
    strip.picture = picture;
    const [width, height] = picture.size;
    const lines = picture.edges.map((points) => {
      const [first, ...rest] = points;
      let path = `M${first[0]},${first[1]}`, from = first;
      for (const to of rest) {
        const middle = (from[0] + to[0]) / 2;
        path += `C${middle},${from[1]} ${middle},${to[1]} ${to[0]},${to[1]}`;
        from = to;
      }
      return svg("path", { d: path, class: "lm-edge" });
    });
    strip.boxes = picture.nodes.map((node, i) => {
      const { x, y, w, h } = node, value = svg("text", { class: "lm-value", y: 13, "text-anchor": "middle" });
      const frame = (class_) => svg("rect", { class: class_, x: -w / 2, y: -h / 2, width: w, height: h, rx: node.kind === "guard" ? 22 : 9 });
      const box = svg("g", { class: `lm-node lm-${node.kind}`, transform: `translate(${x},${y})`, "data-node": i, "data-label": node.label },
        frame("lm-card"), frame("lm-frame"), svg("text", { class: "lm-label", y: -6, "text-anchor": "middle" }, spoken(node.label)), value,
        svg("g", { class: "lm-badge", transform: `translate(${w / 2 - 3},${3 - h / 2})`, "aria-hidden": "true" },
          svg("circle", { r: 8.5 }), svg("text", { y: 4.5, "text-anchor": "middle" }, "!")));
      return { box, value };
    });
    strip.svg = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "lm-graph", "aria-hidden": "true" }, ...lines, ...strip.boxes.map(({ box }) => box));
    strip.stage.replaceChildren(make("div", { class: "lm-sheet" }, strip.svg));
    this.resize(strip);
  }

  // One scale for all pictures, and the room of the highest, so that nothing jumps from input to input.
  resize(strip) {
    const all = [...this.tapes, ...this.traces].map(({ size }) => size), room = strip.stage.clientWidth || 640;
    const scale = Math.max(SMALLEST, Math.min(LARGEST, room / Math.max(...all.map(([width]) => width))));
    if (strip.picture) strip.stage.firstChild.style.width = `${Math.floor(strip.picture.size[0] * scale)}px`;
    const kinds = strip === this.tape ? this.tapes : this.traces;
    strip.stage.style.minHeight = `${Math.ceil(Math.max(...kinds.map(({ size }) => size[1])) * scale)}px`;
  }

  show(position) {
    this.position = position;
    const run = this.runs[position], trace = this.traces[this.current], frozen = trace.answers[position];
    const stopped = this.checking && frozen.failed !== null ? trace.guards[frozen.failed] : null;
    const same = this.agree(run.truth, frozen.answer), wrong = !stopped && run.truth !== null && !same;
    const x = formatNumber(this.inputs[position]);
    this.input.textContent = spoken(`${this.argument} = ${x}`);
    this.transport.scrub.setAttribute("aria-valuetext", spoken(`${this.argument} = ${x}`));
    this.showTape(run);
    this.showTrace(trace, frozen, stopped, wrong);
    (this.marks ?? []).forEach((mark, i) => {
      const ran = run.lines.includes(i), kept = trace.lines.includes(i);
      mark.replaceChildren(make("span", { class: "lm-ran" }, ran ? "●" : " "), make("span", { class: "lm-kept" }, kept ? "■" : " "));
      mark.parentNode.classList.toggle("lm-parted", ran !== kept);
    });
    this.guardsLabel.hidden = !this.traces.some(({ guards }) => guards.length);
    this.retrace.disabled = this.trace_of[position] === null || this.trace_of[position] === this.current;
    this.drawPlot(trace);
    this.line.textContent = spoken(`${this.argument} = ${x}. ${this.tapeSentence(run)} ${this.traceSentence(run, frozen, stopped, same)}`);
    this.line.classList.toggle("lm-wrong-line", Boolean(stopped) || wrong);
  }

  showTape(run) {
    this.tape.heading.textContent = ", recorded anew by every run";
    const wrong = !run.error && !this.agree(run.truth, run.answer); // the class itself, say its ==
    this.tape.answer.textContent = run.error ? "no answer" : spoken(`= ${formatNumber(run.answer)}${wrong ? ", wrong" : ""}`);
    this.tape.answer.classList.toggle("lm-bad", wrong);
    if (run.error) {
      this.tape.picture = null;
      this.tape.stage.replaceChildren(make("p", { class: "lm-note" }, spoken(run.error)));
      return;
    }
    this.draw(this.tape, this.tapes[run.tape]);
    this.tape.boxes.forEach(({ box, value }, i) => this.fill(box, value, run.values[i]));
  }

  showTrace(trace, frozen, stopped, wrong) {
    this.trace.heading.textContent = spoken(`, recorded at ${this.argument} = ${formatNumber(this.inputs[this.at])}`);
    this.trace.answer.textContent = stopped ? "guard failed" : spoken(`= ${formatNumber(frozen.answer)}${wrong ? ", wrong" : ""}`);
    this.trace.answer.classList.toggle("lm-bad", Boolean(stopped) || wrong);
    this.draw(this.trace, trace);
    this.trace.boxes.forEach(({ box, value }, i) => {
      const { kind } = trace.nodes[i], behind = stopped && i > stopped.box;
      this.fill(box, value, behind ? null : kind === "guard" ? this.guardWord(frozen.values[i]) : frozen.values[i]);
      box.classList.toggle("lm-wrong", (stopped && i === stopped.box) || (wrong && kind === "result"));
      box.classList.toggle("lm-behind-guard", Boolean(behind));
    });
  }

  guardWord(holds) { return !this.checking ? "ignored" : holds ? "holds" : "fails"; }

  fill(box, text, value) {
    const told = typeof value === "boolean" ? String(value) : typeof value === "string" && !["nan", "inf", "-inf"].includes(value) ? value : formatNumber(value);
    text.textContent = spoken(told);
    box.setAttribute("data-value", told);
    box.classList.toggle("lm-valued", told !== "");
  }

  agree(a, b) {
    if (a === null || b === null) return false;
    const [p, q] = [number(a), number(b)];
    if (!Number.isFinite(p) || !Number.isFinite(q)) return a === b;
    return Math.abs(p - q) <= Math.max(1e-9 * Math.max(Math.abs(p), Math.abs(q)), 1e-12);
  }

  tapeSentence(run) {
    if (run.endless) return `The tape: ${run.error}.`;
    if (run.error) return `The tape: ${this.name} stops with ${run.error}.`;
    const many = this.tapes[run.tape].nodes.filter(({ kind, label }) => kind !== "leaf" && label !== "number").length;
    const ran = this.source.length ? `ran line${run.lines.length > 1 ? "s" : ""} ${run.lines.map((line) => this.first + line).join(", ")} and ` : "";
    return `The tape: ${this.name} ${ran}recorded ${many} operation${many === 1 ? "" : "s"}: ${formatNumber(run.answer)}${this.agree(run.truth, run.answer) ? "" : `, but on plain numbers ${this.name} answers ${formatNumber(run.truth)}`}.`;
  }

  traceSentence(run, frozen, stopped, same) {
    const from = `The trace of ${this.argument} = ${formatNumber(this.inputs[this.at])}`;
    if (stopped) return `${from} stops at its guard: ${stopped.where ? `${stopped.where} ` : ""}was ${stopped.expected} then and is ${!stopped.expected} now. Trace again.`;
    if (same) return `${from} answers ${this.agree(run.answer, frozen.answer) ? "the same" : formatNumber(frozen.answer)}.`;
    if (run.truth === null) return `${from} answers ${formatNumber(frozen.answer)}.`;
    const gap = formatNumber(number(frozen.answer) - number(run.truth));
    return `${from} goes on with what it recorded and answers ${formatNumber(frozen.answer)}: wrong by ${gap}, and nothing says so.`;
  }

  drawPlot(trace) {
    const finite = (values) => values.filter(Number.isFinite);
    const tape = this.runs.map(({ answer }) => (answer === null ? NaN : number(answer)));
    const frozen = trace.answers.map(({ answer, failed }) => (this.checking && failed !== null ? NaN : number(answer)));
    let low = Math.min(...finite(tape)), high = Math.max(...finite(tape));
    const span = high - low || 1, more = finite(frozen);
    low = Math.max(low - span, Math.min(low, ...more));
    high = Math.min(high + span, Math.max(high, ...more));
    const [left, right] = [this.inputs[0], this.inputs.at(-1)];
    const x = (v) => 14 + ((PLOT_WIDTH - 28) * (v - left)) / (right - left);
    const y = (v) => PLOT_HEIGHT - 30 - ((PLOT_HEIGHT - 46) * (Math.min(high, Math.max(low, v)) - low)) / (high - low || 1);
    const pieces = (values, class_, kinds) => { // a curve is cut where its graph changes: what lies between is not known
      const runs = [[]];
      values.forEach((v, i) => {
        if (!Number.isFinite(v) || (i && kinds && kinds[i] !== kinds[i - 1])) runs.push([]);
        if (Number.isFinite(v)) runs.at(-1).push(`${x(this.inputs[i])},${y(v)}`);
      });
      return runs.filter((points) => points.length).map((points) => svg("polyline", { points: points.join(" "), class: class_ }));
    };
    const here = this.inputs[this.position], dot = (v, make_) => (Number.isFinite(v) ? make_(x(here), y(v)) : null);
    this.plot.setAttribute("aria-label", spoken(`${this.name} against ${this.argument}: the tape's answers and, dashed, the trace's`));
    this.plot.replaceChildren(...[
      ...this.inputs.map((v, i) => (this.checking && trace.answers[i].failed !== null
        ? svg("line", { x1: x(v), x2: x(v), y1: 8, y2: PLOT_HEIGHT - 26, class: "lm-barred" }) : null)),
      svg("line", { x1: x(here), x2: x(here), y1: 8, y2: PLOT_HEIGHT - 26, class: "lm-axis" }),
      ...pieces(tape, "lm-curve", this.runs.map((run) => run.tape)), ...pieces(frozen, "lm-tangent lm-frozen"),
      dot(tape[this.position], (cx, cy) => svg("circle", { cx, cy, r: 5, class: "lm-true-dot" })),
      dot(frozen[this.position], (cx, cy) => svg("rect", { x: cx - 4.5, y: cy - 4.5, width: 9, height: 9, class: "lm-guess-dot" })),
      svg("text", { x: PLOT_WIDTH / 2, y: PLOT_HEIGHT - 8, "text-anchor": "middle", class: "lm-label" }, spoken(`${this.argument}, from ${formatNumber(left)} to ${formatNumber(right)}`)),
    ].filter(Boolean));
  }
}

export default { render({ model, el }) { new TapesView(model, el); } };
