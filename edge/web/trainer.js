// The trainer's page: everything with the operator's token, which stays in its field.
training.trainer = function () {
  const { make, fill, say, lost, value, clock, length, words } = training;
  const faults = {};
  const plants = {};
  let chosen = "";
  let used = ""; // the token as it was last entered: half of one, still being typed, is sent nowhere
  let acting = "";
  let phases = "";
  const token = () => used;
  const enter = () => {
    used = value("trainer-token").trim();
    say("token-answer", "");
  };
  const ask = async (method, path, body) => {
    const sent = token();
    const found = await training.ask(method, path, sent ? { Authorization: "Bearer " + sent } : {}, body);
    if (found.status !== 401 || !sent) return found;
    if (used === sent) used = ""; // who asks again and again with a wrong one is shut out
    say("token-answer", found.problem, true);
    return found;
  };
  // What a field holds that cannot be, as [label, what it takes], or "".
  const wrong = (fields) => {
    for (const [id, label, unit] of fields) {
      const field = document.getElementById(id);
      if (!field || field.closest("[hidden]")) continue;
      const many = (most) => (unit ? `${most} ${unit}${Number(most) === 1 ? "" : "s"}` : most);
      const kind = field.validity;
      if (kind.rangeUnderflow) return `${label}: at least ${many(field.min)}`;
      if (kind.rangeOverflow) return `${label}: at most ${many(field.max)}`;
      if (kind.stepMismatch) return `${label}: a whole number`;
      if (kind.badInput || (!field.value.trim() && id !== "new-seed")) return `${label}: enter a number`;
    }
    return "";
  };
  const act = async (button, place, method, path, body, done) => {
    enter();
    if (!/^[\x21-\x7e]+$/.test(token())) {
      document.getElementById("trainer-token").focus();
      return say(place, "Enter the operator token first: the content of the file operator in the secrets directory.", true);
    }
    button.disabled = true;
    acting = place;
    const found = await ask(method, path, body);
    const text = found.told ? done(found.told) : found.status === 401 ? found.problem : "Not done: " + found.problem;
    say(place, text, !found.told || (found.told.beside || []).length);
    button.disabled = false;
    await look();
    acting = "";
  };
  const faultsOf = (plant) => (faults[plant] || []).map((fault) => [fault.key, fault.title]);
  const minutes = (id) => 60 * Number(value(id));
  const row = () => {
    const list = make("select", { class: "knob", "aria-label": "Fault" });
    training.options(list, faultsOf(value("new-plant")));
    const field = (label, start) => make("label", {}, make("span", { class: "key" }, label), make("input", { class: "knob", type: "number", min: "0", step: "any", value: start }));
    const made = make("div", { class: "plan-row inject" }, make("label", { class: "grow" }, make("span", { class: "key" }, "Fault"), list), field("Begins after, min", 3), field("Lasts, min", 6));
    made.append(make("button", { type: "button", class: "knob", "aria-label": "Remove this fault", onclick: () => made.remove() }, "Remove"));
    document.getElementById("plan-rows").append(made);
  };
  const plantChanged = () => {
    for (const list of document.querySelectorAll("#plan-rows select")) training.options(list, faultsOf(value("new-plant")));
    const most = document.getElementById("new-count");
    most.max = faultsOf(value("new-plant")).length;
    if (Number(most.value) > Number(most.max)) most.value = most.max;
  };
  const kind = () => {
    document.getElementById("by-surprise").hidden = value("new-kind") !== "surprise";
    document.getElementById("by-hand").hidden = value("new-kind") !== "chosen";
    if (value("new-kind") === "chosen" && faultsOf(value("new-plant")).length && !document.querySelector("#plan-rows .plan-row")) row();
  };
  const laterChanged = () => {
    training.options(document.getElementById("later-fault"), faultsOf(value("later-plant")));
    look();
  };
  const learn = async () => {
    const found = await ask("GET", "plants");
    if (!found.told) return;
    for (const plant of found.told.items) {
      plants[plant.plant] = plant.title;
      if (faults[plant.plant]) continue;
      const known = await ask("GET", `plants/${encodeURIComponent(plant.plant)}/faults`);
      if (known.told && known.told.items.length) faults[plant.plant] = known.told.items;
      else continue;
      for (const id of ["new-plant", "later-plant"]) {
        const list = document.getElementById(id);
        list.append(make("option", { value: plant.plant }, plant.title));
      }
      plantChanged();
      kind();
      training.options(document.getElementById("later-fault"), faultsOf(value("later-plant")));
    }
  };
  const create = (event) => {
    if (/[<>]/.test(value("new-name"))) return say("new-answer", "A name may not contain < or >.", true);
    const bad = wrong([["new-length", "Length", "minute"], ["new-reference", "Usual", "minute"], ["new-count", "How many", ""], ["new-seed", "Seed", ""]]);
    if (bad) return say("new-answer", bad, true);
    const body = { name: value("new-name").trim() || "Drill", plant: value("new-plant"), length_s: minutes("new-length"), reference_min: Number(value("new-reference")) };
    if (value("new-kind") === "surprise") {
      body.surprise = { count: Number(value("new-count")) };
      if (value("new-seed").trim()) body.surprise.seed = Number(value("new-seed"));
    } else
      body.faults = [...document.querySelectorAll("#plan-rows .plan-row")].map((one) => {
        const [after, lasts] = one.querySelectorAll("input");
        return { key: one.querySelector("select").value, after_s: 60 * Number(after.value), duration_s: 60 * Number(lasts.value) };
      });
    const cut = (body.faults || []).filter((fault) => fault.after_s + fault.duration_s > body.length_s).map((fault) => title(body.plant, fault.key));
    act(event.target, "new-answer", "POST", "drills", body, (told) => {
      chosen = told.id;
      return `Planned: ${told.name}. Show the class its address, then start it.` + (cut.length ? ` Cut at the end of the drill: ${cut.join(", ")}.` : "");
    });
  };
  const started = (drill, told) => {
    const text = `${drill.name} runs: from now on the truth is hidden from the class.`;
    const beside = told.beside.map((one) => (one.when ? `${one.title} when ${one.when}` : `${one.title} at ${clock(one.due)}`));
    return beside.length ? `${text} It is not alone, this strikes too: ${beside.join(", ")}.` : text;
  };
  const drillCard = (drill) => {
    const address = `${location.origin}/drills/${drill.id}`;
    const knob = (text, method, path, done, off) => make("button", { type: "button", class: "knob", disabled: off, onclick: (event) => (text !== "End now" || confirm(training.told("End the drill now, for the whole class?"))) && act(event.target, "drills-answer", method, path, undefined, done) }, text);
    return make(
      "section",
      { class: "panel drill-card", "aria-label": "Drill" },
      make("div", { class: "title" }, make("h3", { "data-verbatim": true }, drill.name), training.phase(drill)),
      make("p", { class: "note", id: "count-" + drill.id }, ""),
      make("p", {}, make("a", { href: "/drills/" + drill.id }, address)),
      make(
        "div",
        { class: "foot" },
        drill.phase === "planned" ? knob("Start", "POST", `drills/${drill.id}/start`, (told) => started(drill, told)) : null,
        drill.phase === "ended" ? null : knob(drill.phase === "planned" ? "Withdraw" : "End now", "DELETE", "drills/" + drill.id, () => (drill.phase === "planned" ? `${drill.name} is withdrawn.` : `${drill.name} has ended; its faults are reset.`)),
        make("button", { type: "button", class: "knob", "aria-pressed": String(drill.id === chosen), onclick: () => ((chosen = drill.id), look()) }, "Watch"),
      ),
    );
  };
  const progress = (fault) => fault.progress + (fault.told ? ": " + fault.told : "");
  const title = (plant, key) => training.title(faults[plant] || [], key);
  const lasts = (drill, fault) => length(fault.duration_s) + (fault.after_s + fault.duration_s > drill.length_s ? ", cut at the end" : "");
  const look = async () => {
    const found = await ask("GET", "drills");
    if (!found.told) return found.status === 401 ? undefined : lost("drills-answer", found.problem);
    lost("drills-answer", "");
    const drills = found.told.items;
    const now = drills.map((drill) => drill.id + drill.phase).join();
    if (phases && phases !== now) for (const place of ["new-answer", "drills-answer"]) if (place !== acting) say(place, "");
    phases = now;
    if (!chosen && drills.length) chosen = (drills.find((drill) => drill.phase === "running") || drills[0]).id;
    // Marks come in all the time: the buttons of a card must not be drawn anew under the pointer.
    const cards = drills.slice(0, 12);
    fill("drills", { drills: cards.map((one) => ({ ...one, remaining_s: null, participants: null, marks: null })), chosen }, (shown) => (shown.drills.length ? shown.drills.map(drillCard) : make("p", { class: "empty" }, "No drill yet.")));
    for (const one of cards) {
      const until = one.phase === "running" ? `; until ${clock(one.end)}` : "";
      say("count-" + one.id, `${plants[one.plant] || words(one.plant)}, ${length(one.length_s)}; ${one.participants} in the class, ${one.marks} marks${until}`);
    }
    const drill = drills.find((one) => one.id === chosen);
    const board = drill && (await ask("GET", `drills/${chosen}/board`));
    fill("watch-title", drill ? drill.name : "", (name) => (name ? [make("span", {}, "Class of "), make("span", { "data-verbatim": true }, name)] : make("span", {}, "Class")));
    if (board && board.told) fill("watch-board", board.told, (told) => training.board(told, ""));
    const plan = drill && token() && document.getElementById("truth").open ? await ask("GET", `drills/${chosen}/plan`) : null;
    fill("truth-plan", plan ? plan.told || plan.problem : null, (told) =>
      told && told.faults
        ? [
            training.table("plan stacked", [{ text: "Fault" }, { text: "After", cls: "n" }, { text: "Lasts", cls: "n" }, { text: "Due", cls: "t" }, { text: "Struck", cls: "t" }, { text: "Reset", cls: "t" }, { text: "Progress" }], [
              ...told.faults.map((fault) => ({ cells: [title(drill.plant, fault.key), length(fault.after_s), lasts(drill, fault), clock(fault.due), clock(fault.struck), clock(fault.reset), progress(fault)] })),
              ...told.beside.map((fault) => ({ cells: [fault.title, "–", "–", fault.when ? "when " + fault.when : clock(fault.due), "–", "–", fault.progress + ", beside the drill"] })),
            ]),
            told.seed === null ? null : make("p", { class: "note small" }, `Surprise of seed ${told.seed}: the same seed gives the same drill.`),
          ]
        : make("p", { class: "note" }, told || "With the operator token it is shown here."),
    );
    const plant = value("later-plant");
    const open = token() && plant ? await Promise.all([ask("GET", `plants/${encodeURIComponent(plant)}/schedule`), ask("GET", `plants/${encodeURIComponent(plant)}/faults`)]) : null;
    const ready = open && open[0].told && open[1].told;
    fill("later-list", ready ? { plant, planned: open[0].told.items.slice(-20).reverse(), active: open[1].told.items.filter((fault) => fault.active).map((fault) => fault.title) } : null, (shown) =>
      shown
        ? [
            make("p", { class: "note" }, shown.active.length ? `There now: ${shown.active.join(", ")}.` : "No fault is there now."),
            shown.planned.length
              ? training.table(
                  "later stacked",
                  [{ text: "Fault" }, { text: "Due", cls: "t" }, { text: "Lasts", cls: "n" }, { text: "Progress" }, { text: "" }],
                  shown.planned.map((fault) => ({
                    cells: [
                      title(shown.plant, fault.key), clock(fault.due), length(fault.duration_s), progress(fault),
                      ["waiting", "struck"].includes(fault.progress)
                        ? make("button", { type: "button", class: "knob", onclick: (event) => act(event.target, "later-answer", "DELETE", `plants/${encodeURIComponent(shown.plant)}/schedule/${fault.number}`, undefined, () => "Taken back.") }, "Take back")
                        : "",
                    ],
                  })),
                )
              : null,
          ]
        : make("p", { class: "note" }, "With the operator token what is there and what is planned is shown here."),
    );
  };
  document.getElementById("trainer-token").onchange = () => {
    enter();
    look();
  };
  document.getElementById("new-plant").onchange = plantChanged;
  document.getElementById("new-kind").onchange = kind;
  document.getElementById("add-fault").onclick = row;
  document.getElementById("create").onclick = create;
  document.getElementById("later-plant").onchange = laterChanged;
  document.getElementById("truth").ontoggle = () => look();
  document.getElementById("later").onclick = (event) => {
    const bad = wrong([["later-after", "Strikes after", "minute"], ["later-lasts", "Lasts", "minute"]]);
    if (bad) return say("later-answer", bad, true);
    act(event.target, "later-answer", "POST", `plants/${encodeURIComponent(value("later-plant"))}/schedule`, { key: value("later-fault"), after_s: minutes("later-after"), duration_s: minutes("later-lasts") }, (told) => `Planned: strikes at ${clock(told.due)}.`);
  };
  document.getElementById("reset-all").onclick = (event) =>
    act(event.target, "later-answer", "DELETE", `plants/${encodeURIComponent(value("later-plant"))}/faults`, undefined, (told) => (told.keys.length ? `The plant resets ${told.keys.map((key) => title(value("later-plant"), key)).join(", ")}.` : "There was nothing to reset."));
  if (["127.0.0.1", "localhost", "[::1]"].includes(location.hostname)) document.getElementById("loopback").hidden = false;
  enter(); // a browser keeps what was chosen before a reload
  kind();
  training.later(learn, 10000);
  training.later(look, 2000);
};
