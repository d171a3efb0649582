// Charts read their numbers from the tables beside them, so the two can never differ.
(() => {
  if (typeof Chart === "undefined") return;
  const css = getComputedStyle(document.documentElement);
  const colour = (name) => css.getPropertyValue(`--pk-${name}`).trim();
  const read = (table) => [...table.tBodies[0].rows].map((row) => [
    row.cells[0].textContent.trim(),
    Number(row.cells[1].dataset.value),
  ]);
  // A long name in lines: at spaces, and between the words of a name in 1C.
  const lines = (label) => label.split(/\s+|(?<=\p{Ll})(?=\p{Lu})/u).reduce((found, word) => {
    const last = found.at(-1);
    if (last === undefined || last.length + word.length > 18) return [...found, word];
    const gap = label.includes(`${last} ${word}`) ? " " : "";
    return [...found.slice(0, -1), last + gap + word];
  }, []);
  const draw = (canvas) => {
    const table = document.getElementById(canvas.dataset.table);
    const rows = read(table);
    canvas.parentElement.hidden = false;
    table.closest("details").open = false; // open for those without scripts
    const line = canvas.dataset.kind === "line";
    const series = colour("series-1");
    new Chart(canvas, {
      type: line ? "line" : "bar",
      data: {
        labels: rows.map(([label]) => (line ? label : lines(label))),
        datasets: [{
          data: rows.map(([, value]) => value),
          borderColor: series, backgroundColor: line ? "transparent" : series,
          borderWidth: 2, pointRadius: rows.length > 60 ? 0 : 3, tension: 0.2, maxBarThickness: 28,
        }],
      },
      options: {
        animation: false, responsive: true, maintainAspectRatio: false, indexAxis: line ? "x" : "y",
        plugins: { legend: { display: false } },
        scales: {
          x: { ticks: { color: colour("muted"), maxTicksLimit: 8, precision: 0 }, grid: { color: colour("border") }, beginAtZero: true, max: Number(canvas.dataset.most) || undefined },
          y: { ticks: { color: colour("muted"), precision: 0, autoSkip: line }, grid: { color: colour("border") }, beginAtZero: true },
        },
      },
    });
  };
  for (const canvas of document.querySelectorAll("canvas[data-table]")) draw(canvas);
})();
