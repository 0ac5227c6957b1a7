# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page's script, which filters the rules. The page can be read without it. The page's policy allows only this text.

It reads attributes of the page and sets ``hidden``. It never builds markup from text.
"""

from __future__ import annotations

SCRIPT = r"""
"use strict";
(() => {
  const form = document.getElementById("filters");
  if (!form) return;
  form.hidden = false;
  const fields = form.elements;
  const boxes = [...form.querySelectorAll("input[name=status]")];
  const matches = document.getElementById("matches");
  const nothing = document.getElementById("nothing");
  const unfold = document.getElementById("unfold");
  const low = (node) => node.textContent.toLowerCase();
  const rules = [...document.querySelectorAll(".rule")].map((node) => ({
    node, level: node.dataset.level, letters: node.dataset.s, chapter: node.closest(".chapter"),
    section: node.closest(".chapter").dataset.section,
    pills: [...node.querySelectorAll("summary .pill")],
    groups: [...node.querySelectorAll(".group")].map((group) => ({ node: group, letter: group.dataset.st })),
  }));
  const chapters = [...document.querySelectorAll(".chapter[data-section]")];
  const pillOf = { f: "s-fail", u: "s-unknown", m: "s-manual", w: "s-waived", n: "s-not_applicable", p: "s-pass" };

  // Computed once, when first needed, so that the page of a large fleet opens fast.
  const about = (rule) => rule.about ??= low(rule.node.querySelector("summary")) + " " + low(rule.node.querySelector(".about"));
  const text = (group) => group.text ??= low(group.node);
  // Where hosts have pages of their own, the list of hosts has one row each, and the field takes a name.
  const tables = [...document.querySelectorAll(".rows")].map((node) => ({ node, rows: [...node.children].map((row) => {
    const name = row.querySelector(".name").firstChild.textContent.trim();
    return { node: row, name, low: name.toLowerCase() };
  }) }));
  const rows = tables.flatMap((table) => table.rows);
  const named = new Map(rows.map((row) => [row.name, row.node.dataset.i]));
  // Of ten thousand rows, only those are touched that change. A browser passes over a table that is out of sight or hidden as a whole.
  const hide = (one, hidden) => { if (one.node.hidden !== hidden) one.node.hidden = hidden; };
  let part = "";
  const choose = (typed) => {
    if (typed === part) return;
    part = typed;
    for (const table of tables) {
      const chosen = new Set(table.rows.filter((row) => row.low.includes(part)));
      hide(table, !chosen.size);
      if (chosen.size) for (const row of table.rows) hide(row, !chosen.has(row));
    }
  };
  const hosts = (group) => group.hosts ??= new Set(group.node.dataset.h.split(" "));

  const apply = () => {
    const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const level = fields.level.value, section = fields.section.value, typed = fields.host ? fields.host.value : "";
    const host = rows.length ? named.get(typed.trim()) ?? "" : typed;
    if (rows.length) choose(typed.trim().toLowerCase());
    const terms = fields.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const rule of rules) {
      const letter = host === "" ? "" : rule.letters[Number(host)];
      let keep = (level === "" || rule.level === level) && (section === "" || rule.section === section) && letter !== "-";
      if (keep && wanted.size && letter) keep = wanted.has(letter);
      const whole = keep && terms.every((term) => about(rule).includes(term));
      let any = false;
      if (keep) for (const group of rule.groups) {
        const visible = (!wanted.size || wanted.has(group.letter)) && (host === "" || (rows.length ? group.letter === letter : hosts(group).has(host))) &&
          (whole || terms.every((term) => about(rule).includes(term) || text(group).includes(term)));
        group.node.hidden = !visible;
        any ||= visible;
      }
      keep = keep && any;
      rule.node.hidden = !keep;
      for (const pill of rule.pills) pill.classList.toggle("dim", Boolean(letter) && !pill.classList.contains(pillOf[letter]));
      if (keep) shown += 1;
    }
    for (const chapter of chapters) chapter.hidden = !chapter.querySelector(".rule:not([hidden])");
    const filtered = wanted.size || level || section || typed || terms.length;
    matches.textContent = shown === rules.length ? "All " + shown + " rules" : shown + " of " + rules.length + " rules";
    if (host) matches.textContent += " on " + (rows.length ? typed.trim() : fields.host.selectedOptions[0].textContent);
    document.getElementById("clear").disabled = !filtered;
    nothing.hidden = shown > 0;
    label();
  };
  const visible = () => rules.filter((rule) => !rule.node.hidden);
  const label = () => { unfold.textContent = visible().some((rule) => !rule.node.open) ? "Open all" : "Close all"; };

  const save = () => {
    const state = new URLSearchParams();
    const statuses = boxes.filter((box) => box.checked).map((box) => box.value).join("");
    if (statuses) state.set("status", statuses);
    for (const name of ["level", "section", "host", "text"]) if (fields[name] && fields[name].value) state.set(name, fields[name].value);
    const hash = state.toString();
    history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
  };
  const load = () => {
    const hash = location.hash.slice(1);
    if (!hash.includes("=")) return;
    const state = new URLSearchParams(hash);
    for (const box of boxes) box.checked = !box.disabled && (state.get("status") || "").includes(box.value);
    for (const name of ["level", "section", "host", "text"]) if (fields[name]) fields[name].value = state.get(name) || "";
    for (const name of ["level", "section", "host"]) if (fields[name] && fields[name].selectedIndex < 0) fields[name].value = "";
  };
  // The filters stick to the top and may take several lines. They must not cover the target of a jump.
  const reveal = (node) => {
    const sticks = getComputedStyle(form).position === "sticky";
    document.documentElement.style.scrollPaddingTop = (sticks ? form.offsetHeight + 8 : 8) + "px";
    node.scrollIntoView();
  };
  // A link to a rule opens the rule, and resets the filters if they hide it.
  const follow = () => {
    const id = location.hash.slice(1);
    const target = id.startsWith("r-") && document.getElementById(id);
    if (!target) return;
    if (target.hidden) { form.reset(); apply(); }
    target.open = true;
    reveal(target);
  };

  let timer = 0;
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => { apply(); save(); }, 120); });
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("clear").addEventListener("click", () => { form.reset(); apply(); save(); });
  unfold.addEventListener("click", () => {
    const open = visible().some((rule) => !rule.node.open);
    for (const rule of visible()) rule.node.open = open;
    label();
  });
  document.addEventListener("toggle", (event) => { if (event.target.matches(".rule")) label(); }, true);
  addEventListener("hashchange", () => { if (location.hash.includes("=")) { load(); apply(); } else follow(); });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#r-']");
    if (link && link.hash === location.hash) follow();
  });

  // This button works only with a script, so the script adds it.
  if (fields.host) for (const node of document.querySelectorAll("details.host.audited")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Show only this host's rules";
    button.addEventListener("click", () => {
      fields.host.value = node.dataset.i;
      apply(); save();
      reveal(document.getElementById("rules"));
    });
    node.querySelector(".links").prepend(button);
  }
  load(); apply(); follow();
})();
"""
