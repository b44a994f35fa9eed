// Saves a chart on the screen as PNG or SVG, as it is painted, on the paper's colour.
export function render({ model, el }) {
  for (const kind of ["png", "svg"]) {
    const button = document.createElement("button")
    button.type = "button"
    button.textContent = kind.toUpperCase()
    button.addEventListener("click", () => save(kind))
    el.appendChild(button)
  }

  async function save(kind) {
    const view = Bokeh.index.find_one_by_id(model.figure)
    if (!view) return
    const blob = await view.export(kind, true).to_blob()
    const link = document.createElement("a")
    link.href = URL.createObjectURL(blob)
    link.download = `${model.file}.${kind}`
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 60000)
  }
}
