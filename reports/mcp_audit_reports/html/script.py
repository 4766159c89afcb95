"""What the page does by itself: filters, copying, the theme. It reads text of the page and writes none as markup."""

SCRIPT = r"""
"use strict";
(() => {
  const root = document.documentElement;
  const all = (query, within = document) => [...within.querySelectorAll(query)];
  root.classList.add("scripting");

  const theme = document.getElementById("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (dark.matches ? "dark" : "light")) === "dark";
  const tellTheme = () => theme.setAttribute("aria-pressed", String(isDark()));
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    tellTheme();
  });
  dark.addEventListener("change", tellTheme);
  tellTheme();

  const said = document.getElementById("said");
  const copy = async (button) => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      getSelection().selectAllChildren(source);
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    said.textContent = "Copied to the clipboard";
    setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 2000);
  };
  for (const button of all("[data-copy]")) button.addEventListener("click", () => copy(button));

  const matches = {
    area: (row, value) => row.closest("[data-group]").dataset.group === value,
    level: (row, value) => row.dataset.level === value,
    severity: (row, value) => row.dataset.severity === value,
    category: (row, value) => row.dataset.category === value,
    revision: (row, value) => row.dataset.revision.split(" ").includes(value),
    state: (row, value, asked) => (asked.at ? row.dataset.state[asked.at] : row.dataset.state).includes(value),
    at: (row, value) => row.dataset.state[value] !== "-",
    text: (row, value) => row.dataset.text.includes(value),
  };

  const filtered = (bar) => {
    const name = bar.dataset.filters;
    const list = document.getElementById(name);
    const rows = all("[data-row]", list);
    const groups = all("[data-group]", list);
    const fields = all("[data-filter]", bar);
    const count = bar.querySelector("[data-count]");
    const opened = new Map(groups.map((group) => [group, group.open]));
    let before = false;

    const apply = () => {
      const asked = {};
      for (const field of fields) {
        const value = field.value.trim().toLowerCase();
        if (value) asked[field.dataset.filter] = field.dataset.filter === "text" ? value : field.value;
      }
      const some = Object.keys(asked);
      if (asked.text) for (const row of rows) row.dataset.text ||= row.textContent.toLowerCase();
      let shown = 0;
      for (const row of rows) {
        row.hidden = !some.every((what) => matches[what](row, asked[what], asked));
        shown += row.hidden ? 0 : 1;
      }
      for (const group of groups) {
        group.hidden = some.length > 0 && !group.querySelector("[data-row]:not([hidden])");
        if (some.length) group.open = !group.hidden;
        else if (before) group.open = opened.get(group);
      }
      before = some.length > 0;
      count.textContent = `${shown} of ${rows.length} shown`;
    };

    let waiting = 0;
    for (const field of fields) {
      field.addEventListener("change", apply);
      field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 120); });
    }
    const set = (values) => {
      for (const field of fields) field.value = values[field.dataset.filter] ?? "";
      apply();
    };
    bar.querySelector("[data-reset]").addEventListener("click", () => set({}));
    apply();
    return { set, fields };
  };

  const bars = new Map(all("[data-filters]").map((bar) => [bar.dataset.filters, filtered(bar)]));

  for (const cell of all("a[data-area]")) {
    cell.addEventListener("click", () => bars.get("duties").set({ area: cell.dataset.area, at: cell.dataset.at }));
  }

  for (const button of all("[data-all]")) {
    button.addEventListener("click", () => {
      const rows = all(":scope > details:not([hidden])", document.getElementById(button.dataset.all));
      const open = button.textContent === "Open all";
      for (const row of rows) row.open = open;
      button.textContent = open ? "Close all" : "Open all";
    });
  }

  const reveal = () => {
    const place = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!place) return;
    if (place.hidden && bars.has("found")) bars.get("found").set({});
    if (place.matches("details")) {
      place.open = true;
      place.firstElementChild.focus({ preventScroll: true });
      place.scrollIntoView();
    }
  };
  addEventListener("hashchange", reveal);
  for (const link of all('a[href^="#"]')) link.addEventListener("click", () => setTimeout(reveal));
  reveal();

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details.finding:not([open])");
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of closed) one.open = false; });
})();
"""
"""The only script of the page; its hash is in the policy."""
