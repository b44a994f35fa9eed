const words = document.getElementById("words")

RetailPanel.embed(document.getElementById("page"), "/retail/", {
  page: "overview",
  title: "Sales at a glance",
  onSelection: (state) => { words.textContent = `Selected: ${state.words.selection || "nothing"}.` },
  onProblem: (text) => { words.textContent = text },
})
