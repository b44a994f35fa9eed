// For pages that show the Retail Panel workbench in a frame: keeps the frame as high as its content, and passes messages.
//
//   <script src="https://panel.example/retail-panel-embed.js"></script>
//   <div id="sales"></div>
//   <script>
//     const sales = RetailPanel.embed(document.getElementById("sales"), "https://panel.example/", {
//       page: "segments", theme: "dark", filters: { channel: "Online", "sel.segment": "Champions" },
//       onSelection: (state) => console.log(state.selection, state.words.selection),
//     })
//     sales.setScope({ brand: "Kestrel Row" })
//   </script>
//
// options: page, chart, theme ("light" or "dark"), filters (as in the workbench's address), title (of the frame),
//   onReady(), onSelection(state), onProblem(text), onLogin(address): nobody is logged in, and where one does
// returns: frame, setScope(filters), setSelection(filters), setTheme(theme), remove()
window.RetailPanel = {
  embed(place, address, options = {}) {
    const base = new URL(address.endsWith("/") ? address : `${address}/`, location.href)
    const { page, chart, theme, filters = {} } = options
    const asked = Object.entries({ ...filters, embed: "1", page, chart, theme })
    const query = new URLSearchParams(asked.filter(([, value]) => value !== undefined))
    const frame = document.createElement("iframe")
    frame.title = options.title ?? "Retail Panel"
    frame.style.cssText = "border: 0; display: block; width: 100%; height: 320px"
    frame.src = new URL(`app?${query}`, base).href

    const say = (type, more = {}) =>
      frame.contentWindow?.postMessage({ type: `retail-panel:${type}`, ...more }, base.origin)
    const heard = {
      ready() {
        clearInterval(greeting)
        options.onReady?.()
      },
      height: ({ height }) => { if (height > 0) frame.style.height = `${height}px` },
      selection: ({ type, ...state }) => options.onSelection?.(state),
      problem: ({ text }) => options.onProblem?.(text),
      login: ({ address }) => options.onLogin?.(address),
    }
    const hear = (event) => {
      if (event.source !== frame.contentWindow || event.origin !== base.origin) return
      const type = String(event.data?.type)
      const known = type.replace("retail-panel:", "")
      if (type.startsWith("retail-panel:") && Object.hasOwn(heard, known)) heard[known](event.data)
    }
    window.addEventListener("message", hear)
    // Some browsers do not tell a frame who hosts it, and it listens only a while after it has loaded.
    let greeting = 0
    frame.addEventListener("load", () => {
      clearInterval(greeting)
      greeting = setInterval(() => say("hello"), 1000)
    }, { once: true })
    place.append(frame)
    return {
      frame,
      setScope: (scope) => say("set-scope", { scope }),
      setSelection: (selection) => say("set-selection", { selection }),
      setTheme: (theme) => say("theme", { theme }),
      remove() {
        clearInterval(greeting)
        window.removeEventListener("message", hear)
        frame.remove()
      },
    }
  },
}
