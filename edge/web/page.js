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
  tip(points, unit) {
    const own = points.find((point) => point.seriesId === "mean");
    if (!own) return "";
    const [time, mean, low, high] = own.value;
    const show = (value) => (value === null || value === undefined ? "–" : Number(value.toPrecision(5)).toLocaleString("en-GB"));
    const at = new Date(time).toISOString().replace("T", " ").slice(0, 19);
    return `${at}<br><b>${show(mean)} ${unit}</b>` + (low === high ? "" : `<br>lowest ${show(low)}, highest ${show(high)}`);
  },
};
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
