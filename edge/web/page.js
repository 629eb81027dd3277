// What the page does in the browser: apply small changes to the mimic, tell selections, keep the theme.
window.edgePage = {
  patch(change) {
    for (const [name, look] of Object.entries(change.units || {})) {
      for (const unit of document.querySelectorAll(`.unit[data-unit="${CSS.escape(name)}"]`)) {
        unit.dataset.style = look.style;
        unit.dataset.severity = look.severity;
        unit.setAttribute("aria-label", look.spoken);
        unit.querySelector(".glyph").setAttribute("d", look.glyph);
        for (const part of ["word", "value", "alarm"]) {
          const text = unit.querySelector("." + part);
          if (text.textContent !== look[part]) text.textContent = look[part];
        }
      }
    }
    for (const [place, stock] of Object.entries(change.buffers || {})) {
      for (const buffer of document.querySelectorAll(`.stock[data-buffer="${CSS.escape(place)}"]`)) {
        buffer.querySelector(".level").setAttribute("height", stock.height);
        buffer.querySelector(".count").textContent = stock.text;
      }
    }
  },
  select(name) {
    for (const unit of document.querySelectorAll(".unit"))
      unit.dataset.unit === name ? unit.setAttribute("aria-current", "true") : unit.removeAttribute("aria-current");
  },
  choose(id, value) {
    const list = document.getElementById(id);
    if (list) list.value = value;
  },
  theme(next) {
    const order = ["auto", "light", "dark"];
    let name = "auto";
    try {
      name = localStorage.getItem("edge-theme") || "auto";
    } catch {}
    if (!order.includes(name)) name = "auto";
    if (next) name = order[(order.indexOf(name) + 1) % order.length];
    try {
      localStorage.setItem("edge-theme", name);
    } catch {}
    setDark(name === "auto" ? null : name === "dark");
    for (const knob of document.querySelectorAll(".theme-knob")) knob.textContent = "Theme: " + name;
  },
  language(name) {
    document.cookie = `edge_language=${name};path=/;max-age=31536000;samesite=lax`;
    location.reload();
  },
  tip(points, unit) {
    const own = points.find((point) => point.seriesId === "mean");
    if (!own) return "";
    const [time, mean, low, high] = own.value;
    const show = (value) => (value === null || value === undefined ? "–" : Number(value.toPrecision(5)).toLocaleString("en-GB"));
    const at = new Date(time).toISOString().replace("T", " ").slice(0, 19);
    return `${at}<br><b>${show(mean)} ${unit}</b>` + (low === high ? "" : `<br>lowest ${show(low)}, highest ${show(high)}`);
  },
};
// What is asked of the API goes with the token in the field, which leaves the page in the request's header only.
edgePage.field = (name) => document.getElementById("fault-" + name);
edgePage.say = function (text, bad) {
  edgePage.field("answer").textContent = text;
  edgePage.field("answer").classList.toggle("bad", bad);
};
edgePage.ask = async function (button, method, path, body, done) {
  const token = edgePage.field("token").value.trim();
  if (!token) {
    edgePage.field("token").focus();
    return edgePage.say("Enter the operator token first: the content of the file operator in the secrets directory.", true);
  }
  if (!/^[\x21-\x7e]+$/.test(token)) return edgePage.say("This is no token: it has characters that no token has.", true);
  const plant = button.closest("[data-plant]").dataset.plant;
  button.disabled = true;
  try {
    const place = path.startsWith("/") ? path : `/api/v1/plants/${encodeURIComponent(plant)}/${path}`;
    const found = await fetch(place, {
      method,
      headers: { Authorization: "Bearer " + token, "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const told = await found.json();
    if (found.ok) edgePage.say(done(told), false);
    else edgePage.say(`Not done: ${told.detail}`, true);
  } catch (error) {
    edgePage.say(`Not done: the edge did not answer (${error.message}).`, true);
  }
  setTimeout(() => (button.disabled = false), 500);
};
edgePage.fault = function (button) {
  const field = edgePage.field;
  const { fault, method } = button.dataset;
  const body = { reason: field("reason").value };
  const trigger = field("trigger").value;
  if (trigger === "after") body.after = 60 * Number(field("after").value);
  if (trigger === "when") body.when = field("when").value;
  // An empty field would mean at once.
  if (field("token").value.trim() && method === "POST" && trigger === "after" && !(field("after").value.trim() && body.after >= 0)) {
    field("after").focus();
    return edgePage.say("Enter after how many minutes it shall strike: a number, 0 or more.", true);
  }
  if (field("token").value.trim() && method === "POST" && trigger === "when" && !body.when.trim()) {
    field("when").focus();
    return edgePage.say("Enter the condition first, for example: line/prod_processed_count > 5000.", true);
  }
  return edgePage.ask(button, method, `faults/${encodeURIComponent(fault)}`, method === "POST" ? body : undefined, (told) => {
    if (method === "DELETE") return `${fault}: the plant resets it, and withdraws what was pending.`;
    if (told.when) return `${fault}: pending until ${told.when}.`;
    return told.due ? `${fault}: pending until its time has come.` : `${fault}: the plant has accepted it.`;
  });
};
edgePage.upgrade = function (button) {
  const { upgrade, strength, mode } = button.dataset;
  const path = `upgrades/${encodeURIComponent(upgrade)}`;
  if (mode) return edgePage.ask(button, "PUT", `${path}/mode`, { mode }, () => `${upgrade}: its loops are ${mode} now.`);
  return edgePage.ask(button, "POST", path, { strength: Number(strength) }, () => `${upgrade}: the plant has accepted it; the effect follows.`);
};
edgePage.compare = function (button) {
  if (button.dataset.compare === "cancel")
    return edgePage.ask(button, "DELETE", `/api/v1/comparisons/${encodeURIComponent(button.dataset.id)}`, undefined, () => "Cancelled.");
  const number = (name) => {
    const field = document.getElementById("compare-" + name);
    if (field.checkValidity()) return field.value.trim() === "" ? null : Number(field.value);
    field.focus();
    throw new RangeError(`${field.closest("label").innerText.trim()}: ${field.validationMessage}`);
  };
  const boxes = [...document.querySelectorAll("#compare-form input[name=upgrade]")];
  const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
  if (!chosen.length) return edgePage.say("Choose at least one upgrade.", true);
  const body = { plant: button.closest("[data-plant]").dataset.plant, level: document.getElementById("compare-level").value };
  try {
    body.days = number("days");
    for (const [key, name] of [["replications", "replications"], ["waterfall", "waterfall"], ["budget_min", "budget"]])
      if ((body[key] = number(name)) === null) delete body[key];
  } catch (error) {
    return edgePage.say(error.message, true);
  }
  if (chosen.length < boxes.length) body.upgrades = chosen;
  return edgePage.ask(button, "POST", "/api/v1/comparisons", body, () => "Started: it is in the list below.");
};
// Rows of a table as [key, cells or null]: what is null stays as it is, so that focus and selection stay too.
edgePage.rows = function (id, rows) {
  const body = document.getElementById(id).tBodies[0];
  const known = new Map([...body.rows].map((row) => [row.dataset.key, row]));
  let place = body.firstElementChild;
  for (const [key, cells] of rows) {
    let row = known.get(key);
    known.delete(key);
    if (!row) {
      row = document.createElement("tr");
      row.dataset.key = key;
    }
    if (cells !== null) {
      const held = row.contains(document.activeElement) ? document.activeElement.localName : "";
      row.innerHTML = cells;
      if (held) (row.querySelector(held) || row.querySelector("a, button") || body.querySelector("a, button"))?.focus();
    }
    if (row === place) place = place.nextElementSibling;
    else body.insertBefore(row, place);
  }
  for (const row of known.values()) row.remove();
};
edgePage.acknowledge = function (button) {
  const one = button.dataset.event;
  const shown = [...document.querySelectorAll("#events button[data-event]")].map((other) => other.dataset.event);
  const ids = one === "*" ? shown.slice(0, 200) : [one];
  button.closest("section").querySelector("details").open = true;
  if (!ids.length) return edgePage.say("Everything shown is acknowledged already.", false);
  return edgePage.ask(button, "POST", "events/acknowledge", { ids, note: edgePage.field("reason").value }, (told) => `Acknowledged: ${told.acknowledged}.`);
};
document.addEventListener("change", (event) => {
  if (event.target.id !== "fault-trigger") return;
  for (const label of document.querySelectorAll("[data-trigger]")) label.hidden = label.dataset.trigger !== event.target.value;
});
document.addEventListener("click", (event) => {
  const button = event.target.closest && event.target.closest("button[data-fault]");
  if (button) edgePage.fault(button);
  const knob = event.target.closest && event.target.closest("button[data-upgrade]");
  if (knob) edgePage.upgrade(knob);
  const compare = event.target.closest && event.target.closest("button[data-compare]");
  if (compare) edgePage.compare(compare);
  const seen = event.target.closest && event.target.closest("button[data-event]");
  if (seen) edgePage.acknowledge(seen);
});
document.addEventListener("click", (event) => {
  const unit = event.target.closest && event.target.closest(".unit");
  if (unit) emitEvent("unit", unit.dataset.unit);
});
document.addEventListener("keydown", (event) => {
  const unit = event.target.closest && event.target.closest(".unit");
  if (unit && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    emitEvent("unit", unit.dataset.unit);
  }
});
// The kept theme is applied as soon as the page has been built; before that it would be overwritten.
(function begin() {
  if (document.querySelector(".theme-knob")) edgePage.theme(false);
  else setTimeout(begin, 20);
})();
