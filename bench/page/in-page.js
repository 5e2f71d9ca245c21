// Runs in the page that is measured, before anything of its own.

/** Milliseconds of each task after which the page listened again; shorter ones than 50 ms the browser does not tell of. */
const longTasks = []
new PerformanceObserver((list) =>
  longTasks.push(...list.getEntries().map(({ duration }) => duration)),
).observe({
  type: 'longtask',
})

/** Frames that are drawn in so many milliseconds, and the longest time between two of them. */
function frames(ms) {
  return new Promise((resolve) => {
    let [count, longestMs, first, last] = [0, 0, 0, 0]
    requestAnimationFrame(function frame(at) {
      if (first === 0) first = at
      else longestMs = Math.max(longestMs, at - last)
      last = at
      if (at - first >= ms) return resolve({ perSecond: (count * 1000) / (at - first), longestMs })
      count++
      requestAnimationFrame(frame)
    })
  })
}

/** When something was painted that was larger than all before it, in milliseconds after the page was asked for. */
const paints = []
new PerformanceObserver((list) =>
  paints.push(...list.getEntries().map(({ startTime }) => startTime)),
).observe({ type: 'largest-contentful-paint', buffered: true })

/** Of what has been painted so far: to be asked once nothing more comes. */
const largestPaint = () => paints.at(-1)

globalThis.probe = { frames, largestPaint, longTasks }
