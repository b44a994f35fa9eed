// Writes figures as retail_panel/formats.py does, by the same styles; a test holds the two equal.
const MINUS = "\u2212", NONE = "\u2013"

export function write(value, style) {
  if (value === null || !Number.isFinite(value)) return NONE
  const size = Math.abs(value) * style.times
  let text, letter
  for (const [divisor, mark, digits, limit] of style.steps) {
    text = fixed(size / divisor, digits)
    letter = mark
    if (limit === null || Number(text) < limit) break
  }
  if (style.trim && text.includes(".")) text = text.replace(/\.?0+$/, "")
  const sign = Number(text) === 0 ? "" : value < 0 ? MINUS : style.signed ? "+" : ""
  const [whole, rest] = text.split(".")
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",")
  const after = text === "1" && !letter ? style.one : style.after
  return `${sign}${style.before}${grouped}${rest === undefined ? "" : `.${rest}`}${letter}${after}`
}

// Rounds half up on the exact binary value, as toFixed does, which gives up at 1e21; beyond, all are whole numbers.
function fixed(size, digits) {
  if (size < 1e21) return size.toFixed(digits)
  return String(BigInt(size)) + (digits ? `.${"0".repeat(digits)}` : "")
}
