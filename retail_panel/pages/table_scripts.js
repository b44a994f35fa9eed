// The scripts that tables need, asked for when the first table is opened rather than with every page.
function load(url) {
  const known = document.querySelector(`script[data-table-script="${url}"]`);
  if (known) return known.loaded;
  const script = document.createElement("script");
  script.src = url;
  script.dataset.tableScript = url;
  script.loaded = new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${url} could not be loaded`));
  });
  document.head.appendChild(script);
  return script.loaded;
}

export function render({ model }) {
  const wanted = window.Tabulator ? [] : model.urls;
  Promise.all(wanted.map(load)).then(() => { model.ready = true; }, (error) => { model.fault = String(error.message); });
}
