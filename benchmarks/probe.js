// Times one pointer event until every chart that should answer has been painted; works on any page made of Bokeh plots.
(() => {
  const probe = { wanted: new Set(), waiting: null }
  const { PlotView } = Bokeh.require("models/plots/plot")
  const documents = Bokeh.documents
  const plots = () => documents.flatMap((d) => [...d._all_models.values()]).filter((m) => m.type === "Figure")
  const shown = (plot) => {
    const view = probe.views.get(plot.id)
    const box = view === undefined ? null : view.el.getBoundingClientRect()
    return box !== null && box.width > 0 && box.top >= 0 && box.bottom <= innerHeight && box.right <= innerWidth
  }

  probe.views = new Map()
  probe.before = new Map()
  probe.told = new Set()
  probe.done = new Map()

  // The numbers that a plot draws, as one text. A chart has answered where its source tells so, or where they differ from
  // those before: a script may put values in place.
  const sources = (plot) => [...new Set(plot.renderers.map((r) => r.data_source).filter(Boolean))]
  const look = (plot) => sources(plot).flatMap(
    (source) => Object.values(source.data).filter((column) => typeof column[0] === "number")
      .map((column) => Array.from(column).join())).join()

  for (const part of ["_paint_primary", "_paint_overlays"]) {
    const paint = PlotView.prototype[part]
    PlotView.prototype[part] = function (...rest) {
      const began = performance.now()
      paint.apply(this, rest)
      note(this, began, performance.now())
    }
  }

  function note(view, began, now) {
    const { id } = view.model
    probe.views.set(id, view)
    if (probe.waiting === null) return
    probe.waiting.paint_ms += now - began
    if (probe.waiting.handled === null || probe.done.has(id)) return
    if (!probe.told.has(id) && look(view.model) === probe.before.get(id)) return
    probe.done.set(id, now)
    if ([...probe.wanted].every((id) => probe.done.has(id))) finish()
  }

  function finish() {
    const waiting = probe.waiting
    probe.waiting = null
    const paints = [...probe.done.values()]
    requestAnimationFrame(() => waiting.resolve({
      total_ms: performance.now() - waiting.began,
      handled_ms: waiting.handled - waiting.began,
      first_paint_ms: Math.min(...paints) - waiting.began,
      last_paint_ms: Math.max(...paints) - waiting.began,
      paint_ms: waiting.paint_ms,
      clock: performance.timeOrigin + waiting.began,
    }))
  }

  // Repaints all, so that each plot's view is known, and watches the sources of the plots on the screen.
  probe.prepare = async () => {
    for (const plot of plots()) plot.change.emit()
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const names = []
    for (const plot of plots().filter(shown)) {
      for (const source of sources(plot)) {
        source.properties.data.change.connect(() => {
          if (probe.waiting !== null && probe.waiting.handled !== null) probe.told.add(plot.id)
        })
      }
      probe.wanted.add(plot.id)
      names.push(plot.id)
    }
    return names
  }

  // Where the frame of a plot lies in the window.
  probe.frame = (id) => {
    const view = probe.views.get(id)
    const box = view.el.getBoundingClientRect()
    const { x, y, width, height } = view.frame.bbox
    return { x: box.x + x, y: box.y + y, width, height }
  }

  probe.at = (x, y) => [...probe.views.values()].find((view) => {
    const box = view.el.getBoundingClientRect()
    return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom
  })?.model.id

  // What the card of a plot is called; a plot may lie in several trees, one in another.
  const named = (id) => {
    const classes = (e) => [...e.classList ?? []].filter((name) => name.startsWith("chart-"))
    for (let e = probe.views.get(id).el; e; e = e.parentNode ?? e.host) if (classes(e).length) return classes(e)[0].slice(6)
    return id
  }

  probe.ignore = (id) => probe.wanted.delete(id)

  // Arms the probe for the next event of a type; the promise fails where not every chart answers in time.
  probe.arm = (type, timeout_ms) => {
    probe.done.clear()
    probe.told.clear()
    for (const id of probe.wanted) probe.before.set(id, look(probe.views.get(id).model))
    probe.result = new Promise((resolve, reject) => {
      const waiting = { resolve, began: null, handled: null, paint_ms: 0 }
      probe.waiting = waiting
      addEventListener(type, (event) => {
        waiting.began = event.timeStamp
        waiting.handled = performance.now()
      }, { capture: true, once: true })
      setTimeout(() => {
        if (probe.waiting === waiting) {
          probe.waiting = null
          const silent = [...probe.wanted].filter((id) => !probe.done.has(id)).map(named).join(", ")
          reject(new Error(
            `${probe.done.size} of ${probe.wanted.size} charts answered in ${timeout_ms} ms, but not ${silent}`))
        }
      }, timeout_ms)
    })
    probe.result.catch(() => {})
  }

  window.probe = probe
})()
