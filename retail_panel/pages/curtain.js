// The picture goes once the page has painted its own figures, or after a while in any case.
const LONGEST_MS = 30_000

function take_away() {
  requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById("glance")?.remove()))
}

export function render({ model }) {
  setTimeout(take_away, LONGEST_MS)
  model.on("lifted", take_away)
  if (model.lifted) take_away()
}
