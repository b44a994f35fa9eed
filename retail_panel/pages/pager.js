// Numbers of pages as buttons. They take as many places however many pages there are: none moves under the pointer.
const number = new Intl.NumberFormat("en-GB")

function places(count, value, beside) {
  const run = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
  if (count <= 2 * beside + 5) return run(0, count - 1)
  const middle = Math.min(Math.max(value, beside + 2), count - beside - 3)
  const [from, to] = [middle - beside, middle + beside]
  return [0, from > 2 ? null : 1, ...run(from, to), to < count - 3 ? null : count - 2, count - 1]
}

export function render({ model, el }) {
  const list = document.createElement("ul")
  const nav = document.createElement("nav")
  nav.setAttribute("aria-label", "Pages")
  nav.append(list)
  el.append(nav)

  function add(sign, name, page) {
    const button = document.createElement("button")
    button.type = "button"
    button.textContent = sign
    button.setAttribute("aria-label", name)
    const is_step = name.endsWith(" page")
    if (page === model.value && !is_step) button.setAttribute("aria-current", "page")
    button.disabled = page < 0 || page >= model.count || (is_step && page === model.value)
    button.addEventListener("click", () => { model.value = page })
    const item = document.createElement("li")
    item.append(button)
    list.append(item)
  }

  function build() {
    const held = el.getRootNode().activeElement?.getAttribute("aria-label")
    const { value, count } = model
    list.replaceChildren()
    add("«", "Go to first page", 0)
    add("‹", "Go to previous page", value - 1)
    for (const page of places(count, value, model.beside)) {
      if (page === null) list.append(Object.assign(document.createElement("li"), { textContent: "…" }))
      else add(number.format(page + 1), `Go to page ${number.format(page + 1)}`, page)
    }
    add("›", "Go to next page", value + 1)
    add("»", "Go to last page", count - 1)
    if (held) [...list.querySelectorAll("button")].find((each) => each.getAttribute("aria-label") === held)?.focus()
  }

  build()
  for (const name of ["value", "count"]) model.on(name, build)
}
