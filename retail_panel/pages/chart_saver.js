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
    const blob = await (model.plot ? plotted(kind) : painted(kind))
    if (!blob) return
    const link = document.createElement("a")
    link.href = URL.createObjectURL(blob)
    link.download = `${model.file}.${kind}`
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 60000)
  }

  async function painted(kind) {
    return Bokeh.index.find_one_by_id(model.figure)?.export(kind, true).to_blob()
  }

  // A figure in three dimensions is drawn by plotly; as SVG its points are a picture within the drawing.
  async function plotted(kind) {
    const place = window.retail_panel_plots?.get(model.plot)
    if (!place) return
    const layout = { ...place.layout, paper_bgcolor: model.paper }
    const size = { width: place.clientWidth, height: place.clientHeight, scale: kind === "png" ? 2 : 1 }
    const text = await window.Plotly.toImage({ data: place.data, layout }, { format: kind, ...size })
    const [head, body] = [text.slice(5, text.indexOf(",")), text.slice(text.indexOf(",") + 1)]
    const plain = head.endsWith(";base64") ? atob(body) : unescape(encodeURIComponent(decodeURIComponent(body)))
    return new Blob([Uint8Array.from(plain, (letter) => letter.charCodeAt(0))], { type: head.split(";")[0] })
  }
}
