// KPI tiles: text only, so that a moving brush repaints nothing but the figures.

export function render({ model, el }) {
  const list = document.createElement("ul")
  list.className = "tiles"
  el.appendChild(list)
  const parts = new Map()
  let brushed = null

  function build() {
    list.replaceChildren()
    parts.clear()
    for (const tile of model.tiles) {
      const item = document.createElement("li")
      const button = document.createElement("button")
      button.type = "button"
      button.title = tile.definition
      button.addEventListener("click", () => model.send_msg(tile.name))
      const label = document.createElement("span")
      label.className = "label"
      label.textContent = tile.label
      const value = document.createElement("span")
      value.className = "value"
      const change = document.createElement("span")
      change.className = "change"
      const spark = document.createElementNS("http://www.w3.org/2000/svg", "svg")
      spark.setAttribute("viewBox", "0 0 100 24")
      spark.setAttribute("preserveAspectRatio", "none")
      spark.setAttribute("aria-hidden", "true")
      const line = document.createElementNS("http://www.w3.org/2000/svg", "path")
      spark.appendChild(line)
      button.append(label, value, change, spark)
      item.appendChild(button)
      list.appendChild(item)
      parts.set(tile.name, { button, label: tile.label, value, change, line })
    }
    values()
    changes()
  }

  // While a brush moves the browser answers it by itself, until the server has exact figures of the same box.
  function values() {
    write(brushed === null || brushed.box === model.box ? model.values : brushed.texts)
  }

  function write(texts) {
    for (const [name, part] of parts) {
      const text = texts[name]
      const pending = text === undefined || text === null
      if (!pending) part.value.textContent = text
      part.button.classList.toggle("pending", pending)
      part.button.setAttribute("aria-busy", String(pending))
      part.button.setAttribute("aria-label", `${part.label}: ${pending ? "being computed" : text}`)
    }
  }

  function changes() {
    for (const [name, part] of parts) {
      const change = model.changes[name] || {}
      part.change.textContent = change.text || ""
      part.change.className = `change ${change.tone || ""}`
      part.change.title = change.title || ""
      part.line.setAttribute("d", change.path || "")
    }
  }

  model.on("tiles", build)
  const follow = (event) => {
    brushed = event.detail
    if (brushed !== null) values()
  }
  window.addEventListener("brushed-tiles", follow)
  model.on("lifecycle:remove", () => window.removeEventListener("brushed-tiles", follow))
  model.on("told", values)
  model.on("changes", changes)
  build()
}
