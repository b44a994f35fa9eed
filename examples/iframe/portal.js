const at = (id) => document.getElementById(id)
const address = document.body.dataset.panel
const words = at("words")

const page = RetailPanel.embed(at("page"), address, {
  page: "overview",
  title: "Sales at a glance",
  onSelection: (state) => {
    words.textContent = `Selected: ${state.words.selection || "nothing"}. In scope: ${state.words.scope || "everything"}.`
  },
  onProblem: (text) => { words.textContent = text },
})
const chart = RetailPanel.embed(at("chart"), address, { chart: "segment_sizes", title: "Segments" })

at("online").onclick = () => page.setScope({ channel: "Online" })
at("everything").onclick = () => page.setScope({})
at("champions").onclick = () => page.setSelection({ segment: "Champions" })
at("paper").onclick = (event) => {
  const dark = document.body.classList.toggle("dark")
  event.target.setAttribute("aria-pressed", dark)
  for (const each of [page, chart]) each.setTheme(dark ? "dark" : "light")
}
