// Saves what the server has made as a file, once, and then lets go of it.
export function render({ model }) {
  model.on("made", () => {
    if (!model.content || !model.content.byteLength) return
    const link = document.createElement("a")
    link.href = URL.createObjectURL(new Blob([model.content], { type: model.media_type }))
    link.download = model.name_of_file
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 60000)
    model.send_msg("saved")
  })
}
