(() => {
  const table = document.getElementById("attempts");
  if (!table) return;
  const bodies = [...table.tBodies];
  const cell = (body, at) => body.rows[0].cells[at].textContent;
  const find = document.getElementById("find");
  const which = document.getElementById("which");
  const count = document.getElementById("count");
  const texts = new Map(bodies.map(body => [body, body.textContent.toLowerCase()]));
  const last = table.tHead.rows[0].cells.length - 1;

  const filter = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const body of bodies) {
      const counts = cell(body, last) === "yes";
      const wanted = which.value === "all" || (which.value === "yes") === counts;
      body.hidden = !(wanted && words.every(word => texts.get(body).includes(word)));
      shown += !body.hidden;
    }
    count.textContent = `${shown} of ${bodies.length} shown`;
  };

  const value = (body, at, numeric) => {
    const text = cell(body, at);
    if (!numeric) return text.toLowerCase();
    const found = parseFloat(text.replace(/[^0-9.]/g, ""));
    return Number.isNaN(found) ? null : found;
  };

  const sort = (heading, at) => {
    const numeric = heading.classList.contains("n");
    const before = heading.getAttribute("aria-sort");
    const order = before ? (before === "ascending" ? -1 : 1) : numeric ? -1 : 1;
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", order === 1 ? "ascending" : "descending");
    const keys = new Map(bodies.map(body => [body, value(body, at, numeric)]));
    bodies.sort((one, two) => {
      const [a, b] = [keys.get(one), keys.get(two)];
      if (a === null || b === null) return (a === null) - (b === null);
      return order * (a < b ? -1 : a > b ? 1 : 0);
    });
    table.append(...bodies);
  };

  [...table.tHead.rows[0].cells].forEach((heading, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    button.addEventListener("click", () => sort(heading, at));
    heading.replaceChildren(button);
  });

  const open = () => {
    const body = /^#a\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (!body) return;
    body.hidden = false;
    const details = body.querySelector("details");
    details.open = true;
    details.querySelector("summary").focus({ preventScroll: true });
    body.scrollIntoView({ block: "center" });
  };

  document.getElementById("tools").hidden = false;
  find.addEventListener("input", filter);
  which.addEventListener("change", filter);
  addEventListener("hashchange", open);
  filter();
  open();
})();
