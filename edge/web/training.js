// The trainer's and the class's pages: everything is asked of the API and drawn here, as text, never as markup.
window.training = {
  make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "onclick") element.onclick = value;
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined).map((child) => (child instanceof Node ? child : String(child))));
    return element;
  },
  // Ask; an answer that is no success comes back as {problem}, in words of the page.
  async ask(method, path, headers, body) {
    try {
      const found = await fetch("/api/v1/" + path, {
        method,
        headers: { ...(headers || {}), ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const told = await found.json();
      if (found.status === 401 && headers && headers.Authorization) return { problem: "This token is not valid.", status: 401 };
      return found.ok ? { told } : { problem: told.detail.replace(/^body\./, ""), status: found.status };
    } catch (error) {
      return { problem: `the edge did not answer (${error.message})`, status: 0 };
    }
  },
  // Draw into a place only when what is shown has changed, so that nothing flickers and no focus is lost.
  fill(id, shown, draw) {
    const place = document.getElementById(id);
    const key = JSON.stringify(shown);
    if (!place || place.dataset.shown === key) return;
    place.dataset.shown = key;
    place.replaceChildren(...[draw(shown)].flat().filter(Boolean));
  },
  say(id, text, bad) {
    const place = document.getElementById(id);
    if (!place) return;
    place.textContent = text;
    place.dataset.lost = "";
    place.classList.toggle("bad", Boolean(bad));
  },
  // What was wrong with a look, until one succeeds again.
  lost(id, problem) {
    const place = document.getElementById(id);
    if (!place || (!problem && !place.dataset.lost)) return;
    training.say(id, problem, Boolean(problem));
    place.dataset.lost = problem;
  },
  value: (id) => (document.getElementById(id) || { value: "" }).value,
  // In the language of the page, for what is no text of the document.
  told: (text) => (window.edgeTranslate ? window.edgeTranslate(text) : text),
  words: (name) => name.replaceAll("_", " "),
  offset: () => Number((document.querySelector("[data-utc-offset]") || { dataset: { utcOffset: 0 } }).dataset.utcOffset),
  clock(time) {
    return time ? new Date(Date.parse(time) + training.offset() * 3600000).toISOString().slice(11, 19) : "–";
  },
  length(seconds) {
    if (seconds === null || seconds === undefined) return "–";
    const whole = Math.round(Math.abs(seconds));
    const sign = seconds < 0 && whole ? "−" : "";
    if (whole < 60) return `${sign}${whole} s`;
    if (whole < 3600) return `${sign}${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
    return `${sign}${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} min`;
  },
  number(value, within) {
    if (value === null || value === undefined) return "–";
    const show = (one) => (Math.abs(one) >= 100 ? one.toFixed(0) : one.toFixed(1)).replace("-", "−");
    return within === undefined || within === null ? show(value) : `${show(value)} ± ${within > 0 && within < 0.05 ? "<0.1" : show(within)}`;
  },
  points: (value) => (value === null || value === undefined ? "–" : value.toFixed(1)),
  title: (list, key) => (list.find((one) => (one.key || one.name) === key) || { title: training.words(key) }).title,
  withdrawn: (drill) => drill.phase === "ended" && !drill.start,
  phase(drill) {
    const shape = { planned: "○", running: "●", ended: "■" }[drill.phase];
    const word = training.withdrawn(drill) ? "withdrawn" : drill.phase === "ended" && drill.cancelled ? "ended early" : drill.phase;
    return training.make("span", { class: "phase " + drill.phase }, training.make("span", { "aria-hidden": "true" }, shape + " "), word);
  },
  table(classes, heads, rows) {
    const make = training.make;
    const cell = (tag, names, part, index) => make(tag, { class: names[index] || null, "data-name": tag === "td" ? heads[index].text : null }, part);
    const names = heads.map((head) => head.cls || "");
    return make(
      "table",
      { class: "list " + classes },
      make("thead", {}, make("tr", {}, ...heads.map((head, index) => cell("th", names, head.text, index)))),
      make("tbody", {}, ...rows.map((row) => make("tr", { class: row.cls || null }, ...row.cells.map((part, index) => cell("td", names, part, index))))),
    );
  },
  board(told, own) {
    const make = training.make;
    if (!told.items.length) return make("p", { class: "empty" }, "Nobody has joined yet.");
    const open = told.items.some((row) => row.points !== null);
    const few = open ? "n opt" : "n"; // a phone shows place, name, points and delay
    const heads = [...(open ? [{ text: "Place", cls: "n" }] : []), { text: "Name" }, { text: "Marks", cls: few }];
    if (open)
      heads.push({ text: "Points", cls: "n" }, ...["Named", "Found", "Missed", "False, wrong"].map((text) => ({ text, cls: "n opt" })), { text: "Mean delay (of those detected)", cls: "n" }, { text: "Scrap lost", cls: "n opt" }, { text: "kWh lost", cls: "n opt" });
    const rows = told.items.map((row, index) => ({
      cls: row.name === own ? "own" : "",
      cells: [
        ...(open ? [index + 1] : []),
        make("span", {}, make("span", { "data-verbatim": true }, row.name), row.name === own ? " (you)" : ""),
        row.marks_set,
        ...(open
          ? [make("b", {}, training.points(row.points)), row.named, row.found, row.missed, row.false_alarms + row.wrong_names, training.length(row.delay_s), training.number(row.scrap, row.scrap_within), training.number(row.kwh, row.kwh_within)]
          : []),
      ],
    }));
    return training.table("class-board", heads, rows);
  },
  options(list, items, chosen) {
    const before = chosen === undefined ? list.value : chosen;
    list.replaceChildren(...items.map(([value, text]) => training.make("option", { value }, text)));
    if (items.some(([value]) => value === before)) list.value = before;
  },
  // Work now and again; what it returns is how long to wait, where that is not the usual.
  later(work, usual) {
    const turn = async () => {
      const wait = document.hidden ? usual : (await work()) || usual;
      setTimeout(turn, wait);
    };
    turn();
  },
};
