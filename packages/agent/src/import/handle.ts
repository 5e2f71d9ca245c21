import { handleSkeleton, isHandle, isReservedHandle } from '@clawdxcraft/protocol'

const HANDLE_MAX = 15
/** What is left of a name where the longest number follows it. */
const STEM_MIN = 8
const LATIN: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', ł: 'l', þ: 'th', ı: 'i', ħ: 'h', ŋ: 'n' },
}

/** Makes a handle of any name: the same for the same names in the same order, and none that looks like one it made before. */
export function createHandles(): (name: string) => string {
  const taken = new Set<string>()
  // Where counting goes on, by what the names have in common; else ten thousand of one name would be counted each from 2.
  const counted = new Map<string, number>()

  function isFree(handle: string): boolean {
    return isHandle(handle) && !isReservedHandle(handle) && !taken.has(handleSkeleton(handle))
  }

  return (name) => {
    const stem = stemOf(name)
    const family = handleSkeleton(stem.slice(0, STEM_MIN))
    let handle = stem
    while (!isFree(handle)) {
      const count = (counted.get(family) ?? 1) + 1
      counted.set(family, count)
      handle = `${stem.slice(0, HANDLE_MAX - String(count).length - 1).replace(/_+$/, '')}_${count}`
    }
    taken.add(handleSkeleton(handle))
    return handle
  }
}

/** 3 to 15 of a-z, 0-9 and _ with a letter, as near to the name as can be. */
function stemOf(name: string): string {
  const folded = name
    .slice(0, 200)
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^\0-\x7F]/gu, (letter) => LATIN[letter] ?? '_')
  const plain = folded.replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '')
  const hasLetter = /[a-z]/.test(plain.slice(0, STEM_MIN))
  const spelt = hasLetter && plain.length >= 3 ? plain : `bot_${plain}`
  return spelt.slice(0, HANDLE_MAX).replace(/_+$/, '')
}
