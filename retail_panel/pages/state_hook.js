// A component of Panel 1.9 says a value back to the server once it has been painted, also one that came from there. Where
// the next one comes before that, the older takes its place, on the page and on the server; and one that comes between
// the first painting and the listening stays unseen. Here a value goes back where a visitor sets it, and at once.
// What components draw with is made with the first of their models, so that this has to be known before: Panel's own
// script comes after this one, as a plugin of Bokeh.
{
  const HOOK = /const \[value, setValue\] = React\.useState\([^]*?return \[value, setValue\]/
  const MENDED = `
    const [value, take] = React.useState(targetModel.attributes[resolvedProp])
    const is_event = target.model.events.includes(resolvedProp)
    React.useEffect(() => {
      const follow = () => {
        if (!is_event) take(() => targetModel.attributes[resolvedProp])
        else if (targetModel.attributes[resolvedProp]) {
          take((count) => count + 1)
          targetModel.setv({[resolvedProp]: false})
        }
      }
      react_proxy.on(prop, follow, true)
      if (!is_event) follow()
      return () => react_proxy.off(prop, follow)
    }, [])
    const setValue = React.useCallback((next) => {
      if (is_event) return take(next)
      const set = typeof next === "function" ? next(targetModel.attributes[resolvedProp]) : next
      take(() => set)
      targetModel.setv({[resolvedProp]: set})
    }, [])
    return [value, setValue]`

  function mend({ prototype }) {
    const code = prototype._render_code
    prototype._render_code = function () {
      const made = code.call(this)
      if (!HOOK.test(made)) console.error("the hook of Panel's components is not what it was, and is left as it is")
      return made.replace(HOOK, () => MENDED)
    }
  }

  const register = Bokeh.register_plugin
  Bokeh.register_plugin = function (...plugin) {
    const registered = register.apply(this, plugin)
    const component = Bokeh.Models.get("panel.models.esm.ReactComponent")
    if (component != null && Bokeh.register_plugin !== register) {
      Bokeh.register_plugin = register
      mend(component)
    }
    return registered
  }
}
