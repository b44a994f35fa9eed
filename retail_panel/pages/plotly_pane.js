// Draws a plotly figure, and says which trace is clicked. The library, several megabytes, comes from this server and only once a figure is to be seen.
const RULES = `
  .main-svg { position: absolute; top: 0; left: 0; pointer-events: none; overflow: hidden; }
  .gl-container, .gl-container canvas { pointer-events: all; }
  .infolayer .legend, .infolayer .traces { pointer-events: all; }
  .svg-container { position: relative; }
`
let library

function plotly(file) {
  library ??= new Promise((done, failed) => {
    const own = "static/extensions/panel/"
    const root = document.querySelector(`script[src*="${own}"]`).src.split(own)[0]
    const script = document.createElement("script")
    script.src = `${root}${own}${file}`
    script.onload = () => done(window.Plotly)
    script.onerror = () => failed(new Error(`${script.src} could not be loaded`))
    document.head.appendChild(script)
  })
  return library
}

// An array of two dimensions comes flat; plotly takes one for each point.
function rows(array) {
  if (array?.shape?.length !== 2) return array
  const [count, width] = array.shape
  return Array.from({ length: count }, (_, row) => Array.from({ length: width }, (_, i) => array[row * width + i]))
}

export function render({ model, el }) {
  const rules = document.createElement("style")
  rules.textContent = RULES
  const place = document.createElement("div")
  place.style.cssText = "position: relative; width: 100%; height: 100%"
  el.append(rules, place)
  const plots = (window.retail_panel_plots ??= new Map())
  plots.set(model.handle, place)
  let drawn = Promise.resolve()
  let listens = false

  function listen() {
    if (listens) return
    listens = true
    place.on("plotly_click", (event) => model.send_msg(event.points[0].curveNumber))
    // A name in the legend picks as a point does, instead of hiding its points.
    place.on("plotly_legendclick", (event) => { model.send_msg(event.curveNumber); return false })
    place.on("plotly_legenddoubleclick", () => false)
  }

  function draw() {
    const { data, layout } = model.object
    if (!data) return
    const traces = data.map((trace) => ({ ...trace, customdata: rows(trace.customdata) }))
    drawn = drawn
      .then(() => plotly(model.file))
      .then((Plotly) => {
        const painted = Plotly.react(place, traces, layout, { displayModeBar: false, responsive: false })
        listen()  // a name may be clicked before all points are there
        return painted
      })
      .catch((error) => { place.textContent = String(error) })
  }

  model.on("object", draw)
  const watch = new ResizeObserver(() => {
    if (place.clientWidth && place.layout) window.Plotly.Plots.resize(place)
  })
  watch.observe(place)
  model.on("remove", () => {
    watch.disconnect()
    plots.delete(model.handle)
    window.Plotly?.purge(place)
  })
  draw()
}
