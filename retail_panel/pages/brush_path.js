// Answers a moving brush from cubes that the server sent: arrays by place, nothing of what they mean.
const HEARD_MS = 150
// Numbers of messages that bring no cube to answer from at once, see BrushPath.
const NO_CUBE = 0, LET_GO = -1, EXACT = -2, STOCK = -3, FREE = -4
const NUMBERS = {
  Uint8: Uint8Array, Int8: Int8Array, Uint16: Uint16Array, Int16: Int16Array, Uint32: Uint32Array, Int32: Int32Array,
  Float64: Float64Array,
}

export function render({ model }) {
  let armed = null, manager = null, send = null
  // The box of which charts are exact; the event of the box that is held, or that was let go and not ended since.
  let exact = null, moving = null
  let frame = null, waiting = null, timer = null
  let answering = false, again = false
  const heard = new WeakSet(), paled = new Set()
  // Cubes of charts that the pointer has not come to yet, by number, and whether they are of what is on the screen.
  const stock = new Map()
  let free = false
  const watched = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) target.brush_out_of_sight = !isIntersecting
    if (moving !== null) ask_frame()
  })

  model.on("msg:custom", (news) => {
    if (news.number === LET_GO) {
      waiting = null
      forget()
    } else if (news.number === EXACT) {
      exact = news.box
      overrule()
    } else if (news.number === STOCK) put(news)
    else if (news.number === FREE) set_free(news.free)
    else if (news.number === NO_CUBE) disarm()
    else arm(news)
  })
  model.on("remove", () => {
    disarm()
    window.removeEventListener("pointerup", released, true)
    window.removeEventListener("pointercancel", released, true)
  })
  window.addEventListener("pointerup", released, true)
  window.addEventListener("pointercancel", released, true)
  // Where fingers come to a chart, and bytes are dear, cubes come when they are needed.
  if (matchMedia("(pointer: fine)").matches && !navigator.connection?.saveData) model.send_msg(STOCK)

  // Keeps a cube for later, and makes it ready while there is nothing else to do; 0 throws all of them away.
  function put({ stock: number, places, load, ...plan }) {
    if (number === NO_CUBE) {
      stock.clear()
      set_free(false)
      return
    }
    const arrays = []
    const cube = { plan, next: () => { arrays.push(unpacked(places[arrays.length], plan.active[0].sizes, load)) },
      ready: () => arrays.length === places.length, arrays }
    stock.set(number, cube)
    const document = document_of(plan.active[0])
    if (document !== undefined) listen(document)
    const go_on = () => {
      if (stock.get(number) !== cube || cube.ready()) return
      cube.next()
      idle(go_on)
    }
    idle(go_on)
  }

  // null where it is said to be here and is not; the server answers then.
  function arrays_of({ stock: number, places, active: [{ sizes }], load }) {
    const cube = stock.get(number)
    if (cube === undefined) return load === null ? null : places.map((place) => unpacked(place, sizes, load))
    while (!cube.ready()) cube.next()
    return cube.arrays
  }

  function arm(cube) {
    watched.disconnect()
    armed = null
    if (cube.active.length !== 1) return
    const [active] = cube.active
    listen(document_of(active))
    const arrays = arrays_of(cube)
    if (arrays === null) return
    answer_from(cube, arrays)
    exact = cube.exact
    model.send_msg(cube.number)
    if (moving !== null) ask_frame()
  }

  function answer_from(cube, arrays) {
    const [active] = cube.active
    const document = document_of(active)
    const views = cube.charts.map(({ figure }) => Bokeh.index.find_one_by_id(figure))
    for (const view of views) if (view) watched.observe(view.el)
    for (const { layer, alpha } of cube.charts) watch(document.get_model_by_id(layer), alpha)
    armed = { ...cube, active, arrays, views }
  }

  function document_of({ figure }) {
    return Bokeh.documents.find((one) => one.get_model_by_id(figure) !== null)
  }

  // Answers from what was sent ahead as the pointer comes, until the server, which hears of it too, says the same. No box
  // of it has a name that the server could know.
  function arm_ahead(figure) {
    const is_held = moving !== null && !moving.final
    if (!free || is_held || armed?.active.figure === figure) return
    const cube = [...stock.values()].find(({ plan }) => plan.active[0].figure === figure)
    if (cube === undefined) return
    while (!cube.ready()) cube.next()
    disarm()
    answer_from({ ...cube.plan, turn: null }, cube.arrays)
  }

  function set_free(is_free) {
    free = is_free
    if (!free && armed?.turn === null) disarm()
  }

  function disarm() {
    watched.disconnect()
    armed = null
    if (moving?.final) moving = null
    tell_tiles(null)
    tell()
  }

  // Takes the brush's events out of those that go to the server, while there is a cube to answer from.
  function listen(document) {
    if (manager === document.event_manager) return
    manager = document.event_manager
    send = manager.send_event
    manager.send_event = (event) => {
      if (event.event_name === "mouseenter") arm_ahead(event.origin.id)
      // Something is selected now, as far as one knows before the server has said so.
      if (event.event_name === "tap" || (event.event_name === "selectiongeometry" && event.final)) free = false
      if (event.event_name === "selectiongeometry") follow(event)
      else send.call(manager, event)
    }
  }

  // What is let go stays as it is answered here: what comes next from the server may still be of an earlier box.
  function follow(event) {
    const is_ours = armed !== null && event.origin.id === armed.active.figure
    moving = is_ours || !event.final ? event : null
    waiting = event
    if (is_ours) ask_frame()
    else if (event.final) tell_tiles(null)
    if (event.final || !is_ours) tell()
    else if (timer === null) tell_now_and_then()
  }

  // A brush that was broken off, as by Escape, is not said to end.
  function released() {
    setTimeout(() => { if (moving !== null && !moving.final) { tell(); forget() } })
  }

  function forget() {
    moving = null
    tell_tiles(null)
  }

  function tell_now_and_then() {
    if (waiting === null) return
    tell()
    timer = setTimeout(() => { timer = null; tell_now_and_then() }, HEARD_MS)
  }

  function tell() {
    clearTimeout(timer)
    timer = null
    const event = waiting
    waiting = null
    if (event !== null) send.call(manager, event)
  }

  function ask_frame() {
    frame ??= requestAnimationFrame(() => { frame = null; answer_moving() })
  }

  function answer_moving() {
    if (armed === null || moving === null || moving.origin.id !== armed.active.figure) return
    const asked = moving
    answering = true
    answer(armed, asked.geometry, exact, paled).then((texts) => { if (moving === asked) tell_tiles(texts) })
    answering = false
  }

  // What the server says of a chart may be of an earlier box; it is answered anew before it can be painted.
  function watch(layer, alpha) {
    if (layer === null || heard.has(layer)) return
    heard.add(layer)
    layer.glyph.properties.fill_alpha.change.connect(overrule)
    layer.data_source.change.connect(() => {
      overrule()
      // It does not know that the browser has paled it.
      if ((moving === null || armed === null) && paled.delete(layer)) layer.glyph.setv({ fill_alpha: alpha }, { sync: false })
    })
  }

  function overrule() {
    if (answering || again || armed === null || moving === null) return
    again = true
    queueMicrotask(() => { again = false; answer_moving() })
  }
}

// Not all browsers tell when they have nothing to do.
function idle(work) {
  if (window.requestIdleCallback) window.requestIdleCallback(work)
  else setTimeout(work, 50)
}

function answer(armed, { x0, x1, y0, y1 }, exact, paled) {
  const { sizes, edge } = armed.active
  const ends = [[x0, x1], [y0, y1]]
  const spans = sizes.map((size, axis) => span(ends[axis], size, edge))
  const box = [armed.turn, ...spans.flat()].join(" ")
  const found = armed.arrays.map((array) => difference(array, spans))
  const shown = armed.charts.map((chart, i) => {
    const view = armed.views[i]
    if (!view || view.el.brush_out_of_sight) return null
    return show(view, chart, chart.place === null ? null : found[chart.place], box === exact, paled)
  })
  // After the charts: painting asks for styles, which each change of the page has the browser find anew.
  const texts = {}
  for (const [name, { figure, style }] of Object.entries(armed.tiles)) {
    if (figure !== null) texts[name] = write(worth(figure, found), style)
  }
  return Promise.all(shown).then(() => ({ box, texts }))
}

// The tiles' texts for a box; null leaves them to the server again.
function tell_tiles(brushed) {
  window.dispatchEvent(new CustomEvent("brushed-tiles", { detail: brushed }))
}

// The pieces from the first until the last that a box reaches over.
function span(ends, size, edge) {
  const low = Math.min(...ends), high = Math.max(...ends)
  const first = Math.min(Math.max(Math.floor(low + edge), 0), size - 1)
  return [first, Math.max(first + 1, Math.min(Math.ceil(high - edge), size))]
}

// The arrays of one place, ready to be subtracted. Distinct counts have an axis more: the piece in which a key was seen
// before.
function unpacked(place, sizes, load) {
  const { kind, at, width, distinct, scale, summed } = place
  const axes = distinct ? [sizes[0] + 1, ...sizes] : sizes
  const length = axes.reduce((all, size) => all * (size + summed), width)
  const numbers = new NUMBERS[kind](load, at, length)
  const rows = summed ? numbers : totals(numbers, axes, width)
  return { rows, width, distinct, scale, near: width, far: axes.length > 1 ? (axes[1] + 1) * width : width }
}

// Running totals along each axis, with an empty row before the first.
function totals(numbers, [size, ...inner], width) {
  const raw = inner.reduce((all, one) => all * one, width)
  const row = inner.reduce((all, one) => all * (one + 1), width)
  const rows = new Float64Array((size + 1) * row)
  for (let i = 0; i < size; i++) {
    const piece = numbers.subarray(i * raw, (i + 1) * raw)
    const next = inner.length ? totals(piece, inner, width) : piece
    for (let j = 0; j < row; j++) rows[(i + 1) * row + j] = rows[i * row + j] + next[j]
  }
  return rows
}

function difference({ rows, width, distinct, scale, near, far }, spans) {
  const found = new Float64Array(width)
  const [[low, high]] = spans
  if (distinct) {
    const a = (low + 1) * far + high * near, b = (low + 1) * far + low * near
    for (let i = 0; i < width; i++) found[i] = rows[a + i] - rows[b + i]
  } else if (spans.length === 1) {
    const a = high * far, b = low * far
    for (let i = 0; i < width; i++) found[i] = (rows[a + i] - rows[b + i]) / scale
  } else {
    const [, [under, over]] = spans
    const a = high * far + over * near, b = low * far + over * near
    const c = high * far + under * near, d = low * far + under * near
    for (let i = 0; i < width; i++) found[i] = ((rows[a + i] - rows[b + i]) - (rows[c + i] - rows[d + i])) / scale
  }
  return found
}

function worth(figure, found) {
  if (typeof figure === "number") return found[figure][0]
  const [first, second] = figure.parts.map((part) => worth(part, found))
  return first === null || !second ? null : figure.sign * first / second
}

// Puts values into a chart's selection and paints the overlays it is on; all else stays as painted. Bokeh's own paint would
// also measure axes, and move elements of the page. What cannot be answered here is pale while it is of another box.
async function show(view, chart, values, is_exact, paled) {
  const layer = view.computed_renderer_views.find((one) => one.model.id === chart.layer)
  if (!layer) return
  const { glyph, data_source } = layer.model
  const is_pale = glyph.fill_alpha.value !== undefined
  const pales = values === null && !is_exact
  if (is_pale !== pales) glyph.setv({ fill_alpha: pales ? chart.pale : chart.alpha }, { sync: false })
  if (pales) paled.add(layer.model)
  else paled.delete(layer.model)
  if (values === null) return
  const { part, part_size } = data_source.data
  if (part.length !== values.length) return
  for (let i = 0; i < values.length; i++) part[i] = values[i]
  if (chart.marks !== null) {
    const { top, side, least } = chart.marks
    for (let i = 0; i < values.length; i++) {
      const share = Math.max(values[i], 0) / top
      part_size[i] = share > 0 ? Math.max(least, side * Math.sqrt(share)) : 0
    }
  }
  await layer.glyph.set_data(data_source, layer.all_indices)
  const { overlays } = view.canvas_view
  view._paint_overlays(overlays.prepare())
  overlays.finish()
}
