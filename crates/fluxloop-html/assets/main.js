// From the data to the page.

const meta = JSON.parse($("meta").textContent);
$("meta").remove();
readState();
showVerdict(meta);

function showAbout(data) {
  const section = $("about");
  section.hidden = false;
  const configs = data.runs.map((run, side) => [run.meta.config, data.isTwo ? ` of ${"AB"[side]}` : ""]).filter(([config]) => config);
  put(section,
    el("h2", { id: "about-title" }, "About this page"),
    el("p", { class: "soft" }, `Made by fluxloop ${data.runs[0].meta.summary.versions.fluxloop}. The page is one file: it loads nothing and sends nothing. Secrets are masked; questions and answers are not.`),
    configs.map(([config, of]) => el("details", null, el("summary", null, `Configuration${of}`), el("pre", { tabindex: 0 }, JSON.stringify(config, null, 2)))));
}

function keyboard(table, view) {
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, select, textarea");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && event.target === table.search) table.search.blur();
    if (isTyping) return;
    const isOpen = view.box.open;
    const move = { j: 1, k: -1 }[event.key];
    if (move && isOpen) view.go(move);
    else if (move) table.move(move);
    else if (event.key === "/" && !isOpen) {
      event.preventDefault();
      $("cases").scrollIntoView({ block: "start" });
      table.search.focus();
    } else if (event.key === " " && isOpen && view.player && !event.target.closest("button, summary, a")) {
      event.preventDefault();
      view.player.toggle();
    }
  });
  $("skip").addEventListener("click", (event) => {
    event.preventDefault();
    $("cases").focus();
  });
}

async function start() {
  if (document.readyState === "loading") await new Promise((done) => document.addEventListener("DOMContentLoaded", done, { once: true }));
  const data = await Data.load(meta);
  let view = null;
  const open = (id) => {
    state.open = id;
    writeState(true);
    view.sync();
  };
  const timeline = new Timeline(data, () => change(), open);
  const table = new Table(data, () => change(), open);
  view = new CaseView(data, table, () => change());
  let pending = 0;
  const show = () => {
    const items = chosen(data);
    const inOrder = state.sort === "index" && !state.down ? items : items.slice().sort((one, other) => one - other);
    showOutcomes(data, change);
    table.show(items);
    // Pictures can be a moment late while somebody types.
    cancelAnimationFrame(pending);
    pending = requestAnimationFrame(() => {
      showFigures(data, inOrder);
      showStrips(data, inOrder, open);
      timeline.show(inOrder);
      if (!document.documentElement.dataset.ready) performance.mark("ready");
      document.documentElement.dataset.ready = "true";
    });
    return items;
  };
  function change() {
    writeState(false);
    const items = show();
    announce(`${count(items.length)} of ${counted(data.count, "case", "cases")}`);
  }
  showComparison(data);
  showAbout(data);
  show();
  keyboard(table, view);
  const again = () => { readState(); show(); view.sync(); };
  window.addEventListener("popstate", again);
  window.addEventListener("hashchange", again);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawings.again());
  window.addEventListener("beforeprint", () => { table.isPrinting = true; table.render(); drawings.again(); });
  window.addEventListener("afterprint", () => { table.isPrinting = false; table.render(); drawings.again(); });
  view.sync();
}

start().catch((error) => {
  console.error(error);
  put($("cases"), el("p", { class: "lead", role: "alert" }, `The data of this page cannot be read: ${error}. Browsers from 2023 on can read it.`));
  $("cases").hidden = false;
});
