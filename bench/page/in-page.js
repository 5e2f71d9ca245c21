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

/** When the largest thing was painted, in milliseconds after the page was asked for. */
function largestPaint() {
  return new Promise((resolve) => {
    new PerformanceObserver((list) => resolve(list.getEntries().at(-1)?.startTime)).observe({
      type: 'largest-contentful-paint',
      buffered: true,
    })
  })
}

globalThis.probe = { frames, largestPaint, longTasks }
