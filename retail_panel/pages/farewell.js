// A page outlives its server: it says that the server restarts, waits for the next one, and loads itself again. All that
// is chosen stands in its address, so it comes back as it was.
const LOOK_MS = 1500

async function ask(path) {
  try {
    const answer = await fetch(path, { cache: "no-store" })
    return { ready: answer.ok, ...(await answer.json()) }
  } catch {
    return { ready: false }
  }
}

function say(words) {
  const bar = document.createElement("div")
  bar.setAttribute("role", "status")
  bar.className = "server-restarts"
  bar.textContent = words
  bar.style.cssText =
    "position:fixed;left:50%;bottom:24px;transform:translateX(-50%);z-index:2000;padding:10px 16px;border-radius:8px;" +
    "background:#7c4a03;color:#fff;font:500 14px/1.4 system-ui,sans-serif;max-width:calc(100vw - 32px);" +
    "box-sizing:border-box;box-shadow:0 4px 16px rgba(0,0,0,.35)"
  document.body.append(bar)
  return bar
}

export function render({ model }) {
  let bar = null
  const wait = async () => {
    const { ready, process } = await ask("readyz")
    if (ready && process && process !== model.process) {
      location.reload()
    } else if (ready && !model.stopping) {
      // The line was cut, and the same server is there: Bokeh connects again by itself.
      bar.remove()
      bar = null
    } else {
      setTimeout(wait, LOOK_MS)
    }
  }
  const begin = (words) => {
    if (bar !== null) return
    bar = say(words)
    setTimeout(wait, LOOK_MS)
  }
  model.on("stopping", () => model.stopping && begin("The server restarts. This page comes back by itself, as it is."))
  for (const document of window.Bokeh?.documents ?? []) {
    document.on_event("connection_lost", () => begin("No connection to the server. This page comes back by itself."))
  }
}
