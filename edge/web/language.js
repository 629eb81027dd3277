// Puts the page into another language: what the server wrote in English is looked up in a catalogue, word by word,
// as soon as it appears and before it is painted. What the catalogue does not know stays as it is.
window.edgeLanguage = function (catalogue) {
  const patterns = catalogue.patterns.map(([from, to]) => [new RegExp("^" + from + "$"), to]);
  const separators = [["; ", "；"], [": ", "："], [" → ", " → "], [" ↔ ", " ↔ "], [", ", "，"], [" / ", " / "]];
  const kept = new Map();
  // The same with its first letter the other way: a name stands within a sentence and at its beginning.
  const turned = (text) => {
    const first = text[0] === text[0].toUpperCase() ? text[0].toLowerCase() : text[0].toUpperCase();
    return first + text.slice(1);
  };
  // A name that was cut to fit is known when all names that begin like it begin with the shortest of them.
  const whole = (text) => {
    const start = text.slice(0, -1).toLowerCase();
    const found = Object.keys(catalogue.words).filter((name) => name.toLowerCase().startsWith(start));
    const least = found.reduce((one, other) => (other.length < one.length ? other : one), found[0] || "");
    const same = found.every((name) => name.toLowerCase().startsWith(least.toLowerCase()));
    return same ? catalogue.words[least] : undefined;
  };
  // Codes, numbers and abbreviations hold no word of a language.
  const wordless = (text) => !/[A-Za-z]{3}/.test(text.replace(/\S*[\d_/]\S*|\b[A-Z]{2,}\w*/g, ""));
  // What separators join is told as a whole or not at all; a name may hold a separator itself, so long parts go first.
  // A long text is a paragraph, which the catalogue knows or not: taken apart in every way it would hold up the page.
  const join = (text, from, to) => {
    if (text.length > 240 || text.split(from).length > 8) return text;
    for (let cut = text.lastIndexOf(from); cut >= 0; cut = cut ? text.lastIndexOf(from, cut - 1) : -1) {
      const parts = [text.slice(0, cut), text.slice(cut + from.length)];
      const told = parts.map(look);
      if (parts.every((part, place) => told[place] !== part || wordless(part))) return told.join(to);
    }
    return text;
  };
  const find = (text) => {
    const other = turned(text);
    const known = catalogue.words[text] || catalogue.words[other] || (text.endsWith("…") && whole(text));
    if (known) return known;
    if (text.includes(" · ")) return text.split(" · ").map(look).join(" · ");
    for (const [from, to] of patterns) {
      const found = text.match(from) || other.match(from);
      const told = found ? to.replace(/\$(\d)/g, (_, place) => look((found[place] || "").trim())).trimEnd() : text;
      if (told !== text && told !== other) return told;
    }
    for (const [from, to] of separators) {
      const told = text.includes(from) ? join(text, from, to) : text;
      if (told !== text) return told;
    }
    return text;
  };
  const look = (text) => {
    if (!/[A-Za-z]{2}|\d [dhs]\b/.test(text)) return text;
    if (!kept.has(text)) {
      if (kept.size > 5000) kept.clear();
      kept.set(text, find(text));
    }
    return kept.get(text);
  };
  // Before a colon may stand a name of a plant that the catalogue does not know.
  const known = (text) => {
    const told = look(text);
    const cut = text.indexOf(": ");
    if (told !== text || cut < 0) return told;
    const [rest, said] = [text.slice(cut + 2), look(text.slice(cut + 2))];
    return said === rest ? text : `${text.slice(0, cut)}：${said}`;
  };
  const translate = (text) => {
    const bare = text.trim();
    const told = known(bare);
    return told === bare ? text : text.replace(bare, () => told);
  };
  const names = ["aria-label", "title", "placeholder", "data-name"];
  const attributes = (element) => {
    for (const name of names) {
      const text = element.getAttribute(name);
      if (!text) continue;
      const told = translate(text);
      if (told !== text) element.setAttribute(name, told);
    }
  };
  // A name in two lines of a drawing is known as a whole only.
  const unit = (element) => {
    const lines = [...element.querySelectorAll(".name")];
    const name = lines.map((line) => line.textContent).join(" ");
    const told = translate(element.querySelector("title")?.textContent || name);
    if (lines.length < 2 || told === name) return;
    lines[0].textContent = told;
    for (const line of lines.slice(1)) line.textContent = "";
  };
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      if (node.parentElement && node.parentElement.closest("script, style, [data-verbatim]")) return;
      const told = translate(node.data);
      if (told !== node.data) node.data = told;
    } else if (node.nodeType === Node.ELEMENT_NODE && node.localName !== "script" && node.localName !== "style") {
      attributes(node);
      if (node.matches(".unit")) unit(node);
      for (const child of node.childNodes) walk(child);
    }
  };
  // The page's frame says that it is English when it is put together.
  const told = () => {
    if (document.documentElement.lang !== catalogue.language) document.documentElement.lang = catalogue.language;
  };
  told();
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "attributes") {
        if (change.target === document.documentElement) told();
        else attributes(change.target);
      }
      else if (change.type === "characterData") walk(change.target);
      else for (const node of change.addedNodes) walk(node);
    }
  }).observe(document.documentElement, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: [...names, "lang"],
  });
  walk(document.documentElement);
  window.edgeTranslate = translate;
};
