// A square to draw on. What Python gets at the end of a stroke is read there by `drawing.strokes`,
// whose limits these are.
const UNIT = 1000, BEYOND = 100, MOST_STROKES = 200, MOST_POINTS = 6000
const NEAR = 4 // a point nearer to the one before adds nothing to see
const PIXELS = 560
const HELP = "Arrow keys move the pen (Shift: slowly), Space puts it down and lifts it, " +
  "Ctrl+Z undoes, Delete clears."
const boards = new WeakMap()

export default function ({ parentElement, data, setTriggerValue }) {
  const isNew = !boards.has(parentElement)
  if (isNew) boards.set(parentElement, board(parentElement))
  const mine = boards.get(parentElement)
  mine.send = () => setTriggerValue("drawing", mine.strokes)
  mine.ground = data.ground
  mine.root.style.maxWidth = `${data.size}px`
  mine.canvas.setAttribute("aria-label", `${data.label}. ${HELP}`)
  if (isNew || mine.revision !== data.revision) { // else what is drawn here is ahead of Python
    mine.revision = data.revision
    mine.strokes = data.strokes
    mine.before = []
    mine.stroke = null
  }
  paint(mine)
  return () => boards.delete(parentElement)
}

function board(parent) {
  const [root, canvas, pen, undo, clear, status] =
    [".board", "canvas", "input", ".undo", ".clear", "p"].map(part => parent.querySelector(part))
  canvas.width = canvas.height = PIXELS
  const mine = {
    root, canvas, pen, undo, clear, status,
    strokes: [], before: [], stroke: null, pointer: null, cursor: null,
  }
  canvas.onpointerdown = event => {
    if (mine.pointer !== null || event.button > 0) return
    end(mine)
    mine.pointer = event.pointerId
    mine.cursor = null
    canvas.setPointerCapture(event.pointerId)
    canvas.focus({ preventScroll: true })
    event.preventDefault()
    begin(mine, place(mine, event))
  }
  canvas.onpointermove = event => {
    if (event.pointerId !== mine.pointer) return
    const events = event.getCoalescedEvents?.() ?? []
    for (const each of events.length ? events : [event]) extend(mine, place(mine, each))
    paint(mine)
  }
  canvas.onpointerup = canvas.onpointercancel = canvas.onlostpointercapture = event => {
    if (event.pointerId !== mine.pointer) return
    mine.pointer = null
    end(mine)
  }
  canvas.onblur = () => { end(mine); mine.cursor = null; paint(mine) }
  root.onkeydown = event => {
    const isUndo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z"
    const isOnCanvas = (event.composedPath?.()[0] ?? event.target) === canvas
    if (isUndo) goBack(mine)
    else if (isOnCanvas && ["Delete", "Backspace"].includes(event.key)) empty(mine)
    else if (!isOnCanvas || !drawByKey(mine, event)) return
    event.preventDefault()
    event.stopPropagation()
  }
  undo.onclick = () => goBack(mine)
  clear.onclick = () => empty(mine)
  return mine
}

function place({ canvas }, event) {
  const box = canvas.getBoundingClientRect()
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
    .map(part => Math.round(Math.min(UNIT + BEYOND, Math.max(-BEYOND, part * UNIT))))
}

function begin(mine, point) {
  const points = mine.strokes.reduce((sum, stroke) => sum + stroke.p.length / 2, 0)
  mine.left = mine.strokes.length < MOST_STROKES ? MOST_POINTS - points - 1 : -1
  if (mine.left < 0) return say(mine, "This drawing is as large as it can be: undo or clear.")
  mine.stroke = { w: Number(mine.pen.value), p: point }
  paint(mine)
}

function extend(mine, [across, down]) {
  if (!mine.stroke || mine.left <= 0) return
  const [left, upper] = mine.stroke.p.slice(-2)
  if (Math.hypot(across - left, down - upper) < NEAR) return
  mine.stroke.p.push(across, down)
  mine.left -= 1
}

function end(mine) {
  if (!mine.stroke) return
  const stroke = mine.stroke
  mine.stroke = null
  change(mine, [...mine.strokes, stroke])
}

function change(mine, strokes) {
  mine.before.push(mine.strokes)
  mine.strokes = strokes
  say(mine, `${strokes.length} stroke${strokes.length === 1 ? "" : "s"}`)
  paint(mine)
  mine.send()
}

function goBack(mine) {
  end(mine)
  // What was drawn before this canvas came is undone stroke by stroke.
  if (mine.before.length) mine.strokes = mine.before.pop()
  else if (mine.strokes.length) mine.strokes = mine.strokes.slice(0, -1)
  else return
  say(mine, "Undone")
  paint(mine)
  mine.send()
}

function empty(mine) {
  mine.stroke = null
  if (mine.strokes.length) change(mine, [])
  say(mine, "Cleared: Undo brings it back")
}

function drawByKey(mine, event) {
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
  if (event.ctrlKey || event.metaKey || event.altKey) return false
  if (event.key === " ") {
    mine.cursor ??= [UNIT / 2, UNIT / 2]
    if (mine.stroke) end(mine)
    else if (!event.repeat) { begin(mine, [...mine.cursor]); say(mine, "Pen down") }
  } else if (event.key in ways) {
    mine.cursor ??= [UNIT / 2, UNIT / 2]
    const step = event.shiftKey ? 5 : 25
    mine.cursor = mine.cursor.map((part, axis) =>
      Math.min(UNIT, Math.max(0, part + step * ways[event.key][axis])))
    extend(mine, mine.cursor)
    paint(mine)
  } else return false
  return true
}

function say(mine, words) { mine.status.textContent = words }

function paint(mine) {
  const pen = mine.canvas.getContext("2d"), scale = PIXELS / UNIT
  pen.fillStyle = mine.ground
  pen.fillRect(0, 0, PIXELS, PIXELS)
  pen.strokeStyle = mine.ground === "black" ? "white" : "black"
  pen.lineCap = pen.lineJoin = "round"
  for (const { w, p } of [...mine.strokes, ...(mine.stroke ? [mine.stroke] : [])]) {
    pen.lineWidth = w * scale
    pen.beginPath()
    pen.moveTo(p[0] * scale, p[1] * scale)
    pen.lineTo(p[0] * scale, p[1] * scale) // a dot
    for (let at = 2; at < p.length; at += 2) pen.lineTo(p[at] * scale, p[at + 1] * scale)
    pen.stroke()
  }
  if (mine.cursor) {
    const [x, y] = mine.cursor.map(part => part * scale)
    pen.lineWidth = 3
    pen.strokeStyle = "#2d78e0"
    pen.beginPath()
    for (const [across, down] of [[18, 0], [0, 18]]) {
      pen.moveTo(x - across, y - down)
      pen.lineTo(x + across, y + down)
    }
    pen.stroke()
  }
  mine.undo.disabled = !mine.before.length && !mine.strokes.length
  mine.clear.disabled = !mine.strokes.length
}
