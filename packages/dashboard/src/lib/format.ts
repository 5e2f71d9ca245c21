const whole = new Intl.NumberFormat('en')
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const share = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 })

/** Every digit: `12,345`. */
export function countText(count: number): string {
  return whole.format(count)
}

/** As few characters as can be: `12.3K`. */
export function compactText(count: number): string {
  return compact.format(count)
}

/** US dollars. A cent is much for a run, so that small amounts keep two digits that count. */
export function usdText(amount: number): string {
  const isSmall = amount > 0 && amount < 0.1
  const digits = isSmall
    ? { maximumSignificantDigits: 2 }
    : { minimumFractionDigits: 2, maximumFractionDigits: 2 }
  return new Intl.NumberFormat('en', { style: 'currency', currency: 'USD', ...digits }).format(amount)
}

/** A part of 1: `12.5%`. */
export function shareText(part: number): string {
  return share.format(part)
}

/** From milliseconds: `840 ms`, `1.2 s`, `3 min`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  return ms < 3_600_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`
}

export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  return `${(bytes / 1024 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step]}`
}
