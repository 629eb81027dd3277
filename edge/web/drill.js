// The class's page: one drill, joined under a name; after the end the truth against the marks.
training.drill = function (id) {
  const { make, ask, fill, say, lost, value, clock, length } = training;
  const kept = "drill-" + id;
  let me = null;
  try {
    me = JSON.parse(sessionStorage.getItem(kept) || "null");
  } catch {}
  let plant = "";
  let faults = [];
  let units = [];
  let left = null;
  let phase = "";
  const headers = () => ({ "Participant-Token": me.token });
  const show = (name, on) => {
    const place = document.getElementById(name);
    if (place) place.hidden = !on;
  };
  const fault = (key) => (key ? training.title(faults, key) : "something else");
  const ready = () => (document.getElementById("mark").disabled = !value("mark-unit") || !value("mark-fault"));
  const lists = () => {
    const own = faults.filter((one) => one.unit === value("mark-unit"));
    training.options(document.getElementById("mark-fault"), [["", "choose…"], ...own.map((one) => [one.key, one.title]), ["-", "something else"]], "");
    ready();
  };
  const learn = async (name) => {
    const [parts, known] = await Promise.all([ask("GET", `plants/${encodeURIComponent(name)}/units`), ask("GET", `plants/${encodeURIComponent(name)}/faults`)]);
    if (!parts.told || !known.told) return;
    faults = known.told.items;
    units = parts.told.items;
    plant = name;
    training.options(document.getElementById("mark-unit"), [["", "choose…"], ...units.map((unit) => [unit.name, unit.title])], "");
    lists();
  };
  const marks = async () => {
    const found = await ask("GET", `drills/${id}/marks`, headers());
    if (found.status === 401) {
      me = null;
      sessionStorage.removeItem(kept);
      return;
    }
    if (found.told)
      fill("own-marks", found.told.items, (items) =>
        items.length
          ? training.table("own", [{ text: "Since", cls: "t" }, { text: "Unit" }, { text: "Fault" }, { text: "Marked at", cls: "t" }], [...items].reverse().map((one) => ({ cells: [clock(one.time), training.title(units, one.unit), fault(one.fault), clock(one.made)] })))
          : make("p", { class: "empty" }, "No mark yet. Look at the plant: what is not as it was?"),
      );
  };
  const result = async () => {
    const found = await ask("GET", `drills/${id}/result`);
    if (!found.told) return fill("result", found.problem, (text) => make("p", { class: "empty" }, text));
    const drill = (await ask("GET", "drills/" + id)).told;
    if (drill) fill("result", { drill, told: found.told, me: me && me.name }, (shown) => training.result(shown.drill, shown.told, shown.me, (mark) => [training.title(units, mark.unit), fault(mark.fault)]));
  };
  const look = async () => {
    const found = await ask("GET", "drills/" + id);
    if (!found.told) return lost("drill-answer", found.problem);
    lost("drill-answer", "");
    const drill = found.told;
    if (plant !== drill.plant) await learn(drill.plant);
    if (phase && phase !== drill.phase) say("drill-answer", "");
    phase = drill.phase;
    left = drill.remaining_s === null ? null : performance.now() + 1000 * drill.remaining_s;
    fill("remaining-key", left === null ? "Length" : "Remaining", (text) => text);
    if (left === null) document.getElementById("remaining").textContent = length(drill.length_s);
    fill("drill-facts", drill, (one) =>
      [["State", training.phase(one)], ["Length", length(one.length_s)], ["Began", clock(one.start)], ["Class", one.participants], ["Marks", one.marks]].map(([key, text]) =>
        make("div", { class: "fact" }, make("span", { class: "key" }, key), make("span", { class: "val" }, text)),
      ),
    );
    if (me) await marks();
    show("join-panel", !me && drill.phase !== "ended");
    show("mark-panel", me && drill.phase === "running");
    show("wait-panel", me && drill.phase === "planned");
    show("own-panel", me && drill.phase === "running");
    show("remaining-part", drill.phase !== "ended");
    show("result-panel", drill.phase === "ended" && !training.withdrawn(drill));
    if (training.withdrawn(drill)) {
      say("drill-answer", "This drill was withdrawn before it began.");
      return 60000;
    }
    const board = await ask("GET", `drills/${id}/board`);
    if (board.told) fill("board", { told: board.told, me: me && me.name }, (shown) => training.board(shown.told, shown.me));
    if (drill.phase !== "ended") return 0;
    await result();
    return 15000; // little changes any more
  };
  document.getElementById("mark-unit").onchange = lists;
  document.getElementById("mark-fault").onchange = ready;
  document.getElementById("join").onclick = async () => {
    const name = value("join-name").trim();
    if (!name) return say("drill-answer", "Enter a name first, yours or your team's.", true);
    if (/[<>]/.test(name)) return say("drill-answer", "A name may not contain < or >.", true);
    const found = await ask("POST", `drills/${id}/participants`, {}, { name });
    if (!found.told) return say("drill-answer", "Not joined: " + found.problem, true);
    me = { name: found.told.name, token: found.told.token };
    try {
      sessionStorage.setItem(kept, JSON.stringify(me));
    } catch {}
    say("drill-answer", `You take part as ${me.name}.`);
    await look();
  };
  document.getElementById("mark").onclick = async (event) => {
    event.target.disabled = true;
    const found = await ask("POST", `drills/${id}/marks`, headers(), { unit: value("mark-unit"), fault: value("mark-fault") === "-" ? null : value("mark-fault"), time: value("mark-since") });
    say("drill-answer", found.told ? `Marked at ${clock(found.told.made)}. What it was worth is told after the end.` : "Not marked: " + found.problem, !found.told);
    ready();
    if (found.told) await look();
  };
  setInterval(() => {
    const place = document.getElementById("remaining");
    if (left === null || !place) return;
    const text = length(Math.max(0, (left - performance.now()) / 1000));
    if (place.dataset.shown !== text) place.textContent = place.dataset.shown = text;
  }, 500);
  training.later(look, 2000);
};
// Ticks of a time line at round times of the plant's clock: whole minutes, with seconds where it is short.
training.axis = function (start, width) {
  const seconds = width < 240000;
  const steps = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
  const step = 1000 * (steps.find((one) => width / one / 1000 <= (seconds ? 4 : 5)) || 7200);
  const ticks = [];
  for (let at = Math.ceil(start / step) * step; at <= start + width; at += step) {
    const place = (100 * (at - start)) / width;
    const shift = place < 8 ? 0 : place > 92 ? -100 : -50;
    ticks.push(training.make("span", { style: `left:${place}%;transform:translateX(${shift}%)` }, training.clock(new Date(at).toISOString()).slice(0, step % 60000 ? 8 : 5)));
  }
  return training.make("div", { class: "axis exact" }, ...ticks);
};
training.result = function (drill, told, own, named) {
  const { make, clock, length, number, points } = training;
  const start = Date.parse(drill.start);
  const width = Math.max(1, Date.parse(drill.end) - start);
  const at = (time) => `${Math.min(100, Math.max(0, (100 * (Date.parse(time) - start)) / width))}%`;
  const mine = told.rows.find((row) => row.name === own);
  const shapes = { named: "◆", found: "◇", "wrong name": "◇", "false alarm": "✕", repeat: "·" };
  const sign = (mark) => make("span", { class: "sign " + mark.verdict.replace(" ", "-"), style: `left:${at(mark.made)}`, title: `${mark.verdict}, ${clock(mark.made)}, ${named(mark).join(", ")}` }, shapes[mark.verdict]);
  const onset = (off) => (off === null ? "–" : Math.round(off) === 0 ? "to the second" : `${length(Math.abs(off))} ${off > 0 ? "late" : "early"}`);
  const wide = (from, to) => `left:${at(from)};width:calc(${at(to)} - ${at(from)})`;
  const lanes = told.truth.map((fault, index) => {
    const finding = mine && mine.findings[index];
    const found = finding && finding.delay_s !== null ? new Date(Date.parse(fault.begin) + 1000 * finding.delay_s).toISOString() : fault.end;
    const until = found < fault.end ? found : fault.end;
    const signs = mine ? mine.marks.filter((mark) => mark.credited === index) : [];
    return [
      make("div", { class: "lab", title: fault.title }, fault.title),
      make("div", { class: "span-lane" }, make("i", { class: "there", style: wide(fault.begin, fault.end) }), mine ? make("i", { class: "unseen", style: wide(fault.begin, until) }) : null, ...signs.map(sign)),
    ];
  });
  for (const row of told.rows) {
    const who = make("div", { class: "lab team" }, make("span", { "data-verbatim": true }, row.name), row.name === own ? " (you)" : "");
    lanes.push([who, make("div", { class: "span-lane team" }, ...row.marks.map(sign))]);
  }
  const parts = [];
  if (!told.truth.length) parts.push(make("p", { class: "empty" }, "No fault struck in this drill."));
  if (lanes.length)
    parts.push(
      make("div", { class: "lanes truth" }, ...lanes.flat(), make("div"), training.axis(start, width)),
      make("div", { class: "legend" }, make("span", {}, make("i", { class: "sw there" }), "the fault was there"), mine ? make("span", {}, make("i", { class: "sw unseen" }), "until your mark") : null, ...(told.rows.length ? ["◆ named", "◇ found, not named", "✕ false alarm", "· repeat"].map((text) => make("span", {}, text)) : [])),
    );
  if (told.truth.length)
    parts.push(
      training.table(
        "findings stacked",
        [{ text: "Fault" }, { text: "Unit" }, { text: "Struck", cls: "t" }, { text: "Reset", cls: "t" }, ...(mine ? [{ text: "You" }, { text: "Delay", cls: "n" }, { text: "Your onset", cls: "n" }, { text: "Scrap lost", cls: "n" }, { text: "kWh lost", cls: "n" }, { text: "Points", cls: "n" }] : [])],
        told.truth.map((fault, index) => {
          const one = mine && mine.findings[index];
          return { cells: [fault.title, fault.unit_title, clock(fault.begin), clock(fault.end), ...(one ? [one.outcome, length(one.delay_s), onset(one.error_s), number(one.scrap, one.scrap_within), number(one.kwh, one.kwh_within), points(one.points)] : [])] };
        }),
      ),
    );
  if (mine && mine.marks.length)
    parts.push(
      training.table(
        "own",
        [{ text: "Marked at", cls: "t" }, { text: "Since", cls: "t" }, { text: "Unit" }, { text: "Fault" }, { text: "Worth" }],
        mine.marks.map((mark) => ({ cells: [clock(mark.made), clock(mark.time), ...named(mark), mark.verdict] })),
      ),
    );
  const weights = told.weights;
  const reference = told.reference
    ? `Scrap and kWh lost are what the line's telemetry shows above its own usual of the ${told.reference.minutes} minutes before the drill (${number(100 * told.reference.reject_share)} % rejects, ${number(told.reference.kwh_per_unit)} kWh a piece), from onset to mark; negative: less than usual, nothing lost. ± holds about 95 % of what chance does, and a set-up or stop of its own counts too.`
    : told.no_reference[0].toUpperCase() + told.no_reference.slice(1) + ".";
  parts.push(
    make("p", { class: "note small" }, reference),
    told.reference && !told.reference.reject_share ? make("p", { class: "note small" }, "The usual had no reject: ± of scrap is the upper bound of 95 % by the rule of three, 3/n of n pieces (Hanley, Lippman-Hand 1983).") : null,
    make("p", { class: "note small" }, `Points: ${weights.named} for a fault named, ${weights.found} for one found, less ${weights.delay} a minute of delay and ${weights.loss} a minute's worth of output or energy lost; ${weights.false_alarm} off for a false alarm, ${weights.wrong_name} for a wrong name. The weights are fixed, a choice for teaching (est.).`),
  );
  return parts;
};
