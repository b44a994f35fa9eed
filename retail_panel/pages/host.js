// Speaks with the page that shows this one in a frame, if its origin is one that the server names.
export function render({ model, el }) {
  if (window.parent === window) return
  const allowed = [...model.origins, ...(location.origin === "null" ? [] : [location.origin])]
  const content = around(el, "main-content")
  let host = null
  let height = 0

  const say = (type, more) => {
    if (host !== null) window.parent.postMessage({ type: `retail-panel:${type}`, ...more }, host)
  }
  const measure = () => {
    const now = Math.max(model.least_height, Math.ceil(content.getBoundingClientRect().height))
    if (now === height) return
    height = now
    say("height", { height })
  }
  const greet = (origin) => {
    host = origin
    say("ready")
    say("height", { height })
    say("selection", model.state)
  }
  const hear = (event) => {
    if (event.source !== window.parent || !allowed.includes(event.origin)) return
    const message = event.data
    if (typeof message?.type !== "string" || !message.type.startsWith("retail-panel:")) return
    if (message.type === "retail-panel:hello") greet(event.origin)
    else model.send_msg(message)
  }

  // The state goes into the address at every step; going back is for the host page's own steps.
  history.pushState = history.replaceState
  window.addEventListener("message", hear)
  const watch = new ResizeObserver(measure)
  watch.observe(content)
  measure()
  const asked = origin_of_host()
  if (allowed.includes(asked)) greet(asked)
  model.on("state", () => say("selection", model.state))
  model.on("problem", () => model.problem && say("problem", { text: model.problem }))
  model.on("least_height", measure)
  return () => {
    window.removeEventListener("message", hear)
    watch.disconnect()
  }
}

function around(node, name) {
  while (node !== null && !node.classList?.contains(name)) node = node.parentNode ?? node.host ?? null
  return node ?? document.body
}

function origin_of_host() {
  if (location.ancestorOrigins?.length) return location.ancestorOrigins[0]
  return document.referrer ? new URL(document.referrer).origin : null
}
