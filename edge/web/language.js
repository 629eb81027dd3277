// Puts the page into another language: what the server wrote in English is looked up in a catalogue, word by word,
// as soon as it appears and before it is painted. What the catalogue does not know stays as it is.
window.edgeLanguage = function (catalogue) {
  const patterns = catalogue.patterns.map(([from, to]) => [new RegExp("^" + from + "$"), to]);
  const separators = [["; ", "；"], [": ", "："], [", ", "，"], [" / ", " / "]];
  const kept = new Map();
  const swap = (text) => {
    const other = text[0] === text[0].toUpperCase() ? text[0].toLowerCase() : text[0].toUpperCase();
    return catalogue.words[text] || catalogue.words[other + text.slice(1)];
  };
  const look = (text) => {
    if (!/[A-Za-z]{2}/.test(text)) return text;
    const known = swap(text);
    if (known) return known;
    if (text.includes(" · ")) return text.split(" · ").map(look).join(" · ");
    for (const [from, to] of patterns) {
      const found = text.match(from);
      if (found) return to.replace(/\$(\d)/g, (_, place) => look((found[place] || "").trim()));
    }
    for (const [from, to] of separators) {
      if (!text.includes(from)) continue;
      const parts = text.split(from);
      const told = parts.map(look);
      if (told.some((part, place) => part !== parts[place])) return told.join(to);
    }
    return text;
  };
  const translate = (text) => {
    const bare = text.trim();
    if (!bare) return text;
    if (!kept.has(bare)) {
      if (kept.size > 5000) kept.clear();
      kept.set(bare, look(bare));
    }
    const told = kept.get(bare);
    return told === bare ? text : text.replace(bare, () => told);
  };
  const names = ["aria-label", "title", "placeholder"];
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
    const whole = lines.map((line) => line.textContent).join(" ");
    const told = translate(element.querySelector("title")?.textContent || whole);
    if (lines.length < 2 || told === whole) return;
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
