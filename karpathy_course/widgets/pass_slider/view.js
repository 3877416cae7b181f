// One graph through a row of passes. Every place, count and sentence comes from Python; the page adds only motion.
const TALLEST = 556;
const microseconds = (t) => (t === null ? "–" : t >= 1000 ? `${formatNumber(t / 1000)} ms` : `${formatNumber(t)} µs`);

class PassView {
  constructor(model, root) {
    this.data = model.get("data");
    this.stages = this.data.stages;
    this.times = this.data.times;
    this.fitted = null; // until a button is pressed: all of it where letters stay readable
    this.transport = new Transport(() => this.stages.length - 1, (position, animated) => this.show(position, animated));
    this.transport.scrub.style.setProperty("--lm-split", 1);
    this.transport.scrub.setAttribute("aria-label", "How many passes are on");
    this.switches = this.stages.slice(1).map((stage, k) => this.switchFor(stage, k + 1));
    this.stage = make("div", { class: "lm-stage lm-still", "data-testid": "stage", role: "region", tabindex: 0, "aria-label": "The graph; it scrolls" });
    this.line = make("p", { class: "lm-line", "aria-live": "polite", "data-testid": "text-line" });
    this.legal = make("p", { class: "lm-note", "data-testid": "legal" });
    this.outputs = make("span", { class: "lm-verdict", "data-testid": "outputs" });
    this.meters = make("div", { class: "lm-meters" });
    this.memory = svg("svg", { viewBox: "0 0 300 64", class: "lm-graph lm-memory", role: "img" });
    this.count = make("span", { class: "lm-count" });
    this.fit = make("button", { type: "button", class: "lm-button lm-fit", "data-testid": "fit", "aria-pressed": "true", onclick: () => {
      this.fitted = !this.fits();
      this.resize();
    } }, "fit");
    this.again = make("button", { type: "button", class: "lm-button lm-fit", "data-testid": "measure", onclick: () => {
      this.again.disabled = true;
      model.send({ measure: true });
    } }, "measure again");
    root.append(make("div", { class: "lm-widget lm-passes", "data-testid": "pass-slider" },
      make("div", { class: "lm-head" }, make("strong", {}, "Pass slider"), this.count, this.legend()),
      make("ol", { class: "lm-switches", "aria-label": "The passes, in order" }, ...this.switches.map((s) => s.item)),
      this.stage,
      make("div", { class: "lm-foot" }, this.transport.element, this.fit),
      this.line,
      make("div", { class: "lm-columns" },
        make("div", { class: "lm-meter-side" }, this.meters, make("div", { class: "lm-tools" }, this.again, this.outputs)),
        make("figure", { class: "lm-memory-side" }, this.memory,
          make("figcaption", { class: "lm-gain" }, "Memory alive from the first node to the last; dotted: the peak before all passes"))),
      this.legal));
    keepKeysInside(root.lastElementChild);
    model.on("msg:custom", (message) => {
      this.again.disabled = false;
      if (!message.times) return;
      this.times = message.times;
      this.drawMeters();
      this.say();
    });
    model.on("no-kernel", () => {
      this.again.disabled = true;
      this.line.textContent = "Measuring again needs a kernel: these times are from when the page was made.";
    });
    this.draw();
    this.transport.reset(0);
    new ResizeObserver(() => this.resize()).observe(this.stage);
  }

  legend() {
    const entry = (name, text) => make("span", { class: `lm-key lm-key-${name}` }, text);
    return make("div", { class: "lm-legend", "aria-hidden": "true" }, entry("operation", "operation"), entry("number", "number"),
      entry("input", "input"), entry("changed", "changed by this pass"));
  }

  // A pass stands on all passes before it: switching it on switches those on too, switching it off those behind it off.
  switchFor(stage, k) {
    const on = make("button", { type: "button", role: "switch", class: "lm-switch", "aria-checked": "false", "data-testid": `pass-${k}`, onclick: () => {
      this.transport.pause();
      this.transport.go(this.transport.position >= k ? k - 1 : k, true);
    } }, make("span", { class: "lm-knob", "aria-hidden": "true" }), make("span", {}, stage.name), make("span", { class: "lm-gain" }, this.gain(k)));
    return { on, item: make("li", {}, on) };
  }

  gain(k) {
    const a = this.stages[k - 1], b = this.stages[k], parts = [];
    const change = (from, to, unit) => { if (from !== to) parts.push(`${to > from ? "+" : "−"}${Math.abs(to - from)} ${unit}`); };
    change(a.operations, b.operations, "op.");
    change(a.peak, b.peak, "B");
    if (!parts.length) change(a.nodes, b.nodes, "nodes");
    return parts.join(", ") || "no change";
  }

  draw() {
    const { size: [width, height], nodes } = this.data;
    this.edgeLayer = svg("g");
    this.boxes = nodes.map((node, k) => this.box(node, k));
    this.lines = {};
    this.picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "lm-graph", role: "group" }, this.edgeLayer, svg("g", {}, ...this.boxes.map((b) => b.group)));
    this.sheet = make("div", { class: "lm-sheet" }, this.picture);
    this.stage.replaceChildren(this.sheet);
    for (const stage of this.stages) for (const [a, b] of stage.edges) {
      const key = `${a}-${b}`;
      if (!this.lines[key]) this.edgeLayer.append(this.lines[key] = svg("path", { d: this.path(a, b), class: `lm-edge lm-gone${this.data.nodes[a].kind === "number" ? " lm-light" : ""}` }));
    }
    this.resize();
  }

  box(node, k) {
    const { x, y, w, h } = node;
    const label = svg("text", { "text-anchor": "middle", y: this.data.folded ? -1 : 4, class: h < 20 ? "lm-label lm-small" : "lm-label" });
    const many = svg("text", { "text-anchor": "middle", y: 12, class: "lm-many" });
    const group = svg("g", { class: `lm-pass-node lm-pass-${node.kind} lm-gone`, "data-node": k },
      svg("title", {}, node.title), svg("rect", { class: "lm-card lm-frame", x: -w / 2, y: -h / 2, width: w, height: h, rx: node.kind === "op" ? 7 : h / 2 }), label, ...(this.data.folded ? [many] : []));
    group.style.transform = `translate(${x}px, ${y}px)`;
    return { node, group, label, many };
  }

  path(a, b) {
    const [from, to] = [this.data.nodes[a], this.data.nodes[b]];
    const back = to.x <= from.x && this.data.folded;
    const points = this.data.routes[`${a}-${b}`] ?? [[from.x + from.w / 2, from.y], [back ? to.x + to.w / 2 : to.x - to.w / 2, to.y]];
    let at = points[0], d = `M${at[0]},${at[1]}`;
    for (const next of points.slice(1)) {
      const middle = back ? at[0] + 30 : (at[0] + next[0]) / 2;
      d += `C${middle},${at[1]} ${middle},${next[1]} ${next[0]},${next[1]}`;
      at = next;
    }
    return d;
  }

  fits() { return this.fitted ?? this.stage.clientWidth >= 600; }

  resize() {
    const [width, height] = this.data.size, room = this.stage.clientWidth || 1040;
    const whole = Math.min(1.5, room / width, TALLEST / height);
    this.sheet.style.width = `${Math.floor(width * (this.fits() ? whole : Math.max(0.85, whole)))}px`;
    this.fit.hidden = whole >= 0.95;
    this.fit.setAttribute("aria-pressed", this.fits());
  }

  show(position, animated) {
    const stage = this.stages[position];
    this.stage.classList.toggle("lm-still", !animated || calm());
    const alive = new Map(stage.at.map(([k, label, many, kind]) => [k, { label, many, kind }])), changed = new Set(position ? stage.changed : []);
    const into = new Map(position ? stage.into : []);
    this.boxes.forEach(({ node, group, label, many }, k) => {
      const here = alive.get(k), merged = !here && into.get(k);
      const place = merged !== undefined && merged !== false ? this.data.nodes[merged] : node;
      group.classList.toggle("lm-gone", !here);
      group.classList.toggle("lm-changed", Boolean(here) && changed.has(k));
      group.setAttribute("data-many", here ? here.many : 0);
      group.style.transform = `translate(${place.x}px, ${place.y}px)`;
      if (here) {
        label.textContent = spoken(here.label);
        many.textContent = here.many;
        group.classList.toggle("lm-pass-number", here.kind === "number");
      }
    });
    const edges = new Set(stage.edges.map(([a, b]) => `${a}-${b}`));
    for (const key in this.lines) this.lines[key].classList.toggle("lm-gone", !edges.has(key));
    this.switches.forEach(({ on }, k) => on.setAttribute("aria-checked", k < position));
    this.switches.forEach(({ on }, k) => on.classList.toggle("lm-here", k + 1 === position));
    this.shown = position;
    this.picture.setAttribute("aria-label", `${stage.name}: ${stage.nodes} nodes`);
    this.count.textContent = `${stage.name}: ${stage.nodes} nodes${this.data.folded ? `, in ${stage.at.length} boxes` : ""}`;
    this.legal.textContent = position ? `${stage.name}: ${stage.legal}` : "";
    this.legal.hidden = !position || !stage.legal;
    this.outputs.textContent = stage.same === null ? "outputs not tried" : stage.same ? "✓ outputs: same bits" : "✗ outputs changed";
    this.outputs.classList.toggle("lm-differs", stage.same === false);
    this.drawMeters();
    this.drawMemory(stage);
    this.say();
  }

  say() {
    const stage = this.stages[this.shown], { run, compiled } = this.times[this.shown];
    const told = (name, t) => t && `${name} ${microseconds(t[1])} (half of all runs: ${microseconds(t[0])} to ${microseconds(t[2])})`;
    const timed = [told("node by node", run), told("compiled", compiled)].filter(Boolean).join("; ");
    this.line.textContent = spoken(`${stage.text}${timed ? ` Time: ${timed}.` : ""}`);
  }

  drawMeters() {
    const stage = this.stages[this.shown];
    const plain = (id, name, key, text) => this.meter(id, name, stage[key], Math.max(...this.stages.map((s) => s[key])), text(stage[key]));
    const timed = (id, name) => {
      const t = this.times[this.shown][id], most = Math.max(...this.times.map((each) => (each[id] ? each[id][2] : 0)));
      return this.meter(id, name, t && t[1], most, t ? microseconds(t[1]) : "–", t);
    };
    this.meters.replaceChildren(
      plain("operations", "operations", "operations", String), plain("statements", "statements", "statements", String),
      plain("peak", "peak memory", "peak", (bytes) => `${bytes} B`),
      timed("run", "time by node"), timed("compiled", "time compiled"));
  }

  // A bar, and for a time the middle half of all measurements on it.
  meter(id, name, amount, most, text, spread) {
    const share = (x) => `${most ? (100 * x) / most : 0}%`, filled = make("span", { class: "lm-fill lm-fill-true" });
    filled.style.cssText = `left:0;width:${share(amount ?? 0)}`;
    const track = make("span", { class: "lm-track lm-from-zero" }, filled);
    if (spread) {
      const whisker = make("span", { class: "lm-whisker", "data-testid": `${id}-spread`, "data-exact": JSON.stringify(spread) });
      whisker.style.cssText = `left:${share(spread[0])};width:${share(spread[2] - spread[0])}`;
      track.append(whisker);
    }
    const both = spread ? make("small", {}, ` ${microseconds(spread[0])}–${microseconds(spread[2])}`) : null;
    return make("div", { class: "lm-bar" }, make("span", { class: "lm-bar-name" }, name), track,
      make("span", { class: "lm-number", "data-testid": id, "data-exact": String(amount) }, text, both));
  }

  drawMemory(stage) {
    const most = Math.max(1, ...this.stages.map((s) => s.peak)), x = (k) => 4 + (292 * k) / Math.max(1, stage.live.length - 1), y = (b) => 60 - (46 * b) / most;
    const points = stage.live.map((b, k) => `${x(k).toFixed(1)},${y(b).toFixed(1)}`), at = stage.live.indexOf(stage.peak);
    const anchor = at < stage.live.length / 4 ? "start" : at > (3 * stage.live.length) / 4 ? "end" : "middle";
    this.memory.setAttribute("aria-label", `Memory alive from the first node to the last; at most ${stage.peak} bytes`);
    this.memory.replaceChildren(
      svg("polygon", { points: `4,60 ${points.join(" ")} 296,60`, class: "lm-area" }),
      svg("polyline", { points: points.join(" "), class: "lm-curve" }),
      svg("line", { x1: 4, x2: 296, y1: y(this.stages[0].peak), y2: y(this.stages[0].peak), class: "lm-axis" }),
      svg("circle", { cx: x(at), cy: y(stage.peak), r: 3.5, class: "lm-true-dot" }),
      svg("text", { x: x(at), y: Math.max(10, y(stage.peak) - 6), "text-anchor": anchor, class: "lm-label" }, `${stage.peak} B`));
  }
}

export default { render({ model, el }) { new PassView(model, el); } };
